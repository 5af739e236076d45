"""Reports of benchmarks."""

import rnndsl
from rnndsl.bench import bench
from rnndsl.bench.bench import Spread
from rnndsl.bench.workload import Sizes
from rnndsl.locations import data_folder


def test_a_model_with_a_loss_is_timed_forward_and_back() -> None:
    path = data_folder("specs") / "models" / "char_lstm.rnn"
    report = bench(rnndsl.compile(path, dims={"vocab": 5, "hidden": 4}), Sizes(batch=2, steps=3), rounds=2)
    assert report.training is not None
    assert report.longest is report.training
    assert report.training.median > 0 < report.forward.median
    assert report.points == 6
    assert report.memory > 0 < report.products
    places = {row.place for row in report.rows}
    assert {"lstm.rnn:8", "char_lstm.rnn:12"} <= places
    assert [row.total for row in report.rows] == sorted((row.total for row in report.rows), reverse=True)
    (likelihood,) = [row for row in report.rows if row.place == "char_lstm.rnn:12"]
    assert likelihood.operations == 3 * 2 * (2 * 3) * 5 * 4, "V @ h[t], and both of its gradients"


def test_a_cell_alone_is_timed_forward() -> None:
    report = bench(
        rnndsl.compile(data_folder("specs") / "cells" / "gru.rnn", dims={"n": 3, "x_size": 4}), Sizes(2, 3), rounds=1
    )
    assert report.training is None
    assert report.longest is report.forward
    assert all(row.gradient == 0 for row in report.rows)


def test_quartiles() -> None:
    assert Spread.of([1.0, 2.0, 3.0, 4.0, 5.0]) == Spread(3.0, 2.0, 4.0)
