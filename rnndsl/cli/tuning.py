"""Options for what is chosen before anything runs: `--threads`, by the cost model, and `--tune`, by measurement."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import click

from rnndsl.choice import Choice
from rnndsl.cli.output import Output

if TYPE_CHECKING:
    from rnndsl.bench.tune import Tuned
    from rnndsl.runtime.program import Program
    from rnndsl.verify.cases import Case

MOST_THREADS: Final = 1024

Threads = int | Literal["auto"]


class ThreadCount(click.ParamType[Threads]):
    """A number of threads, or auto."""

    name = "number"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> Threads:
        """Return the number; anything else but auto is refused."""
        text = str(value)
        if text == "auto":
            return "auto"
        if not (text.isascii() and text.isdecimal() and len(text) < 5 and 1 <= int(text) <= MOST_THREADS):
            self.fail(f"{text!r} is neither auto nor a number from 1 to {MOST_THREADS}", param, ctx)
        return int(text)


def sizing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--batch`, `--steps`, `--leaves` and `--ragged`: the sizes of a batch of random data."""
    options = (
        click.option("--batch", type=click.IntRange(1, 100_000), default=32, show_default=True, help="Examples."),
        click.option(
            "--steps", type=click.IntRange(1, 1_000_000), default=100, show_default=True,
            help="Points of every sequence.",
        ),
        click.option(
            "--leaves", type=click.IntRange(1, 100_000), default=25, show_default=True, help="Leaves of every tree."
        ),
        click.option("--ragged", is_flag=True, help="Draw lengths between 1 and --steps instead of equal ones."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def threading(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--threads`."""
    return click.option(
        "--threads", type=ThreadCount(), default="1", show_default=True, metavar="N|auto",
        help="In how many parts a batch is computed at the same time; auto: by the cost model, or measured (--tune).",
    )(command)  # fmt: skip


def tuning(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--tune`."""
    return click.option(
        "--tune", is_flag=True,
        help="Measure which choices of the schedule are fastest for these sizes here; remembered in the cache.",
    )(command)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Predicted:
    """How many threads the cost model chooses, and the time with them over that with one.

    `here` says that its constants have been measured on this machine.
    """

    threads: int
    ratio: float
    here: bool


def measured(
    choice: Choice, make: "Callable[[Choice], Program]", case: "Callable[[], Case]", *, tune: bool, threads: Threads
) -> "tuple[Choice, Tuned | Predicted | None, bool]":
    """Return the choice that is best for a batch, why, and whether that was known before.

    Raises:
        DataError: the program does not take the batch.
    """
    given = 1 if threads == "auto" else threads
    choice = replace(choice, threads=given)
    if not tune and threads != "auto":
        return choice, None, False
    from rnndsl.bench.records import thread_counts, tuned  # noqa: PLC0415 (most commands choose nothing)
    from rnndsl.bench.tune import Plan, Variant  # noqa: PLC0415 (the same)

    if not tune:
        predicted = _predicted(make(choice), case(), choice, thread_counts())
        return replace(choice, threads=predicted.threads), predicted, False

    def made(variant: Variant) -> "Program":
        return make(replace(choice, choices=variant.choices, threads=variant.threads))

    plan = Plan(Variant(choice.choices, given), threads=thread_counts() if threads == "auto" else ())
    found, known = tuned(made, case(), plan)
    return replace(choice, choices=found.best.choices, threads=found.best.threads), found, known


def _predicted(program: "Program", case: "Case", choice: Choice, counts: tuple[int, ...]) -> Predicted:
    from rnndsl.bench.calibrate import known_machine  # noqa: PLC0415 (the same)
    from rnndsl.bench.predict import choose_threads  # noqa: PLC0415 (the same)
    from rnndsl.schedule.machine import Machine  # noqa: PLC0415 (the same)

    machine = known_machine()
    counts = () if choice.backend == "cupy" else counts
    number, ratio = choose_threads(program, case, choice, machine or Machine(), counts)
    return Predicted(number, ratio, machine is not None)


def sized(program: "Program", choice: Choice, output: Output) -> Choice:
    """Return the choice with a value for every dimension; what is guessed is told."""
    from rnndsl.bench.workload import unset  # noqa: PLC0415 (the same)

    guessed = unset(program.graph)
    if guessed:
        output.tell("; ".join(f"{name} has no value: taken as {value}" for name, value in guessed.items()))
    return replace(choice, dims={**choice.dims, **guessed})


def tell(output: Output, found: "Tuned | Predicted | None", *, known: bool) -> None:
    """Say what was chosen, why, and what that gains."""
    if found is None:
        return
    if isinstance(found, Predicted):
        threads = f"{found.threads} threads" if found.threads > 1 else "1 thread"
        gain = f"{found.ratio:.2f} times the time with 1" if found.threads > 1 else "no number of them gains much"
        constants = "measured on this machine" if found.here else "built in"
        output.tell(f"threads: {threads}; {gain}, says the cost model (its constants: {constants})")
        return
    if found.trials:
        tried = ", ".join(f"{trial.step} {trial.ratio:.2f}" for trial in found.trials)
        output.tell(f"{'known from before' if known else 'measured'}, time over the best so far: {tried}")
    gain = f"{found.ratio:.2f} times the time it takes as usual" if found.ratio != 1 else "nothing else is faster"
    output.tell(f"tuned: {found.best}; {gain}")


def document(found: "Tuned | Predicted | None") -> dict[str, Any]:
    """Return what JSON says of it."""
    if found is None:
        return {}
    return {"predicted" if isinstance(found, Predicted) else "tuned": asdict(found)}
