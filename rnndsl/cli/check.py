"""`rnndsl check`: find mistakes in specs."""

import sys
from collections.abc import Sequence

import click

from rnndsl.cli.choice import Choice
from rnndsl.cli.failures import FINDINGS
from rnndsl.cli.findings import as_json, show
from rnndsl.cli.options import SpecPath, choosing, reporting
from rnndsl.cli.output import Output
from rnndsl.cli.specs import Spec, read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.compiler import check
from rnndsl.diagnostics.diagnostic import Diagnostic, Severity, SpecError


@click.command(
    "check",
    cls=TeachingCommand,
    short_help="Find mistakes in specs.",
    examples=(
        "rnndsl check net.rnn",
        "rnndsl check specs/models/*.rnn --error-on-warning",
        "cat net.rnn | rnndsl check - --json",
    ),
)
@click.argument("specs", nargs=-1, required=True, type=SpecPath(), metavar="SPEC...")
@click.option("--error-on-warning", is_flag=True, help="Exit 1 when there are only warnings, too.")
@choosing
@reporting
@click.pass_context
def command(
    ctx: click.Context,
    specs: Sequence[str],
    *,
    error_on_warning: bool,
    choice: Choice,
) -> None:
    """Find mistakes in SPECs: syntax, names, indices, shapes, causality.

    All independent mistakes are reported, each with its place and a way out. Exit code 0: none; 1: some.
    """
    output: Output = ctx.obj
    found = [finding for given in specs for finding in _findings(read_spec(given, output), choice)]
    errors = sum(finding.severity is Severity.ERROR for finding in found)
    code = FINDINGS if errors or (found and error_on_warning) else 0
    output.document({"ok": code == 0, "exit_code": code, "diagnostics": as_json(found)})
    if not output.json:
        _tell(found, errors, len(specs), output)
    ctx.exit(code)


def _findings(spec: Spec, choice: Choice) -> tuple[Diagnostic, ...]:
    try:
        return check(spec.source, dims=choice.dims, model=choice.model).warnings
    except SpecError as error:
        return error.diagnostics


def _tell(found: Sequence[Diagnostic], errors: int, specs: int, output: Output) -> None:
    if found:
        output.tell(show(found, output.sources, color=output.colored(sys.stderr)))
    warnings = len(found) - errors
    counted = ", ".join(f"{n} {word}{'s' * (n != 1)}" for n, word in ((errors, "error"), (warnings, "warning")) if n)
    output.say(f"{specs} spec{'s' * (specs != 1)}: {counted or 'no mistakes'}")
