"""Data that does not fit is refused before anything runs, naming the input, what was expected and what came."""

from typing import Any

import numpy as np
import pytest

import rnndsl
from rnndsl.diagnostics.codes import CODES

NET = """
model Net(words, n, k = 2):
    index  t : sequence
    index  i : 1..k
    input  x[t] : n
    input  word[t] : token(words)
    input  s[t] : scalar
    input  z : n
    input  f[t, i] : n
    target y[t] : n
    param  W : n, n
    param  E : n, words
    h[t] : n = tanh(W @ h[t-1] + x[t] + E @ word[t] + s[t] * z + sum(f[t, i] over i))
    y[t] ~ normal(h[t])
"""
TWO = """
model Two(n):
    index  s, t : sequence
    input  x[s] : n
    input  v[t] : n
    target y[t] : n
    param  b : n
    h[s] : n = tanh(h[s-1] + x[s])
    y[t] ~ normal(b + last(h) + v[t])
"""
PROGRAM = rnndsl.compile(NET, dims={"words": 5, "n": 3}, dtype="float64")
PAIR = rnndsl.compile(TWO, dims={"n": 3}, dtype="float64")
PARAMS = PROGRAM.init(0)


def data(**changed: Any) -> dict[str, Any]:
    """Return data for two examples of four points, with some of it changed; None leaves an input out."""
    good = {
        "x": np.ones((2, 4, 3)),
        "word": np.ones((2, 4), int),
        "s": np.ones((2, 4)),
        "z": np.ones((2, 3)),
        "f": np.ones((2, 4, 2, 3)),
        "y": np.ones((2, 4, 3)),
    }
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def test_good_data_is_taken() -> None:
    assert np.isfinite(PROGRAM.loss(PARAMS, data()))


class Strange:
    """No array."""


ONES = np.ones((2, 4, 3))
REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "missing": ({"x": None}, "RNN601", "`x`"),
    "missing_target": ({"y": None}, "RNN601", "target `y`"),
    "unknown": ({"xx": ONES}, "RNN601", "`xx`"),
    "size": ({"x": np.ones((2, 4, 5))}, "RNN603", r"`x` has shape \(2, 4, 5\)"),
    "size_one": ({"x": np.ones((2, 4, 1))}, "RNN603", "`x`"),
    "rank_low": ({"x": np.ones((2, 4))}, "RNN603", "`x`"),
    "rank_high": ({"x": np.ones((2, 4, 3, 1))}, "RNN603", "`x`"),
    "number": ({"z": 3.0}, "RNN603", "`z`"),
    "none": ({"x": np.array(None)}, "RNN60[23]", "`x`"),
    "strange": ({"x": Strange()}, "RNN60[23]", "`x`"),
    "inhomogeneous": ({"z": [[1, 2, 3], [1, 2]]}, "RNN603", "`z`"),
    "transposed": ({"x": np.ones((4, 2, 3))}, "RNN60[34]", "`x`|`word`"),
    "range": ({"f": np.ones((2, 4, 3, 3))}, "RNN603", "`f`"),
    "example_count": ({"z": np.ones((3, 3))}, "RNN603", "`z`"),
    "list_count": ({"x": [np.ones((4, 3))]}, "RNN60[34]", "`x`"),
    "list_rank": ({"x": [np.ones((4, 3)), np.ones(4)]}, "RNN603", "`x`"),
    "list_size": ({"x": [np.ones((4, 3)), np.ones((4, 2))]}, "RNN603", "example 1 of `x`"),
    "list_lengths": ({"x": [np.ones((4, 3)), np.ones((5, 3))]}, "RNN604", "`word`|`s`"),
    "lists_differ": ({"x": list(np.ones((2, 4, 3))), "s": [np.ones(4), np.ones(3)]}, "RNN604", "`s` has lengths"),
    "lengths_differ": ({"s": np.ones((2, 5))}, "RNN604", "`s`"),
    "empty_batch": ({name: value[:0] for name, value in data().items()}, "RNN603", "example"),
    "empty_list": ({"x": []}, "RNN60[34]", "`x`"),
    "token_high": ({"word": np.array([[0, 1, 2, 3], [4, 5, 0, 0]])}, "RNN605", r"token 5 of `word`.*point 2"),
    "token_real": ({"word": np.ones((2, 4))}, "RNN602", "`word`"),
    "token_bool": ({"word": np.ones((2, 4), bool)}, "RNN602", "`word`"),
    "token_one_hot": ({"word": np.ones((2, 4, 5), int)}, "RNN603", "`word`"),
    "bool": ({"x": ONES.astype(bool)}, "RNN602", "`x` has dtype bool"),
    "complex": ({"x": ONES.astype(complex)}, "RNN602", "`x`"),
    "object": ({"x": ONES.astype(object)}, "RNN602", "`x`"),
    "text": ({"x": ONES.astype(str)}, "RNN602", "`x`"),
    "date": ({"x": ONES.astype("datetime64[s]")}, "RNN602", "`x`"),
    "half": ({"x": ONES.astype(np.float16)}, "RNN602", "`x`"),
    "big_endian": ({"x": ONES.astype(">f8")}, "RNN602", "`x`"),
    "big_endian_token": ({"word": np.ones((2, 4), ">i4")}, "RNN602", "`word`"),
}


