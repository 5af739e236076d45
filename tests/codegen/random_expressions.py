"""Random expressions: reads of whatever is in sight, reductions of what is not, and functions of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Final

from tests.codegen.random_worlds import Place, Pointing, Quantity, World

SHAPES: Final[Mapping[str, str]] = {"vector": "3", "scalar": "scalar", "matrix": "3, 3", "token": "token(5)"}
PARAMS: Final[Mapping[str, str]] = {"P": "3, 3", "p": "3", "q": "scalar", "E": "3, 5", "e": "5"}
VECTORS: Final = (
    "tanh({v})", "sin({v})", "softmax({v})", "relu({v})", "layer_norm({v})", "({s} * {v})", "({P} @ {v})",
    "({P} @ {v})",
    "({v} @ {P})", "(transpose({P}) @ {v})", "(outer({v}, {v}) @ {v})", "({p} * {v})", "normalize(exp({v}))",
    "concat(slice({v}, 2, 3), {s})", "stop_gradient({v})", "dropout({v}, 0.3)", "maximum({v}, {v})", "({v} + {v})",
    "({v} - {v})", "({v} * {v})", "({v} * {v})", "({v} / (1 + {v} ^ 2))", "({v} if {c} else {v})",
    "({v} if {c} else 0)",
)  # fmt: skip
SCALARS: Final = (
    "({v} @ {v})", "sum({v})", "component({v}, 2)", "norm({v})", "cosine({v}, {v})", "({v} @ {P} @ {v})", "tanh({s})",
    "sigmoid({s})", "({s} * {s})", "({s} + {s})", "max({v})", "logsumexp({v})", "mean({v})", "({p} @ {v})", "{number}",
    "({s} if {c} else {s})", "(log({s}) if {again} > 0.1 else {s})", "({q} * {s})", "0.7",
)  # fmt: skip
#: Reductions that take no points at all, and those that need one.
EMPTY: Final = ("sum", "sum", "mean", "prod")
FOLDS: Final = ("max", "min", "logsumexp")
WEIGHTED: Final = (
    "({s} * {body})", "(softmax({s} over {names}) * {body})", "(normalize(exp(tanh({s})) over {names}) * {body})",
    "tanh({body} + {s})",
)  # fmt: skip


@dataclass
class Writer:
    """The state of writing: what can be read, the lines so far, and how much may still be written."""

    world: World
    random: Random
    pointing: Pointing
    quantities: list[Quantity] = field(default_factory=list)
    data: dict[tuple[tuple[str, ...], str], Quantity] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    params: int = 0
    budget: int = 0

    def chance(self, share: float) -> bool:
        """Tell yes in a share of the cases."""
        return self.random.random() < share

    # Leaves -----------------------------------------------------------------------------------------------------------

    def param(self, letter: str, place: Place) -> str:
        """Declare a parameter, perhaps a family over ranges in sight, and return it as it is read."""
        family = [name for name in self.world.ranges(place.visible) if self.chance(0.5)]
        self.params += 1
        name = f"{letter}{self.params}" + (f"[{', '.join(family)}]" if family else "")
        self.lines.append(f"param {name} : {PARAMS[letter]} ~ normal(0.5)")
        return name

    def number(self, place: Place) -> str:
        """Return a number that depends on the point."""
        choices = {f"({name} / 4)" for name in place.visible} | {"0.3"}
        known = {name for name in self.world.sets if self.world.ragged(name)}
        known -= {name for name in known if self.world.owner(name) and self.world.owner(name) not in place.visible}
        choices |= {f"(1 / (1 + length({name})))" for name in known}
        return self.random.choice(sorted(choices))

    def condition(self, place: Place) -> str:
        """Return a condition."""
        choices = {f"{self.scalar(place, 0)} > 0"}
        for name in place.visible:
            choices |= {f"{name} % 2 == 1", f"{name} > 1", f"{name} != 2"}
            if self.world.nodes(name):
                choices |= {f"leaf({name})", f"not leaf({name}) and {name} < 3"}
            elif self.world.ragged(name):
                choices |= {f"{name} == length({name})", f"{name} < length({name}) or {name} == 1"}
        return self.random.choice(sorted(choices))

    def new_data(self, place: Place) -> Quantity:
        """Return an input over some of the indices in sight, and now and then one more."""
        random = self.random
        few = random.sample(sorted(place.visible), min(len(place.visible), random.choice((0, 1, 1, 2))))
        more = [random.choice(sorted(self.world.sets))] if self.chance(0.15) else []
        names = sorted(self.world.closed([*few, *more]))
        names = names if self.world.ragged(names) <= 2 else []
        kind = random.choice(("vector", "vector", "vector", "scalar", "token"))
        key = (tuple(names), kind)
        if key not in self.data:
            self.data[key] = Quantity(f"x{len(self.data)}", self.world.shuffled(names, random), kind)
            self.lines.append(f"input {self.data[key].text} : {SHAPES[kind]}")
        return self.data[key]

    # Reads ------------------------------------------------------------------------------------------------------------

    def read(self, quantity: Quantity, place: Place, depth: int, *, scalar: bool) -> str | None:
        """Return a read of a quantity as a vector or a scalar; what is out of sight is reduced."""
        points = self.pointing.points(quantity, place)
        bound = frozenset(index for point in points or () for index in point.bound)
        inside = self.world.binding(place, bound)
        hidden = {i for i in quantity.indices if self.world.owner(i)} - inside.visible
        if points is None or hidden or self.world.ragged(bound | place.visible) > 4:
            return None
        moved = zip(quantity.indices, points, strict=True)
        quantity.shifted |= {index for index, point in moved if point.shifted}
        quantity.read = True
        text = quantity.name + (f"[{', '.join(point.text for point in points)}]" if points else "")
        if quantity.kind == "matrix" and bound and self.chance(0.5):
            call = f"{self.random.choice(('sum', 'mean'))}({text} over {', '.join(sorted(bound))})"
            return self.fitted(call, quantity, place, scalar=scalar)
        body = self.fitted(text, quantity, inside, scalar=scalar)
        return self.reduced(self.weighted(body, inside, bound, depth), place, bound, scalar=scalar)

    def fitted(self, text: str, quantity: Quantity, place: Place, *, scalar: bool) -> str:
        """Make a vector or a scalar of what was read."""
        forms: tuple[str, ...]
        match quantity.kind:
            case "vector":
                forms = (f"component({text}, 3)", f"sum({text})", f"({{p}} @ {text})") if scalar else (text,)
            case "scalar":
                forms = (text,) if scalar else (f"({text} * {{p}})", f"({text} * {{p}})")
            case "matrix":
                forms = (f"({{p}} @ {text} @ {{p}})",) if scalar else (f"({text} @ {{v}})", f"({{v}} @ {text})")
            case "token":
                forms = (f"({{e}} @ {text})",) if scalar else (f"({{E}} @ {text})",)
            case _:
                there = quantity.points in place.visible
                hit = f"({{s}} if {quantity.points} == {text} else 0)" if there else f"(0.1 * {text})"
                forms = (hit,) if scalar else (f"({hit} * {{p}})",)
        return self.filled(self.random.choice(forms), place, 0)

    def weighted(self, body: str, place: Place, bound: frozenset[str], depth: int) -> str:
        """Perhaps multiply what is going to be reduced."""
        if not bound or depth <= 0 or self.budget <= 0 or self.chance(0.4):
            return body
        form = self.random.choice(WEIGHTED)
        return form.format(s=self.scalar(place, depth - 1), body=body, names=", ".join(sorted(bound)))

    def reduced(self, body: str, place: Place, bound: frozenset[str], *, scalar: bool) -> str:
        """Return a reduction over indices: at once, or one after the other."""
        if not bound:
            return body
        if len(bound) > 1 and self.chance(0.5):
            first = self.random.choice(sorted(bound - self.world.owners(bound)))
            rest = bound - {first}
            inner = self.reduced(body, self.world.binding(place, rest), frozenset({first}), scalar=scalar)
            return self.reduced(inner, place, rest, scalar=scalar)
        calls = self.calls(body, place, bound)
        if bound == {"i"} and not scalar:
            calls += [f"stack(sum({body}) over i)", f"(stack({body} over i) @ {self.param('p', place)})"]
        return self.random.choice(calls)

    def calls(self, body: str, place: Place, bound: frozenset[str]) -> list[str]:
        """Return the calls that reduce over indices at once; where there may be no child a choice stands around."""
        names, owners = ", ".join(sorted(bound)), self.world.owners(bound)
        calls = [f"{name}({body} over {names})" for name in EMPTY]
        folds = [f"{name}({body} over {names})" for name in FOLDS]
        if len(bound) == 1 and owners <= place.visible:
            calls += [f"({fold} if not leaf({owner}) else 0.5)" for owner in owners for fold in folds]
        calls += [] if owners else folds
        nodes = set(filter(self.world.nodes, bound))
        calls += [f"root({body} over {names})"] * 3 if nodes == bound else []
        calls += [f"{name}({body} over {names})" for name in ("first", "last")] if not nodes else []
        return calls

    def atom(self, place: Place, depth: int, *, scalar: bool) -> str:
        """Return a read of something."""
        self.budget -= 1
        known = [q for q in self.quantities if q.group < place.group or (q.group == place.group and place.rank >= 0)]
        own = [q for q in known if q.group == place.group]
        for _ in range(3):
            pool = own if own and self.chance(0.4) else known
            quantity = self.random.choice(pool) if pool and self.chance(0.65) else self.new_data(place)
            text = self.read(quantity, place, depth if self.budget > 0 else 0, scalar=scalar)
            if text is not None:
                return text
        return self.param("q" if scalar else "p", place)

    # Expressions ------------------------------------------------------------------------------------------------------

    def filled(self, template: str, place: Place, depth: int) -> str:
        """Fill a template: `{v}` a vector, `{s}` a scalar, `{c}` a condition, letters of parameters."""
        marks: dict[str, Callable[[], str]] = {
            "v": lambda: self.vector(place, depth),
            "s": lambda: self.scalar(place, depth),
            "c": lambda: self.condition(place),
            "number": lambda: self.number(place),
            **{letter: lambda letter=letter: self.param(letter, place) for letter in PARAMS},  # type: ignore[misc]
        }
        text, *parts = template.split("{")
        last = ""
        for part in parts:
            mark, _, rest = part.partition("}")
            last = last if mark == "again" else marks[mark]()
            text += last + rest
        return text

    def vector(self, place: Place, depth: int) -> str:
        """Return a vector."""
        return self.expression(place, depth, scalar=False)

    def scalar(self, place: Place, depth: int) -> str:
        """Return a scalar."""
        return self.expression(place, depth, scalar=True)

    def expression(self, place: Place, depth: int, *, scalar: bool) -> str:
        """Return a read, a function of something, or what is normalised over an index in sight."""
        if depth <= 0 or self.budget <= 0 or self.chance(0.3):
            return self.atom(place, depth, scalar=scalar)
        if self.chance(0.08):
            return self.kept("{s}" if scalar else "{v}", place, depth)
        return self.filled(self.random.choice(SCALARS if scalar else VECTORS), place, depth - 1)

    def kept(self, mark: str, place: Place, depth: int) -> str:
        """Return what is normalised over an index in sight."""
        own: Iterable[str] = sorted(place.visible - self.world.owners(place.visible))
        if not own:
            return self.filled(mark, place, depth - 1)
        index = self.random.choice(list(own))
        body = self.filled(f"tanh({mark})", self.world.binding(place, {index}), depth - 1)
        form = self.random.choice(("softmax({0} over {1})", "normalize(exp({0}) over {1})"))
        return form.format(body, index)
