"""The benchmarks compare like with like, and run. How fast anything is, no test says."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.__main__ import main
from tests.benchmarks.measure import Spread
from tests.benchmarks.peers import PEERS
from tests.benchmarks.problem import Shape, draw

TINY = Shape(steps=5, batch=3, inputs=4, units=6)


@pytest.mark.parametrize("other", [peer for peer in PEERS if peer != "generated"])
def test_peers_give_the_same_gradients(other: str) -> None:
    if other.startswith("torch"):
        pytest.importorskip("torch", reason='torch is not installed: pip install ".[peers]"')
    given = draw(TINY, "float64")
    results = []
    for peer in ("generated", other):
        step, collect = PEERS[peer](given)
        step()
        results.append(collect(step()))
    wanted = (given.input_weights, given.state_weights, given.bias, given.readout, given.x)
    for ours, theirs, like in zip(*results, wanted, strict=True):
        assert ours.shape == like.shape
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-13)


def test_it_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.benchmarks.__main__.find_spec", lambda name: name == "numpy")
    file = tmp_path / "numbers.json"
    main(["--rounds", "2", "--shape", "5,3,4,6", "--json", str(file)])
    printed = capsys.readouterr().out
    assert "| 5, 3, 4, 6 |" in printed
    assert "torch is not installed" in printed
    numbers = json.loads(file.read_text(encoding="utf-8"))
    ((shape, times),) = [(entry["shape"], entry["ms"]) for entry in numbers["steps"]]
    assert shape == [5, 3, 4, 6]
    assert set(times) == {"generated", "hand-written"}
    assert all(0 < spread["low"] <= spread["median"] <= spread["high"] for spread in times.values())
    assert numbers["compile"]["lines"] > 100


def test_spread() -> None:
    assert Spread.of([4, 1, 3, 2, 5]) == Spread(3, 2, 4)
    assert Spread.of([7]) == Spread(7, 7, 7)