@pytest.mark.parametrize(("changed", "code", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(changed: dict[str, Any], code: str, message: str) -> None:
    for call in (PROGRAM.loss, PROGRAM.loss_and_grad):
        with pytest.raises(rnndsl.DataError, match=f"^{code}: .*{message}") as caught:
            call(PARAMS, data(**changed))
        assert "\n" not in str(caught.value)
        assert caught.value.diagnostic.code in CODES


def test_run_needs_no_targets() -> None:
    assert PROGRAM.run(PARAMS, data(y=None))["y.mean"].shape == (2, 4, 3)
    with pytest.raises(rnndsl.DataError, match="RNN603"):
        PROGRAM.run(PARAMS, data(y=np.ones((2, 4, 7))))


@pytest.mark.parametrize("dtype", ["float32", "float64", "longdouble", "int8", "uint8", "int32", "int64", "uint64"])
def test_real_data_may_be_of_any_plain_dtype(dtype: str) -> None:
    whole = PROGRAM.loss(PARAMS, data(x=np.arange(24).reshape(2, 4, 3).astype(dtype)))
    assert whole == PROGRAM.loss(PARAMS, data(x=np.arange(24).reshape(2, 4, 3)))


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint64"])
def test_tokens_may_be_of_any_whole_dtype(dtype: str) -> None:
    words = np.array([[0, 1, 2, 3], [4, 4, 0, 1]])
    assert PROGRAM.loss(PARAMS, data(word=words.astype(dtype))) == PROGRAM.loss(PARAMS, data(word=words))


def test_lists_and_nested_numbers_are_taken() -> None:
    lists = {name: list(value) for name, value in data().items()}
    assert PROGRAM.loss(PARAMS, lists) == PROGRAM.loss(PARAMS, data())
    assert PROGRAM.loss(PARAMS, data(s=[[1, 1, 1, 1], [1, 1, 1, 1]])) == PROGRAM.loss(PARAMS, data())


# Lengths --------------------------------------------------------------------------------------------------------------

LENGTHS: dict[str, tuple[dict[str, Any], str]] = {
    "too_long": ({"t": [4, 5]}, "`t`|`x`"),
    "negative": ({"t": [4, -1]}, "negative"),
    "count": ({"t": [4, 4, 4]}, "examples|`t`"),
    "fraction": ({"t": [4.0, 2.0]}, "whole"),
    "bools": ({"t": [True, False]}, "whole"),
    "nested": ({"t": [[4, 4]]}, "whole"),
    "number": ({"t": 4}, "whole"),
    "text": ({"t": "44"}, "whole"),
    "unknown": ({"time": [4, 4]}, "`time`"),
    "range": ({"i": [2, 2]}, "`i`"),
}


@pytest.mark.parametrize(("lengths", "message"), LENGTHS.values(), ids=LENGTHS.keys())
def test_wrong_lengths_are_refused(lengths: dict[str, Any], message: str) -> None:
    with pytest.raises(rnndsl.DataError, match=f"^RNN60[34]: .*({message})"):
        PROGRAM.loss(PARAMS, data(), lengths=lengths)


def test_lengths_of_a_list_may_be_repeated_but_not_changed() -> None:
    ragged = {name: value if name == "z" else [value[0], value[1][:2]] for name, value in data().items()}
    loss = PROGRAM.loss(PARAMS, ragged)
    assert PROGRAM.loss(PARAMS, ragged, lengths={"t": [4, 2]}) == loss
    assert PROGRAM.loss(PARAMS, data(), lengths={"t": np.array([4, 2])}) == loss
    with pytest.raises(rnndsl.DataError, match="RNN604"):
        PROGRAM.loss(PARAMS, ragged, lengths={"t": [4, 1]})


def test_each_sequence_has_its_own_lengths() -> None:
    xs = [np.ones((2, 3)), np.ones((5, 3))]
    given = {"x": xs, "v": np.ones((2, 4, 3)), "y": np.ones((2, 4, 3))}
    params = PAIR.init(0)
    loss = PAIR.loss(params, given, lengths={"t": [4, 3]})
    alone = [
        PAIR.loss(params, {"x": x[None], "v": np.ones((1, n, 3)), "y": np.ones((1, n, 3))})
        for x, n in zip(xs, (4, 3), strict=True)
    ]
    assert loss.terms["y"][0] == pytest.approx(sum(one.terms["y"][0] for one in alone), abs=1e-12)
    with pytest.raises(rnndsl.DataError, match="RNN604"):
        PAIR.loss(params, given, lengths={"s": [2, 4]})


def test_a_sequence_without_data_needs_lengths() -> None:
    text = "model Free(n):\n    index t : sequence\n    param b : n\n    h[t] : n = h[t-1] + b\n    output h[t]\n"
    program = rnndsl.compile(text, dims={"n": 2}, dtype="float64")
    with pytest.raises(rnndsl.DataError, match="RNN604: no data carries `t`"):
        program.run({"b": np.ones(2)}, {})
    out = program.run({"b": np.ones(2)}, {}, lengths={"t": [3, 1]})
    np.testing.assert_array_equal(out["h"][:, :, 0], [[1, 2, 3], [1, 0, 0]])


# Parameters -----------------------------------------------------------------------------------------------------------

PARAMETERS: dict[str, tuple[dict[str, Any], str]] = {
    "missing": ({"E": np.ones((3, 5))}, "`W` is missing"),
    "unknown": ({**PARAMS, "V": np.ones(3)}, "`V`"),
    "shape": ({**PARAMS, "W": np.ones((3, 4))}, "`W` has shape"),
    "rank": ({**PARAMS, "W": np.ones(3)}, "`W` has shape"),
    "other_n": ({**PARAMS, "W": np.ones((4, 4))}, "`E`|`W`|`x`"),
    "text": ({**PARAMS, "W": np.full((3, 3), "a")}, "`W`"),
    "complex": ({**PARAMS, "W": np.ones((3, 3), complex)}, "`W`"),
    "none": ({**PARAMS, "W": None}, "`W`"),
}


@pytest.mark.parametrize(("params", "message"), PARAMETERS.values(), ids=PARAMETERS.keys())
def test_wrong_parameters_are_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(rnndsl.DataError, match=f"^RNN60[123]: .*({message})"):
        PROGRAM.loss(params, data())


def test_dimensions_come_from_the_parameters_of_the_call() -> None:
    params = PROGRAM.init(0, words=9)
    assert np.isfinite(PROGRAM.loss(params, data(word=np.full((2, 4), 8))))
    with pytest.raises(rnndsl.DataError, match="RNN605"):
        PROGRAM.loss(PARAMS, data(word=np.full((2, 4), 8)))


# What data may hold ---------------------------------------------------------------------------------------------------


def test_padding_is_never_looked_at() -> None:
    poisoned = data()
    for name in ("x", "s", "f", "y"):
        poisoned[name] = poisoned[name].copy()
        poisoned[name][1, 2:] = np.nan
    poisoned["word"] = np.array([[1, 1, 1, 1], [1, 1, 99, -7]])
    loss, grads = PROGRAM.loss_and_grad(PARAMS, poisoned, wrt="all", lengths={"t": [4, 2]})
    expected, clean = PROGRAM.loss_and_grad(PARAMS, data(), wrt="all", lengths={"t": [4, 2]})
    assert loss == expected
    for name, grad in grads.items():
        np.testing.assert_array_equal(grad, clean[name])
    assert not grads["x"][1, 2:].any()


def test_an_absent_token_is_the_zero_vector() -> None:
    without = {**PARAMS, "E": np.zeros((3, 5))}
    assert PROGRAM.loss(PARAMS, data(word=np.full((2, 4), -1))) == PROGRAM.loss(without, data())


def test_finite_refuses_what_is_not() -> None:
    strict = rnndsl.compile(NET, dims={"words": 5, "n": 3}, dtype="float64", finite=True)
    assert np.isfinite(strict.loss(PARAMS, data()))
    for bad in (np.nan, np.inf):
        with pytest.raises(rnndsl.DataError, match="RNN606: `x`"):
            strict.loss(PARAMS, data(x=np.where(np.arange(24).reshape(2, 4, 3) == 7, bad, 1.0)))
    assert np.isfinite(strict.loss(PARAMS, data(y=np.full((2, 4, 3), np.nan))))  # absent targets
    padded = data(x=np.where(np.arange(24).reshape(2, 4, 3) == 23, np.nan, 1.0))
    assert np.isfinite(strict.loss(PARAMS, padded, lengths={"t": [4, 2]}))  # padding is never looked at
