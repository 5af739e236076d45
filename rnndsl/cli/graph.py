"""`rnndsl graph`: draw what a spec says, folded."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import click

from rnndsl.choice import Choice
from rnndsl.cli.drawn import drawing, foldable, kind_of, put
from rnndsl.cli.options import choosing, reporting, spec_argument
from rnndsl.cli.output import Output
from rnndsl.cli.picture import make_picture
from rnndsl.cli.specs import Spec, read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.cli.view import View
from rnndsl.compiler import Checked, build, check
from rnndsl.viz.fold import Folded, fold
from rnndsl.viz.folded_text import write_folded_dot, write_folded_mermaid, write_needs
from rnndsl.viz.page import write_page
from rnndsl.viz.picture import Picture
from rnndsl.viz.svg import write_svg
from rnndsl.viz.tiles import sequence_of
from rnndsl.viz.tracing import draw


class _Drawn(NamedTuple):
    """What is drawn: a spec, checked and folded."""

    given: Spec
    checked: Checked
    folded: Folded


#: How it is written.
WRITERS: Final[Mapping[str, Callable[[_Drawn], str]]] = {
    "svg": lambda drawn: write_svg(draw(drawn.folded)),
    "html": lambda drawn: write_page(drawn.folded, _unfolded(drawn.checked), (drawn.given.name, drawn.given.text)),
    "dot": lambda drawn: write_folded_dot(drawn.folded),
    "mermaid": lambda drawn: write_folded_mermaid(drawn.folded),
    "text": lambda drawn: write_needs(drawn.folded),
}
KINDS: Final = tuple(WRITERS)
LAID_OUT: Final = frozenset({"svg", "html"})


@click.command(
    "graph",
    cls=TeachingCommand,
    short_help="Draw a spec: its quantities, its cells, a black square on every delay.",
    examples=(
        "rnndsl graph char_lstm -o char_lstm.svg",
        "rnndsl graph translate --params -o translate.svg",
        "rnndsl graph char_lstm --html -o char_lstm.html",
        "rnndsl graph ntm --format dot | dot -Tpdf > ntm.pdf",
    ),
)
@spec_argument
@drawing(KINDS)
@click.option("--params", is_flag=True, help="Draw the parameters, too.")
@choosing
@reporting
@click.pass_obj
def command(output: Output, spec: str, kind: str | None, out: str, *, params: bool, choice: Choice) -> None:
    """Draw the graph of SPEC as a textbook does: every quantity once, and what it needs below it.

    A black square is a delay: what leads through it is read at another point, which is written beside it (t-1, child
    k). Boxes are cells. Dashed lines lead to what an `init` begins with. What a call returns has a double frame.
    """
    given = read_spec(spec, output)
    checked = check(given.source, dims=choice.dims, model=choice.model)
    kind = kind_of(kind, out, KINDS)
    folded = (foldable if kind in LAID_OUT else fold)(checked.model, params=params)
    put(output, out, WRITERS[kind](_Drawn(given, checked, folded)), _document(folded))


def _unfolded(checked: Checked) -> Picture:
    """Return a few steps, with what is inside cells where that has its boxes."""
    graph = build(checked)
    picture = make_picture(graph, View(cells=True))
    return picture if sequence_of(picture) else make_picture(graph, View())


def _document(folded: Folded) -> dict[str, Any]:
    nodes = [
        {
            "name": item.name,
            "kind": item.kind,
            "indices": list(item.indices),
            "cell": item.scope,
            "text": item.text,
            "shape": item.shape,
            "file": item.span.file,
            "line": item.span.line,
        }
        for item in folded.items.values()
    ]
    edges = [
        {"source": link.source, "target": link.target, "delay": link.delay, "place": link.place, "init": link.initial}
        for link in folded.links
    ]
    return {"model": folded.name, "cells": dict(folded.cells), "nodes": nodes, "edges": edges}
