"""One page that holds everything: both views of a model, search, and what is known of every quantity.

It is a file without any network: its policy forbids all but its own style and script, by their hashes. The views are
the SVG that is drawn anyway, so a browser has nothing to lay out, and every node can be reached by keyboard.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Sequence
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final

from rnndsl.viz.fold import Folded, Item, describe, place_of
from rnndsl.viz.picture import Picture
from rnndsl.viz.svg import write_svg
from rnndsl.viz.tracing import draw
from rnndsl.viz.unfolded import write_unfolded

#: The page, its style and its script.
WEB: Final = Path(__file__).resolve().parent / "web"


def write_page(folded: Folded, picture: Picture, source: tuple[str, str], *, view: str = "folded") -> str:
    """Return a page with the folded graph and an unfolded picture of a model.

    Args:
        folded: The graph, with its parameters or without.
        picture: Its unfolding.
        source: The name of the spec's file and its text, which the page shows beside the line of a quantity.
        view: What is shown first, "folded" or "unfolded".
    """
    style, script = (_part(name) for name in ("page.css", "page.js"))
    words = {name: describe(item) for name, item in folded.items.items()}
    return Template(_part("page.html")).substitute(
        name=escape(folded.name),
        view=view,
        style=style,
        script=script,
        style_hash=_hash(style),
        script_hash=_hash(script),
        folded=write_svg(draw(folded)),
        unfolded=write_unfolded(picture, words, folded.cells),
        data=_data(folded, picture, source),
    )


def _part(name: str) -> str:
    return (WEB / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """Return how a content security policy names a style or script."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def _data(folded: Folded, picture: Picture, source: tuple[str, str]) -> str:
    """Return what the script reads, as JSON that cannot end the element it stands in."""
    file, text = source
    content: dict[str, Any] = {
        "items": {item.name: _item(item, file) for item in folded.items.values()},
        "folded": _unique([link.source, link.target, link.delay or link.place] for link in folded.links),
        "unfolded": [[source, target, ""] for source, target in picture.edges],
        "source": text.splitlines(),
    }
    return json.dumps(content, ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")


def _item(item: Item, file: str) -> dict[str, Any]:
    """Return what is told of a quantity; `line` only where it is one of the spec itself."""
    line = item.span.line if item.span.file == file else 0
    place = place_of(item.span) if item.span.file else ""
    return {"text": item.text, "kind": item.kind, "shape": item.shape, "place": place, "cell": item.scope, "line": line}


def _unique(links: Iterable[Sequence[str]]) -> list[list[str]]:
    return [list(link) for link in dict.fromkeys(tuple(link) for link in links)]
