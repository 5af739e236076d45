"""A typed model as text again: flat, with the shapes that were inferred, and with names for some of its expressions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from rnndsl.equations.terms import number_text
from rnndsl.indices import Domain, Index, Kind, here
from rnndsl.semantics.model import Apply, Data, Distribution, Expr, Model, Over, Param, Random, Read, TypedModel
from rnndsl.semantics.text import print_expression
from rnndsl.sizes import Shape

DOTTED: Final = re.compile(r"(?<![\w.])[A-Za-z]\w*(?:\.[A-Za-z]\w*)+")


@dataclass
class Source:
    """Prints the parts of a model; `named` are expressions with a name, `masks` the masks of dropouts."""

    typed: TypedModel
    named: Mapping[Expr, Read] = field(default_factory=dict)
    masks: Mapping[Expr, Read] = field(default_factory=dict)

    @property
    def model(self) -> Model:
        """The model itself."""
        return self.typed.model

    def fixed(self, lines: Iterable[str]) -> list[str]:
        """Return lines with the numbers of dimensions that the structure depends on: loops and points are expanded."""
        values = {dim.name: str(dim.value) for dim in self.model.dims.values() if dim.fixed and dim.value is not None}
        return [
            line if line.startswith("#") else re.sub(r"\w+", lambda match: values.get(match[0], match[0]), line)
            for line in lines
        ]

    def head(self, name: str, body: Iterable[str]) -> str:
        """Print the first line, with those dimensions that the body needs."""
        used = set(re.findall(r"\w+", " ".join(body)))
        kept = [dim for dim in self.model.dims.values() if dim.name in used]
        dims = [d.name if d.value is None else f"{d.name} = {d.value}" for d in kept]
        return f"model {name}({', '.join(dims)}):"

    def indices(self, indices: Iterable[Index]) -> list[str]:
        """Print the declarations of indices."""
        return [f"index {index.name} : {_range(index)}" for index in indices]

    def data(self) -> list[str]:
        """Print the declarations of inputs and targets."""
        return [f"{data.role} {left(name, data.domain)} : {self._kind(data)}" for name, data in self.model.data.items()]

    def _kind(self, data: Data) -> str:
        kind = self.typed.quantities[data.name]
        if kind.point is not None:
            return f"point({kind.point.name})"
        return f"token({kind.shape[0]})" if kind.token else shape_text(kind.shape)

    def params(self) -> list[str]:
        """Print the declarations of parameters, those that are alike in one line."""
        groups: dict[str, list[str]] = {}
        for name, param in self.model.params.items():
            note = f" : {shape_text(self.typed.quantities[name].shape)}{_initialiser(param)}"
            groups.setdefault(note, []).append(left(name, param.domain))
        return [f"param {', '.join(names)}{note}" for note, names in groups.items()]

    def equations(self) -> list[str]:
        """Print equations, each after those that name its expressions, then inits."""
        found: list[str] = []
        shown: set[Expr] = set()
        for equation in self.model.equations.values():
            found += self._before(equation.value, shown)
            shape = self.typed.quantities[equation.name].shape
            note = f" : {shape_text(shape)}" if equation.shape is not None and not equation.shape.token else ""
            if equation.shape is not None and equation.shape.token:
                note = f" : token({shape[0]})"
            value = print_expression(self.within(equation.value))
            found.append(f"{left(equation.name, equation.domain)}{note} = {value}")
        for init in self.model.inits.values():
            found.append(f"init {left(init.name, init.indices)} = {print_expression(init.value)}")
        return found + self._scored(shown)

    def _scored(self, shown: set[Expr]) -> list[str]:
        """Print random equations and losses."""
        found: list[str] = []
        for random in self.model.randoms:
            for argument in _arguments(random.distribution):
                found += self._before(argument, shown)
            found.append(self._random(random))
        for loss in self.model.losses:
            found += self._before(loss, shown)
            found.append(f"loss {print_expression(self.within(loss))}")
        return found

    def _random(self, random: Random) -> str:
        text = f"{left(random.target, random.domain)} ~ {self._distribution(random.distribution)}"
        if random.weight is not None:
            text += f" weight {print_expression(self.within(random.weight))}"
        return text + (f" scale {print_expression(random.scale)}" if random.scale is not None else "")

    def _distribution(self, distribution: Distribution) -> str:
        given = [
            self._distribution(one) if isinstance(one, Distribution) else print_expression(self.within(one))
            for one in distribution.arguments
        ]
        over = f" over {', '.join(index.name for index in distribution.over)}" if distribution.over else ""
        return f"{distribution.name}({', '.join(given)}{over})"

    def outputs(self) -> list[str]:
        """Print the author's outputs."""
        found = []
        for output in self.model.outputs:
            plain = isinstance(output.value, Read) and output.value.name == output.name
            value = "" if plain else f" = {print_expression(self.within(output.value))}"
            found.append(f"output {left(output.name, output.domain)}{value}")
        return found

    def _before(self, expr: Expr, shown: set[Expr]) -> list[str]:
        """Print the equations of the named expressions inside an expression, the innermost first."""
        found: list[str] = []
        for inner in children(expr):
            found += self._before(inner, shown)
        name = self.named.get(expr)
        if name is not None and expr not in shown:
            shown.add(expr)
            value = print_expression(self.within(expr, itself=False))
            domain = ", ".join(map(str, name.at))
            found.append(f"{name.name}{f'[{domain}]' if domain else ''} = {value}")
        return found

    def within(self, expr: Expr, *, itself: bool = True) -> Expr:
        """Return an expression with the names of what is named in it."""
        if itself and expr in self.named:
            return self.named[expr]
        match expr:
            case Apply("dropout", (operand, _)) if expr in self.masks:
                return Apply("*", (self.within(operand), self.masks[expr]), expr.span)
            case Apply(operands=operands):
                return replace(expr, operands=tuple(map(self.within, operands)))
            case Over(body=body):
                return replace(expr, body=self.within(body))
            case _:
                return expr


