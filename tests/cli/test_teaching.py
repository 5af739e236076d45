"""Help that ends with examples."""

import click

from rnndsl.cli.teaching import TeachingCommand


def test_examples_stand_below_the_options_unwrapped() -> None:
    line = "rnndsl do" + " --much" * 20
    command = TeachingCommand("do", help="Do it.", examples=("rnndsl do", line), params=[click.Option(["--much"])])
    text = command.get_help(click.Context(command))
    assert text.index("--much") < text.index("Examples:")
    assert text.endswith(f"Examples:\n  rnndsl do\n  {line}")
