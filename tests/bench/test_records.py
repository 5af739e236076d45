"""What was measured is known the next time, of the same program, sizes and machine."""

import json
from pathlib import Path

import pytest

import rnndsl
from rnndsl.bench import records
from rnndsl.bench.records import machine, thread_counts, tuned, usable_cores
from rnndsl.bench.tune import Make, Plan, Trial, Tuned, Variant
from rnndsl.bench.workload import Sizes, draw_workload
from rnndsl.schedule.choices import Choices
from rnndsl.verify.cases import Case

SPEC = "model M(n = 2):\n    index t : sequence\n    input x[t] : n\n    h[t] = tanh(h[t-1] + x[t])\n    output h[t]\n"
FOUND = Tuned(Variant(Choices(sunk=False), 2), 0.5, (Trial("not sunk", 0.7), Trial("2 threads", 0.71)))


def make(variant: Variant) -> rnndsl.Program:
    return rnndsl.compile(SPEC, choices=variant.choices, threads=variant.threads)


@pytest.fixture
def measurements(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Plan]:
    """Return the plans that were measured, in a cache of their own."""
    found: list[Plan] = []

    def tune(_: Make, __: Case, plan: Plan) -> Tuned:
        found.append(plan)
        return FOUND

    monkeypatch.setenv("RNNDSL_CACHE", str(tmp_path))
    monkeypatch.setattr(records, "tune", tune)
    return found


def case(*, steps: int = 3) -> Case:
    return draw_workload(make(Variant()), Sizes(2, steps))


def test_a_measurement_is_remembered(measurements: list[Plan]) -> None:
    assert tuned(make, case(), Plan()) == (FOUND, False)
    assert tuned(make, case(), Plan()) == (FOUND, True)
    assert len(measurements) == 1


def test_other_sizes_plans_and_machines_are_measured_anew(
    measurements: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    tuned(make, case(), Plan())
    assert not tuned(make, case(steps=4), Plan())[1]
    assert not tuned(make, case(), Plan(threads=(2,)))[1]
    assert not tuned(lambda v: rnndsl.compile(SPEC, dtype="float64", choices=v.choices), case(), Plan())[1]
    monkeypatch.setattr(records, "machine", lambda: {"processor": "another"})
    assert not tuned(make, case(), Plan())[1]
    assert len(measurements) == 5


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"best": {"choices": {"fast": true}, "threads": 1}}'])
def test_a_file_that_nobody_understands_is_written_again(measurements: list[Plan], tmp_path: Path, text: str) -> None:
    tuned(make, case(), Plan())
    (path,) = (tmp_path / "tuned").iterdir()
    path.write_text(text)
    assert tuned(make, case(), Plan()) == (FOUND, False)
    assert json.loads(path.read_text())["ratio"] == FOUND.ratio


def test_without_a_place_for_it_nothing_is_remembered(
    measurements: list[Plan], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RNNDSL_CACHE", str(tmp_path / "file"))
    assert [tuned(make, case(), Plan())[1] for _ in range(2)] == [False, False]
    assert len(measurements) == 2


def test_the_machine_is_described() -> None:
    found = machine()
    assert found["processor"]
    assert found["cores"] == usable_cores() >= 1
    assert all(count <= usable_cores() for count in thread_counts())
    assert json.dumps(found)
