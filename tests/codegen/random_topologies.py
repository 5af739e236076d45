"""Random legal specs over every topology: sequences, grids, attention, trees, dags, ranges, and their mixtures.

Quantities come in groups; a group may read the groups before it anywhere, and itself as `random_worlds` says. That is
what makes a spec legal (a cycle moves one way along some index), and all that is asked of it.
"""

from collections.abc import Iterable
from random import Random
from typing import Final

from tests.codegen.random_expressions import SHAPES, Writer
from tests.codegen.random_worlds import RANGES, Core, Place, Pointing, Quantity, random_world

KINDS: Final = ("vector", "vector", "vector", "scalar", "scalar", "matrix")
DISTRIBUTIONS: Final = ("normal", "normal", "scalar", "token", "bernoulli", "point", "mixture")
#: How much an equation, a target and a loss may hold.
EQUATION, TARGET, LOSS, INIT = 5, 4, 4, 2


def random_topology(seed: int) -> str:
    """Return the text of a spec."""
    random = Random(seed)  # noqa: S311 - no secret is made
    world = random_world(random)
    writer = Writer(world, random, Pointing(world, random))
    writer.lines += [f"index {name} : {kind}" for name, kind in world.sets.items()]
    groups = random.choice((1, 2, 2, 3))
    for group in range(groups):
        _add_group(writer, group)
    for number in range(random.choice((1, 1, 2))):
        _add_target(writer, number, groups)
    if writer.chance(0.3):
        writer.budget = LOSS
        writer.lines.append(f"loss 0.1 * {writer.scalar(Place(frozenset(), groups), 3)}")
    for quantity in writer.quantities:
        if writer.chance(0.2):
            names = ", ".join(world.shuffled(quantity.indices, random))
            writer.lines.append(f"output z{quantity.name}{f'[{names}]' if names else ''} = {quantity.text}")
    for quantity in [*reversed(writer.quantities), *writer.data.values()]:
        if quantity.shifted and quantity.kind != "token" and writer.chance(0.4):
            _add_init(writer, quantity)
    random.shuffle(writer.lines)
    return "model Random:\n" + "".join(f"    {line}\n" for line in writer.lines)


def _domain(writer: Writer, core: Iterable[str]) -> tuple[str, ...]:
    """Return the indices of a quantity: the core, and perhaps others."""
    world, random = writer.world, writer.random
    found = frozenset(core)
    for name in random.sample(sorted(world.sets), len(world.sets)):
        wanted = world.closed({*found, name})
        if writer.chance(0.3) and len(wanted) <= 4 and world.ragged(wanted) <= 3:
            found = wanted
    return world.shuffled(found, random)


def _core(writer: Writer) -> Core:
    """Draw what a group walks; mostly what comes with the data."""
    world, random = writer.world, writer.random
    able = [name for name in sorted(world.sets) if not world.owner(name) and name != "c"]
    ways = {name: 1 if world.sets[name] == "dag" else random.choice((1, 1, -1)) for name in able}
    chosen = random.sample(able, min(random.choice((0, 1, 1, 1, 2, 2, 2, 3)), len(able)))
    if writer.chance(0.7):
        chosen = [name for name in chosen if name not in RANGES] or chosen
    return tuple((name, ways[name]) for name in chosen)


def _add_group(writer: Writer, group: int) -> None:
    """Add the equations of a group."""
    core = writer.pointing.cores[group] = _core(writer)
    members = []
    for rank in range(writer.random.randint(1, 3)):
        indices = _domain(writer, [name for name, _ in core])
        members.append(Quantity(f"{'fgh'[group]}{rank}", indices, writer.random.choice(KINDS), group, rank))
    writer.quantities += members
    for quantity in members:
        _add_equation(writer, quantity, members)


