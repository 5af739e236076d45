"""Collecting: a model becomes variables (of quantities and expressions) and constraints between their shapes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from rnndsl.diagnostics.span import Span
from rnndsl.semantics.model import (
    Apply,
    Dimension,
    Distribution,
    Equation,
    Expr,
    Leaf,
    Length,
    Model,
    Number,
    Over,
    Position,
    Random,
    Read,
    ShapeNote,
)
from rnndsl.semantics.shapes_constraints import MASK_OF, MATRIX, RANK_WORDS, SCALAR, VECTOR, Constraint, Kind, Variable
from rnndsl.sizes import Shape, Size

#: Functions of one operand's components one by one; the result is its operand's shape.
UNARY: Final = frozenset({
    "neg", "tanh", "sigmoid", "relu", "gelu", "silu", "softplus", "softsign", "hard_sigmoid", "exp", "log", "sqrt",
    "abs", "sign", "sin", "cos", "stop_gradient", "dropout",
})  # fmt: skip
#: Operators of several operands, component by component.
ELEMENTWISE: Final = frozenset({"+", "-", "*", "/", "%", "^", "minimum", "maximum", "clip", "leaky_relu", "elu", "if"})
CONDITIONS: Final = frozenset({"<", "<=", "==", "!=", "and", "or", "not"})
#: Reductions of components to a scalar, and the ranks they take.
REDUCTIONS: Final[Mapping[str, int]] = {
    "sum": VECTOR | MATRIX, "mean": VECTOR | MATRIX, "norm": VECTOR | MATRIX, "max": VECTOR, "min": VECTOR,
    "prod": VECTOR, "logsumexp": VECTOR, "component": VECTOR,
}  # fmt: skip
#: Functions of a vector as a whole that give a vector of its size.
WHOLE: Final = frozenset({"softmax", "normalize", "layer_norm"})
#: Functions with a constraint of their own.
STRUCTURAL: Final[Mapping[str, Kind]] = {
    "@": Kind.PRODUCT, "outer": Kind.OUTER, "transpose": Kind.TRANSPOSE, "concat": Kind.CONCAT, "part": Kind.PART,
    "slice": Kind.SLICE,
}  # fmt: skip


class Role(StrEnum):
    """What an argument of a distribution has to do with its target."""

    SAME = "same"  # the target's shape
    FIRST = "first"  # the same, or a scalar for all components; gives the target its shape where none is declared
    FITS = "fits"  # the target's shape or a scalar
    SCALAR = "scalar"


ROLES: Final[Mapping[str, tuple[Role, ...]]] = {
    "categorical": (Role.SAME,),
    "bernoulli": (Role.FIRST,),
    "normal": (Role.FIRST, Role.FITS),
    "normal2": (Role.SAME, Role.FITS, Role.SCALAR),
    "mixture": (Role.SCALAR, Role.SAME),
}


def children(expr: Expr) -> tuple[Expr, ...]:
    """Return the direct parts of an expression."""
    match expr:
        case Apply(operands=operands):
            return operands
        case Over(body=body):
            return (body,)
        case _:
            return ()


def postorder(root: Expr, known: Mapping[Expr, object]) -> Iterator[Expr]:
    """Yield an expression's parts before itself, without those that are known (long sums nest deeply)."""
    stack = [(root, False)]
    while stack:
        expr, opened = stack.pop()
        if expr in known:
            continue
        if opened or not children(expr):
            yield expr
            continue
        stack.append((expr, True))
        stack.extend((child, False) for child in reversed(children(expr)))


def note_shape(note: ShapeNote) -> Shape:
    """Return the shape that a declaration says; a token counts as its one-hot vector."""
    return note.sizes if note.token is None else (note.token,)


