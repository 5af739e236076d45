"""Inputs of models, written by hand."""

from rnndsl.graph.graph import InputInfo
from rnndsl.indices import Domain, Index, Kind
from rnndsl.sizes import Size

T = Index("t", Kind.SEQUENCE, 0)
S = Index("s", Kind.SEQUENCE, 1)
M = Index("m", Kind.RANGE, 2, high=Size.of(3))
N = Index("n", Kind.TREE, 3)
D = Index("d", Kind.DAG, 4)
K = Index("k", Kind.CHILDREN, 5, of=N)


def token(name: str, vocab: str | int = "vocab", role: str = "target", index: Index = T) -> InputInfo:
    return InputInfo(name, (index,), (), Size.of(vocab), role)


def vector(name: str, size: str | int = "n", role: str = "input", domain: Domain = (T,)) -> InputInfo:
    return InputInfo(name, domain, (Size.of(size),), None, role)


def point(name: str, of: Index, index: Index = T) -> InputInfo:
    return InputInfo(name, (index,), (), None, "target", point=of)


def label(name: str = "y", classes: str | int = "classes") -> InputInfo:
    return InputInfo(name, (), (), Size.of(classes), "target")


def named(*infos: InputInfo) -> dict[str, InputInfo]:
    return {info.name: info for info in infos}
