"""`rnndsl demo`: a first look, in a minute."""

import re
from itertools import count
from pathlib import Path
from typing import Final

import click

from rnndsl.choice import Choice
from rnndsl.cli.options import Finite, reporting
from rnndsl.cli.output import Output
from rnndsl.cli.specs import find_spec, read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.cli.train import Plan, execute
from rnndsl.locations import data_folder
from rnndsl.train import Limit, RunFolder, Settings

SPEC: Final = "char_lstm"
#: How many lines of the spec and of the generated module are shown.
SHOWN: Final = 30


@click.command(
    "demo",
    cls=TeachingCommand,
    short_help="Train a character LSTM on Shakespeare for a minute.",
    examples=("rnndsl demo --minutes 0.5",),
)
@click.option("--minutes", type=Finite(0, min_open=True), default=1.0, show_default=True, help="How long.")
@click.option("--out", type=click.Path(path_type=Path), help="The folder.  [default: a new rnndsl-demo]")
@reporting
@click.pass_context
def command(ctx: click.Context, minutes: float, out: Path | None) -> None:
    """Train the bundled character LSTM on Shakespeare, and show what came of it."""
    output: Output = ctx.obj
    spec = read_spec(SPEC, output)
    data = data_folder("examples") / "data" / "tinyshakespeare.txt.gz"
    folder = RunFolder(out or _new_folder())
    output.say(f"A recurrent network is a few equations ({find_spec(SPEC)}):\n")
    output.say(_indented(spec.text.strip()))
    output.say(
        "\nrnndsl compiles them to NumPy, with their gradient. Now it learns to predict Shakespeare, letter by letter."
    )
    output.say("Guessing among 65 symbols takes 6.02 bits per character; this many are needed as it learns:\n")
    dims: dict[str, int | float] = {"hidden": 128, "layers": 1} if "layers" in spec.text else {"hidden": 128}
    settings = Settings(rate=6e-3, batch=32, chunk=48, held_out=0.02)
    plan = Plan(spec, Choice(dims), data, "char", folder, settings, Limit(minutes=minutes), 200, resume=False)
    code = execute(plan, output)
    if code == 0:
        _show_module(folder, data, output)
    ctx.exit(code)


def _show_module(folder: RunFolder, data: Path, output: Output) -> None:
    module = next(iter(sorted(folder.path.glob("*.py"))))
    lines = module.read_text(encoding="utf-8").splitlines()
    forward = next((k for k, line in enumerate(lines) if line.startswith("def forward")), 0)
    loops = (k for k in range(forward, len(lines)) if re.match(r"    for .*:", lines[k]))
    first = next(loops, forward)
    output.say(
        f"\nThe generated module needs NumPy only. A piece of its loop over time ({module}, line {first + 1}):\n"
    )
    output.say(_indented("\n".join(lines[first : first + SHOWN])))
    output.say(
        f"\nWhat to try next:\n"
        f"  rnndsl score {folder.best} --data {data} --held-out 0.1\n"
        f"  rnndsl train {SPEC} --data {data} --minutes 10     # the whole model, for longer\n"
        f"  rnndsl verify {SPEC}                               # test its gradients\n"
        f"  rnndsl compile {SPEC} --set vocab=65 -o net.py     # the module, to read and to use"
    )


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


def _new_folder() -> Path:
    """Return a folder name that is not taken, so that nothing is overwritten."""
    names = (Path(f"rnndsl-demo-{number}" if number > 1 else "rnndsl-demo") for number in count(1))
    return next(path for path in names if not path.exists())
