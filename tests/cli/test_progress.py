"""Showing a run."""

import io
import sys
import time

import pytest

from rnndsl.cli import progress
from rnndsl.cli.output import Output
from rnndsl.cli.progress import Bar, Plain, line_of, reporter_for
from rnndsl.train import Measure, Moment
from rnndsl.train.metrics import Measurement

BITS = Measure("bits per character", "y")
FOUND = Measurement(500, 1.25, 75.4, 2.5, 2.25, 0.001, 0.4)


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_measurement_is_a_line() -> None:
    assert line_of(FOUND, BITS, best=True) == (
        "  1:15  step    500  epoch   1.25  bits per character: training 2.500  held out 2.250  best"
    )


def test_off_a_terminal_lines_come_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    reporter = reporter_for(Output(), BITS)
    assert isinstance(reporter, Plain)
    for step in range(40):
        clock[0] += 1.0
        reporter.stepped(Moment(step, 0.1, step, step / 40, 3.0))
    reporter.note("careful")
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 40 // int(progress.INTERVAL) + 1
    assert lines[0] == "step 9   22%  bits per character 3.000"
    assert lines[-1] == "note: careful"


def test_on_a_terminal_there_is_a_bar_and_brackets_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = _Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    reporter = reporter_for(Output(color="never"), BITS)
    assert isinstance(reporter, Bar)
    reporter.stepped(Moment(10, 0.1, 1.0, 0.5, 3.0))
    reporter.measured(FOUND, best=False)
    reporter.note("h[t-1] is not read as markup")
    reporter.close()
    text = terminal.getvalue()
    assert "50%" in text
    assert "training 2.500" in text
    assert "h[t-1]" in text
