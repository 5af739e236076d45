"""The loops of a spec in words: what they walk along, which equations they hold, and which cycles keep those there."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

import click

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.compiler import Checked, build, optimise
from rnndsl.graph.graph import EquationInfo, RecurrenceGraph
from rnndsl.graph.unfold import quantities
from rnndsl.indices import Domain
from rnndsl.schedule.costs import (
    cyclic_nodes,
    implicit_inits,
    own_nodes,
    step_products,
    tape_bytes,
    tape_totals,
    write_products,
    written,
)
from rnndsl.schedule.cycles import find_cycles
from rnndsl.schedule.describe import LoopNote, describe_loops
from rnndsl.schedule.plan import Loop, Schedule, members
from rnndsl.schedule.schedule import make_schedule
from rnndsl.schedule.unrolling import unroll_ranges

WIDTH: Final = 100
MARGIN: Final = 9
TITLES: Final = ("equation", "where", "direction", "products a step", "zero outside", "tape", "cycle")
HEADING: Final = "The gradient; `d h` is that of the loss by `h`:"


@dataclass(frozen=True, slots=True)
class EquationNote:
    """An equation: where it is computed (`loop` is None outside all), which way, and the cycle that keeps it there.

    What is the `same` as something else is not computed; what is `merged` with others by the passes is, with them.
    `products` are those of every step, `zero` is read outside its points without an init, `tape` are the bytes that a
    point keeps for the gradient.
    """

    name: str
    indices: tuple[str, ...]
    line: int
    adjoint: bool
    loop: int | None = None
    way: str = ""
    cycle: str = ""
    same: str = ""
    merged: bool = False
    products: tuple[str, ...] = ()
    zero: tuple[str, ...] = ()
    tape: str = ""

    @property
    def row(self) -> tuple[str, ...]:
        """The equation in a table."""
        head = f"{self.name}[{', '.join(self.indices)}]" if self.indices else self.name
        if self.same:
            return head, "-", f"the same as {self.same}", "", "", "", ""
        place = "no loop" if self.loop is None else f"loop {self.loop}"
        cycle = self.cycle or ("" if self.loop is None else "no cycle, only needed there")
        return head, place, self.way, "; ".join(self.products), ", ".join(self.zero), self.tape, cycle

    @property
    def document(self) -> dict[str, Any]:
        """The equation for JSON."""
        return {
            "name": self.name,
            "indices": list(self.indices),
            "line": self.line,
            "gradient": self.adjoint,
            "loop": self.loop,
            "direction": self.way or None,
            "cycle": self.cycle or None,
            "same_as": self.same or None,
            "merged": self.merged,
            "step_products": list(self.products),
            "zero_outside": list(self.zero),
            "tape_bytes": self.tape or None,
        }


def explain_loops(checked: Checked, *, equations: bool) -> tuple[dict[str, Any], list[str]]:
    """Return what is known of the loops of a spec and its gradient, for JSON and as lines of text.

    With `equations` the same of every equation.
    """
    graph = build(checked)
    _, gradient = optimise(graph)
    schedule = make_schedule(gradient)
    loops = describe_loops(schedule)
    notes = _equation_notes(unroll_ranges(graph), schedule, loops)
    loops = tuple(_with_merged(loop, place, notes) for place, loop in enumerate(loops, start=1))
    outside = [note.name for note in notes if note.loop is None and not note.same]
    content: dict[str, Any] = {
        "loops": [_loop_document(loop, place) for place, loop in enumerate(loops, start=1)],
        "outside": outside,
    }
    lines = _loop_lines(graph.name, loops, outside, gradient="loss" in graph.outputs)
    if equations:
        content["equations"] = [note.document for note in notes]
        lines += ["", *_table([TITLES, *(note.row for note in notes)])]
        found, more = _costs(schedule, loops)
        content |= found
        lines += more
    return content, lines


def _costs(schedule: Schedule, loops: Sequence[LoopNote]) -> tuple[dict[str, Any], list[str]]:
    """Return the products that every step of the loops makes in fact, gates together, and the whole tape."""
    outer = {step.number: step for step in schedule.steps if isinstance(step, Loop)}
    products = {place: step_products(schedule, outer[loop.number]) for place, loop in enumerate(loops, start=1)}
    tape = tape_totals(schedule)
    lines = [""]
    for place, found in products.items():
        lines += _wrapped(f"loop {place}", f"multiplies in a step: {'; '.join(found)}") if found else []
    lines += _wrapped("tape", f"keeps for the gradient, in bytes of float32: {written(tape)}") if tape else []
    content = {
        "step_products": {str(place): list(found) for place, found in products.items()},
        "tape_bytes": {", ".join(index.name for index in domain): str(size) for domain, size in tape},
    }
    return content, lines if len(lines) > 1 else []


def _with_merged(loop: LoopNote, place: int, notes: Sequence[EquationNote]) -> LoopNote:
    merged = [note.name for note in notes if note.loop == place and note.merged]
    return replace(loop, equations=(*merged, *loop.equations))


# Loops ----------------------------------------------------------------------------------------------------------------


def _loop_document(loop: LoopNote, place: int | None = None) -> dict[str, Any]:
    numbered = {} if place is None else {"number": place}
    return {
        **numbered,
        "states": list(loop.states),
        "walk": [[index.name, weight] for index, weight in loop.walk],
        "forward": loop.forward,
        "words": loop.words,
        "together": list(loop.together),
        "equations": list(loop.equations),
        "gradient": loop.adjoint,
        "inner": [_loop_document(each) for each in loop.inner],
    }


def _loop_lines(name: str, loops: Sequence[LoopNote], outside: Sequence[str], *, gradient: bool) -> list[str]:
    own = sum(not loop.adjoint for loop in loops)
    count = f"{own or 'no'} loop{'' if own == 1 else 's'}"
    lines = [f"{name}: {count}" + (f", {len(loops) - own} more for the gradient" if gradient else "")]
    for adjoint in (False, True) if gradient else (False,):
        lines += ["", HEADING] if adjoint else [""]
        for place, loop in enumerate(loops, start=1):
            if loop.adjoint == adjoint:
                lines += _wrapped(f"loop {place}", f"{', '.join(loop.states)}: {loop.words}")
                lines += _wrapped("", f"in it: {', '.join(loop.equations)}") if len(loop.equations) > 1 else []
        here = [each for each in outside if each.startswith("d ") == adjoint]
        lines += _wrapped("no loop", ", ".join(here)) if here else []
    return lines


def _wrapped(first: str, text: str) -> list[str]:
    """Break a line between names and products; `d h` is one, and so is `n x n`."""
    bound = re.sub(r"\bd | x (?=\S)", lambda found: found[0].replace(" ", "\N{NO-BREAK SPACE}"), text)
    first, margin = f"{first:{MARGIN}}", " " * MARGIN
    wrapped: str = click.wrap_text(bound, width=WIDTH, initial_indent=first, subsequent_indent=margin)
    return wrapped.replace("\N{NO-BREAK SPACE}", " ").split("\n")


# Equations ------------------------------------------------------------------------------------------------------------


def _equation_notes(graph: RecurrenceGraph, schedule: Schedule, loops: Sequence[LoopNote]) -> list[EquationNote]:
    """Return the equations of the model in its order, then those of the gradient.

    Where they are computed is a matter of the schedule; the cycles are those of the graph before any pass.
    """
    cycles = find_cycles(differentiate(graph) if "loss" in graph.outputs else graph)
    site = _Site(graph, schedule, {loop.number: (place, loop) for place, loop in enumerate(loops, start=1)}, cycles)
    own = quantities(graph)
    found = [_own_note(site, info, own[info.node].name, graph) for info in graph.equations.values()]
    named = quantities(schedule.graph)
    made = {info.node: info for info in schedule.graph.equations.values() if info.name not in graph.equations}
    return found + [site.note(info, named[info.node].name, adjoint=True) for info in made.values()]


def _own_note(site: "_Site", info: EquationInfo, name: str, graph: RecurrenceGraph) -> EquationNote:
    shown = f"{info.name}.nll" if info.name in graph.inputs else info.name
    if shown == name:
        return site.note(info, name, adjoint=False)
    return EquationNote(shown, _indices(info), info.span.line, adjoint=False, same=name)


def _indices(info: EquationInfo) -> tuple[str, ...]:
    return tuple(index.name for index in info.domain)


@dataclass(frozen=True)
class _Site:
    """Where equations are computed: the model, its schedule, the loops as they are numbered here, and all cycles."""

    graph: RecurrenceGraph
    schedule: Schedule
    loops: Mapping[int, tuple[int, LoopNote]]
    cycles: Mapping[str, str]

    def note(self, info: EquationInfo, name: str, *, adjoint: bool) -> EquationNote:
        """Describe an equation by its name here."""
        indices, around = _indices(info), self.around(info)
        way = f"all {', '.join(indices)} at once" if indices else "once"
        note = self.with_costs(EquationNote(name, indices, info.span.line, adjoint, way=way), info)
        if not around:
            return note
        place, loop = self.loops[around[0].number]
        way = ", ".join(_ways(loop, name))
        return replace(note, loop=place, way=way, cycle=self.cycles.get(name, ""))

    def with_costs(self, note: EquationNote, info: EquationInfo) -> EquationNote:
        """Add an equation's products, implicit inits and tape: of the model as written, of a gradient as it runs."""
        scheduled = self.schedule.graph
        merged, walked = info.name not in scheduled.equations, self.walked(info)
        if note.adjoint:
            there = self.inside(info)
            nodes = [node for node in own_nodes(scheduled, info.node) if node in there]
            return replace(note, products=write_products(scheduled, nodes, walked), merged=merged)
        nodes = [node for node in own_nodes(self.graph, info.node) if node in self.cyclic]
        tape = None if merged else tape_bytes(self.schedule, scheduled.equations[info.name].node)
        return replace(
            note,
            merged=merged,
            products=write_products(self.graph, nodes, walked),
            zero=implicit_inits(self.graph, info.node),
            tape="" if tape is None else str(tape),
        )

    def inside(self, info: EquationInfo) -> frozenset[int]:
        """Return the nodes of the gradient in the loop of an equation."""
        nodes = {node for loop in self.around(info)[:1] for node in members(loop)}
        return frozenset(node for node in nodes if self.schedule.graph.nodes[node].adjoint)

    def walked(self, info: EquationInfo) -> Domain:
        """Return the indices that are fixed in a step of the loops around an equation."""
        return tuple(index for loop in self.around(info) for index in loop.indices)

    @cached_property
    def cyclic(self) -> frozenset[int]:
        """The model's nodes in cycles."""
        return cyclic_nodes(self.graph)

    def around(self, info: EquationInfo) -> tuple[Loop, ...]:
        """Return the loops around an equation; of one that was merged with others, those around its cycle."""
        scheduled = self.schedule.graph.equations
        if info.name in scheduled:
            return self.schedule.home.get(scheduled[info.name].node, ())
        part = next(part for part in self.graph.components if info.node in part)
        there = [scheduled[each.name].node for each in self.graph.equations.values()
                 if each.node in part and each.name in scheduled]  # fmt: skip
        return next((self.schedule.home[node][:1] for node in there if self.schedule.home.get(node)), ())


def _ways(loop: LoopNote, name: str) -> Iterator[str]:
    yield loop.way
    for inner in loop.inner:
        if name in inner.equations:
            yield from _ways(inner, name)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    wide = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return ["  ".join(f"{cell:{width}}" for cell, width in zip(row, wide, strict=True)).rstrip() for row in rows]
