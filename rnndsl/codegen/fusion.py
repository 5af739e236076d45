"""Which consecutive steps become one kernel: elementwise work, sums of components, and of rows, on the same rows.

Only what somebody outside of a kernel reads needs a buffer; everything else is a number in a register. A sum over rows
is whole after the kernel only: what reads it is in another one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rnndsl.codegen.context import Context
from rnndsl.codegen.kernel_rows import is_grown, is_shared, rows_of, terms_layout
from rnndsl.codegen.lanes import cuts_of, unit_of
from rnndsl.ops import Op
from rnndsl.schedule.clusters import VIEWS
from rnndsl.schedule.plan import Evaluate, Layout, Loop, Place, Step, members
from rnndsl.schedule.pointwise import is_pointwise
from rnndsl.schedule.turns import turns_of

#: For how many NumPy statements an operator stands, if for more than one.
STATEMENTS: Final[Mapping[Op, int]] = {Op.SIGMOID: 4, Op.ACTIVATE: 4, Op.WHERE: 2, Op.SOFTPLUS: 6}

#: How many statements a sum over rows takes besides.
SUMMING: Final = 2

#: Operators that move components.
JOINING: Final = frozenset({Op.CONCAT, Op.SLICE})

#: A kernel is a call, too, and is compiled once: it has to stand for so many statements, outside of loops and inside.
FEWEST: Final = (5, 3)

#: How many nodes a kernel has at most: the time to compile it grows faster.
MOST: Final = 100

#: Where what a kernel computes may live.
PLACES: Final = frozenset({Place.WHOLE, Place.TAPE, Place.RING, Place.STEP})

BOUND: Final = frozenset({Op.PARAM, Op.INPUT, Op.CONST, Op.SIZE, Op.FRESH, Op.OPTION, Op.VAR})


@dataclass(frozen=True, slots=True)
class Frame:
    """The rows that a kernel goes through one by one: points of a layout, or the examples of the batch."""

    layout: Layout | None


def runs(c: Context, steps: Sequence[Step], skip: Callable[[Step], str]) -> Iterator[tuple[Step, ...]]:
    """Yield the steps in order, those that become one kernel together."""
    run: list[Step] = []
    frame: Frame | None = None
    for k, step in enumerate(steps):
        own = frame_of(c, step.node) if isinstance(step, Evaluate) and not _stands_by(c, step) else None
        joins = bool(run) and (own == frame if own else _stands_by(c, step)) and skip(step) == skip(run[0])
        joins = joins and len(run) < MOST and not _waits(c, steps[k:], run)
        if not joins:
            yield from _finished(c, run)
            run = []
        if own or run:
            frame = own or frame
            run.append(step)
        else:
            yield (step,)
    yield from _finished(c, run)


def _waits(c: Context, steps: Sequence[Step], run: Sequence[Step]) -> bool:
    """Tell whether the first of some steps reads a sum over rows that a run adds up, or is for such steps alone."""
    sums = {step.node for step in run if isinstance(step, Evaluate) and terms_layout(c, step.node)}
    rest = [step.node for step in steps if isinstance(step, Evaluate)]
    if not sums or not rest or _stands_by(c, steps[0]):
        return False
    behind, here = set(sums), nodes_of(steps)
    for number in rest:
        if any(_seen_through(c, operand) in behind for operand in c.node(number).operands):
            behind.add(number)
    for number in reversed(rest):
        users = [user for user in c.schedule.graph.users[number] if user in here]
        if users and behind.issuperset(users):
            behind.add(number)
    return rest[0] in behind


def _seen_through(c: Context, number: int) -> int:
    """Follow views, and reads along ranges, to what they are part of."""
    while number in c.schedule.shifts or (c.storage(number).place is Place.VIEW and c.node(number).op in VIEWS):
        number = c.node(number).operands[0]
    return number


def _stands_by(c: Context, step: Step) -> bool:
    """Tell steps that compute nothing: numbers in the code, and views."""
    if isinstance(step, Loop):
        return False
    node = c.node(step.node)
    view = c.storage(step.node).place is Place.VIEW and (node.op is not Op.READ or c.walked is not None)
    return view or node.op in BOUND or step.node in c.schedule.shifts


def _finished(c: Context, run: list[Step]) -> Iterator[tuple[Step, ...]]:
    """Yield a run as one, or step by step where it is too short; what stands by at its end is no part of it."""
    last = max((k + 1 for k, step in enumerate(run) if not _stands_by(c, step)), default=0)
    numbers = [step.node for step in run[:last] if isinstance(step, Evaluate) and not _stands_by(c, step)]
    nodes = [c.node(number) for number in numbers]
    count = sum(max(STATEMENTS.get(node.op, 1), len(node.operands) - 1 if node.op is Op.ADD else 0) for node in nodes)
    count += SUMMING * sum(bool(terms_layout(c, number)) for number in numbers)
    count += len({o for n in numbers for o in c.node(n).operands if is_shared(c, c.source(o), rows_of(c, n))})
    if needs_kernel(c, run) or (count >= FEWEST[bool(c.path)] and (c.path or any(node.shape for node in nodes))):
        yield tuple(run[:last])
    else:
        yield from ((step,) for step in run[:last])
    yield from ((step,) for step in run[last:])


def needs_kernel(c: Context, run: Sequence[Step]) -> bool:
    """Tell steps of which one reads along ranges as only kernels can."""
    numbers = [step.node for step in run if isinstance(step, Evaluate)]
    return any(operand in c.schedule.shifts for number in numbers for operand in c.node(number).operands)


def frame_of(c: Context, number: int) -> Frame | None:
    """Return the rows of a node that a kernel can compute; None for any other node."""
    node, storage, terms = c.node(number), c.storage(number), terms_layout(c, number)
    if c.counters or (storage.place not in PLACES and not is_grown(c, number)):
        return None
    if terms is None and not is_pointwise(c.schedule.graph, number):
        return None
    if node.op in JOINING and any(c.axes(o) != c.axes(number) for o in node.operands):
        return None
    if turns_of(c.schedule.graph, number).columns and unit_of(cuts_of(c, number)) is None:
        return None
    return Frame(terms or c.layout(number))


def is_kept(c: Context, number: int, run: frozenset[int], here: frozenset[int]) -> bool:
    """Tell whether somebody outside of a kernel reads what it computes; `here` are the nodes of the same body."""
    graph, storage = c.schedule.graph, c.storage(number)
    if (
        storage.place is Place.TAPE
        or terms_layout(c, number)
        or storage.halo
        or storage.ring
        or number in graph.returned
    ):
        return True
    users = graph.users[number] if storage.place is Place.WHOLE else [u for u in graph.users[number] if u in here]
    return any(is_read(c, user, run, here) for user in users)


def is_read(c: Context, user: int, run: frozenset[int], here: frozenset[int]) -> bool:
    """Tell whether a user of a value needs it in a buffer: views are as good as their own users."""
    if user not in run:
        return True
    if c.storage(user).place is not Place.VIEW:
        return False
    return c.node(user).op is Op.READ or is_kept(c, user, run, here)


def nodes_of(steps: Sequence[Step]) -> frozenset[int]:
    """Return all nodes of steps, those in loops included."""
    return frozenset(n for step in steps for n in (members(step) if isinstance(step, Loop) else (step.node,)))
