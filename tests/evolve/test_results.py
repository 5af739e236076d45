"""The file of results: what is stored is there again, and nothing that a name says is taken for more than a name."""

import math
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.evolve.results import FILE, FORMAT, Individual, Results

NAN = math.nan


def individual(number: int, fitness: float = -1.0, name: str = "lstm", **other: object) -> Individual:
    """Make one whose other fields do not matter."""
    row = {
        "spec": f"spec {number}", "identity": f"id {number}", "parent": None, "mutation": "", "reason": "",
        "parameters": 12, "seconds": 0.5, "seed": str(2**64 - 1),
    }  # fmt: skip
    return Individual(number=number, name=name, fitness=fitness, **{**row, **other})  # type: ignore[arg-type]


def test_what_is_stored_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / FILE
    one = individual(0, -2.5, parent=None, reason="why", parameters=None)
    with Results.new(path, "run", 7, {"pool": 3, "data": "ä"}) as results:
        results.add(one)
        results.add(individual(1, -0.5, parent=0))
    with Results.open(path) as results:
        assert results.settings == {"pool": 3, "data": "ä"}
        assert results.count == 2
        assert results.ranked() == [individual(1, -0.5, parent=0), one]
        assert results.knows("id 1")
        assert not results.knows("id 2")


def test_what_is_stored_survives_the_process(tmp_path: Path) -> None:
    """Each row is committed by itself: another connection sees it while the first one is open."""
    with Results.new(tmp_path / FILE, "run", 0, {}) as writer:
        writer.add(individual(0))
        with Results.open(tmp_path / FILE) as reader:
            assert reader.count == 1


CRASH = """
import os, signal, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA cache_size = 1")  # so that changes reach the file before they are committed
connection.execute("UPDATE individuals SET spec = ?", ["x" * 100_000])
connection.execute("DELETE FROM individuals")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.parametrize("write", [False, True])
def test_what_a_crash_left_half_written_is_undone(write: bool, tmp_path: Path) -> None:  # noqa: FBT001 (a parameter)
    path = tmp_path / FILE
    rows = [individual(number, spec="y" * 5000) for number in range(9)]
    with Results.new(path, "run", 0, {}) as results:
        for one in rows:
            results.add(one)
    subprocess.run([sys.executable, "-c", CRASH, str(path)], check=False)
    assert path.with_name(f"{FILE}-journal").stat().st_size > 0
    with Results.open(path, write=write) as results:
        assert results.ranked() == rows


def test_order_is_by_fitness_and_nan_comes_last(tmp_path: Path) -> None:
    with Results.new(tmp_path / FILE, "run", 0, {}) as results:
        for number, fitness in enumerate([NAN, -3.0, -math.inf, -1.0, NAN, 2.0, -1.0]):
            results.add(individual(number, fitness))
        assert [one.number for one in results.ranked()] == [5, 3, 6, 1, 2, 0, 4]
        assert [one.number for one in results.ranked(2)] == [5, 3]
        assert [one.number for one in results.pool(100)] == [5, 3, 6, 1]
        assert math.isnan(results.ranked()[-1].fitness)


def test_a_run_is_never_overwritten(tmp_path: Path) -> None:
    with Results.new(tmp_path / FILE, "run", 0, {}):
        pass
    with pytest.raises(DataError, match="RNN708"), Results.new(tmp_path / FILE, "run", 0, {}):
        pass


def test_a_reader_changes_nothing(tmp_path: Path) -> None:
    with Results.new(tmp_path / FILE, "run", 0, {}):
        pass
    with pytest.raises(DataError, match=r"RNN753: .*readonly"), Results.open(tmp_path / FILE) as results:
        results.add(individual(0))
    with Results.open(tmp_path / FILE, write=True) as results:
        results.add(individual(0))
        with pytest.raises(DataError, match=r"RNN753: .*UNIQUE"):
            results.add(individual(0))


@pytest.mark.parametrize("content", [b"", b"text, no database", b"SQLite format 3\0" + b"\xff" * 200])
def test_other_files_are_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(DataError, match="RNN753"), Results.open(tmp_path / FILE) as results:
        assert results.count


def test_missing_and_newer_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"RNN753: .* holds no results"), Results.open(tmp_path / FILE):
        pass
    with Results.new(tmp_path / FILE, "run", 0, {}):
        pass
    with closing(sqlite3.connect(tmp_path / FILE)) as connection, connection:
        connection.execute(f"PRAGMA user_version = {FORMAT + 1}")
    with pytest.raises(DataError, match=r"RNN753: .* reads up to"), Results.open(tmp_path / FILE):
        pass


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"RNN753: .*unable to open"), Results.new(tmp_path / "no" / FILE, "a", 0, {}):
        pass
