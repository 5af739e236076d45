"""The loops of a spec in words: what they walk along, which equations they hold, and which cycles keep those there."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import click

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.compiler import Checked, build, optimise
from rnndsl.graph.graph import EquationInfo, RecurrenceGraph
from rnndsl.graph.unfold import quantities
from rnndsl.schedule.cycles import find_cycles
from rnndsl.schedule.describe import LoopNote, describe_loops
from rnndsl.schedule.plan import Loop, Schedule
from rnndsl.schedule.schedule import make_schedule

WIDTH: Final = 100
MARGIN: Final = 9
TITLES: Final = ("equation", "where", "direction", "cycle")
HEADING: Final = "The gradient; `d h` is that of the loss by `h`:"


@dataclass(frozen=True, slots=True)
class EquationNote:
    """An equation: where it is computed (`loop` is None outside all), which way, and the cycle that keeps it there.

    What is the `same` as something else is not computed; what is `merged` with others by the passes is, with them.
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

    @property
    def row(self) -> tuple[str, str, str, str]:
        """The equation in a table."""
        head = f"{self.name}[{', '.join(self.indices)}]" if self.indices else self.name
        if self.same:
            return head, "-", f"the same as {self.same}", ""
        place = "no loop" if self.loop is None else f"loop {self.loop}"
        return head, place, self.way, self.cycle or ("" if self.loop is None else "no cycle, only needed there")

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
        }


def explain_loops(checked: Checked, *, equations: bool) -> tuple[dict[str, Any], list[str]]:
    """Return what is known of the loops of a spec and its gradient, for JSON and as lines of text.

    With `equations` the same of every equation.
    """
    graph = build(checked)
    _, gradient = optimise(graph)
    schedule = make_schedule(gradient)
    loops = describe_loops(schedule)
    notes = _equation_notes(graph, schedule, loops)
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
    return content, lines


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
    """Break a line between names; `d h` is one."""
    bound = re.sub(r"\bd ", "d\N{NO-BREAK SPACE}", text)
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
        merged = info.name not in self.schedule.graph.equations
        if not around:
            way = f"all {', '.join(indices)} at once" if indices else "once"
            return EquationNote(name, indices, info.span.line, adjoint, way=way, merged=merged)
        place, loop = self.loops[around[0].number]
        way = ", ".join(_ways(loop, name))
        cycle = self.cycles.get(name, "")
        return EquationNote(name, indices, info.span.line, adjoint, place, way, cycle, merged=merged)

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
