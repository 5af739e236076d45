"""`rnndsl completion`: what a shell runs at its start so that Tab completes commands, options and specs."""

import os
from pathlib import Path
from typing import Final

import click
from click.shell_completion import get_completion_class

from rnndsl.cli.options import reporting
from rnndsl.cli.output import Output
from rnndsl.cli.teaching import TeachingCommand

SHELLS: Final = ("bash", "zsh", "fish", "powershell")
#: The variable that click looks at when a shell asks for completions.
VARIABLE: Final = "_RNNDSL_COMPLETE"


@click.command(
    "completion",
    cls=TeachingCommand,
    short_help="Print the script with which Tab completes.",
    examples=(
        "rnndsl completion bash >> ~/.bashrc",
        "rnndsl completion zsh >> ~/.zshrc",
        "rnndsl completion fish > ~/.config/fish/completions/rnndsl.fish",
        "rnndsl completion powershell >> $PROFILE",
    ),
)
@click.argument("shell", type=click.Choice(SHELLS), required=False)
@reporting
@click.pass_obj
def command(output: Output, shell: str | None) -> None:
    """Print the script that lets SHELL complete commands, options, names of the library and `.rnn` files.

    Without SHELL it is for the shell that $SHELL names. It works in shells that start after it was added.
    """
    chosen = shell or Path(os.environ.get("SHELL", "")).name
    kind = get_completion_class(chosen)
    if chosen not in SHELLS or kind is None:
        raise click.UsageError(f"say for which shell: {', '.join(SHELLS)}")
    script = kind(click.Command("rnndsl"), {}, "rnndsl", VARIABLE).source().strip("\n")
    output.document({"ok": True, "exit_code": 0, "shell": chosen, "script": script})
    output.say(script)
