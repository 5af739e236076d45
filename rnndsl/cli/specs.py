"""Reading the specs that a command is given."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from rnndsl.cli.library import spellings
from rnndsl.cli.output import Output
from rnndsl.diagnostics.suggest import nearest


class FileProblem(click.ClickException):
    """A file that cannot be used."""

    exit_code = 2


#: What the compiler calls a spec that is no file.
STDIN: Final = "<text>"


@dataclass(frozen=True, slots=True)
class Spec:
    """A spec's text with the name to show; `path` is None when it came from stdin."""

    name: str
    text: str
    path: Path | None

    @property
    def source(self) -> Path | str:
        """What the compiler takes: the path, so that relative imports work, or the text."""
        return self.path if self.path is not None else f"{self.text.rstrip()}\n"


def read_spec(given: str, output: Output) -> Spec:
    """Read a file, stdin (`-`), or a spec of the bundled library by its name (`char_lstm`).

    The text is kept in `output` for excerpts.

    Raises:
        FileProblem: there is no such file, or it cannot be read as UTF-8.
    """
    if given == "-":
        return _known(Spec(STDIN, _decoded(sys.stdin.buffer.read(), STDIN), None), output)
    path = find_spec(given)
    try:
        return _known(Spec(str(path), _decoded(path.read_bytes(), given), path), output)
    except OSError as error:
        raise _unusable(f"{given}: {error.strerror}") from None


def _known(spec: Spec, output: Output) -> Spec:
    output.sources[spec.name] = spec.text
    return spec


def find_spec(given: str) -> Path:
    """Return the path of a spec: as given, or in the bundled library.

    Raises:
        FileProblem: it is in neither place.
    """
    path = Path(given)
    if path.exists():
        return path
    library = spellings()
    if given in library:
        return library[given]
    near = nearest(given, library)
    way_out = f" Did you mean {near}, of the bundled library?" if near else ""
    if not near and re.fullmatch(r"\w+", given):
        way_out = " `rnndsl list` shows the specs of the library."
    raise _unusable(f"{given}: no such file.{way_out}")


def _decoded(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _unusable(f"{name}: byte {error.start} is not UTF-8; specs are text") from None


def _unusable(message: str) -> FileProblem:
    return FileProblem(message)
