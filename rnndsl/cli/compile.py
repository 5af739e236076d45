"""`rnndsl compile`: write the NumPy module of a spec."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rnndsl.building import compiled
from rnndsl.choice import Choice
from rnndsl.cli.options import modes as listed
from rnndsl.cli.options import reporting, spec_argument, writing
from rnndsl.cli.output import Output
from rnndsl.cli.specs import Spec, read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.cli.tuning import measured, sized, sizing, tell, tuning

if TYPE_CHECKING:
    from rnndsl.verify.cases import Case


@click.command(
    "compile",
    cls=TeachingCommand,
    short_help="Write the NumPy module of a spec.",
    examples=(
        "rnndsl compile char_lstm --set vocab=65 -o net.py",
        "rnndsl compile net.rnn --dtype float64 | less",
        "rnndsl compile char_lstm --set vocab=65 --modes observe,sample,beam -o net.py",
        "rnndsl compile char_lstm --set vocab=65 --backend cupy -o net.py",
    ),
)
@spec_argument
@click.option("-o", "--out", default="-", metavar="FILE", help="Where to write it; - is stdout, the default.")
@click.option(
    "--modes",
    default="observe",
    show_default=True,
    callback=listed,
    metavar="LIST",
    help="What the module can do: observe, and sample, beam (search) and mix (scheduled sampling).",
)
@tuning
@sizing
@writing
@reporting
@click.pass_obj
def command(
    output: Output, /, spec: str, out: str, modes: tuple[str, ...], choice: Choice, *, tune: bool, **sizes: Any
) -> None:
    """Compile SPEC to a module that needs NumPy only: init, forward, loss_and_grad, step, and sample and beam if asked.

    The module is the same on every run; with --backend numba it needs numba, too, and with --backend cupy CuPy and an
    NVIDIA GPU, which this command does not need. A file is written whole, or, when SPEC has mistakes, not at all.
    With --tune its schedule is the one that is fastest here, on random data of the sizes that --batch, --steps,
    --leaves and --ragged say.
    """
    if out != "-" and Path(out).is_dir():
        raise click.UsageError(f"{out} is a folder; -o takes the name of a file")
    source = read_spec(spec, output)
    if tune and choice.backend == "cupy":
        raise click.UsageError("--tune chooses between schedules for a CPU; leave it out with --backend cupy")
    program = compiled(source, choice, modes)
    if tune:
        program = compiled(source, _tuned(source, choice, sizes, output), modes)
    content = {"ok": True, "exit_code": 0, "model": program.name, "dims": dict(program.dims), "diagnostics": []}
    content["modes"] = list(program.modes)
    if out != "-":
        from rnndsl.train.atomic import write_atomically  # noqa: PLC0415 (slow to import, and only needed here)

        write_atomically(Path(out), program.source.encode())
        output.tell(f"wrote {out}: {program.name}, {program.source.count(chr(10))} lines")
        output.document({**content, "out": out})
    elif output.json:
        output.document({**content, "source": program.source})
    else:
        sys.stdout.write(program.source)


def _tuned(source: Spec, choice: Choice, sizes: Mapping[str, Any], output: Output) -> Choice:
    """Return the choice with the schedule that is fastest on random data."""
    from rnndsl.bench.workload import Sizes, draw_workload  # noqa: PLC0415 (most modules are written as usual)

    whole = sized(compiled(source, choice), choice, output)

    def case() -> "Case":
        return draw_workload(compiled(source, whole), Sizes(**sizes))

    best, found, known = measured(whole, lambda one: compiled(source, one), case, tune=True, threads=1)
    tell(output, found, known=known)
    return replace(choice, choices=best.choices)
