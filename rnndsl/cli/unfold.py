"""`rnndsl unfold`: show what a spec is over a few steps, a grid, a tree."""

from typing import Any, Final

import click

from rnndsl.choice import Choice
from rnndsl.cli.drawn import drawing, foldable, kind_of, put
from rnndsl.cli.options import choosing, reporting, spec_argument
from rnndsl.cli.output import Output
from rnndsl.cli.picture import make_picture
from rnndsl.cli.specs import Spec, read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.cli.view import View, viewing
from rnndsl.compiler import Checked, build, check
from rnndsl.viz.dot import write_dot
from rnndsl.viz.fold import describe, fold
from rnndsl.viz.mermaid import write_mermaid
from rnndsl.viz.page import write_page
from rnndsl.viz.picture import Picture
from rnndsl.viz.unfolded import MOST, write_unfolded

KINDS: Final = ("svg", "html", "dot", "mermaid", "text")


@click.command(
    "unfold",
    cls=TeachingCommand,
    short_help="Show a spec unfolded over a few steps, a grid, a tree.",
    examples=(
        "rnndsl unfold char_lstm --steps 3 -o char_lstm.svg",
        "rnndsl unfold elman --steps 3 --cells --format text",
        "rnndsl unfold translate --steps s=3,t=2 --format dot | dot -Tpdf > translate.pdf",
        "rnndsl unfold tree_lstm --structure 'n=[[1,2],[],[]]' --only x --only h -o tree.svg",
    ),
)
@spec_argument
@drawing(KINDS)
@viewing
@choosing
@reporting
@click.pass_obj
def command(output: Output, spec: str, kind: str | None, out: str, *, choice: Choice, view: View) -> None:
    """Unfold SPEC into a graph without cycles: every quantity at every point, and what it needs.

    As text points stand behind the name, as in h@3 or h@(2,3), in the order of the equation's brackets; nodes of trees
    are numbered from 1. A cell is shown by its value, a family over fixed ranges as one.
    """
    given = read_spec(spec, output)
    checked = check(given.source, dims=choice.dims, model=choice.model)
    picture = make_picture(build(checked), view)
    put(output, out, _written(checked, picture, kind_of(kind, out, KINDS), given), _document(picture))


def _written(checked: Checked, picture: Picture, kind: str, given: Spec) -> str:
    match kind:
        case "dot":
            return write_dot(picture)
        case "mermaid":
            return write_mermaid(picture)
        case "text":
            return "\n".join(f"{source} -> {target}" for source, target in picture.edges)
        case _:
            _refuse_too_many(picture)
            folded = fold(checked.model, params=True)
            if kind == "svg":
                words = {name: describe(item) for name, item in folded.items.items()}
                return write_unfolded(picture, words, folded.cells)
            return write_page(foldable(checked.model), picture, (given.name, given.text), view="unfolded")


def _refuse_too_many(picture: Picture) -> None:
    operations = sum(vertex.kind == "operator" for vertex in picture.vertices.values())
    if operations and len(picture.vertices) > MOST:
        way = "take fewer --steps, or --format dot"
        raise click.UsageError(f"{len(picture.vertices)} operations are too many to draw, {MOST} are not: {way}")


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
