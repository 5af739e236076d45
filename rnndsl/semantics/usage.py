"""What a whole model must have, and what in it has no effect."""

from collections.abc import Collection, Iterator

from rnndsl.indices import Access, Affine, Index
from rnndsl.semantics.chains import parts, walk
from rnndsl.semantics.dims import Dims
from rnndsl.semantics.findings import Findings
from rnndsl.semantics.model import Distribution, Expr, Model, Over, Position, Read
from rnndsl.semantics.shapes_tokens import roots


def check_purpose(model: Model, drawn: Collection[str], findings: Findings) -> None:
    """Refuse a model that computes nothing, and targets without a distribution; `drawn` stand on the left of a `~`."""
    for data in model.data.values():
        if data.role == "target" and data.name not in drawn and not model.cell:
            way = f"add `{data.name} ~ ...` with a distribution, or declare an `input`"
            findings.error("RNN223", f"the target `{data.name}` has no `~`", data.span, way=way)
    if not (model.outputs or model.losses or model.randoms or findings.failed):
        way = "add an `output`, a `loss`, or a target with `~`"
        findings.error("RNN226", f"`{model.name}` has nothing to compute", model.span, way=way)


def check_siblings(model: Model, findings: Findings) -> None:
    """Refuse values of pairs of children, which are not supported yet."""
    owners = [index.of for index in model.indices if index.of is not None]
    if len(owners) == len(set(owners)):
        return
    for expression in roots(model):
        if _varies_over_pairs(expression, findings):
            return


def _varies_over_pairs(expression: Expr, findings: Findings) -> bool:
    free: dict[Expr, frozenset[Index]] = {}
    for part in reversed(list(walk(expression))):
        indices = _named(part).union(*(free[one] for one in parts(part)))
        owners = [index.of for index in indices if index.of is not None]
        if len(owners) > len(set(owners)):
            way = "reduce over one of them first, in an equation of its own, or name children by ranges: `child(n, j)`"
            findings.unsupported("pairs of children", part.span, way=way)
            return True
        free[part] = indices - frozenset(part.indices) if isinstance(part, Over) else indices
    return False


def _named(expression: Expr) -> frozenset[Index]:
    """Return the indices that an expression itself names."""
    match expression:
        case Position(index=index):
            return frozenset({index})
        case Read(at=at):
            return frozenset(index for access in at for index in access.indices)
        case _:
            return frozenset()


def warn_unused(model: Model, findings: Findings) -> None:
    """Warn of parameters, inputs and equations that nothing returned or scored needs.

    What only something useless reads is not reported beside it.
    """
    needed = _needed(model)
    useless = [name for name in model.equations if name not in needed]
    read = {name for useless_one in useless for name in _reads([model.equations[useless_one].value])}
    for name, param in model.params.items():
        if name not in needed and name not in read:
            findings.warn("RNN227", f"the parameter `{name}` is never used", param.span, way="remove it")
    for name, data in model.data.items():
        if data.role == "input" and name not in needed and name not in read:
            findings.warn("RNN227", f"the input `{name}` is never used", data.span, way="remove it")
    for name in useless:
        if name not in read:
            way = "read it, return it with `output`, or remove it"
            findings.warn("RNN228", f"nothing needs `{name}`", model.equations[name].span, way=way)


def warn_absent(model: Model, dims: Dims, findings: Findings) -> None:
    """Warn of reads at a fixed point that a range does not have: they give the `init`, or zero, always."""
    domains = {name: data.domain for name, data in model.data.items()}
    domains |= {name: param.domain for name, param in model.params.items()}
    domains |= {name: equation.domain for name, equation in model.equations.items()}
    for read in (part for expression in roots(model) for part in walk(expression) if isinstance(part, Read)):
        for index, access in zip(domains[read.name], read.at, strict=True):
            _warn_absent(read, index, access, dims, findings)


def _warn_absent(read: Read, index: Index, access: Access, dims: Dims, findings: Findings) -> None:
    if index.high is None or index.cyclic or not isinstance(access, Affine) or access.terms:
        return
    low, high = dims.peek(index.low), dims.peek(index.high)
    point = access.offset
    if (low is not None and point < low) or (high is not None and point > high):
        message = f"`{index.name}` has no point {point}: what is read there is the `init`, or zero"
        way = f"its points are {index.low} to {index.high}"
        findings.warn("RNN420", message, read.span, way=way)


def _needed(model: Model) -> set[str]:
    roots = [*model.losses, *(output.value for output in model.outputs)]
    for random in model.randoms:
        roots += [*_arguments(random.distribution), *(one for one in (random.weight, random.scale) if one is not None)]
    needed: set[str] = set()
    waiting = _reads(roots)
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        needed.add(name)
        if name in model.equations:
            waiting += _reads([model.equations[name].value])
        if name in model.inits:
            waiting += _reads([model.inits[name].value])
    return needed


def _reads(expressions: list[Expr]) -> list[str]:
    return [part.name for expression in expressions for part in walk(expression) if isinstance(part, Read)]


def _arguments(distribution: Distribution) -> Iterator[Expr]:
    for argument in distribution.arguments:
        if isinstance(argument, Distribution):
            yield from _arguments(argument)
        else:
            yield argument
