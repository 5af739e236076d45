"""`rnndsl check`: find mistakes in specs."""

import json
import sys
from collections.abc import Sequence
from typing import Final

import click

from rnndsl.choice import Choice
from rnndsl.cli.failures import FINDINGS
from rnndsl.cli.findings import as_json, show
from rnndsl.cli.formats import FORMATS, as_github, as_sarif
from rnndsl.cli.options import SpecPath, choosing, reporting
from rnndsl.cli.output import Output
from rnndsl.cli.specs import Spec, read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.diagnostics.diagnostic import Diagnostic, Severity, SpecError
from rnndsl.diagnostics.span import Span
from rnndsl.semantics.check import Checked, check, graph_may_fail
from rnndsl.syntax.parse import parse

#: What only the place where a cell is used decides: its dimensions, and whether it has anything to compute.
_BY_USE: Final = frozenset({"RNN216", "RNN218", "RNN219", "RNN220", "RNN221", "RNN222", "RNN226", "RNN490"})


@click.command(
    "check",
    cls=TeachingCommand,
    short_help="Find mistakes in specs.",
    examples=(
        "rnndsl check net.rnn",
        "rnndsl check specs/models/*.rnn --error-on-warning",
        "cat net.rnn | rnndsl check - --json",
        "rnndsl check specs/models/*.rnn --output-format sarif > findings.sarif",
    ),
)
@click.argument("specs", nargs=-1, required=True, type=SpecPath(), metavar="SPEC...")
@click.option("--error-on-warning", is_flag=True, help="Exit 1 when there are only warnings, too.")
@click.option(
    "--output-format",
    "form",
    type=click.Choice(FORMATS),
    help="How to tell: text with excerpts, one JSON document (as --json), annotations for GitHub, or SARIF 2.1.0.",
)
@choosing
@reporting
@click.pass_context
def command(
    ctx: click.Context,
    specs: Sequence[str],
    *,
    error_on_warning: bool,
    form: str | None,
    choice: Choice,
) -> None:
    """Find mistakes in SPECs: syntax, names, indices, shapes, causality.

    All independent mistakes are reported, each with its place and a way out. Exit code 0: none; 1: some.
    """
    output: Output = ctx.obj
    if output.json and form not in {None, "json"}:
        raise click.UsageError(f"--json and --output-format {form} are two ways to tell; choose one.", ctx)
    found = [finding for given in specs for finding in _findings(read_spec(given, output), choice)]
    errors = sum(finding.severity is Severity.ERROR for finding in found)
    code = FINDINGS if errors or (found and error_on_warning) else 0
    match form:
        case "github":
            output.say(as_github(found)) if found else None
        case "sarif":
            output.say(json.dumps(as_sarif(found, code), indent=2))
        case _ if output.json:
            output.document({"ok": code == 0, "exit_code": code, "diagnostics": as_json(found)})
        case _:
            _tell(found, errors, len(specs), output)
    ctx.exit(code)


def _findings(spec: Spec, choice: Choice) -> tuple[Diagnostic, ...]:
    """Return what is found in the model that was chosen, or in every model and cell of the file."""
    found: dict[tuple[str, Span], Diagnostic] = {}
    models, cells = ((choice.model,), ()) if choice.model is not None else _blocks(spec)
    for name in models:
        found |= {(one.code, one.span): one for one in _findings_in(spec, choice, name)}
    for name in cells:
        alone = _findings_in(spec, Choice({}, name, choice.backend, choice.dtype), name)
        for one in alone:
            if one.severity is Severity.ERROR and one.code[:4] in {"RNN2", "RNN4"} and one.code not in _BY_USE:
                found.setdefault((one.code, one.span), one)
    return tuple(sorted(found.values(), key=lambda one: (one.span.file, one.span.line, one.span.column)))


def _blocks(spec: Spec) -> tuple[tuple[str | None, ...], tuple[str, ...]]:
    """Return the names of a file's models and cells; None stands for the model that is meant anyway."""
    try:
        blocks = parse(spec.text, spec.name).blocks
    except SpecError:
        return (None,), ()
    models = [block.name for block in blocks if block.kind == "model"]
    if len(set(models)) < len(models) or not models:
        return (None,), ()
    return (*models,), tuple(block.name for block in blocks if block.kind == "cell")


def _findings_in(spec: Spec, choice: Choice, model: str | None) -> tuple[Diagnostic, ...]:
    try:
        checked = check(spec.source, dims=choice.dims, model=model)
    except SpecError as error:
        return error.diagnostics
    return (*checked.warnings, *_refused(checked)) if graph_may_fail(checked.model.model) else checked.warnings


def _refused(checked: Checked) -> tuple[Diagnostic, ...]:
    """Return what the graph cannot say; a dimension that it needs may be given later."""
    from rnndsl.compiler import build  # noqa: PLC0415 (slow to import, and rarely needed)

    try:
        build(checked)
    except SpecError as error:
        return tuple(found for found in error.diagnostics if found.code != "RNN220")
    return ()


def _tell(found: Sequence[Diagnostic], errors: int, specs: int, output: Output) -> None:
    if found:
        output.tell(show(found, output.sources, color=output.colored(sys.stderr)))
    warnings = len(found) - errors
    counted = ", ".join(f"{n} {word}{'s' * (n != 1)}" for n, word in ((errors, "error"), (warnings, "warning")) if n)
    output.say(f"{specs} spec{'s' * (specs != 1)}: {counted or 'no mistakes'}")
