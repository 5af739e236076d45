"""Programs: immutable, safe in threads, and calls whose results depend on nothing but their arguments."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rnndsl
from rnndsl.runtime.loss import Loss
from tests.codegen.programs import PROGRAMS, case_of, compile_small, even_data

Array = NDArray[Any]

LM = """
model LM(words, n):
    index  t : sequence
    input  z : n
    target y[t] : token(words)
    param  W, U, V, b
    param  F : n, n ~ normal(0.2) frozen
    h[t] : n = tanh(W @ h[t-1] + U @ y[t-1] + F @ h[t-2] + b)
    init h[t] = z
    y[t] ~ categorical(V @ h[t])
    output h[t]
"""
PROGRAM = rnndsl.compile(LM, dims={"words": 7, "n": 4}, dtype="float64")
PARAMS = {name: array + 0.1 for name, array in PROGRAM.init(0).items()}


def batch(seed: int, *lengths: int) -> dict[str, Any]:
    """Return a ragged batch."""
    rng = np.random.default_rng(seed)
    return {"z": rng.normal(size=(len(lengths), 4)), "y": [rng.integers(0, 7, n) for n in lengths]}


# What a program says of itself ----------------------------------------------------------------------------------------


def test_what_a_program_says() -> None:
    assert PROGRAM.name == "LM"
    assert PROGRAM.dims == {"words": 7, "n": 4}
    assert list(PROGRAM.params) == ["W", "U", "V", "b", "F"]
    assert [name for name, info in PROGRAM.params.items() if info.frozen] == ["F"]
    assert {name: info.role for name, info in PROGRAM.inputs.items()} == {"z": "input", "y": "target"}
    assert PROGRAM.outputs == ("y.logits", "h")
    assert PROGRAM.dtype == "float64"
    assert PROGRAM.carries is None


def test_immutable() -> None:
    for name in ("source", "graph", "dtype", "anything"):
        with pytest.raises((FrozenInstanceError, AttributeError, TypeError)):
            setattr(PROGRAM, name, "")
    PROGRAM.dims["n"] = 9
    assert PROGRAM.dims["n"] == 4


def test_a_loss_is_a_number_with_terms() -> None:
    loss = PROGRAM.loss(PARAMS, batch(0, 3, 2))
    total, weight = loss.terms["y"]
    assert isinstance(loss, Loss)
    assert loss == loss.value == total / weight
    assert weight == 5
    assert type(loss.value) is float


# init -----------------------------------------------------------------------------------------------------------------


def test_init_refuses_wrong_seeds_and_dimensions() -> None:
    for seed in (-1, 1.5, 2**64, "a", None, True):
        with pytest.raises(rnndsl.DataError, match=r"RNN613: .*seed"):
            PROGRAM.init(seed)  # type: ignore[arg-type]
    with pytest.raises(rnndsl.DataError, match="`word`"):
        PROGRAM.init(0, word=4)
    for size in (0, -3, 2.5, True):
        with pytest.raises(rnndsl.DataError, match="`n`"):
            PROGRAM.init(0, n=size)  # type: ignore[arg-type]


def test_open_dimensions_are_given_to_init() -> None:
    program = rnndsl.compile(LM, dtype="float64")
    with pytest.raises(rnndsl.DataError, match=r"`(words|n)` has no value"):
        program.init(0)
    params = program.init(0, words=7, n=4)
    assert {name: array.shape for name, array in params.items()} == {n: a.shape for n, a in PARAMS.items()}
    assert program.loss(PARAMS, batch(0, 3, 2)) == PROGRAM.loss(PARAMS, batch(0, 3, 2))


WIDTHS = {
    "no parameter": ("", "x[t]"),
    "half of a parameter": ("param W : 4 * n, 2 * n", "part(W @ concat(x[t], x[t]), 2, 4)"),
}


@pytest.mark.parametrize(("param", "value"), WIDTHS.values(), ids=WIDTHS.keys())
def test_open_dimensions_are_found_or_asked_for(param: str, value: str) -> None:
    text = f"model A(n):\n    index t : sequence\n    input x[t] : n\n    {param or 'param b : scalar'}\n"
    program = rnndsl.compile(f"{text}    h[t] : n = tanh(h[t-1] + {value})\n    output h[t]\n", dtype="float64")
    params = {name: np.ones([s.evaluate({"n": 3}) for s in info.shape]) for name, info in program.params.items()}
    try:
        out = program.run(params, {"x": np.ones((2, 4, 3))})
    except rnndsl.DataError as error:
        assert "`n`" in str(error)  # noqa: PT017 - either answer is right
    else:
        assert out["h"].shape == (2, 4, 3)


def test_a_dimension_of_the_structure_is_fixed() -> None:
    program = compile_small(PROGRAMS["Window"], k=3)
    with pytest.raises(rnndsl.DataError, match="`k` shapes the model itself"):
        program.init(0, k=4)


# Calls ----------------------------------------------------------------------------------------------------------------


def test_results_are_not_changed_by_later_calls() -> None:
    data = batch(1, 5, 2, 3)
    out = PROGRAM.run(PARAMS, data)
    loss, grads, carry = PROGRAM.loss_and_grad(PARAMS, data, wrt="all", carry={})
    copies = [{name: np.copy(array) for name, array in arrays.items()} for arrays in (out, grads, carry)]
    for seed in range(3):
        PROGRAM.run(PARAMS, batch(seed, 5, 2, 3))
        PROGRAM.loss_and_grad(PARAMS, batch(seed, 5, 2, 3), wrt="all", carry={})
    for arrays, copy in zip((out, grads, carry), copies, strict=True):
        for name, array in arrays.items():
            np.testing.assert_array_equal(array, copy[name])
    assert PROGRAM.loss(PARAMS, data) == loss


def test_results_are_the_callers_own() -> None:
    data = batch(1, 5, 2, 3)
    out = PROGRAM.run(PARAMS, data)
    _, grads = PROGRAM.loss_and_grad(PARAMS, data, wrt="all")
    before = {name: np.copy(array) for name, array in PROGRAM.run(PARAMS, data).items()}
    for array in [*out.values(), *grads.values()]:
        assert array.flags.writeable
        array[...] = 7
    for name, array in PROGRAM.run(PARAMS, data).items():
        np.testing.assert_array_equal(array, before[name])
    assert all((array != 7).any() for array in PARAMS.values())


def test_shapes_may_change_from_call_to_call() -> None:
    first = PROGRAM.loss_and_grad(PARAMS, batch(2, 4, 1))[1]
    PROGRAM.loss_and_grad(PARAMS, batch(3, 1, 9, 30))
    PROGRAM.loss_and_grad(PROGRAM.init(0, n=9), {"z": np.ones((1, 9)), "y": np.ones((1, 2), int)})
    again = PROGRAM.loss_and_grad(PARAMS, batch(2, 4, 1))[1]
    for name, grad in first.items():
        np.testing.assert_array_equal(grad, again[name])


def test_eight_threads_get_right_answers() -> None:
    batches = [batch(seed, *np.random.default_rng(seed).integers(1, 12, 3)) for seed in range(8)]
    expected = [PROGRAM.loss_and_grad(PARAMS, data, wrt="all") for data in batches]

    def work(number: int) -> int:
        wrong = 0
        for k in range(40):
            place = (number + k) % 8
            loss, grads = PROGRAM.loss_and_grad(PARAMS, batches[place], wrt="all")
            same = all(np.array_equal(grad, expected[place][1][name]) for name, grad in grads.items())
            wrong += loss != expected[place][0] or not same
        return wrong

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 0


VIEWS: dict[str, Callable[[Array], Array]] = {
    "fortran": np.asfortranarray,
    "strided": lambda a: np.repeat(a, 2, axis=1)[:, ::2],
    "reversed": lambda a: np.ascontiguousarray(a[::-1, ::-1])[::-1, ::-1],
    "transposed": lambda a: np.ascontiguousarray(a.T).T,
    "broadcast": lambda a: np.broadcast_to(a[:1, :1], a.shape),
}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
def test_views_are_read_and_never_written(view: Callable[[Array], Array]) -> None:
    program = compile_small(PROGRAMS["Delays"])
    given = {name: view(array) for name, array in even_data(program, 3, 5).items()}
    params = {name: view(array) if array.ndim > 1 else array for name, array in case_of(program).params.items()}
    for array in [*given.values(), *params.values()]:
        array.flags.writeable = False
    plain = {name: array.copy() for name, array in given.items()}
    loss, grads = program.loss_and_grad(params, given, wrt="all")
    expected, clean = program.loss_and_grad({n: a.copy() for n, a in params.items()}, plain, wrt="all")
    assert loss == pytest.approx(expected, rel=1e-12)
    for name, grad in grads.items():
        np.testing.assert_allclose(grad, clean[name], rtol=1e-9, atol=1e-12)
    for name, array in given.items():
        np.testing.assert_array_equal(array, plain[name])


def test_wrt() -> None:
    data = batch(4, 3, 5)
    loss, params = PROGRAM.loss_and_grad(PARAMS, data)
    _, inputs = PROGRAM.loss_and_grad(PARAMS, data, wrt="inputs")
    again, both = PROGRAM.loss_and_grad(PARAMS, data, wrt="all")
    assert set(params) == set(PARAMS) - {"F"}  # which is frozen
    assert set(inputs) == {"z"}
    assert set(both) == {*params, "z"}
    assert loss == again
    for name, grad in both.items():
        np.testing.assert_array_equal(grad, {**params, **inputs}[name])
        assert grad.shape == (PARAMS.get(name, data.get(name)).shape)  # type: ignore[union-attr]
    with pytest.raises(rnndsl.DataError, match="RNN613: wrt is 'y'"):
        PROGRAM.loss_and_grad(PARAMS, data, wrt="y")  # type: ignore[call-overload]


def test_a_model_without_a_loss_has_no_gradient() -> None:
    program = compile_small(PROGRAMS["NoLoss"])
    case = case_of(program)
    assert set(program.run(case.params, case.data)) == {"h", "z"}
    for call in (program.loss, program.loss_and_grad):
        with pytest.raises(rnndsl.DataError, match="RNN613: model NoLoss has no loss"):
            call(case.params, case.data)


# Examples of a batch --------------------------------------------------------------------------------------------------


def test_empty_examples_in_a_batch() -> None:
    data = batch(5, 3, 0, 2, 0)
    out = PROGRAM.run(PARAMS, data)
    assert out["h"].shape == (4, 3, 4)
    assert not out["h"][1].any()
    loss, grads = PROGRAM.loss_and_grad(PARAMS, data, wrt="all")
    full = {"z": data["z"][[0, 2]], "y": [data["y"][0], data["y"][2]]}
    expected, clean = PROGRAM.loss_and_grad(PARAMS, full, wrt="all")
    assert loss == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(grads["W"], clean["W"], rtol=1e-9, atol=1e-12)
    assert not grads["z"][[1, 3]].any()
    np.testing.assert_allclose(grads["z"][[0, 2]], clean["z"], rtol=1e-9, atol=1e-12)


def test_only_empty_examples() -> None:
    data = {"z": np.ones((2, 4)), "y": [np.zeros(0, int), np.zeros(0, int)]}
    loss, grads = PROGRAM.loss_and_grad(PARAMS, data, wrt="all")
    assert loss.value == 0
    assert loss.terms["y"] == (0, 0)
    assert not any(grad.any() for grad in grads.values())
    assert PROGRAM.run(PARAMS, data)["h"].shape == (2, 0, 4)


@pytest.mark.parametrize("name", ["OverTime", "FoldsOverTime", "LookTwoAhead", "EncoderDecoder", "Convolution"])
def test_empty_examples_do_not_disturb_others(name: str) -> None:
    text = PROGRAMS[name].replace("max(h[t] over t) - min(x[t] over t) + ", "")  # nothing has no largest element
    program = compile_small(text)
    case = case_of(program)
    data: dict[str, Any] = {}
    for key, arrays in case.data.items():
        walks = any(index.ragged for index in program.inputs[key].domain)
        data[key] = [*arrays, arrays[0][:0]] if walks else np.stack([*arrays, arrays[0]])
    _, grads = program.loss_and_grad(case.params, data, wrt="all")
    out = program.run(case.params, data)
    expected = program.run(case.params, case.data, lengths=case.lengths)
    for key, array in expected.items():
        np.testing.assert_allclose(out[key][:3], array, rtol=1e-12, atol=1e-12)
    assert all(np.isfinite(grad).all() for grad in grads.values())


# Noise ----------------------------------------------------------------------------------------------------------------


def test_dropout_only_with_a_seed() -> None:
    program = compile_small(PROGRAMS["Dropout"])
    case = case_of(program)
    plain = program.loss_and_grad(case.params, case.data)[0]
    one = program.loss_and_grad(case.params, case.data, noise=1)
    same = program.loss_and_grad(case.params, case.data, noise=1)
    assert plain == program.loss(case.params, case.data)
    assert one[0] == same[0]
    assert len({plain, one[0], program.loss_and_grad(case.params, case.data, noise=2)[0]}) == 3


def test_wrong_seeds_of_noise_are_refused() -> None:
    for noise in (-1, "a", 1.5, True):
        with pytest.raises(rnndsl.DataError, match="RNN613: the seed"):
            PROGRAM.loss_and_grad(PARAMS, batch(0, 2), noise=noise)  # type: ignore[arg-type]


def test_gradients_with_dropout_are_those_of_the_same_masks() -> None:
    program = compile_small(PROGRAMS["Dropout"])
    case = case_of(program)
    way = np.random.default_rng(0).normal(size=case.params["W"].shape)
    values = []
    for step in (1e-6, -1e-6):
        params = {**case.params, "W": case.params["W"] + step * way}
        values.append(program.loss_and_grad(params, case.data, noise=5)[0])
    _, grads = program.loss_and_grad(case.params, case.data, noise=5)
    assert (values[0] - values[1]) / 2e-6 == pytest.approx(float((grads["W"] * way).sum()), rel=1e-6)


# Chunks ---------------------------------------------------------------------------------------------------------------


def chunks(data: dict[str, Any], size: int) -> list[dict[str, Any]]:
    """Cut a batch with sequences into chunks; examples that have ended go on with no points."""
    longest = max(len(one) for one in data["y"])
    return [{**data, "y": [one[k : k + size] for one in data["y"]]} for k in range(0, longest, size)]


def test_ragged_chunks_are_the_whole() -> None:
    data = batch(6, 7, 3, 0, 5)
    whole = PROGRAM.run(PARAMS, data)
    loss = PROGRAM.loss(PARAMS, data)
    carry: dict[str, Array] = {}
    parts, terms = [], np.zeros(2)
    for piece in chunks(data, 3):
        part, carry_after_run = PROGRAM.run(PARAMS, piece, carry=carry)
        own, _, carry = PROGRAM.loss_and_grad(PARAMS, piece, carry=carry)
        for name, array in carry.items():
            np.testing.assert_array_equal(array, carry_after_run[name])
        parts.append(part["h"])
        terms += own.terms["y"]
    joined = np.concatenate(parts, axis=1)
    np.testing.assert_allclose(joined[:, : whole["h"].shape[1]], whole["h"], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(terms, loss.terms["y"], rtol=1e-12)


def test_the_gradient_is_cut_at_a_chunks_border() -> None:
    """The gradient of the second chunk is that of a run that starts in the carried state."""
    data = batch(7, 6, 6)
    first, second = chunks(data, 3)
    _, _, carry = PROGRAM.loss_and_grad(PARAMS, first, carry={})
    loss, grads, _ = PROGRAM.loss_and_grad(PARAMS, second, wrt="all", carry=carry)
    assert not grads["z"].any()
    way = np.random.default_rng(0).normal(size=PARAMS["W"].shape)
    values = [PROGRAM.loss({**PARAMS, "W": PARAMS["W"] + step * way}, second, carry=carry)[0] for step in (1e-6, -1e-6)]
    assert (values[0] - values[1]) / 2e-6 == pytest.approx(float((grads["W"] * way).sum()), rel=1e-6)
    assert loss == PROGRAM.loss(PARAMS, second, carry=carry)[0]


def test_a_carry_is_not_changed_by_the_call() -> None:
    first, second = chunks(batch(8, 6, 4), 3)
    _, carry = PROGRAM.run(PARAMS, first, carry={})
    before = {name: array.copy() for name, array in carry.items()}
    PROGRAM.run(PARAMS, second, carry=carry)
    PROGRAM.loss_and_grad(PARAMS, second, carry=carry)
    assert {name: array.tolist() for name, array in carry.items()} == {n: a.tolist() for n, a in before.items()}


def test_what_looks_ahead_refuses_to_be_chunked() -> None:
    program = compile_small(PROGRAMS["LookAhead"])
    case = case_of(program)
    with pytest.raises(rnndsl.DataError, match="RNN614: LookAhead cannot be run in chunks: it looks ahead along `t`"):
        program.run(case.params, case.data, carry={})


def test_a_wrong_carry_is_refused() -> None:
    data = batch(9, 4, 4)
    _, carry = PROGRAM.run(PARAMS, data, carry={})
    for wrong in ({"h": carry["h"]}, {**carry, "h": carry["h"][:1]}, {**carry, "g": carry["h"]}, {"t": carry["t"]}):
        with pytest.raises(rnndsl.DataError, match="carry"):
            PROGRAM.run(PARAMS, data, carry=wrong)
