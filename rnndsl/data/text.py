"""Which inputs a text feeds, and how."""

from collections.abc import Mapping

from rnndsl.data.dataset import Stream
from rnndsl.data.symbols import Tokens
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import InputInfo
from rnndsl.indices import Kind


def as_stream(tokens: Tokens, inputs: Mapping[str, InputInfo]) -> Stream:
    """Feed a text to a model: its single target reads it; an input beside it reads it one step earlier.

    Args:
        tokens: the text, `[points]`.
        inputs: the model's inputs and targets; either one token target, or one input and one target of the same
            vocabulary, over the same sequence: then `input[t]` is the text and `target[t]` what follows.

    Raises:
        DataError: RNN608, the model has other inputs.
    """
    match [info for info in inputs.values() if _reads_text(info)]:
        case [target] if target.role == "target" and len(inputs) == 1:
            return Stream({target.name: tokens})
        case [first, second] if len(inputs) == 2 and _follow(first, second):
            read, target = (second, first) if first.role == "target" else (first, second)
            return Stream({read.name: tokens[:-1], target.name: tokens[1:]})
        case _:
            wanted = ", ".join(_described(info) for info in inputs.values()) or "no data at all"
            raise DataError.of(
                "RNN608",
                f"a text cannot feed this model, which reads {wanted}",
                help="a text feeds one token target, or an input and a target with one vocabulary; "
                "give .npz or .jsonl with arrays of these names",
            )


def _reads_text(info: InputInfo) -> bool:
    return info.token is not None and len(info.domain) == 1 and info.domain[0].kind is Kind.SEQUENCE


def _follow(first: InputInfo, second: InputInfo) -> bool:
    same = first.token == second.token and first.domain == second.domain
    return same and {first.role, second.role} == {"input", "target"}


def _described(info: InputInfo) -> str:
    points = f"[{', '.join(index.name for index in info.domain)}]" if info.domain else ""
    shape = ", ".join(map(str, info.shape)) or "scalar"
    if info.token is not None or info.point is not None:
        shape = f"token({info.token})" if info.point is None else f"point({info.point.name})"
    return f"{info.role} {info.name}{points} : {shape}"
