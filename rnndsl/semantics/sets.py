"""Index sets in words, and which of them are the same."""

from dataclasses import replace

from rnndsl.indices import Index, Kind


def same_set(left: Index, right: Index) -> bool:
    """Tell whether two indices run over sets of one kind: ranges of equal bounds, children of the same node."""
    return replace(left, name="", order=0) == replace(right, name="", order=0)


def kind_words(index: Index) -> str:
    """Say what an index runs over: `a sequence`, `1..3`, `the children of n`."""
    match index:
        case Index(kind=Kind.CHILDREN, of=Index(name=owner)):
            return f"the children of `{owner}`"
        case Index(kind=Kind.RANGE):
            return f"cyclic({index.high})" if index.cyclic else f"{index.low}..{index.high}"
        case _:
            return f"a {index.kind}"


def set_words(index: Index) -> str:
    """Name an index with what it is: `the sequence t`."""
    return kind_words(index) if index.of is not None else f"the {index.kind} `{index.name}`"
