"""`rnndsl unfold`: show what a spec is over a few steps, a grid, a tree."""

from typing import Any

import click

from rnndsl.cli.choice import Choice
from rnndsl.cli.options import choosing, reporting, spec_argument
from rnndsl.cli.output import Output
from rnndsl.cli.picture import make_picture
from rnndsl.cli.specs import read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.cli.view import View, viewing
from rnndsl.compiler import build, check
from rnndsl.viz.dot import write_dot
from rnndsl.viz.picture import Picture


@click.command(
    "unfold",
    cls=TeachingCommand,
    short_help="Show a spec unfolded over a few steps, a grid, a tree.",
    examples=(
        "rnndsl unfold char_lstm --steps 3 --cells",
        "rnndsl unfold translate --steps s=3,t=2 --format dot | dot -Tsvg > translate.svg",
        "rnndsl unfold tree_lstm --structure 'n=[[1,2],[],[]]' --only x --only h",
    ),
)
@spec_argument
@click.option("--format", "kind", type=click.Choice(["text", "dot"]), default="text", show_default=True)
@viewing
@choosing
@reporting
@click.pass_obj
def command(output: Output, spec: str, kind: str, *, choice: Choice, view: View) -> None:
    """Unfold SPEC into a graph without cycles: every quantity at every point, and what it needs.

    Points stand behind the name, as in h@3 or h@(2,3), in the order of the equation's brackets; nodes of trees are
    numbered from 1. A cell is shown by its value, a family over fixed ranges as one.
    """
    checked = check(read_spec(spec, output).source, dims=choice.dims, model=choice.model)
    picture = make_picture(build(checked), view)
    output.document({"ok": True, "exit_code": 0, **_document(picture)})
    if kind == "dot":
        output.say(write_dot(picture))
    else:
        for source, target in picture.edges:
            output.say(f"{source} -> {target}")


def _document(picture: Picture) -> dict[str, Any]:
    nodes = [
        {
            "label": vertex.label,
            "name": vertex.name,
            "kind": vertex.kind,
            "indices": [index.name for index in vertex.indices],
            "point": list(vertex.point),
        }
        for vertex in picture.vertices.values()
    ]
    structure = {name: [list(children) for children in nodes] for name, nodes in picture.structure.items()}
    return {
        "model": picture.name,
        "steps": dict(picture.lengths),
        "structure": structure,
        "nodes": nodes,
        "edges": [list(edge) for edge in picture.edges],
    }
