"""What the commands that print equations share: how they are set, and where they go."""

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from rnndsl.cli.output import Output
from rnndsl.train.atomic import write_atomically


@dataclass(frozen=True, slots=True)
class Setting:
    """How LaTeX is set, and where the text goes (`-` is stdout)."""

    document: bool
    plain: bool
    out: str


def setting(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--document`, `--plain` and `-o`; the command takes them as `setting`."""

    @functools.wraps(command)
    def with_setting(*values: Any, document: bool, plain: bool, out: str, **others: Any) -> Any:
        if out != "-" and Path(out).is_dir():
            raise click.UsageError(f"{out} is a folder; -o takes the name of a file")
        return command(*values, setting=Setting(document, plain, out), **others)

    target = click.option(
        "-o", "--out", default="-", metavar="FILE", help="Where to write it; - is stdout, the default."
    )
    plain = click.option("--plain", is_flag=True, help="Set vectors and matrices in italics, not in bold.")
    document = click.option(
        "--document", is_flag=True, help="Print a whole LaTeX document, not only what goes into one."
    )
    return document(plain(target(with_setting)))


def to_file(output: Output, out: str, text: str, content: dict[str, Any]) -> None:
    """Write a text to a file or to stdout, with `--json` as part of the document."""
    whole = {"ok": True, "exit_code": 0, **content, "diagnostics": []}
    if out != "-":
        write_atomically(Path(out), text.encode())
        output.tell(f"wrote {out}: {text.count(chr(10))} lines")
        output.document({**whole, "out": out})
    elif output.json:
        output.document(whole)
    else:
        sys.stdout.write(text)
