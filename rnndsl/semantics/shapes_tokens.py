"""Which expressions have a token as value: reads of token data, and equations that only pass one on."""

from collections.abc import Iterator
from typing import Final

from rnndsl.indices import Domain, here
from rnndsl.semantics.model import Apply, Distribution, Expr, Model, Number, Over, Random, Read
from rnndsl.semantics.shapes_collect import children

#: Reductions that give back one of the values they are given.
ENDS: Final = frozenset({"first", "last"})


def token_expressions(model: Model) -> tuple[set[Expr], set[str]]:
    """Return the expressions and the names of the quantities whose value is a token.

    An equation passes a token on when all that its value can be is known to be a token; one that reads itself is not
    known to be one, and is the one-hot vector instead, which means the same.
    """
    found = _Tokens(model)
    found.spread()
    return {expr for root in roots(model) for expr in found.inside(root)}, found.names


def whole_number(expr: Expr) -> int | None:
    """Return the number that a literal such as `3` or `-1` gives for a token, None for anything else."""
    match expr:
        case Number(value=value) if value.is_integer():
            return int(value)
        case Apply(function="neg", operands=(Number(value=value),)) if value.is_integer():
            return -int(value)
        case _:
            return None


class _Tokens:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.names = {name for name, data in model.data.items() if data.shape is not None and data.shape.token}
        self.domains: dict[str, Domain] = {name: data.domain for name, data in model.data.items()}
        self.domains |= {name: equation.domain for name, equation in model.equations.items()}

    def spread(self) -> None:
        waiting: dict[str, list[str]] = {}
        for equation in self.model.equations.values():
            for name in _passed(equation.value):
                waiting.setdefault(name, []).append(equation.name)
        fresh = sorted(self.names)
        while fresh:
            for name in waiting.get(fresh.pop(), ()):
                equation = self.model.equations[name]
                plain = equation.shape is None or equation.shape.token is not None
                if name not in self.names and plain and self.holds(equation.value):
                    self.names.add(name)
                    fresh.append(name)

    def holds(self, expr: Expr) -> bool:
        """Whether an expression's value is a token."""
        match expr:
            case Read(name=name):
                return name in self.names and (self._here(expr) or self._starts_with_token(name))
            case Apply(function="if", operands=(_, value, otherwise)):
                return self.holds(value) and self.holds(otherwise)
            case Over(function=function, body=body) if function in ENDS:
                return self.holds(body)
            case _:
                return False

    def inside(self, root: Expr) -> Iterator[Expr]:
        """Yield the tokens among an expression and its parts."""
        stack = [root]
        while stack:
            expr = stack.pop()
            if self.holds(expr):
                yield expr
            stack.extend(children(expr))

    def _here(self, read: Read) -> bool:
        return read.at == tuple(here(index) for index in self.domains[read.name])

    def _starts_with_token(self, name: str) -> bool:
        init = self.model.inits.get(name)
        if init is None or (whole_number(init.value) or 0) < 0:
            return True
        # A start that reads tokens itself may read this one again: looking at data only ends surely.
        match init.value:
            case Read(name=other):
                return other in self.model.data and other in self.names and self._here(init.value)
            case _:
                return False


def _passed(root: Expr) -> Iterator[str]:
    stack = [root]
    while stack:
        match stack.pop():
            case Read(name=name):
                yield name
            case Apply(function="if", operands=operands):
                stack.extend(operands[1:])
            case Over(function=function, body=body) if function in ENDS:
                stack.append(body)
            case _:
                pass


def roots(model: Model) -> Iterator[Expr]:
    """Yield all whole expressions of a model."""
    yield from (equation.value for equation in model.equations.values())
    yield from (init.value for init in model.inits.values())
    yield from model.losses
    yield from (output.value for output in model.outputs)
    for random in model.randoms:
        yield from random_roots(random)


def random_roots(random: Random) -> Iterator[Expr]:
    """Yield the whole expressions of a random equation."""
    yield from (expr for expr in (random.weight, random.scale) if expr is not None)
    yield from distribution_roots(random.distribution)


def distribution_roots(distribution: Distribution) -> Iterator[Expr]:
    """Yield the whole expressions that a distribution is made from."""
    stack: list[Expr | Distribution] = [distribution]
    while stack:
        argument = stack.pop()
        if isinstance(argument, Distribution):
            stack.extend(reversed(argument.arguments))
        else:
            yield argument
