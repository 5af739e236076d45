"""Pieces of generated text: names as strings, numbers, tuples, and arrays with axes of length 1 put in."""

from collections.abc import Sequence

from rnndsl.indices import Index

Axis = str | Index  # "rows", "0" and "1" (value axes), or a range


def expanded(text: str, own: Sequence[Axis], wanted: Sequence[Axis]) -> str:
    """Insert axes of length 1 into an array's text so that it broadcasts to `wanted`."""
    if not own or list(own) == list(wanted[len(wanted) - len(own) :]):
        return text
    lead = next(k for k, axis in enumerate(wanted) if axis in own)
    subscript = [":" if axis in own else "None" for axis in wanted[lead:]]
    while subscript and subscript[-1] == ":" and "None" in subscript:
        subscript.pop()
    return f"{text}[{', '.join(subscript)}]"


def quoted(name: object) -> str:
    """Print a name (checked ASCII, without quotes or backslashes) as a string."""
    return f'"{name}"'


def number_text(value: object) -> str:
    """Print a number so that it reads back the same."""
    if not isinstance(value, int | float):
        raise TypeError(f"not a number: {value!r}")
    if value in (float("inf"), float("-inf")):
        return "np.inf" if value > 0 else "-np.inf"
    return repr(float(value))


def as_tuple(items: Sequence[str]) -> str:
    """Print a tuple."""
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