@dataclass
class Collection:
    """The variables and constraints of a model.

    `parents` leads from an expression to the elementwise operator (or reduction over indices) that it stands alone in,
    `goals` from a whole right-hand side to the quantity that it gives its shape to, `reads` from a quantity to its
    reads. `points` are data that are points of an index set.
    """

    quantities: dict[str, Variable] = field(default_factory=dict)
    declared: dict[str, Shape] = field(default_factory=dict)
    expressions: dict[Expr, Variable] = field(default_factory=dict)
    constraints: list[Constraint] = field(default_factory=list)
    parents: dict[Expr, Apply | Over] = field(default_factory=dict)
    goals: dict[Expr, Variable] = field(default_factory=dict)
    reads: dict[str, list[Read]] = field(default_factory=dict)
    points: set[str] = field(default_factory=set)
    tokens: set[Expr] = field(default_factory=set)

    def constrain(self, constraint: Constraint) -> Variable:
        """Add a constraint; return its result."""
        self.constraints.append(constraint)
        for variable in dict.fromkeys(constraint.variables):
            variable.watchers.append(constraint)
        return constraint.result

    def needs(self, variable: Variable, allowed: int, span: Span, symbol: str, sizes: Shape = ()) -> None:
        """Say which ranks (and which first size) a place takes."""
        if variable.mask & ~allowed or sizes:
            # The scalar beside it takes no part: a constraint has a result.
            beside = Variable("", span, SCALAR)
            self.constrain(Constraint(Kind.NEEDS, (variable,), beside, span, symbol, allowed, sizes))

    def declare(self, name: str, note: ShapeNote | None, span: Span) -> None:
        """Make a quantity's variable."""
        variable = Variable(f"`{name}`", span, name=name)
        self.quantities[name] = variable
        if note is not None:
            self.declared[name] = note_shape(note)
            variable.mask = MASK_OF[len(self.declared[name])]
            what = "a point, which is a number" if note.point is not None else RANK_WORDS[variable.mask]
            self.points |= {name} if note.point is not None else set()
            variable.span, variable.origin = note.span, f"is declared as {what}"

    def visit(self, root: Expr) -> Variable:
        """Make the variables and constraints of an expression."""
        for expr in postorder(root, self.expressions):
            self.expressions[expr] = self._variable(expr)
        return self.expressions[root]

    def assign(self, expr: Expr, goal: Variable, *, exact: bool, symbol: str) -> None:
        """Say that an expression gives a quantity its value: of its shape exactly, or a scalar that is spread."""
        value = self.visit(expr)
        self.goals[expr] = goal
        if value is not goal:
            kind = Kind.EQUAL if exact else Kind.FITS
            self.constrain(Constraint(kind, (value,), goal, expr.span, symbol))

    def _variable(self, expr: Expr) -> Variable:
        match expr:
            case Number() | Dimension() | Position() | Length():
                return Variable("this number", expr.span, SCALAR, origin="is a number")
            case Leaf():
                return Variable("the condition", expr.span, SCALAR, origin="is a condition")
            case Read(name=name):
                self.reads.setdefault(name, []).append(expr)
                return self.quantities[name]
            case Over(function="stack", body=body, indices=indices, span=span):
                operand, sizes = self.expressions[body], (indices[0].extent,)
                result = Variable("the `stack`", span, VECTOR | MATRIX)
                return self.constrain(Constraint(Kind.STACK, (operand,), result, span, "stack", sizes=sizes))
            case Over(body=body):
                self.parents[body] = expr
                return self.expressions[body]
            case Apply():
                return self._apply(expr)

    def _apply(self, expr: Apply) -> Variable:
        operands = [self.expressions[operand] for operand in expr.operands]
        name, span = expr.function, expr.span
        if name in UNARY:
            self.parents[expr.operands[0]] = expr
            for extra in operands[1:]:  # dropout's rate
                self.needs(extra, SCALAR, span, name)
            return operands[0]
        if name in ELEMENTWISE:
            return self._elementwise(expr, operands)
        if name in CONDITIONS:
            return self._condition(expr, operands)
        if name in REDUCTIONS:
            self.needs(operands[0], REDUCTIONS[name], span, name)
            return Variable(f"the `{name}`", span, SCALAR, origin=f"is the `{name}` of components")
        if name in WHOLE:
            self.needs(operands[0], VECTOR, span, name)
            return operands[0]
        if name in STRUCTURAL:
            return self._structural(expr, tuple(operands))
        if name == "cosine":
            result = Variable("the `cosine`", span, SCALAR, origin="is a cosine")
            self.constrain(Constraint(Kind.ALIKE, tuple(operands), operands[0], span, name))
            return result
        return Variable(f"the `{name}`", span, SCALAR, origin=f"is a `{name}`")  # log_prob

    def _elementwise(self, expr: Apply, operands: list[Variable]) -> Variable:
        parts = list(zip(expr.operands, operands, strict=True))
        if expr.function == "if":
            self.needs(operands[0], SCALAR, expr.operands[0].span, "if")
            parts = parts[1:]
        for part, _ in parts:
            self.parents[part] = expr
        different = tuple(dict.fromkeys(variable for _, variable in parts))
        result = Variable(f"the `{expr.function}`", expr.span)
        return self.constrain(Constraint(Kind.ELEMENTWISE, different, result, expr.span, expr.function))

    def _condition(self, expr: Apply, operands: list[Variable]) -> Variable:
        for part, variable in zip(expr.operands, operands, strict=True):
            if part not in self.tokens:  # a token is compared by its number
                self.needs(variable, SCALAR, part.span, expr.function)
        return Variable("the condition", expr.span, SCALAR, origin="is a condition")

    def _structural(self, expr: Apply, operands: tuple[Variable, ...]) -> Variable:
        kind = STRUCTURAL[expr.function]
        result = Variable(f"the `{expr.function}`", expr.span)
        return self.constrain(Constraint(kind, operands, result, expr.span, expr.function, sizes=expr.sizes))


