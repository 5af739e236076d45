"""Pictures as Mermaid flowcharts, for pages that draw them, such as those of a repository."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from rnndsl.viz.looks import LOOKS
from rnndsl.viz.picture import Picture


def write_mermaid(picture: Picture) -> str:
    """Return an unfolded picture as a flowchart from left to right."""
    names = {label: f"n{number}" for number, label in enumerate(picture.vertices)}
    kinds: dict[str, list[str]] = {}
    for label, vertex in picture.vertices.items():
        kinds.setdefault(vertex.kind, []).append(names[label])
    nodes = [f"  {names[label]}[{mermaid_text(label)}]" for label in picture.vertices]
    edges = [f"  {names[source]} --> {names[target]}" for source, target in picture.edges]
    return "\n".join(["flowchart LR", *nodes, *edges, *look_lines(kinds)])


def mermaid_text(words: str) -> str:
    """Return words in quotation marks, without what Mermaid or a page would take for its own."""
    escaped = escape(words, quote=True).replace("&#x27;", "'").replace("&", "#")
    return f'"{escaped}"'


def look_lines(kinds: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield how kinds look and which nodes are of each."""
    for kind, names in kinds.items():
        look = LOOKS[kind]
        dash = f",stroke-dasharray:{look.dash}" if look.dash else ""
        yield f"  classDef {kind} fill:{look.fill},stroke:{look.frame},color:#1d1d1b{dash}"
        yield f"  class {','.join(names)} {kind}"
