"""A schedule in words: what every loop walks along and how, and which equations are in it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import ReadAt
from rnndsl.graph.offsets import reads_inside
from rnndsl.graph.unfold import quantities
from rnndsl.indices import Index, Kind, ordered
from rnndsl.ops import Op
from rnndsl.schedule.placement import moves
from rnndsl.schedule.plan import Inner, Loop, Schedule, Step, Walk, members, spot_of, with_spot

#: What fronts along so many indices are.
SHAPES: Final[Mapping[int, str]] = {2: "slanted lines", 3: "planes"}
#: What is at the top of a structure.
ROOTS: Final[Mapping[Kind, str]] = {Kind.TREE: "root", Kind.DAG: "roots"}


@dataclass(frozen=True, slots=True)
class LoopNote:
    """A loop: the names of what its steps hand on, how it walks, and the equations in it in order of evaluation.

    `together` are the indices all points of which are computed in one step; `number` is that of the schedule's loop, of
    which walks inside its steps are a part.
    """

    number: int
    states: tuple[str, ...]
    walk: Walk
    forward: bool
    together: tuple[str, ...]
    equations: tuple[str, ...]
    adjoint: bool
    inner: "tuple[LoopNote, ...]" = ()

    @property
    def way(self) -> str:
        """Which way it walks: `t upward`."""
        return walk_words(self.walk, forward=self.forward)

    @property
    def words(self) -> str:
        """How it walks: `t upward, all s at once`, `fronts i + j upward (anti-diagonals), from i = 1, j = 1`."""
        parts = [self.way + front_words(self.walk, forward=self.forward)]
        parts += [f"all {', '.join(self.together)} at once"] if self.together else []
        parts += [f"{'then' if place else 'in every step'} {loop.words}" for place, loop in enumerate(self.inner)]
        return ", ".join(parts)


def describe_loops(schedule: Schedule) -> tuple[LoopNote, ...]:
    """Return the outermost loops of a schedule, those of a gradient after those of its model."""
    names = _names(schedule.graph)
    loops = sorted(_loops(schedule.steps), key=lambda loop: _is_adjoint(schedule.graph, loop))
    return tuple(_note(schedule.graph, loop, names, frozenset()) for loop in loops)


def _names(graph: RecurrenceGraph) -> dict[int, str]:
    """Return the names of the nodes of equations, without those that only rename data."""
    named = quantities(graph)
    nodes = [info.node for info in graph.equations.values()]
    return {node: named[node].name for node in nodes if graph.nodes[node].op is not Op.INPUT}


def _loops(steps: Iterable[Step]) -> Iterator[Loop]:
    yield from (step for step in steps if isinstance(step, Loop))


def _is_adjoint(graph: RecurrenceGraph, loop: Loop) -> bool:
    """Tell the loops of a gradient: they hand on cotangents."""
    return any(graph.nodes[node].adjoint for node in _handed_on(graph, loop))


def _handed_on(graph: RecurrenceGraph, loop: Loop) -> set[int]:
    return {operand for user, operand in reads_inside(graph, members(loop)) if moves(graph, user, loop)}


def _note(graph: RecurrenceGraph, loop: Loop, names: Mapping[int, str], outer: frozenset[Index]) -> LoopNote:
    """Describe a loop inside those that walk along `outer`."""
    walked = outer | set(loop.indices)
    inner = tuple(_note(graph, each, names, walked) for each in (*_walks(loop), *_loops(loop.body)))
    walked |= {index for note in inner for index, _ in note.walk}
    named = [node for node in members(loop) if node in names]
    varied = ordered({index for node in named for index in graph.nodes[node].domain})
    return LoopNote(
        loop.number,
        _states(graph, loop, names),
        loop.walk,
        loop.forward,
        tuple(index.name for index in varied if index not in walked),
        tuple(dict.fromkeys(names[node] for node in named)),
        _is_adjoint(graph, loop),
        inner,
    )


def _walks(loop: Loop) -> Iterator[Loop]:
    """Yield the walks inside a loop's steps, each as a loop of its own."""
    for place, inner in enumerate(loop.inside):
        own = [step for step in loop.body if len(spot_of(step)) > 1 and spot_of(step)[0] == place]
        body = tuple(with_spot(step, spot_of(step)[1:]) for step in own)
        yield Loop(loop.number, inner.walk, inner.forward, body, sliced=False, inside=inner.inside)