def children(expr: Expr) -> tuple[Expr, ...]:
    """Return the expressions that one consists of."""
    match expr:
        case Apply(operands=operands):
            return operands
        case Over(body=body):
            return (body,)
        case _:
            return ()


#: Functions that do not take every number, or nothing at all.
PARTIAL: Final = frozenset({"/", "^", "log", "sqrt", "exp", "max", "min", "normalize"})


def partial_branches(expr: Expr, *, branch: bool = False) -> list[Expr]:
    """Return the expressions in the branches of conditionals with functions in them that do not take everything."""
    inner = [found for part in children(expr) for found in partial_branches(part, branch=branch or _chooses(expr))]
    own = isinstance(expr, Apply | Over) and expr.function in PARTIAL
    return [*inner, expr] if branch and (own or inner) else inner


def _chooses(expr: Expr) -> bool:
    return isinstance(expr, Apply) and expr.function == "if"


def _arguments(distribution: Distribution) -> list[Expr]:
    found: list[Expr] = []
    for argument in distribution.arguments:
        found += _arguments(argument) if isinstance(argument, Distribution) else [argument]
    return found


def left(name: str, domain: Domain) -> str:
    """Print the left-hand side of an equation."""
    return f"{name}[{', '.join(index.name for index in domain)}]" if domain else name


def shape_text(shape: Shape) -> str:
    """Print a declared shape."""
    return ", ".join(map(str, shape)) if shape else "scalar"


def reading(name: str, domain: Domain, expr: Expr) -> Read:
    """Return the read of a name in place of an expression."""
    return Read(name, tuple(here(index) for index in domain), expr.span)


def _range(index: Index) -> str:
    match index.kind:
        case Kind.RANGE if index.cyclic:
            return f"cyclic({index.extent})"
        case Kind.RANGE:
            return f"{index.low}..{index.high}"
        case Kind.CHILDREN if index.of is not None:
            return f"children({index.of.name})"
        case kind:
            return kind.value


def _initialiser(param: Param) -> str:
    text = " frozen" if param.frozen else ""
    if param.initialiser is None:
        return text
    name, arguments = param.initialiser
    given = ", ".join(number_text(float(a)) for a in arguments)
    return f" ~ {name}{f'({given})' if given else ''}{text}"


def without_dots(lines: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the lines with the names of cells' quantities as names of a model (`h.W_f` is h_W_f), and what is what."""
    chosen: dict[str, str] = {}
    used = set(re.findall(r"\w+", " ".join(lines)))

    def plain(match: "re.Match[str]") -> str:
        dotted = match[0]
        if dotted not in chosen:
            base = dotted.replace(".", "_")
            chosen[dotted] = next(
                n for k in range(1, len(used) + 2) if (n := base if k == 1 else f"{base}_{k}") not in used
            )
            used.add(chosen[dotted])
        return chosen[dotted]

    found = [line if line.startswith("#") else DOTTED.sub(plain, line) for line in lines]
    return found, {flat: dotted for dotted, flat in chosen.items()}
