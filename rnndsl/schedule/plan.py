"""The schedule: in which order nodes are evaluated, which of them in loops, and where their values live."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.indices import Index


@dataclass(frozen=True, slots=True)
class Evaluate:
    """Compute one node: at all its points at once, or inside a loop at the points of the current step."""

    node: int


@dataclass(frozen=True, slots=True)
class Loop:
    """Walk an index, forward or backward; `number` is unique in the schedule."""

    number: int
    index: Index
    forward: bool
    body: "tuple[Step, ...]"


Step = Evaluate | Loop


class Place(StrEnum):
    """Where a value lives."""

    INLINE = "inline"  # a number in the code
    SOURCE = "source"  # a parameter, bound once
    VIEW = "view"  # part of its operand's buffer, never copied
    WHOLE = "whole"  # one buffer with all points, computed at once
    TAPE = "tape"  # one buffer with all points, filled step by step
    STEP = "step"  # a buffer for the points of one step


@dataclass(frozen=True, slots=True)
class Storage:
    """The place of a value; `halo` rows per example stand before the start, `ring` values of later steps are kept.

    `into` names the only user of a value that is computed straight into that user's buffer (or its part of it).
    """

    place: Place
    halo: bool = False
    ring: int = 0
    into: int | None = None
    in_ring: bool = False  # computed into the ring itself: nobody needs the older value any more


@dataclass(frozen=True)
class Schedule:
    """What code generation needs, all of it decided: it only has to be printed.

    `home` gives the loops around a node, outermost first; `again` holds nodes of a loop that are views and that users
    outside need at all points. `halos` gives for every sequence the largest delay.
    """

    graph: RecurrenceGraph
    steps: tuple[Step, ...]
    home: Mapping[int, tuple[Loop, ...]]
    storage: Mapping[int, Storage]
    halos: Mapping[Index, int]
