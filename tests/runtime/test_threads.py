"""Parts of a batch in threads: the results of the whole, the same on every run, whatever goes on beside them."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import rnndsl
from rnndsl.bench.workload import Sizes, draw_workload, unset
from rnndsl.locations import data_folder
from rnndsl.runtime.parts import Board
from rnndsl.runtime.threads import ONE_THREAD, Team, _blas
from rnndsl.verify.cases import Case

#: Two means with weights of their own, a regulariser, dropout, states that depend on the whole example.
OWN = """model Own(n = 3, classes = 4):
    index  t : sequence
    input  x[t] : n
    input  g : scalar
    target y[t] : token(classes)
    target z[t] : scalar
    param  W, U : n, n
    param  V : classes, n
    param  b : classes
    param  v, a : n
    init   h[t] = tanh(a)
    h[t] : n = tanh(W @ dropout(h[t-1], 0.3) + U @ x[t] + g * x[t-1])
    y[t] ~ categorical(V @ h[t] + b) weight (2 if t > 2 else 0.5)
    z[t] ~ normal(v @ h[t]) scale 0.3
    loss 0.1 * sum(V * V) + 0.01 * sum(exp(v @ h[t]) over t)
    output e = last(h)
"""
MODES = ("observe", "sample")
#: Trees, attention, memories of range points, a loss of its own without any target.
SMALL: Mapping[str, Mapping[str, int]] = {
    "char_lstm": {"hidden": 5},
    "translate": {"hidden": 3, "embed": 2, "align": 2},
    "tree_lstm": {"size": 3},
    "ntm": {"slots": 5, "width": 2, "hidden": 3},
}
MODELS = ("own", "char_lstm", "tree_lstm", "translate", "ntm", "second_order")


@cache
def program_of(name: str, threads: int) -> rnndsl.Program:
    spec: Any = OWN if name == "own" else data_folder("specs") / "models" / f"{name}.rnn"
    modes = MODES if name == "char_lstm" else ("observe",)
    dims = dict.fromkeys(unset(rnndsl.compile(spec).graph), 4) if name != "own" else {}
    return rnndsl.compile(spec, dims={**dims, **SMALL.get(name, {})}, dtype="float64", modes=modes, threads=threads)


@cache
def case_of(name: str, *, ragged: bool = True) -> tuple[Case, dict[str, Any]]:
    case = draw_workload(program_of(name, 1), Sizes(5, 6, 4, ragged=ragged), seed=3)
    return case, {"lengths": case.lengths or None, "structure": case.structure or None}


@pytest.mark.parametrize("name", MODELS)
def test_results_are_those_of_the_whole_batch(name: str) -> None:
    case, points = case_of(name)
    whole = program_of(name, 1).run(case.params, case.data, **points)
    loss, grads = program_of(name, 1).loss_and_grad(case.params, case.data, wrt="all", noise=5, **points)
    plain = program_of(name, 1).loss(case.params, case.data, **points)
    program = program_of(name, 3)
    assert "part.join" in program.source
    out = program.run(case.params, case.data, **points)
    assert out.keys() == whole.keys()
    for key, array in out.items():
        np.testing.assert_allclose(array, whole[key], rtol=1e-12, atol=1e-14)
    ours, found = program.loss_and_grad(case.params, case.data, wrt="all", noise=5, **points)
    assert ours == pytest.approx(loss, rel=1e-12)
    assert program.loss(case.params, case.data, **points) == pytest.approx(plain, rel=1e-12)
    assert ours.terms == {key: pytest.approx(term, rel=1e-12) for key, term in loss.terms.items()}
    assert found.keys() == grads.keys()
    for key, grad in found.items():
        np.testing.assert_allclose(grad, grads[key], rtol=1e-9, atol=1e-13, err_msg=key)


def test_more_threads_than_examples() -> None:
    case, points = case_of("own")
    program = rnndsl.compile(OWN, dtype="float64", threads=8)
    loss, _ = program.loss_and_grad(case.params, case.data, **points)
    one = {name: value[:1] for name, value in case.data.items()}
    assert loss == pytest.approx(program_of("own", 1).loss_and_grad(case.params, case.data, **points)[0], rel=1e-12)
    lengths = {name: own[:1] for name, own in case.lengths.items()}
    alone = program.loss_and_grad(case.params, one, lengths=lengths)[0]
    assert alone == program_of("own", 1).loss_and_grad(case.params, one, lengths=lengths)[0]


def test_draws_do_not_depend_on_the_threads() -> None:
    params = case_of("char_lstm")[0].params
    prompts, lengths = {"y": [[1, 2], [], [3], [0, 1, 2]]}, {"t": [6, 3, 7, 9]}
    whole = program_of("char_lstm", 1).sample(params, prompts, lengths=lengths, seed=4, end=0)
    ours = program_of("char_lstm", 3).sample(params, prompts, lengths=lengths, seed=4, end=0)
    np.testing.assert_array_equal(ours["y"], whole["y"])
    np.testing.assert_allclose(ours["y.log_prob"], whole["y.log_prob"], rtol=1e-12)


def test_chunks_carry_in_threads() -> None:
    case, _ = case_of("char_lstm", ragged=False)
    carries: list[Any] = [{}, {}]
    for k in (0, 3):
        data = {name: np.stack(list(value))[:, k : k + 3] for name, value in case.data.items()}
        results = []
        for place, threads in enumerate((1, 2)):
            loss, grads, carries[place] = program_of("char_lstm", threads).loss_and_grad(
                case.params, data, carry=carries[place]
            )
            results.append((loss, grads))
        assert results[0][0] == pytest.approx(results[1][0], rel=1e-12)
        for name, grad in results[0][1].items():
            np.testing.assert_allclose(grad, results[1][1][name], rtol=1e-9, atol=1e-13)
        for name, state in carries[0].items():
            np.testing.assert_allclose(carries[1][name], state, rtol=1e-12, err_msg=name)


def test_rows_of_a_grid_carry_in_threads() -> None:
    """The parts have rows of other lengths: what they hand on is as wide as the longest one."""
    text = "model Grid(n = 2):\n    index t, s : sequence\n    input x[t, s] : n\n    param W\n"
    text += "    h[t, s] : n = tanh(W @ (h[t-1, s] + h[t, s-1]) + x[t, s])\n    output h[t, s]\n"
    one, two = (rnndsl.compile(text, dtype="float64", threads=threads) for threads in (1, 2))
    rng, params = np.random.default_rng(0), one.init()
    carries: list[dict[str, Any]] = [{}, {}]
    for _ in range(2):
        data = {"x": [rng.normal(size=(3, columns, 2)) for columns in (4, 2)]}
        found = [program.run(params, data, carry=carry) for program, carry in zip((one, two), carries, strict=True)]
        (whole, first), (parts, second) = found
        np.testing.assert_array_equal(parts["h"], whole["h"])
        assert {name: array.shape for name, array in second.items()} == {n: array.shape for n, array in first.items()}
        carries = [first, second]


def test_the_same_bits_on_every_run_and_in_eight_threads_of_the_user() -> None:
    case, points = case_of("own")
    program = rnndsl.compile(OWN, threads=3)
    loss, grads = program.loss_and_grad(case.params, case.data, noise=1, **points)

    def work(_: int) -> bool:
        again, found = program.loss_and_grad(case.params, case.data, noise=1, **points)
        return again == loss and all(np.array_equal(found[name], grads[name]) for name in grads)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(64)))


def test_blas_has_one_thread_while_anybody_asks_for_it_and_then_as_many_as_before() -> None:
    def threads() -> set[int]:
        return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}

    _blas.cache_clear()  # others may have come with what tests before this one have imported
    with threadpool_limits(2):
        with ONE_THREAD:
            with ONE_THREAD:
                assert threads() == {1}
            assert threads() == {1}
        assert threads() == {2}


def test_a_part_that_fails_lets_nobody_wait() -> None:
    board = Board(3)

    def failing() -> None:
        raise KeyError("own")

    def waiting() -> None:
        board.barrier.wait()

    team = Team(3)
    for jobs in ([waiting, failing, waiting], [failing, waiting, waiting]):
        with pytest.raises(KeyError, match="own"):
            team.run(jobs, board)
        board.barrier.reset()


def test_parts_obey_the_callers_floating_point_errors() -> None:
    def overflow() -> None:
        np.exp(np.array([1e4]))

    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        Team(2).run([lambda: None, overflow], Board(2))


@pytest.mark.parametrize("threads", [0, -1, True, 1.5, 10**6, "2"])
def test_a_number_of_threads_is_a_positive_number(threads: Any) -> None:
    with pytest.raises(rnndsl.DataError, match="threads is"):
        rnndsl.compile(OWN, threads=threads)


def test_a_gpu_computes_a_batch_whole() -> None:
    with pytest.raises(rnndsl.DataError, match="whole"):
        rnndsl.compile(OWN, threads=2, backend="cupy")
