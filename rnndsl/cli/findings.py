"""Diagnostics as the user sees them."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rnndsl.diagnostics.diagnostic import Diagnostic
from rnndsl.diagnostics.render import render_all, to_dict
from rnndsl.locations import data_folder


def as_json(diagnostics: Iterable[Diagnostic]) -> list[dict[str, object]]:
    """Return diagnostics as the list that `--json` prints."""
    return [to_dict(diagnostic) for diagnostic in diagnostics]


def show(diagnostics: Sequence[Diagnostic], sources: Mapping[str, str], *, color: bool) -> str:
    """Return diagnostics as text with carets; `sources` holds what was read by the name that spans give it."""
    files = dict.fromkeys(span.file for d in diagnostics for span in (d.span, *(label.span for label in d.labels)))
    texts = {file: sources[file] if file in sources else _imported(file) for file in files if file}
    return render_all(diagnostics, texts, colour=color).rstrip("\n")


def _imported(file: str) -> str:
    """Return the text of an imported file as it is shown: beside the spec, or in the bundled library."""
    for path in (Path(file), data_folder("specs") / file):
        if path.suffix == ".rnn" and path.is_file():
            return path.read_text(encoding="utf-8", errors="replace")
    return ""
