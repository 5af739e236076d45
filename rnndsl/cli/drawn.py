"""Where pictures go, and in which form: what `graph` and `unfold` have in common."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from rnndsl.cli.output import Output
from rnndsl.semantics.model import TypedModel
from rnndsl.train.atomic import write_atomically
from rnndsl.viz.fold import Folded, fold
from rnndsl.viz.tracing import MOST

Command = TypeVar("Command", bound=Callable[..., Any])

#: What the end of a file's name says about its form.
ENDINGS: Final[Mapping[str, str]] = {
    ".svg": "svg",
    ".dot": "dot",
    ".gv": "dot",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".txt": "text",
    ".html": "html",
}


def drawing(kinds: Sequence[str]) -> Callable[[Command], Command]:
    """Add `--format`, of which the first is usual, and `-o`; the command takes them as `kind` and `out`."""

    def with_options(command: Command) -> Command:
        usual = f"What to write.  [default: what FILE ends with, else {kinds[0]}]"
        formed = click.option("--format", "kind", type=click.Choice(list(kinds)), help=usual)
        page = click.option(
            "--html", "kind", flag_value="html", help="The same as --format html: one page for a browser."
        )
        put_to = click.option("-o", "--out", default="-", metavar="FILE", help="Where to write it; - is stdout.")
        return formed(page(put_to(command)))

    return with_options


def kind_of(kind: str | None, out: str, kinds: Sequence[str]) -> str:
    """Return the form that is asked for, by an option or by the name of the file."""
    meant = ENDINGS.get(Path(out).suffix.lower(), kinds[0])
    return kind or (meant if meant in kinds else kinds[0])


def foldable(typed: TypedModel, *, params: bool = False) -> Folded:
    """Return the folded graph of a model that is to be laid out.

    Raises:
        UsageError: nobody could look at it.
    """
    folded = fold(typed, params=params)
    if len(folded.items) > MOST:
        way = "take --format dot or text, or a smaller model (--set layers=2)"
        raise click.UsageError(f"{len(folded.items)} quantities are too many to draw, the most are {MOST}: {way}")
    return folded


def put(output: Output, out: str, text: str, content: dict[str, Any]) -> None:
    """Write a picture to a file, whole or not at all, or to stdout.

    Raises:
        UsageError: the file is a folder.
    """
    written = {"ok": True, "exit_code": 0, **content}
    if out == "-":
        output.document(written)
        output.say(text)
        return
    if Path(out).is_dir():
        raise click.UsageError(f"{out} is a folder; -o takes the name of a file")
    if Path(out).exists() and not Path(out).is_file():  # a device or a pipe is written to, never replaced
        Path(out).write_text(f"{text}\n", encoding="utf-8")
    else:
        write_atomically(Path(out), f"{text}\n".encode())
    output.tell(f"wrote {out}")
    output.document({**written, "out": out})
