"""Inits at missing nodes: a child or parent that does not exist has no point of its tree or dag."""

from collections.abc import Iterator

from rnndsl.diagnostics.diagnostic import Label
from rnndsl.indices import Access, Child, Index, Parent
from rnndsl.semantics.chains import parts, walk
from rnndsl.semantics.findings import Findings
from rnndsl.semantics.model import Expr, Init, Leaf, Length, Model, Over, Position, Read
from rnndsl.semantics.shapes_tokens import roots


def check_inits(model: Model, findings: Findings) -> None:
    """Refuse inits that need the node they stand for, where it is read at a child or parent that may be missing."""
    if not any(index.structured for init in model.inits.values() for index in init.indices):
        return
    for read in (part for root in roots(model) for part in walk(root) if isinstance(part, Read)):
        if read.name in model.inits:
            _check(read, model.inits[read.name], findings)


def _check(read: Read, init: Init, findings: Findings) -> None:
    missing = [index for index, access in zip(init.indices, read.at, strict=False) if _may_be_missing(access)]
    for index in missing:
        for part in _needing(init.value, index):
            _refuse(part, index, read, findings)


def _may_be_missing(access: Access) -> bool:
    return isinstance(access, Parent) or (isinstance(access, Child) and not access.sure)


def _needing(value: Expr, index: Index) -> Iterator[Expr]:
    """Yield the parts of an init's value that are only known at a node; what `over` binds anew is."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        match part:
            case Position(index=other) | Leaf(index=other) if other == index:
                yield part
            case Length(index=Index(of=other)) if other == index:
                yield part
            case Read(at=at) if any(index in access.indices for access in at):
                yield part
            case Over(indices=bound) if index in bound:
                continue
        waiting.extend(reversed(parts(part)))


def _refuse(part: Expr, index: Index, read: Read, findings: Findings) -> None:
    message = f"a missing child or parent has no `{index.name}`, so this cannot be read there"
    way = f"start from a number, a parameter, or a value per example: `init {read.name} = h0`"
    label = Label(read.span, f"`{read.name}` is read here, where it may be missing")
    findings.error("RNN418", message, part.span, way=way, labels=(label,))