def collect(model: Model, tokens: set[Expr]) -> Collection:
    """Collect a model's variables and constraints; `tokens` are the expressions whose value is a token."""
    found = Collection(tokens=tokens)
    for table in (model.data, model.params, model.equations):
        for declared in table.values():
            found.declare(declared.name, declared.shape, declared.span)
    for equation in model.equations.values():
        _collect_equation(found, equation)
    for init in model.inits.values():
        found.assign(init.value, found.quantities[init.name], exact=False, symbol="init")
    for random in model.randoms:
        _collect_random(found, random)
    for loss in model.losses:
        found.needs(found.visit(loss), SCALAR, loss.span, "loss")
    for output in model.outputs:
        found.visit(output.value)
    return found


def _collect_equation(found: Collection, equation: Equation) -> None:
    exact = equation.name not in found.declared
    found.assign(equation.value, found.quantities[equation.name], exact=exact, symbol="=")


def _collect_random(found: Collection, random: Random) -> None:
    target = found.quantities[random.target]
    _collect_distribution(found, random.distribution, target)
    for expr, word in ((random.weight, "weight"), (random.scale, "scale")):
        if expr is not None:
            found.needs(found.visit(expr), SCALAR, expr.span, word)


def _collect_distribution(found: Collection, distribution: Distribution, target: Variable) -> None:
    """Say what the arguments of a distribution have to do with its target."""
    name, span = distribution.name, distribution.span
    if name == "normal2":
        found.needs(target, VECTOR, span, name, sizes=(Size.of(2),))
    for argument, role in zip(distribution.arguments, ROLES[name], strict=False):
        if isinstance(argument, Distribution):
            _collect_distribution(found, argument, target)
        elif role is Role.SCALAR or (name == "categorical" and distribution.over):
            found.needs(found.visit(argument), SCALAR, argument.span, name)
        elif target.name in found.points:  # such a target suits no other distribution, which is said elsewhere
            found.visit(argument)
        else:
            exact = role is Role.SAME or (role is Role.FIRST and target.name not in found.declared)
            found.assign(argument, target, exact=exact, symbol="~")