def _states(graph: RecurrenceGraph, loop: Loop, names: Mapping[int, str]) -> tuple[str, ...]:
    """Return what later steps of a loop read; of a gradient, whose reads mostly have no name, what it is the one of."""
    inside, read = members(loop), _handed_on(graph, loop)
    if _is_adjoint(graph, loop):
        original = {names[node] for node in _read_by_steps(graph) if node in names}
        found = [name for node in inside if (name := names.get(node, "")).removeprefix("d ") in original]
    else:
        found = [names[node] for node in inside if node in read and node in names]
    return tuple(dict.fromkeys(found)) or tuple(dict.fromkeys(names[node] for node in inside if node in names))


def _read_by_steps(graph: RecurrenceGraph) -> set[int]:
    """Return what the model's own cycles read at other points."""
    reads = {
        user: operand
        for part in graph.components
        for user, operand in reads_inside(graph, part)
        if not graph.nodes[user].adjoint
    }
    attrs = {user: graph.nodes[user].attr for user in reads}
    return {
        reads[user] for user, attr in attrs.items() if isinstance(attr, ReadAt) and any(i.ragged for i, _ in attr.at)
    }


# Words ----------------------------------------------------------------------------------------------------------------


def walk_words(walk: Walk, *, forward: bool) -> str:
    """Return which way a loop walks: `t upward`, `from the leaves of n to its root`, `fronts i + j upward`."""
    way = "upward" if forward else "downward"
    if len(walk) > 1:
        return f"fronts {_sum(walk)} {way}"
    index = walk[0][0]
    if index.kind not in ROOTS:
        return f"{index.name} {way}"
    roots = ROOTS[index.kind]
    return (
        f"from the leaves of {index.name} to its {roots}"
        if forward
        else f"from the {roots} of {index.name} to its leaves"
    )


def nested_words(walk: Walk, inside: tuple[Inner, ...], *, forward: bool) -> str:
    """Return which way a loop and the walks inside it go: `t upward, in every step s upward, then s downward`."""
    parts = [walk_words(walk, forward=forward)]
    for place, inner in enumerate(inside):
        own = nested_words(inner.walk, inner.inside, forward=inner.forward)
        parts.append(f"{'then' if place else 'in every step'} {own}")
    return ", ".join(parts)


def front_words(walk: Walk, *, forward: bool) -> str:
    """Return what the fronts of a walk are, and where it begins; nothing of a walk along one index."""
    return f" ({_shape(walk)}), from {_corner(walk, forward=forward)}" if len(walk) > 1 else ""


def _sum(walk: Walk) -> str:
    text = ""
    for index, weight in walk:
        sign = " - " if weight < 0 else " + " if text else ""
        text += f"{sign}{f'{abs(weight)} ' if abs(weight) != 1 else ''}{_coordinate(index)}"
    return text


def _coordinate(index: Index) -> str:
    return f"height({index.name})" if index.structured else index.name


def _shape(walk: Walk) -> str:
    weights = [weight for _, weight in walk]
    if len(weights) == 2 and abs(weights[0]) == abs(weights[1]):
        return "anti-diagonals" if weights[0] == weights[1] else "diagonals"
    return SHAPES.get(len(weights), "hyperplanes")


def _corner(walk: Walk, *, forward: bool) -> str:
    ends = []
    for index, weight in walk:
        first = (weight > 0) == forward
        if index.structured:
            ends.append(f"the {'leaves' if first else ROOTS[index.kind]} of {index.name}")
        else:
            ends.append(f"{index.name} = {'1' if first else 'last'}")
    return ", ".join(ends)
