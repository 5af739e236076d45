"""Names, numbers and individuals that would harm a run of evolution (hostile.md G 152 to 156)."""

import csv
import io
import math
import sqlite3
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from rnndsl.cli.main import run
from rnndsl.evolve.mutant import Mutant, mutate
from rnndsl.evolve.results import FILE, Results
from rnndsl.evolve.search import Origin, Plan, Search
from rnndsl.evolve.tasks import HeldOut
from rnndsl.evolve.trials import Trials
from rnndsl.evolve.verdict import Budget, Verdict
from tests.evolve.cells import WHOLE
from tests.evolve.test_results import individual

#: What row 155 holds: no spec of this language.
INVALID = "input x[3]\nstate h[4] = 0\nparam W[4,3], U[4,4], b[4]\nh = tanh(W*x + U*h[-1] + b)\noutput h\n"


@pytest.mark.parametrize("name", ["x'); DROP TABLE runs;--", 'x"; --', "x\0y", "?", "💥"])
def test_152_a_name_is_a_name(name: str, tmp_path: Path) -> None:
    with Results.new(tmp_path / FILE, name, 0, {"data": name}) as results:
        for number, fitness in enumerate((-2.0, -1.0)):
            results.add(individual(number, fitness, name=name, spec=name, mutation=name, reason=name, identity=name))
        assert results.knows(name)
        assert not results.knows(f"{name}'")
        assert [(one.number, one.name, one.reason) for one in results.ranked()] == [(1, name, name), (0, name, name)]
    with closing(sqlite3.connect(tmp_path / FILE)) as connection:
        assert connection.execute("SELECT name FROM runs").fetchall() == [(name,)]


def test_152_a_file_of_such_a_name_evolves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Trials, "judge", lambda self, text, stopped: Verdict(-float(len(text))))
    (tmp_path / "a.txt").write_text("abcab" * 60)
    (tmp_path / "x'); DROP TABLE runs;--.rnn").write_text(WHOLE)
    assert run(["evolve", "x'); DROP TABLE runs;--.rnn", "--data", "a.txt", "-o", "run", "--individuals", "3"]) == 0
    with Results.open(tmp_path / "run" / FILE) as results:
        names = sorted(one.name for one in results.ranked())
    assert names == ["x'); DROP TABLE runs;--", "x'); DROP TABLE runs;---1", "x'); DROP TABLE runs;---2"]


def test_153_no_cell_is_a_formula(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = ['=HYPERLINK("http://x")', "=cmd()", "+1", "-1", "@x", "\tx", "\rx"]
    with Results.new(tmp_path / FILE, "run", 0, {"measure": "loss"}) as results:
        for number, name in enumerate(names):
            results.add(individual(number, -1.5 - number, name=name, spec=name, mutation=name, reason=name))
    assert run(["evolve", "--show", str(tmp_path), "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out, newline="")))
    assert [row["name"] for row in rows] == [f"'{name}" for name in names]
    assert [float(row["fitness"]) for row in rows] == [-1.5 - number for number in range(len(names))]
    texts = [text for row in rows for column, text in row.items() if column != "fitness"]
    assert not any(text.startswith(("=", "+", "-", "@", "\t", "\r")) for text in texts)


def test_154_nan_sorts_last_and_never_wins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Results.new(tmp_path / FILE, "run", 0, {"measure": "loss"}) as results:
        for number, fitness in enumerate((math.nan, -math.inf, -5.0, math.nan)):
            results.add(individual(number, fitness, spec=f"{fitness}"))
        assert [one.number for one in results.ranked()] == [2, 1, 0, 3]
        assert [one.number for one in results.pool(10)] == [2]
    assert run(["evolve", "--show", str(tmp_path), "--best"]) == 0
    assert capsys.readouterr().out == "-5.0"


def test_155_what_does_not_compile_is_logged_and_the_search_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("abcab" * 60)

    def broken(text: str, descent: str, random: Any, **how: Any) -> Mutant:
        return Mutant(INVALID, "made by hand") if results.count == 1 else mutate(text, descent, random, **how)

    trials = Trials("held_out", asdict(HeldOut(str(tmp_path / "a.txt"))), Budget())

    def judge(text: str, stopped: Callable[[], bool]) -> Verdict:
        return trials.judge(text, stopped) if text == INVALID else Verdict(-1.0)

    with Results.new(tmp_path / FILE, "run", 0, {}) as results:
        origin = Origin("net", WHOLE)
        assert Search([origin], results, judge, Plan(individuals=3), mutate=broken).run()
        first, second, third = sorted(results.ranked(), key=lambda one: one.number)
    assert first.finite
    assert second.fitness == -math.inf
    assert second.reason.startswith("does not compile: <text>:1:1: RNN1")
    assert third.parent == 0
    assert third.mutation != "made by hand"


def dense(states: int) -> str:
    """Return a model of as many states, each computed from all of them: row 156's `dense_states`."""
    sums = (" + ".join(f"W{i}_{j} @ h{j}[t-1]" for j in range(states)) for i in range(states))
    names = ", ".join(f"W{i}_{j}" for i in range(states) for j in range(states))
    lines = [f"h{i}[t] : hidden = tanh({one})" for i, one in enumerate(sums)]
    body = "\n".join(
        f"    {line}" for line in [f"param {names}, V", *lines, "y[t] ~ categorical(V @ h0[t] + U @ y[t-1])"]
    )
    head = "model Dense(vocab, hidden = 800):\n    index t : sequence\n    target y[t] : token(vocab)\n    param U\n"
    return f"{head}{body}\n"


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux only")
@pytest.mark.parametrize(
    ("budget", "told"),
    [
        (Budget(parameters=1_000_000), "parameters, more than 1,000,000"),
        (Budget(parameters=10**9, memory=200), "needs more than 200 MiB of memory"),
        (Budget(parameters=10**9, seconds=0.5, grace=3), "took longer than 4 s"),
    ],
)
def test_156_what_is_huge_is_stopped_by_every_budget(budget: Budget, told: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("abcab" * 20_000)
    task = HeldOut(str(tmp_path / "a.txt"), settings={"batch": 16, "chunk": 200})
    began = time.monotonic()
    verdict = Trials("held_out", asdict(task), budget).judge(dense(12))
    assert verdict.fitness == -math.inf
    assert told in verdict.reason
    assert time.monotonic() - began < 120
