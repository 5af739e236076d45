"""Predictions: the products that are counted are those that run, and threads are chosen where they pay off."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import rnndsl
from rnndsl.bench.predict import choose_threads, extents_of, predict
from rnndsl.bench.profile import Profiler, count_operations, instrumented, with_functions
from rnndsl.bench.workload import Sizes, draw_workload
from rnndsl.choice import Choice
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.locations import data_folder
from rnndsl.schedule.machine import Machine
from rnndsl.schedule.products import Product
from rnndsl.verify.cases import Case

CHOICE = Choice()
BUILT_IN = Machine()


@cache
def made(model: str, **dims: int) -> rnndsl.Program:
    path = data_folder("specs") / "models" / f"{model}.rnn"
    open_dims = (name for name, value in rnndsl.compile(path).graph.dims.items() if value is None)
    return rnndsl.compile(path, dims={**{name: 5 + k for k, name in enumerate(open_dims)}, **dims})


@pytest.mark.parametrize(
    ("model", "dims"),
    [
        ("char_lstm", {"hidden": 6}),
        ("translate", {"hidden": 4}),
        ("tree_lstm", {"size": 6}),
        ("grid_lstm", {"size": 3}),
    ],
)
def test_the_products_are_those_that_run(model: str, dims: dict[str, int]) -> None:
    program = made(model, **dims)
    case = draw_workload(program, Sizes(4, 5, leaves=6))
    module, clock = instrumented(program.source)
    other = with_functions(program, module)
    profiler = Profiler(lambda: other.loss_and_grad(case.params, case.data, **case.points), clock)
    products = [each for each in profiler.products if not isinstance(each[2][0], str)]  # an einsum begins with one
    work = predict(program, case, CHOICE, BUILT_IN)["training"].work
    counted = [one.product for one in work if one.product and is_of_matrices(one.product)]
    assert sum(product.calls for product in counted) == len(products)
    assert sum(product.operations for product in counted) == pytest.approx(
        sum(count_operations(operands) for _, _, operands in products)
    )


def is_of_matrices(product: Product) -> bool:
    """Tell products of matrices, or many at once, from those with a vector, which are not noted."""
    return product.count > product.calls or min(product.rows, product.columns) > 1


NTM = {"bits": 8, "slots": 128, "width": 20, "hidden": 100}


@pytest.mark.parametrize(
    ("model", "dims", "batch", "threads"),
    [
        ("char_lstm", {"hidden": 512, "vocab": 65}, 64, 2),
        ("char_lstm", {"hidden": 256, "vocab": 65}, 1, 1),
        ("char_lstm", {"hidden": 64, "vocab": 65}, 32, 1),
        ("ntm", NTM, 16, 1),
        ("tree_lstm", {"size": 150, "vocab": 100}, 32, 1),
    ],
)
def test_threads_are_chosen_where_they_pay_off(model: str, dims: dict[str, int], batch: int, threads: int) -> None:
    """As was measured: see the table of threads in docs/performance.md."""
    program = made(model, **dims)
    case = draw_workload(program, Sizes(batch, 50))
    found, ratio = choose_threads(program, case, CHOICE, BUILT_IN, (2,))
    assert found == threads
    assert ratio == 1 if threads == 1 else ratio < 0.7
    free = replace(BUILT_IN, lock=0.0, call=0.0, view=0.0)
    assert choose_threads(program, case, CHOICE, free, (2,))[0] == min(2, batch), "without a lock two are faster"


def test_a_prediction_says_what_for_and_where() -> None:
    program = made("char_lstm", hidden=6)
    found = predict(program, draw_workload(program, Sizes(4, 5)), CHOICE, BUILT_IN)
    forward, training = found["forward"], found["training"]
    assert 0 < forward.seconds < training.seconds
    assert sum(training.shares.values()) == pytest.approx(1)
    assert sum(training.parts.values()) == pytest.approx(training.seconds)
    assert any(part.startswith("gradient of lstm.rnn:12") for part in training.parts)
    numba = predict(program, draw_workload(program, Sizes(4, 5)), replace(CHOICE, backend="numba"), BUILT_IN)
    assert numba["training"].seconds < training.seconds
    assert numba["training"].parts == {}


def test_extents_are_those_of_the_data() -> None:
    program = made("tree_lstm", size=6)
    chain: list[list[int]] = [[], [0], [1]]
    case = draw_workload(program, Sizes(2, leaves=2))
    case = Case(case.dims, case.params, {name: [np.zeros(3, int)] * 2 for name in case.data}, {}, {"n": [chain, chain]})
    found = extents_of(program, case)
    assert (found.examples, found.points["n"], found.lengths["n"]) == (2, 3, 3)
    assert found.children == {"n": pytest.approx(2 / 3)}
    assert found.inner == {"n": pytest.approx(2 / 3)}
    assert found.width == 4
    with pytest.raises(DataError):
        extents_of(program, replace(case, structure={}))


def test_ragged_sequences_have_a_mean_and_a_longest() -> None:
    program = made("char_lstm", hidden=6)
    case = draw_workload(program, Sizes(4, 9, ragged=True))
    lengths = case.lengths["t"]
    found = extents_of(program, case)
    assert found.lengths["t"] == max(lengths)
    assert found.points["t"] == pytest.approx(sum(lengths) / 4)
