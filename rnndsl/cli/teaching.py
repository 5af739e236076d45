"""Commands whose help ends with examples."""

from typing import Any

import click


class TeachingCommand(click.Command):
    """A command with `examples`: lines that can be typed as they stand."""

    def __init__(self, *values: Any, examples: tuple[str, ...], **options: Any) -> None:
        """Make the command; everything but `examples` goes to click."""
        super().__init__(*values, **options)
        self.examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples below the options, unwrapped."""
        super().format_epilog(ctx, formatter)
        with formatter.section("Examples"):
            for line in self.examples:
                formatter.write(f"  {line}\n")
