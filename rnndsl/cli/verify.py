"""`rnndsl verify`: test that a spec's module does what the spec means."""

import math

import click

from rnndsl.choice import Choice
from rnndsl.cli.failures import FINDINGS
from rnndsl.cli.options import SEED, checking, reporting, spec_argument
from rnndsl.cli.output import Output
from rnndsl.cli.specs import read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.cli.tuning import MOST_THREADS
from rnndsl.verify import verify


@click.command(
    "verify",
    cls=TeachingCommand,
    short_help="Test a spec's module and gradients against its meaning.",
    examples=(
        "rnndsl verify char_lstm --set hidden=3 --json",
        "rnndsl verify my_model.rnn --backend numba --threads 2",
    ),
)
@spec_argument
@click.option("--seed", type=SEED, default=0, show_default=True, help="Of the random parameters and data.")
@click.option(
    "--threads",
    type=click.IntRange(1, MOST_THREADS),
    default=1,
    show_default=True,
    help="In how many parts a batch is computed at the same time.",
)
@checking
@reporting
@click.pass_context
def command(ctx: click.Context, spec: str, seed: int, threads: int, choice: Choice) -> None:
    """Compare SPEC's module with the interpreter that defines the language, on small random cases in float64.

    Values, gradients (against complex steps), ragged batches and carried chunks, and of models that read their targets
    back samples, greedy choices and beams: a line per property with its largest error. Exit code 1 when one fails.
    With --backend and --threads every line is about the module, and the way to call it, that you are going to use.
    """
    output: Output = ctx.obj
    if threads > 1 and choice.backend == "cupy":
        raise click.UsageError("a GPU computes a batch whole; leave out --threads")
    source = read_spec(spec, output).source
    report = verify(source, dims=choice.dims, model=choice.model, seed=seed, backend=choice.backend, threads=threads)
    passed = report.ok
    code = 0 if passed else FINDINGS
    lines = [
        {"property": line.property, "error": line.error if math.isfinite(line.error) else None, "passed": line.passed}
        for line in report.lines
    ]
    output.document(
        {"ok": passed, "exit_code": code, "properties": lines, "notes": list(report.notes), "diagnostics": [],
         "backend": choice.backend, "threads": threads}
    )  # fmt: skip
    wide = max((len(line.property) for line in report.lines), default=0)
    for line in report.lines:
        output.say(f"{'ok  ' if line.passed else 'FAIL'}  {line.property:{wide}}  largest error {line.error:.1e}")
    if choice.backend != "numpy" or threads > 1:
        output.say(f"note  all of this with backend {choice.backend}, threads {threads}")
    for note in report.notes:
        output.say(f"note  {note}")
    ctx.exit(code)
