"""What a function makes of the parameters alone: written as a function of its own, so that many calls can share it.

Stacked weights of gates, transposed copies, tables of looked-up columns: none of them depends on data, so whoever calls
with the same parameters again and again, point by point, makes them once.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from rnndsl.codegen.text import LONGEST
from rnndsl.graph.node import Node
from rnndsl.ops import Op
from rnndsl.schedule.plan import Evaluate, Schedule, Step

SOURCES: Final = frozenset({Op.PARAM, Op.CONST, Op.SIZE})
#: What reads options of the call besides its operands.
OPTIONAL: Final = frozenset({Op.TEMPER, Op.BEAM})
BOUND: Final = re.compile(r"(\w+) = ")
ROOM: Final = LONGEST - 4  # in a function's body
USED: Final = re.compile(r"(?<![\w.\"])[A-Za-z_]\w*")


@dataclass
class Preparing:
    """What is noted while a function is written: the `nodes` that parameters alone make, and the `lines` that do it."""

    nodes: frozenset[int] = frozenset()
    lines: list[str] = field(default_factory=list)


def made_of_params(schedule: Schedule, needed: Collection[int]) -> frozenset[int]:
    """Return parameters and what is made of them alone, before all loops and in any case (`needed`)."""
    graph, storage = schedule.graph, schedule.storage
    found = {number for number, node in graph.nodes.items() if node.op in SOURCES}
    order = [step.node for step in schedule.steps if isinstance(step, Evaluate) and step.node not in schedule.home]
    for number in order:
        node = graph.nodes[number]
        if number in needed and node.operands and found.issuperset(node.operands) and not _varies(node):
            found.add(number)
    for number in reversed(order):  # what is computed into a buffer of something else belongs to that
        into = storage[number].into
        if into is not None and into not in found:
            found.discard(number)
    return frozenset(found)


def _varies(node: Node) -> bool:
    """Tell whether a node varies over the batch, over points that come with the data, or with options of the call."""
    return node.batch or node.op in OPTIONAL or any(index.ragged for index in node.domain)


def split(steps: Sequence[Step], early: Collection[int]) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
    """Return the steps outside loops that evaluate some nodes, and all others."""
    first = [isinstance(step, Evaluate) and step.node in early for step in steps]
    pairs = list(zip(steps, first, strict=True))
    return tuple(step for step, own in pairs if own), tuple(step for step, own in pairs if not own)


def words(lines: Sequence[str]) -> set[str]:
    """Return the names that lines of code use or bind."""
    return set(USED.findall("\n".join(line for line in lines if not line.lstrip().startswith("#"))))


def results(lines: Sequence[str], rest: Sequence[str]) -> list[str]:
    """Return what `lines` bind and the `rest` of a function uses."""
    bound = dict.fromkeys(found[1] for line in lines if (found := BOUND.match(line)))
    used = words(rest)
    return [name for name in bound if name in used]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) > 1 else f"({names[0]},)"


def returned(names: Sequence[str]) -> list[str]:
    """Return the lines that return a tuple, in a function's body."""
    line = f"return {_listed(names)}"
    return [line] if len(line) <= ROOM else ["return (", *(f"    {name}," for name in names), ")"]


def unpacked(names: Sequence[str], text: str) -> list[str]:
    """Return the lines that bind names to the members of a tuple, in a function's body."""
    targets = f"{_listed(names)} ="
    if len(f"{targets} {text}") <= ROOM:
        return [f"{targets} {text}"]
    if len(f"{targets} (") <= ROOM:
        return [f"{targets} (", f"    {text}", ")"]
    return ["(", *(f"    {name}," for name in names), f") = {text}"]
