"""`rnndsl fmt`: write specs in the canonical layout."""

import difflib
import stat
import sys
from collections.abc import Sequence
from typing import Any

import click

from rnndsl.cli.failures import FINDINGS
from rnndsl.cli.options import SpecPath, reporting
from rnndsl.cli.output import Output
from rnndsl.cli.specs import Spec, read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.syntax.parse import parse
from rnndsl.syntax.printer import format_tree


@click.command(
    "fmt",
    cls=TeachingCommand,
    short_help="Format specs.",
    examples=(
        "rnndsl fmt specs/models/*.rnn",
        "rnndsl fmt --diff net.rnn",
        "cat net.rnn | rnndsl fmt -",
    ),
)
@click.argument("files", nargs=-1, required=True, type=SpecPath(), metavar="FILE...")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file would change.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change; exit 1 if anything would.")
@reporting
@click.pass_context
def command(ctx: click.Context, files: Sequence[str], *, check: bool, diff: bool) -> None:
    """Format FILEs in place; comments stay, and the meaning never changes. `-` formats stdin to stdout."""
    output: Output = ctx.obj
    specs = [read_spec(file, output) for file in files]
    formatted = [format_tree(parse(spec.text, spec.name)) for spec in specs]  # all parse before one is written
    changed = [spec.name for spec, text in zip(specs, formatted, strict=True) if spec.text != text]
    for spec, text in zip(specs, formatted, strict=True):
        if diff:
            output.say(_difference(spec, text)) if spec.text != text else None
        elif not check:
            _write(spec, text, output)
    failed = bool(changed) and (check or diff)
    content: dict[str, Any] = {"ok": not failed, "exit_code": FINDINGS if failed else 0, "changed": changed}
    output.document(content | {"diagnostics": []})
    if not diff:
        for name in changed:
            output.tell(f"{'would format' if check else 'formatted'} {name}")
    ctx.exit(content["exit_code"])


def _write(spec: Spec, text: str, output: Output) -> None:
    if spec.path is not None and spec.text != text:
        from rnndsl.train.atomic import write_atomically  # noqa: PLC0415 (slow to import, and often nothing changes)

        place = spec.path.resolve()  # a link stays a link
        mode = stat.S_IMODE(place.stat().st_mode)
        write_atomically(place, text.encode())
        place.chmod(mode)
    elif spec.path is None and not output.json:
        sys.stdout.write(text)


def _difference(spec: Spec, text: str) -> str:
    before, after = spec.text.splitlines(), text.splitlines()
    return "\n".join(difflib.unified_diff(before, after, spec.name, f"{spec.name} (formatted)", lineterm=""))
