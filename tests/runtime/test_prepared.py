"""Prepared parameters: the same numbers, bit by bit, and nothing that others do to an array reaches them."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rnndsl
from rnndsl.bench.profile import with_functions
from rnndsl.runtime.load import load_source
from rnndsl.runtime.prepared import Prepared
from rnndsl.verify.cases import Case, draw_case

Array = NDArray[Any]

LSTM = """
from cells import LSTM

model Text(words = 7, n = 4):
    index  t : sequence
    target y[t] : token(words)
    param  E : n, words
    param  V, c
    h[t] = LSTM(n)(E @ y[t-1])
    y[t] ~ categorical(V @ h[t] + c)
    output h[t]
"""
PROGRAM = rnndsl.compile(LSTM, dtype="float32", modes=("observe", "sample", "beam"))
PARAMS = {name: array + np.float32(0.1) for name, array in PROGRAM.init(0).items()}


def draw() -> Case:
    """Draw a ragged batch."""
    return draw_case(PROGRAM.graph, 1)


def same(one: Any, other: Any) -> bool:
    """Tell whether two results are the same, bit by bit."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return np.asarray(one).tobytes() == np.asarray(other).tobytes()


def test_every_call_computes_the_same() -> None:
    prepared, case = PROGRAM.prepare(PARAMS), draw()
    calls: dict[str, Callable[[Mapping[str, Any]], Any]] = {
        "run": lambda params: PROGRAM.run(params, case.data, **case.points),
        "run in chunks": lambda params: PROGRAM.run(params, case.data, **case.points, carry={}),
        "step": lambda params: PROGRAM.step(params, {"y": np.array([1, 2])}),
        "loss": lambda params: float(PROGRAM.loss(params, case.data, **case.points)),
        "gradient": lambda params: PROGRAM.loss_and_grad(params, case.data, **case.points)[1],
        "sample": lambda params: PROGRAM.sample(params, lengths={"t": [5, 3]}, seed=3),
        "sample in chunks": lambda params: PROGRAM.sample(params, lengths={"t": [5, 3]}, seed=3, carry={}),
        "beam": lambda params: PROGRAM.beam(params, lengths={"t": [5, 3]}, width=3),
    }
    for name, call in calls.items():
        wanted = call(PARAMS)
        for _ in range(2):  # the second time it finds what the first one has made
            assert same(call(prepared), wanted), name


def test_what_parameters_make_is_made_once() -> None:
    module, _ = load_source(PROGRAM.source)
    prepare, made = module["prepare_forward"], count()

    def counted(*given: Any) -> Any:
        next(made)
        return prepare(*given)

    module["prepare_forward"] = counted
    program = with_functions(PROGRAM, module)
    prepared = program.prepare(PARAMS)
    _, carry = program.step(prepared, {"y": [1]})
    program.step(prepared, {"y": [2]}, carry)
    program.run(prepared, {"y": [[1, 2]]})
    assert next(made) == 1
    program.step(PARAMS, {"y": [1]})
    program.step(PARAMS, {"y": [1]})
    assert next(made) == 4, "the two steps, and the count above"


def test_plain_parameters_may_change_between_steps() -> None:
    params = {name: array.copy() for name, array in PARAMS.items()}
    prepared = PROGRAM.prepare(params)
    before, _ = PROGRAM.step(params, {"y": [1]})
    params["h.U_f"][...] = 0
    params["c"] += 1
    after, _ = PROGRAM.step(params, {"y": [1]})
    assert same(after, PROGRAM.step({name: array.copy() for name, array in params.items()}, {"y": [1]})[0])
    assert not same(after, before)
    assert same(PROGRAM.step(prepared, {"y": [1]})[0], before), "a copy"


def test_prepared_parameters_are_read_only_and_read_like_others() -> None:
    prepared = PROGRAM.prepare(PARAMS)
    assert list(prepared) == list(PARAMS)
    assert len(prepared) == len(PARAMS)
    assert all(np.array_equal(prepared[name], PARAMS[name]) for name in PARAMS)
    with pytest.raises(ValueError, match="read-only"):
        prepared["c"][...] = 0
    with pytest.raises(TypeError):
        prepared["c"] = PARAMS["c"]  # type: ignore[index]
    assert PROGRAM.run(dict(prepared), {"y": [[1, 2]]}).keys() == {"y.logits", "h"}


def test_checks_are_made_when_parameters_are_prepared() -> None:
    with pytest.raises(rnndsl.DataError, match=r"RNN601: .*`c` is missing"):
        PROGRAM.prepare({name: array for name, array in PARAMS.items() if name != "c"})
    with pytest.raises(rnndsl.DataError, match=r"RNN603: .*`c` has shape \(3,\)"):
        PROGRAM.prepare({**PARAMS, "c": np.zeros(3)})
    doubled = PROGRAM.prepare({name: array.astype(np.float64) for name, array in PARAMS.items()})
    assert {array.dtype for array in doubled.values()} == {np.dtype(np.float32)}


def test_another_program_reads_them_as_any_others() -> None:
    prepared = PROGRAM.prepare(PARAMS)
    double = rnndsl.compile(LSTM, dtype="float64")
    wanted = double.run(dict(prepared), {"y": [[1, 2, 3]]})
    assert same(double.run(prepared, {"y": [[1, 2, 3]]}), wanted)
    other = rnndsl.compile(LSTM.replace("V, c", "V, c, d").replace("+ c", "+ c + d"))
    with pytest.raises(rnndsl.DataError, match=r"RNN601: .*`d` is missing"):
        other.run(prepared, {"y": [[1, 2, 3]]})


def test_threads_share_them() -> None:
    prepared: Prepared = PROGRAM.prepare(PARAMS)
    tokens = [[[k % 7, 1, 2]] for k in range(24)]
    wanted = [PROGRAM.run(PARAMS, {"y": one}) for one in tokens]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda one: PROGRAM.run(prepared, {"y": one}), tokens))
    assert all(map(same, found, wanted))
