"""Inputs of models, written by hand."""

from rnndsl.graph.graph import InputInfo
from rnndsl.indices import Index, Kind
from rnndsl.sizes import Size

T = Index("t", Kind.SEQUENCE, 0)
S = Index("s", Kind.SEQUENCE, 1)
M = Index("m", Kind.RANGE, 2, high=Size.of(3))


def token(name: str, vocab: str | int = "vocab", role: str = "target", index: Index = T) -> InputInfo:
    return InputInfo(name, (index,), (), Size.of(vocab), role)


def vector(name: str, size: str | int = "n", role: str = "input") -> InputInfo:
    return InputInfo(name, (T,), (Size.of(size),), None, role)


def label(name: str = "y", classes: str | int = "classes") -> InputInfo:
    return InputInfo(name, (), (), Size.of(classes), "target")


def named(*infos: InputInfo) -> dict[str, InputInfo]:
    return {info.name: info for info in infos}
