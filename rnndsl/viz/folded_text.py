"""Folded graphs as text: a line for every need, DOT for Graphviz, Mermaid for pages that draw it."""

import json
from collections.abc import Iterator, Mapping, Sequence

from rnndsl.viz.compound import written
from rnndsl.viz.dot import STYLES, dot_name
from rnndsl.viz.fold import Folded, Item, describe
from rnndsl.viz.lettering import typeset
from rnndsl.viz.mermaid import look_lines, mermaid_text
from rnndsl.viz.wiring import Wire, Wiring, wire_up

#: How a square looks.
SQUARE = 'shape=square, style="filled", fillcolor="#1d1d1b", label="", width=0.13, height=0.13, fixedsize=true'


def write_needs(folded: Folded) -> str:
    """Return a line for every need: what is needed, read where, and what needs it."""
    found = []
    for link in folded.links:
        where = [*([link.delay] if link.delay else []), *([link.place] if link.place else [])]
        how = f" [{', '.join(where)}]" if where else ""
        found.append(f"{link.source}{how} -> {link.target}{' (init)' if link.initial else ''}")
    return "\n".join(found)


def write_folded_dot(folded: Folded) -> str:
    """Return a folded graph as a digraph: cells are clusters, delays squares."""
    wiring = wire_up(folded)
    lines = [
        f"digraph {dot_name(folded.name)} {{",
        '  graph [rankdir=BT, outputorder=edgesfirst, fontname="Helvetica", fontsize=11];',
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=12, height=0.32];',
        '  edge [color="#55544f", arrowsize=0.6, fontname="Helvetica", fontsize=9];',
        *_dot_scope(folded, wiring, "", "  "),
    ]
    lines += [f"  {edge};" for edge in _dot_edges(wiring)]
    return "\n".join([*lines, "}"])


def _dot_scope(folded: Folded, wiring: Wiring, scope: str, margin: str) -> Iterator[str]:
    for item in folded.items.values():
        if item.scope == scope:
            yield f"{margin}{_dot_item(item)};"
    for square in wiring.squares.values():
        if square.scope == scope:
            yield f"{margin}{_quoted(square.name)} [{SQUARE}, xlabel={_quoted(square.delay)}];"
    for cell in _inside(folded, scope):
        yield f"{margin}subgraph {_quoted(f'cluster {cell}')} {{"
        yield f'{margin}  label={_quoted(f"{cell} : {folded.cells[cell]}")}; color="#b7c3d3"; style=rounded;'
        yield from _dot_scope(folded, wiring, cell, f"{margin}  ")
        yield f"{margin}}}"


def _dot_item(item: Item) -> str:
    look = STYLES[item.kind] + (", peripheries=2" if item.returned else "")
    return f"{_quoted(item.name)} [{look}, label={_quoted(written(item))}, tooltip={_quoted(describe(item))}]"


def _dot_edges(wiring: Wiring) -> Iterator[str]:
    seen: set[tuple[str, str]] = set()
    for wire in wiring.wires:
        if (wire.source, wire.target) not in seen:
            seen.add((wire.source, wire.target))
            look = _dot_look(wire, wiring)
            yield f"{_quoted(wire.source)} -> {_quoted(wire.target)}" + (f" [{look}]" if look else "")
    for name, delays in wiring.loops.items():
        for delay in delays:
            label = _quoted(f"\N{BLACK SQUARE} {delay}")
            yield f'{_quoted(name)} -> {_quoted(name)} [label={label}, color="#1f4e9c"]'


def _dot_look(wire: Wire, wiring: Wiring) -> str:
    parts = []
    if wire.target in wiring.squares:
        parts.append("dir=none")
    if wire.back:
        parts.append('color="#1f4e9c", constraint=false')
    if wire.dashed:
        parts.append("style=dashed")
    if wire.note:
        parts.append(f"label={_quoted(wire.note)}")
    return ", ".join(parts)


def write_folded_mermaid(folded: Folded) -> str:
    """Return a folded graph as a Mermaid flowchart: cells are subgraphs, delays squares."""
    wiring = wire_up(folded)
    names = _numbered([*folded.items, *wiring.squares])
    kinds: dict[str, list[str]] = {}
    for item in folded.items.values():
        kinds.setdefault(item.kind, []).append(names[item.name])
    lines = ["flowchart BT", *_mermaid_scope(folded, wiring, names, "", "  ")]
    for wire in dict.fromkeys(wire._replace(origin="", end="") for wire in wiring.wires):
        arrow = "---" if wire.target in wiring.squares else "-.->" if wire.dashed else "-->"
        note = f"|{mermaid_text(wire.note)}|" if wire.note else ""
        ends = (wire.target, wire.source) if wire.back else (wire.source, wire.target)  # a square below what it delays
        lines.append(f"  {names[ends[0]]} {arrow}{note} {names[ends[1]]}")
    for name, delays in wiring.loops.items():
        label = mermaid_text("\N{BLACK SQUARE} " + ", ".join(map(typeset, delays)))
        lines.append(f"  {names[name]} -->|{label}| {names[name]}")
    if wiring.squares:
        lines.append("  classDef delay fill:#1d1d1b,stroke:#1d1d1b,color:#ffffff")
        lines.append(f"  class {','.join(names[square] for square in wiring.squares)} delay")
    return "\n".join([*lines, *look_lines(kinds)])


def _mermaid_scope(folded: Folded, wiring: Wiring, names: Mapping[str, str], scope: str, margin: str) -> Iterator[str]:
    for item in folded.items.values():
        if item.scope == scope:
            yield f"{margin}{names[item.name]}[{mermaid_text(written(item))}]"
    for square in wiring.squares.values():
        if square.scope == scope:
            label = "\N{BLACK SQUARE} " + typeset(square.delay)
            yield f"{margin}{names[square.name]}[{mermaid_text(label)}]"
    for cell in _inside(folded, scope):
        title = mermaid_text(f"{cell} : {folded.cells[cell]}")
        yield f"{margin}subgraph c{list(folded.cells).index(cell)}[{title}]"
        yield from _mermaid_scope(folded, wiring, names, cell, f"{margin}  ")
        yield f"{margin}end"


def _inside(folded: Folded, scope: str) -> Sequence[str]:
    return [cell for cell in folded.cells if folded.parent(cell) == scope]


def _numbered(names: Sequence[str]) -> dict[str, str]:
    return {name: f"n{number}" for number, name in enumerate(names)}


def _quoted(words: str) -> str:
    """Return words as a string of DOT."""
    return json.dumps(words, ensure_ascii=False)
