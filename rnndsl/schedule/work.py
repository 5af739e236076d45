"""Work: what a statement does in one call of a program, as numbers that a machine's constants turn into seconds.

`rnndsl/schedule/counting.py` finds it for a schedule, `rnndsl/schedule/machine.py` says how long it takes.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from rnndsl.graph.node import Segments
from rnndsl.ops import Op
from rnndsl.schedule.extents import Extents
from rnndsl.schedule.products import Product


class Kind(StrEnum):
    """What is done with a number; in brackets what counts as that."""

    LIGHT = "light"  # a sum, a product, a copy
    TANH = "tanh"
    EXP = "exp"  # (logarithms, sines)
    POWER = "power"  # (remainders, random numbers)
    MOVE = "move"  # a copy in another order of axes, of single numbers from anywhere, or under a condition


LIGHT, TANH, EXP, POWER, MOVE = Kind


@dataclass(frozen=True, slots=True)
class Work:
    """What a statement does, over all steps of its loops.

    Attributes:
        node: What it computes; None for what belongs to no statement.
        calls: Of functions of NumPy on two arrays of one shape; others take as long as several.
        views: Parts of arrays that get a name, which is work for the interpreter alone.
        numbers: Over how many numbers it goes, by what it does with them.
        rows: How often a function begins anew inside a call: rows that do not lie side by side.
        far: Bytes that do not stay in the cache.
        product: Its matrix products.
    """

    node: int | None
    calls: float = 0.0
    views: float = 0.0
    numbers: Mapping[Kind, float] = field(default_factory=dict)
    rows: float = 0.0
    far: float = 0.0
    product: Product | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """How an operator goes over an array: in how many calls (see `Work`), and how often over every number, by kind."""

    calls: float
    times: Mapping[Kind, float]

    def on(self, numbers: float) -> dict[Kind, float]:
        """Return over how many numbers it goes in an array of so many."""
        return {kind: times * numbers for kind, times in self.times.items()}


ONCE: Final = Cost(1, {LIGHT: 1})

#: By operator, on its result; operators that are not named anywhere are `ONCE`.
RESULT: Final[Mapping[Op, Cost]] = {
    Op.TANH: Cost(1, {TANH: 1}),
    Op.SIGMOID: Cost(7, {LIGHT: 3, TANH: 1}),
    Op.SOFTPLUS: Cost(7, {LIGHT: 4, EXP: 2}),
    **dict.fromkeys((Op.EXP, Op.LOG, Op.SIN, Op.COS), Cost(1, {EXP: 1})),
    Op.POW: Cost(4, {POWER: 1}),
    Op.MOD: Cost(1, {POWER: 1}),
    Op.WHERE: Cost(2, {LIGHT: 1, MOVE: 1}),
    Op.SOFTMAX: Cost(11, {LIGHT: 5, EXP: 1}),
    Op.FIRST_MAX: Cost(12, {LIGHT: 4}),
    Op.NOISE: Cost(4, {POWER: 1}),
    Op.RANDOM: Cost(4, {POWER: 2}),
    Op.TEMPER: Cost(4, {LIGHT: 1}),
    Op.TOP: Cost(8, {LIGHT: 2}),
    Op.BEAM: Cost(40, {LIGHT: 4}),
    **dict.fromkeys((Op.STACK, Op.UNSTACK), Cost(4, {MOVE: 1})),
    Op.PLACE: Cost(3, {LIGHT: 2}),
    Op.LOOKUP: Cost(5, {LIGHT: 2}),
    **dict.fromkeys((Op.PUT, Op.ONE_HOT), Cost(12, {LIGHT: 2})),
    Op.PICK: Cost(14, {MOVE: 3}),
    Op.INPUT: Cost(6, {LIGHT: 1}),
    Op.IOTA: Cost(5, {LIGHT: 1}),
    Op.LENGTH: Cost(4, {LIGHT: 1}),
    Op.MISSING: Cost(8, {LIGHT: 2}),
    Op.SEGMENTS: Cost(4, {LIGHT: 1}),
}
#: By operator, on its first operand.
OPERAND: Final[Mapping[Op, Cost]] = {
    Op.LOGSUMEXP: Cost(16, {LIGHT: 4, EXP: 1}),
    Op.MAX: Cost(5, {LIGHT: 1}),
    Op.SCATTER: Cost(60, {MOVE: 4}),
    Op.USES: Cost(25, {LIGHT: 2}),
}
#: A sum over axes, one of products over the last axis, and any other product that is none of matrices (einsum both).
SUM: Final = Cost(5, {LIGHT: 1})
DOT: Final = Cost(5, {LIGHT: 2})
EINSUM: Final = Cost(5, {LIGHT: 1.3})
#: Over points of an example, or children of a node: sums (`Segments.total`), and the softmax.
TOTAL: Final = Cost(12, {LIGHT: 3})
SOFTMAX_OF_POINTS: Final = Cost(40, {LIGHT: 12, EXP: 1})
#: How many calls a product of matrices is, or a copy of parts.
MATMUL: Final = 2
COPY: Final = 2


def cost_of_activations(segments: Segments, extents: Extents) -> Cost:
    """Return the cost of functions on segments of components; one tanh does for all of sigmoid and tanh."""
    widths = Counter[Op]()
    for op, size in segments:
        widths[op] += extents.size(size)
    times: dict[Kind, float] = {}
    for op, width in widths.items():
        for kind, often in RESULT.get(op, ONCE).times.items():
            times[kind] = times.get(kind, 0.0) + often * width / widths.total()
    calls = sum(RESULT.get(op, ONCE).calls for op, _ in segments)
    if set(widths) <= {Op.SIGMOID, Op.TANH}:
        calls = 1 + sum(RESULT[op].calls - 1 for op, _ in segments)
    return Cost(calls, times)
