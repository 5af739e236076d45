"""Showing a run: a bar on a terminal, a plain line now and then elsewhere."""

import sys
import time
from pathlib import Path
from typing import Final

from rnndsl.cli.output import Output
from rnndsl.train import Measure, Moment
from rnndsl.train.metrics import Measurement

#: Seconds between two plain lines when nothing is measured meanwhile.
INTERVAL: Final = 10.0


class Plain:
    """One line per measurement, and one per interval between them."""

    def __init__(self, output: Output, measure: Measure) -> None:
        """Write to `output`."""
        self._output = output
        self._measure = measure
        self._told = time.monotonic()

    def stepped(self, moment: Moment) -> None:
        """Write a line if the last one is long ago."""
        if time.monotonic() - self._told >= INTERVAL:
            self._tell(f"step {moment.step}  {moment.done:4.0%}  {self._measure.label} {moment.value:.3f}")

    def measured(self, measurement: Measurement, *, best: bool) -> None:
        """Write a line."""
        self._tell(line_of(measurement, self._measure, best=best))

    def saved(self, path: Path) -> None:
        """Say nothing: checkpoints are written with every measurement."""

    def note(self, text: str) -> None:
        """Write a line."""
        self._tell(f"note: {text}")

    def close(self) -> None:
        """End the display."""

    def _tell(self, text: str) -> None:
        self._told = time.monotonic()
        self._output.tell(text)


class Bar:
    """A progress bar with the measurements above it."""

    def __init__(self, output: Output, measure: Measure) -> None:
        """Start the bar on stderr."""
        from rich.console import Console  # noqa: PLC0415 (slow to import, and only needed on a terminal)
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

        self._measure = measure
        self._console = Console(
            stderr=True, no_color=not output.colored(sys.stderr), markup=False, highlight=False, soft_wrap=True
        )
        self._progress = Progress(
            TimeElapsedColumn(),
            BarColumn(bar_width=None),
            TextColumn("{task.percentage:>3.0f}%", markup=False),
            TextColumn("{task.description}", markup=False),
            console=self._console,
        )
        self._task = self._progress.add_task("", total=1.0)
        self._mean: float | None = None
        self._progress.start()

    def stepped(self, moment: Moment) -> None:
        """Move the bar; the number beside it is a moving mean."""
        self._mean = moment.value if self._mean is None else 0.95 * self._mean + 0.05 * moment.value
        text = f"step {moment.step}  {self._measure.label} {self._mean:.3f}"
        self._progress.update(self._task, completed=moment.done, description=text)

    def measured(self, measurement: Measurement, *, best: bool) -> None:
        """Write a line above the bar."""
        self._console.print(line_of(measurement, self._measure, best=best))

    def saved(self, path: Path) -> None:
        """Say nothing: checkpoints are written with every measurement."""

    def note(self, text: str) -> None:
        """Write a line above the bar."""
        self._console.print(f"note: {text}")

    def close(self) -> None:
        """End the display."""
        self._progress.stop()


def line_of(measurement: Measurement, measure: Measure, *, best: bool) -> str:
    """Return a measurement as a line of text."""
    clock = f"{int(measurement.seconds) // 60:3d}:{int(measurement.seconds) % 60:02d}"
    held_out = "" if measurement.held_out is None else f"  held out {measurement.held_out:.3f}"
    where = f"{clock}  step {measurement.step:6d}  epoch {measurement.epoch:6.2f}"
    return f"{where}  {measure.label}: training {measurement.train:.3f}{held_out}{'  best' if best else ''}"


def reporter_for(output: Output, measure: Measure) -> "Bar | Plain":
    """Return the display that suits where stderr goes."""
    return Bar(output, measure) if sys.stderr.isatty() and not output.json else Plain(output, measure)
