"""The log of a run."""

from pathlib import Path

from rnndsl.train.metrics import Measurement, append, forget_after, read


def _at(step: int) -> Measurement:
    return Measurement(step, 0.5, 1.0, 2.0, None, 0.1, 3.0)


def test_lines_are_read_back_and_a_torn_one_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    assert read(path) == []
    for step in (1, 2, 3):
        append(path, _at(step))
    path.write_text(path.read_text()[:-5])
    assert read(path) == [_at(1), _at(2)]


def test_what_a_resumed_run_will_log_again_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    forget_after(path, 0)
    assert not path.exists()
    for step in (10, 20, 30):
        append(path, _at(step))
    forget_after(path, 20)
    assert [m.step for m in read(path)] == [10, 20]
