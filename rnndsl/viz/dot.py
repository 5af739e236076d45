"""Pictures as DOT, for Graphviz: quantities by kind, every point at its place."""

import json
from collections.abc import Mapping
from typing import Final

from rnndsl.viz.picture import Picture, Vertex
from rnndsl.viz.placing import NARROW, Position, differ, place_vertices, rank_of

#: Words of DOT, whatever their case; a model may bear one.
KEYWORDS: Final = frozenset({"node", "edge", "graph", "digraph", "subgraph", "strict"})
#: How kinds look.
STYLES: Final[Mapping[str, str]] = {
    "input": 'shape=box, fillcolor="#f2f2f2"',
    "target": 'shape=box, style="filled,dashed", fillcolor="#f2f2f2"',
    "state": 'fillcolor="#b9d3f5", penwidth=1.6',
    "equation": 'fillcolor="#e6effa"',
    "output": 'fillcolor="#e3f2e1"',
    "likelihood": 'fillcolor="#fbe3cf"',
    "loss": 'fillcolor="#f6c9a4", penwidth=1.6',
    "operator": 'fillcolor="#ffffff"',
    "parameter": 'shape=box, fillcolor="#fdf6d8"',
}
#: How a recurrence looks where it moves on to another point.
MOVING: Final = 'color="#1f4e9c", penwidth=1.6'
#: Up to so many edges are led around vertices, which takes time.
CURVED: Final = 250


def write_dot(picture: Picture) -> str:
    """Return a picture as a digraph that Graphviz lays out as it is told.

    Vertices have positions, in inches. For who takes the layout out, those of one step of time, one row of a grid or
    one height of a tree still have the same rank.
    """
    placed = place_vertices(picture)
    splines = "true" if len(picture.edges) <= CURVED else "line"
    layout = f"layout=neato, splines={splines}, " if placed else ""
    head = (
        f"digraph {dot_name(picture.name)} {{",
        f"  graph [{layout}rankdir=LR, newrank=true, outputorder=edgesfirst];",
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=12, height=0.32];',
        f'  node [width={NARROW}, margin="0.08,0.03"];',
        '  edge [color="#8a8a8a", arrowsize=0.6];',
    )
    vertices = [f"  {_vertex(vertex, placed.get(vertex.label))};" for vertex in picture.vertices.values()]
    edges = [
        f"  {json.dumps(source)} -> {json.dumps(target)}{_look(picture, source, target)};"
        for source, target in picture.edges
    ]
    return "\n".join([*head, *vertices, *_ranks(picture), *edges, "}"])


def dot_name(name: str) -> str:
    """Return a model's name as DOT takes it."""
    return json.dumps(name) if name.lower() in KEYWORDS else name


def _vertex(vertex: Vertex, position: Position | None) -> str:
    look = STYLES[vertex.kind]
    if vertex.kind in {"input", "parameter"}:
        look += ', style="filled"'
    where = "" if position is None else f', pos="{position[0]:.2f},{position[1]:.2f}!"'
    return f"{json.dumps(vertex.label)} [{look}{where}]"


def _look(picture: Picture, source: str, target: str) -> str:
    one, other = picture.vertices[source], picture.vertices[target]
    moves = one.kind == "state" and one.cycle == other.cycle and differ(one, other)
    return f" [{MOVING}]" if moves else ""


def _ranks(picture: Picture) -> list[str]:
    groups: dict[tuple[str, int], list[str]] = {}
    for vertex in picture.vertices.values():
        rank = rank_of(picture, vertex)
        if rank is not None:
            groups.setdefault(rank, []).append(json.dumps(vertex.label))
    return [f"  {{ rank=same; {'; '.join(group)}; }}" for _, group in sorted(groups.items()) if len(group) > 1]
