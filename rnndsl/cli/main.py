"""The entry point: commands by name, and what every failure becomes."""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Final

import click

from rnndsl.cli.failures import report
from rnndsl.cli.output import Output
from rnndsl.diagnostics.suggest import nearest
from rnndsl.version import VERSION

#: All commands with one line of help each, so that `rnndsl --help` imports none of them.
COMMANDS: Final[Mapping[str, str]] = {
    "list": "Show the library: every spec with its paper and size.",
    "new": "Start a spec of your own, from one of the library.",
    "check": "Find mistakes in specs.",
    "fmt": "Format specs.",
    "explain": "Explain a code such as RNN201, or the loops and shapes of a spec.",
    "latex": "Set a spec as LaTeX.",
    "adjoint": "Print backpropagation through time as equations.",
    "compile": "Write the NumPy module of a spec.",
    "graph": "Draw a spec: its quantities, its cells, a black square on every delay.",
    "unfold": "Show a spec unfolded over a few steps, a grid, a tree.",
    "verify": "Test a spec's module and gradients against its meaning.",
    "bench": "Time a spec's module, and say where the time goes.",
    "mutate": "Change a spec at random, as evolution does.",
    "train": "Train a spec on text, .npz or .jsonl.",
    "score": "Measure how well a trained model predicts data.",
    "sample": "Generate with a trained model.",
    "evolve": "Search for better cells by mutation.",
    "demo": "Train a character LSTM on Shakespeare for a minute.",
    "doctor": "Show versions, cores, memory and what is missing.",
    "completion": "Print the script with which Tab completes.",
}


class LazyGroup(click.Group):
    """A group whose commands are modules of their own, imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"rnndsl.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Refuse an unknown command with the nearest known one."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = nearest(name, COMMANDS)
            way_out = f"Did you mean '{near}'?" if near else f"Commands: {', '.join(COMMANDS)}."
            raise click.UsageError(f"No such command '{name}'. {way_out}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 (as click calls it)
    if value and not ctx.resilient_parsing:
        click.echo(f"rnndsl {VERSION}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Start with `rnndsl demo`. Every command explains itself: `rnndsl train --help`.",
)
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version, help="Show the version."
)
def group() -> None:
    """Compile recurrent networks that are written as equations.

    Exit codes: 0 clean, 1 findings in the spec, 2 usage or files, 3 training diverged, 70 internal error,
    130 interrupted.
    """


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; nothing but a `SystemExit` of Python's own leaves it."""
    output = Output.of(arguments)
    try:
        code = group.main(list(arguments), prog_name="rnndsl", standalone_mode=False, obj=output)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 (this is where every error becomes an exit code)
        return report(error, output, arguments)
    return code if isinstance(code, int) else 0


def main() -> None:
    """Run the command line and end the process."""
    sys.exit(run(sys.argv[1:]))
