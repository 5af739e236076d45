"""Options that several commands share."""

import functools
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from click.shell_completion import CompletionItem

from rnndsl.choice import Choice

Command = TypeVar("Command", bound=Callable[..., Any])

SETTING: Final = re.compile(r"([A-Za-z][A-Za-z0-9_]*)=([+-]?[0-9]+|[+-]?[0-9]*\.?[0-9]+([eE][+-]?[0-9]+)?)")


class SpecPath(click.ParamType[str]):
    """A path to a spec, or the name of one of the library; completes to both."""

    name = "spec"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Let the shell offer folders, `.rnn` files and, until there is a slash, names of the library."""
        from rnndsl.cli.library import spellings  # noqa: PLC0415 (only needed here)

        folder, _, start = incomplete.rpartition("/")
        found = sorted(Path(folder or ".").glob(f"{start}*"))
        names = [f"{p}/" if p.is_dir() else str(p) for p in found if p.is_dir() or p.suffix == ".rnn"]
        names += [name for name in spellings() if name.startswith(incomplete) and "/" not in name]
        return [CompletionItem(name) for name in names]


class Seed(click.ParamType[int]):
    """A seed: a whole number that fits into 64 bits."""

    name = "whole number"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number; anything else is refused."""
        text = str(value)
        if not re.fullmatch(r"[0-9]{1,20}", text) or int(text) >= 1 << 64:
            self.fail(f"{text!r} is not a whole number from 0 to 2^64 - 1", param, ctx)
        return int(text)


SEED: Final = Seed()


class Finite(click.FloatRange):
    """A number in a range; NaN and infinity, which no bound keeps out, are refused."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the number."""
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value!r} is not a finite number", param, ctx)
        return number


def _settings(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, int | float]:
    found: dict[str, int | float] = {}
    for value in values:
        match = SETTING.fullmatch(value)
        if match is None:
            raise click.BadParameter(f"{value!r} is not NAME=NUMBER, such as hidden=512 or rate=0.5", ctx, param)
        name, number = match[1], match[2]
        if name in found:
            raise click.BadParameter(f"{name} is set twice", ctx, param)
        found[name] = int(number) if re.fullmatch(r"[+-]?[0-9]{1,18}", number) else float(number)
    return found


def _backend(ctx: click.Context, param: click.Parameter, value: str) -> str:
    from rnndsl.compiler import BACKENDS, MISSING, is_missing  # noqa: PLC0415 (the compiler is slow to import)

    if is_missing(value):
        click.echo(MISSING, err=True)
        return "numpy"
    if value in BACKENDS:
        return value
    raise click.BadParameter(f"{value!r} is not a backend; choose from: {', '.join(BACKENDS)}", ctx, param)


def _backend_here(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Take a backend that computes here.

    Raises:
        DataError: RNN613, it is cupy, and there is no GPU for it.
    """
    from rnndsl.runtime.gpu import require_gpu  # noqa: PLC0415 (slow to import, as the compiler is)

    if value == "cupy":
        require_gpu()
    return _backend(ctx, param, value)


def modes(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
    """Take modes apart that stand side by side, `observe,sample`; "observe" is always among them."""
    from rnndsl.compiler import MODES  # noqa: PLC0415 (the compiler is slow to import)

    given = [word.strip() for word in value.split(",")]
    for word in given:
        if word not in MODES:
            raise click.BadParameter(f"{word!r} is not a mode; choose from: {', '.join(MODES)}", ctx, param)
    return tuple(mode for mode in MODES if mode in {"observe", *given})


def reporting(command: Command) -> Command:
    """Add `--json`, `--color` and `--traceback`; they are read by `Output.of`."""
    options = (
        click.option("--json", is_flag=True, expose_value=False, help="Print one JSON document instead."),
        click.option(
            "--color",
            type=click.Choice(["auto", "always", "never"]),
            default="auto",
            expose_value=False,
            help="When to use colours; NO_COLOR is obeyed.",
        ),
        click.option("--traceback", is_flag=True, expose_value=False, help="Show where in rnndsl an error arose."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def setting(command: Command) -> Command:
    """Add `--set`; the command takes it as `dims`."""
    option: Callable[[Command], Command] = click.option(
        "--set",
        "dims",
        multiple=True,
        metavar="NAME=NUMBER",
        callback=_settings,
        help="A dimension or constant of the model, such as hidden=512. Repeatable.",
    )
    return option(command)


def choosing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--set` and `--model`; the command takes both as `choice`."""

    @functools.wraps(command)
    def with_choice(*values: Any, dims: dict[str, int | float], model: str | None, **others: Any) -> Any:
        choice = Choice(dims, model, others.pop("backend", "numpy"), others.pop("dtype", "float32"))
        return command(*values, choice=choice, **others)

    return setting(click.option("--model", help="Which model of the file, if it has several.")(with_choice))


def compiling(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--set`, `--model`, `--backend` and `--dtype`; the command takes all as `choice`, and computes."""
    return _with_backend(command, _backend_here)


def writing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the same to a command that writes code: it may be for another machine."""
    return _with_backend(command, _backend)


def checking(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--set`, `--model` and `--backend`; the command takes all as `choice`, and computes in float64."""
    return _backend_option(choosing(command), _backend_here)


def _with_backend(command: Callable[..., Any], callback: Callable[..., str]) -> Callable[..., Any]:
    dtype = click.option(
        "--dtype",
        type=click.Choice(["float32", "float64"]),
        default="float32",
        show_default=True,
        help="What numbers are computed in.",
    )
    return _backend_option(dtype(choosing(command)), callback)


def _backend_option(command: Callable[..., Any], callback: Callable[..., str]) -> Callable[..., Any]:
    return click.option(
        "--backend",
        default="numpy",
        callback=callback,
        metavar="NAME",
        help="What computes: numpy, numba, or cupy (on an NVIDIA GPU).  [default: numpy]",
    )(command)


def spec_argument(command: Command) -> Command:
    """Add the argument SPEC."""
    argument: Callable[[Command], Command] = click.argument("spec", type=SpecPath(), metavar="SPEC")
    return argument(command)