def _add_equation(writer: Writer, quantity: Quantity, members: list[Quantity]) -> None:
    """Add an equation that reads its own group."""
    writer.budget = EQUATION
    place = Place(frozenset(quantity.indices), quantity.group, quantity.rank)
    scalar = quantity.kind == "scalar"
    terms = [writer.expression(place, 3, scalar=scalar)]
    for other in writer.random.sample(members, min(2, len(members))):
        text = writer.read(other, place, 1, scalar=scalar)
        if text is not None:
            terms.append(text if scalar or writer.chance(0.5) else f"({writer.param('P', place)} @ {text})")
    writer.random.shuffle(terms)
    body = writer.random.choice((" + ", " + ", " * ")).join(terms)
    if quantity.kind == "matrix":
        body = f"outer({body}, {writer.vector(place, 1)})"
    writer.lines.append(f"{quantity.text} : {SHAPES[quantity.kind]} = tanh({body})")


def _add_init(writer: Writer, quantity: Quantity) -> None:
    """Add what a quantity is outside of its points, from what is inside wherever it is read."""
    writer.budget = INIT
    place = Place(frozenset(quantity.indices) - quantity.shifted, quantity.group, -1)
    numbers = [name for name in sorted(quantity.shifted) if not writer.world.nodes(name)]
    forms = {
        "scalar": ["0.3", "{q}", *(f"({name} / 5)" for name in numbers), "tanh({s})"],
        "vector": ["0.3", "{p}", *(f"({{p}} * {name})" for name in numbers), "tanh({v})"],
        "matrix": ["{P}", "outer({v}, {v})"],
    }[quantity.kind]
    form = writer.random.choice(forms if quantity.group >= 0 else forms[:-1])  # data start from no other data
    writer.lines.append(f"init {quantity.text} = {writer.filled(form, place, 1)}")


def _add_target(writer: Writer, number: int, groups: int) -> None:
    """Add a random equation; its arguments read what nobody has read."""
    writer.budget = TARGET
    random, world = writer.random, writer.world
    indices = _domain(writer, ())
    place = Place(frozenset(indices), groups)
    terms = [writer.read(q, place, 0, scalar=False) for q in writer.quantities if not q.read]
    mean = " + ".join([*filter(None, terms), writer.vector(place, 2)])
    kind = random.choice(DISTRIBUTIONS)
    free = [name for name in sorted(world.sets) if name not in indices and not world.owner(name)]
    chosen = [name for name in free if (name in RANGES) == (kind == "mixture")]
    over = random.choice(chosen) if chosen else ""
    shape, form = {
        "scalar": ("scalar", f"normal({{p}} @ ({mean}), 0.5)"),
        "token": ("token(5)", f"categorical(({mean}) @ {{E}})"),
        "bernoulli": ("3", f"bernoulli({mean})"),
        "normal": ("3", f"normal({mean})"),
    }.get(kind if over or kind not in {"point", "mixture"} else "normal", ("", ""))
    if not shape:
        shape, form = _bound(writer, kind, mean, (place, over))
    target = Quantity(f"y{number}", indices, kind)
    ends = ("", "", "", f" weight abs({writer.scalar(place, 0)})", " scale 0.5")
    writer.lines.append(f"target {target.text} : {shape}")
    writer.lines.append(f"{target.text} ~ {writer.filled(form, place, 1)}{random.choice(ends)}")


def _bound(writer: Writer, kind: str, mean: str, where: tuple[Place, str]) -> tuple[str, str]:
    """Return the shape of a target and its distribution, which binds an index."""
    place, over = where
    inner = writer.world.binding(place, over)
    if kind == "point":
        score = writer.filled(f"{{p}} @ tanh({mean} + {{v}}) + {{s}}", inner, 1)
        return f"point({over})", f"categorical({score} over {over})"
    logits, part = writer.scalar(inner, 1), writer.vector(inner, 1)
    return "3", f"mixture({logits}, normal({mean} + {part}, 1 + 0.1 * {over} ^ 2) over {over})"
