"""Random legal specs over every topology: sequences, grids, attention, trees, dags, ranges, and their mixtures.

Quantities come in groups; a group may read the groups before it anywhere. A group walks its `core`: indices in an
order, each with a direction. Within a group a quantity is read at the same point of the core by those after it, or
strictly before along one index of the core: at the same point of the core's earlier indices, anywhere along the later
ones. That is what makes a spec legal (language, section 5), and all that is asked of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Final

SHAPES: Final[Mapping[str, str]] = {"vector": "3", "scalar": "scalar", "matrix": "3, 3", "token": "token(5)"}
PARAMS: Final[Mapping[str, str]] = {"P": "3, 3", "p": "3", "q": "scalar", "E": "3, 5", "e": "5"}
VECTORS: Final = (
    "tanh({v})", "sin({v})", "softmax({v})", "relu({v})", "layer_norm({v})", "({s} * {v})", "({P} @ {v})", "({P} @ {v})",
    "({v} @ {P})", "(transpose({P}) @ {v})", "(outer({v}, {v}) @ {v})", "({p} * {v})", "normalize(exp({v}))",
    "concat(slice({v}, 2, 3), {s})", "stop_gradient({v})", "dropout({v}, 0.3)", "maximum({v}, {v})", "({v} + {v})",
    "({v} - {v})", "({v} * {v})", "({v} * {v})", "({v} / (1 + {v} ^ 2))", "({v} if {c} else {v})", "({v} if {c} else 0)",
)  # fmt: skip
SCALARS: Final = (
    "({v} @ {v})", "sum({v})", "component({v}, 2)", "norm({v})", "cosine({v}, {v})", "({v} @ {P} @ {v})", "tanh({s})",
    "sigmoid({s})", "({s} * {s})", "({s} + {s})", "max({v})", "logsumexp({v})", "mean({v})", "({p} @ {v})", "{number}",
    "({s} if {c} else {s})", "(log({s}) if {again} > 0.1 else {s})", "({q} * {s})", "0.7",
)  # fmt: skip
NO_NEED_OF_POINTS: Final = ("sum", "sum", "mean", "prod")
FOLDS: Final = ("max", "min", "logsumexp")
DISTRIBUTIONS: Final = ("normal", "normal", "scalar", "token", "bernoulli", "point", "mixture")


@dataclass
class Quantity:
    """What can be read; `shifted` are the indices along which it is read outside of its points somewhere."""

    name: str
    indices: tuple[str, ...]
    kind: str
    group: int = -1
    rank: int = 0
    points: str = ""
    shifted: set[str] = field(default_factory=set)
    read: bool = False

    @property
    def text(self) -> str:
        """As it is written where it is declared."""
        return f"{self.name}[{', '.join(self.indices)}]" if self.indices else self.name


@dataclass(frozen=True)
class Place:
    """Where an expression stands: the indices it may name, the equation it belongs to, those that calls have rebound."""

    visible: frozenset[str]
    group: int
    rank: int = 0
    rebound: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Point:
    """One point of a read as it is written, the indices that it needs bound, and whether it may lie outside."""

    text: str
    bound: frozenset[str] = frozenset()
    shifted: bool = False


@dataclass(frozen=True)
class World:
    """The index sets of a spec by name, as they are declared."""

    sets: Mapping[str, str]

    def owner(self, index: str) -> str:
        """Return the index of the nodes whose children an index runs over, "" for others."""
        return self.sets[index][9:-1] if self.sets[index].startswith("children") else ""

    def nodes(self, index: str) -> bool:
        """Whether an index runs over the nodes of a tree or dag."""
        return self.sets[index] in {"tree", "dag"}

    def ranges(self, index: str) -> bool:
        """Whether it has a fixed number of points."""
        return self.sets[index][0] in "-1c" and not self.owner(index)

    def ragged(self, indices: Iterable[str]) -> int:
        """Count those whose number of points comes with the data."""
        return sum(not self.ranges(index) for index in indices)

    def closed(self, indices: Iterable[str]) -> frozenset[str]:
        """Add the nodes that indices over children need."""
        return frozenset({*indices, *filter(None, map(self.owner, indices))})

    def shuffled(self, indices: Iterable[str], random: Random) -> tuple[str, ...]:
        """Return indices in any order; those over children stand right after their nodes."""
        names = sorted(index for index in indices if not self.owner(index))
        random.shuffle(names)
        edges = {self.owner(index): index for index in indices if self.owner(index)}
        return tuple(one for name in names for one in (name, edges.get(name, "")) if one)

    def binding(self, place: Place, indices: Iterable[str]) -> Place:
        """Return the place inside a call that binds indices; children of what is bound anew are out of sight."""
        bound = frozenset(indices)
        hidden = {index for index in place.visible - bound if self.owner(index) in bound}
        return replace(place, visible=(place.visible - hidden) | bound, rebound=place.rebound | bound)


def random_world(random: Random) -> World:
    """Draw index sets: one to three of sequences, trees and dags, and some ranges, in any order."""
    kinds = random.choice(("t", "t", "ts", "ts", "ts", "tsu", "n", "n", "n", "nt", "nt", "nts", "nm", "nn"))
    sets = {name: "sequence" for name in kinds if name in "tsu"}
    for nodes, children in (("n", "k"), ("m", "l")):
        if nodes in kinds:
            sets |= {nodes: random.choice(("tree", "tree", "dag")), children: f"children({nodes})"}
    ranges = {"i": "1..3", "j": "-1..1", "d": "1..2", "c": "cyclic(4)"}
    sets |= {name: ranges[name] for name in random.sample(sorted(ranges), random.randint(0, 3))}
    names = sorted(sets)
    random.shuffle(names)
    return World({name: sets[name] for name in names})


class Draw:
    """A spec in the making."""

    def __init__(self, random: Random) -> None:
        """Draw the index sets."""
        self.random, self.world = random, random_world(random)
        self.quantities: list[Quantity] = []
        self.data: dict[tuple[tuple[str, ...], str], Quantity] = {}
        self.lines: list[str] = [f"index {name} : {kind}" for name, kind in self.world.sets.items()]
        self.params = 0
        self.cores: dict[int, tuple[tuple[str, int], ...]] = {}
        self.budget = 0

    def chance(self, share: float) -> bool:
        """Tell yes in a share of the cases."""
        return self.random.random() < share

    def pick(self, choices: Iterable[str]) -> str:
        """Return one of several."""
        return self.random.choice(sorted(choices))

    # Leaves -----------------------------------------------------------------------------------------------------------

    def param(self, letter: str, place: Place) -> str:
        """Declare a parameter, perhaps a family over ranges in sight, and return it as it is read."""
        ranges = [name for name in sorted(place.visible) if self.world.ranges(name)]
        family = [name for name in ranges if self.chance(0.5)]
        self.params += 1
        name = f"{letter}{self.params}" + (f"[{', '.join(family)}]" if family else "")
        self.lines.append(f"param {name} : {PARAMS[letter]} ~ normal(0.5)")
        return name

    def number(self, place: Place) -> str:
        """Return a number that depends on the point."""
        choices = {f"({name} / 4)" for name in place.visible} | {"0.3"}
        owners = {index: self.world.owner(index) for index in self.world.sets}
        lengths = [
            i for i in self.world.sets if not self.world.ranges(i) and (not owners[i] or owners[i] in place.visible)
        ]
        choices |= {f"(1 / (1 + length({name})))" for name in lengths}
        return self.pick(choices)

    def condition(self, place: Place) -> str:
        """Return a condition."""
        choices = {f"{self.scalar(place, 0)} > 0"}
        for name in place.visible:
            choices |= {f"{name} % 2 == 1", f"{name} > 1", f"{name} != 2"}
            if self.world.nodes(name):
                choices |= {f"leaf({name})", f"not leaf({name}) and {name} < 3"}
            if self.world.owner(name) or self.world.sets[name] == "sequence":
                choices |= {f"{name} == length({name})", f"{name} < length({name}) or {name} == 1"}
        return self.pick(choices)

    def new_data(self, place: Place) -> Quantity:
        """Return an input over some of the indices in sight, and now and then one more."""
        world, random = self.world, self.random
        few = random.sample(sorted(place.visible), min(len(place.visible), random.choice((0, 1, 1, 2))))
        more = [random.choice(sorted(world.sets))] if self.chance(0.15) else []
        indices = world.closed([*few, *more])
        names = sorted(indices)
        if world.ragged(names) > 2 or not all(i in place.visible or i in more or world.owner(i) for i in names):
            names = []
        kind = random.choice(("vector", "vector", "vector", "scalar", "token"))
        key = (tuple(names), kind)
        if key not in self.data:
            self.data[key] = Quantity(f"x{len(self.data)}", world.shuffled(names, random), kind)
            self.lines.append(f"input {self.data[key].text} : {SHAPES[kind]}")
        return self.data[key]

    # Points -----------------------------------------------------------------------------------------------------------

    def strict(self, index: str, way: int, place: Place) -> Point:
        """Return a point strictly before along an index that is walked one way."""
        world = self.world
        if world.nodes(index):
            return Point(f"parent({index})", shifted=True) if way < 0 else self.child(index, place)
        sign = "-" if way > 0 else "+"
        if not world.ranges(index) and "d" in world.sets and self.chance(0.2):
            return Point(f"{index}{sign}d", frozenset("d") - place.visible, shifted=True)
        step = 1 if world.ranges(index) else self.random.choice((1, 1, 1, 1, 2, 3))
        return Point(f"{index}{sign}{step}", shifted=True)

    def child(self, index: str, place: Place) -> Point:
        """Return a child of a node: every one, or one by its place."""
        children = "k" if index == "n" else "l"
        if self.chance(0.6):
            return Point(children, frozenset(children) - place.visible)
        places = [(f"{n}", "") for n in (1, 2, 3)]
        places += [(text, name) for text, name in (("d", "d"), ("i", "i"), ("d+1", "d")) if name in self.world.sets]
        text, name = self.random.choice(places)
        return Point(f"child({index}, {text})", frozenset(name) - place.visible, shifted=True)

    def anywhere(self, index: str, place: Place) -> Point:
        """Return any point of an index set, seen from another one if there is one in sight."""
        world, there = self.world, index in place.visible
        if world.ranges(index) and self.chance(0.2 if there else 0.5):
            low = -1 if index == "j" else 1
            return Point(str(low + self.random.randrange({"i": 3, "j": 3, "d": 2, "c": 4}[index])))
        if not there or self.chance(0.12):
            return Point(index, frozenset(index))
        if self.chance(0.4):
            return Point(index)
        if world.nodes(index):
            above = world.sets[index] == "tree" and self.chance(0.3)
            return Point(f"parent({index})", shifted=True) if above else self.child(index, place)
        if "j" in world.sets and index != "j" and self.chance(0.3):
            return Point(f"{index}{self.random.choice('+-')}j", frozenset("j") - place.visible, shifted=True)
        return Point(f"{index}{self.random.choice('+-')}{self.random.choice((1, 1, 2))}", shifted=True)

    def level(self, quantity: Quantity, place: Place) -> int | None:
        """Return the place in the core along which a quantity of the same group is read strictly before.

        It is the core's length for a read at the same point; None if the quantity cannot be read.
        """
        core = self.cores[place.group]
        edges = {self.world.owner(index) for index in quantity.indices}
        kept = next((k for k, (index, _) in enumerate(core) if index in place.rebound), len(core))
        choices = [k for k, (index, _) in enumerate(core[:kept]) if index not in edges]
        if kept == len(core) and quantity.rank < place.rank:
            choices.append(kept)
        return self.random.choice(choices) if choices else None

    def points(self, quantity: Quantity, place: Place) -> list[Point] | None:
        """Return where a quantity is read, point by point; None if it cannot be read here."""
        wanted: dict[str, Point] = {}
        if quantity.group == place.group:
            level = self.level(quantity, place)
            if level is None:
                return None
            core = self.cores[place.group]
            wanted = {index: Point(index) for index, _ in core[:level]}
            if level < len(core):
                wanted[core[level][0]] = self.strict(*core[level], place)
        own = set(filter(None, map(self.world.owner, quantity.indices)))
        found = []
        for index in quantity.indices:
            if index in own or self.world.owner(index):  # what belongs to an edge is only read there
                found.append(Point(index, frozenset() if index in place.visible else frozenset(index)))
            else:
                found.append(wanted.get(index) or self.anywhere(index, place))
        return found

    # Reads ------------------------------------------------------------------------------------------------------------

    def read(self, quantity: Quantity, place: Place, depth: int, *, scalar: bool) -> str | None:
        """Return a read of a quantity as a vector or a scalar; what is out of sight is reduced."""
        points = self.points(quantity, place)
        if points is None:
            return None
        bound = frozenset(index for point in points for index in point.bound)
        if self.world.ragged(bound | place.visible) > 4:
            return None
        inside = self.world.binding(place, bound)
        if any(
            index in quantity.indices and index not in inside.visible
            for index in quantity.indices
            if self.world.owner(index)
        ):
            return None
        for index, point in zip(quantity.indices, points, strict=True):
            if point.shifted:
                quantity.shifted.add(index)
        quantity.read = True
        text = quantity.name + (f"[{', '.join(point.text for point in points)}]" if points else "")
        if quantity.kind == "matrix" and bound and self.chance(0.5):
            call = f"{self.random.choice(('sum', 'mean'))}({text} over {', '.join(sorted(bound))})"
            return self.fitted(call, quantity, place, scalar=scalar)
        body = self.fitted(text, quantity, inside, scalar=scalar)
        return self.reduced(self.weighted(body, inside, bound, depth), place, bound, scalar=scalar)

    def fitted(self, text: str, quantity: Quantity, place: Place, *, scalar: bool) -> str:
        """Make a vector or a scalar of what was read."""
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
        names = ", ".join(sorted(bound))
        scalar = self.scalar(place, depth - 1)
        return self.random.choice((
            f"({scalar} * {body})",
            f"(softmax({scalar} over {names}) * {body})",
            f"(normalize(exp(tanh({scalar})) over {names}) * {body})",
            f"tanh({body} + {scalar})",
        ))  # fmt: skip

    def reduced(self, body: str, place: Place, bound: frozenset[str], *, scalar: bool) -> str:
        """Return a reduction over indices: at once, or one after the other."""
        if not bound:
            return body
        if len(bound) > 1 and self.chance(0.5):
            first = self.pick(i for i in bound if not any(self.world.owner(other) == i for other in bound))
            rest = bound - {first}
            inner = self.reduced(body, self.world.binding(place, rest), frozenset({first}), scalar=scalar)
            return self.reduced(inner, place, rest, scalar=scalar)
        world, names = self.world, ", ".join(sorted(bound))
        owners = {world.owner(index) for index in bound} - {""}
        calls = [f"{name}({body} over {names})" for name in NO_NEED_OF_POINTS]
        if not owners or (len(bound) == 1 and owners <= place.visible):
            folds = [f"{name}({body} over {names})" for name in FOLDS]
            (owner,) = owners or {""}
            calls += [f"({fold} if not leaf({owner}) else 0.5)" for fold in folds] if owner else folds
        if all(map(world.nodes, bound)):
            calls += [f"root({body} over {names})"] * 3
        if not any(map(world.nodes, bound)):
            calls += [f"{name}({body} over {names})" for name in ("first", "last")]
        if bound == {"i"} and not scalar:
            calls += [f"stack(sum({body}) over i)", f"(stack({body} over i) @ {self.param('p', place)})"]
        return self.random.choice(calls)

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
        parts = template.split("{")
        text, last = parts[0], ""
        for part in parts[1:]:
            mark, _, rest = part.partition("}")
            match mark:
                case "v":
                    text += self.vector(place, depth)
                case "s":
                    text += (last := self.scalar(place, depth))
                case "again":
                    text += last
                case "c":
                    text += self.condition(place)
                case "number":
                    text += self.number(place)
                case _:
                    text += self.param(mark, place)
            text += rest
        return text

    def vector(self, place: Place, depth: int) -> str:
        """Return a vector."""
        if depth <= 0 or self.budget <= 0 or self.chance(0.3):
            return self.atom(place, depth, scalar=False)
        return (
            self.kept("{v}", place, depth)
            if self.chance(0.05)
            else self.filled(self.random.choice(VECTORS), place, depth - 1)
        )

    def scalar(self, place: Place, depth: int) -> str:
        """Return a scalar."""
        if depth <= 0 or self.budget <= 0 or self.chance(0.3):
            return self.atom(place, depth, scalar=True)
        return (
            self.kept("{s}", place, depth)
            if self.chance(0.1)
            else self.filled(self.random.choice(SCALARS), place, depth - 1)
        )

    def kept(self, mark: str, place: Place, depth: int) -> str:
        """Return what is normalised over an index in sight."""
        own = [i for i in sorted(place.visible) if not any(self.world.owner(other) == i for other in place.visible)]
        if not own:
            return self.filled(mark, place, depth - 1)
        indices = self.random.sample(own, 1)
        body = self.filled(f"tanh({mark})", self.world.binding(place, indices), depth - 1)
        form = self.random.choice(("softmax({0} over {1})", "normalize(exp({0}) over {1})"))
        return form.format(body, ", ".join(indices))

    # Statements -------------------------------------------------------------------------------------------------------

    def domain(self, core: Iterable[str]) -> tuple[str, ...]:
        """Return the indices of a quantity: the core, and perhaps others."""
        world, random = self.world, self.random
        found = set(core)
        for name in random.sample(sorted(world.sets), len(world.sets)):
            wanted = world.closed({*found, name})
            if self.chance(0.3) and len(wanted) <= 4 and world.ragged(wanted) <= 3:
                found = set(wanted)
        return world.shuffled(found, random)

    def core(self) -> tuple[tuple[str, int], ...]:
        """Draw what a group walks, and which way: trees from the leaves (1) or from the root (-1)."""
        world, random = self.world, self.random
        able = [name for name in sorted(world.sets) if not world.owner(name) and "c" not in name]
        ways = {name: 1 if world.sets[name] == "dag" else random.choice((1, 1, -1)) for name in able}
        number = min(random.choice((0, 1, 1, 1, 2, 2, 2, 3)), len(able))
        chosen = random.sample(able, number)
        if random.random() < 0.7:  # mostly what comes with the data
            chosen = [name for name in chosen if not world.ranges(name)] or chosen
        return tuple((name, ways[name]) for name in chosen)

    def group(self, group: int) -> None:
        """Add the equations of a group."""
        self.cores[group] = self.core()
        names = [name for name, _ in self.cores[group]]
        members = []
        for rank in range(self.random.randint(1, 3)):
            kind = self.random.choice(("vector", "vector", "vector", "scalar", "scalar", "matrix"))
            members.append(Quantity(f"{'fghab'[group]}{rank}", self.domain(names), kind, group, rank))
        self.quantities += members
        for quantity in members:
            self.equation(quantity, members)

    def equation(self, quantity: Quantity, members: list[Quantity]) -> None:
        """Add an equation that reads its own group."""
        self.budget = 8
        place = Place(frozenset(quantity.indices), quantity.group, quantity.rank)
        scalar = quantity.kind == "scalar"
        terms = [self.scalar(place, 3) if scalar else self.vector(place, 3)]
        for other in self.random.sample(members, min(2, len(members))):
            text = self.read(other, place, 1, scalar=scalar)
            terms += (
                [] if text is None else [text if self.chance(0.5) or scalar else f"({self.param('P', place)} @ {text})"]
            )
        self.random.shuffle(terms)
        body = self.random.choice((" + ", " + ", " * ")).join(terms)
        if quantity.kind == "matrix":
            body = f"outer({body}, {self.vector(place, 1)})"
        self.lines.append(f"{quantity.text} : {SHAPES[quantity.kind]} = tanh({body})")

    def init(self, quantity: Quantity) -> None:
        """Perhaps add what a quantity is outside of its points, from what is inside wherever it is read."""
        self.budget = 2
        inside = frozenset(quantity.indices) - quantity.shifted
        place = Place(inside, quantity.group, -1)
        numbers = [name for name in sorted(quantity.shifted) if not self.world.nodes(name)]
        if quantity.kind == "scalar":
            forms = ["0.3", "{q}", "tanh({s})"] + [f"({name} / 5)" for name in numbers]
        else:
            forms = ["0.3", "{p}", "tanh({v})"] + [f"({{p}} * {name})" for name in numbers]
        if quantity.kind == "matrix":
            forms = ["{P}", "outer({v}, {v})"]
        if quantity.group < 0 and quantity.kind != "matrix":
            forms = [form for form in forms if "{v}" not in form and "{s}" not in form]
        self.lines.append(f"init {quantity.text} = {self.filled(self.random.choice(forms), place, 1)}")

    def target(self, number: int, unread: list[Quantity]) -> None:
        """Add a random equation; its arguments read what nobody has read."""
        self.budget = 5
        indices = [name for name in self.domain(()) if self.world.ragged(self.domain(())) < 4][:3]
        indices = self.world.shuffled(self.world.closed(indices), self.random)
        place = Place(frozenset(indices), len(self.cores))
        kind = self.random.choice(DISTRIBUTIONS)
        free = [name for name in sorted(self.world.sets) if name not in indices and not self.world.owner(name)]
        chosen = [name for name in free if self.world.ranges(name) == (kind == "mixture")]
        if kind in {"mixture", "point"} and not chosen:
            kind = "normal"
        target = Quantity(f"y{number}", indices, "vector", -1)
        terms = [text for q in unread if (text := self.read(q, place, 0, scalar=False))]
        mean = " + ".join([*terms, self.vector(place, 2)])
        match kind:
            case "scalar" | "token" | "bernoulli" | "normal" | "mixture":
                forms = {
                    "scalar": ("scalar", f"normal({{p}} @ ({mean}), 0.5)"),
                    "token": ("token(5)", f"categorical(({mean}) @ {{E}})"),
                    "bernoulli": ("3", f"bernoulli({mean})"),
                    "normal": ("3", f"normal({mean})"),
                }
                if kind == "mixture":
                    over = chosen[0]
                    inner = self.world.binding(place, over)
                    logits, part = self.scalar(inner, 1), self.vector(inner, 1)
                    forms["mixture"] = (
                        "3",
                        f"mixture({logits}, normal({mean} + {part}, 1 + 0.1 * {over} ^ 2) over {over})",
                    )
                shape, distribution = forms[kind]
            case _:
                over = self.random.choice(chosen)
                score = self.filled(f"{{p}} @ tanh({mean} + {{v}}) + {{s}}", self.world.binding(place, over), 1)
                shape, distribution = f"point({over})", f"categorical({score} over {over})"
                target.points = over
        ends = ("", "", "", f" weight abs({self.scalar(place, 0)})", " scale 0.5")
        self.lines.append(f"target {target.text} : {shape}")
        line = f"{target.text} ~ {self.filled(distribution, place, 1)}"
        self.lines.append(line + self.random.choice(ends))

    def loss(self) -> None:
        """Add a loss of its own."""
        self.budget = 4
        place = Place(frozenset(), len(self.cores))
        self.lines.append(f"loss 0.1 * {self.scalar(place, 3)}")


def random_topology(seed: int) -> str:
    """Return the text of a spec."""
    draw = Draw(Random(seed))  # noqa: S311 - no secret is made
    for group in range(draw.random.choice((1, 2, 2, 3))):
        draw.group(group)
    for number in range(draw.random.choice((1, 1, 2))):
        draw.target(number, [q for q in draw.quantities if not q.read])
    if draw.chance(0.3):
        draw.loss()
    for quantity in draw.quantities:
        if draw.chance(0.2):
            names = draw.world.shuffled(quantity.indices, draw.random)
            draw.lines.append(
                f"output z{quantity.name}[{', '.join(names)}] = {quantity.text}" if names else f"output {quantity.name}"
            )
    for quantity in [*reversed(draw.quantities), *draw.data.values()]:
        if quantity.shifted and quantity.kind != "token" and draw.chance(0.4):
            draw.init(quantity)
    draw.random.shuffle(draw.lines)
    return "model Random:\n" + "".join(f"    {line}\n" for line in draw.lines)
