"""Softmax and logsumexp, against their definitions."""

import numpy as np
import pytest

from rnndsl.codegen.prelude_softmax import logsumexp, softmax

RNG = np.random.default_rng(0)


def test_large_numbers_do_not_overflow() -> None:
    values = np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4]])
    np.testing.assert_allclose(softmax(values, -1, np.empty((2, 3))), np.array([[1, 0, 0], [1 / 3] * 3]))
    np.testing.assert_allclose(logsumexp(values, -1, np.empty(2)), [1e4, -1e4 + np.log(3)])


@pytest.mark.parametrize("rows", [2, 100])
def test_folds_of_nothing_that_is_finite(rows: int) -> None:
    values = np.full((rows, 3), -np.inf)
    assert not softmax(values, -1, np.empty((rows, 3))).any()
    assert (logsumexp(values, -1, np.empty(rows)) == -np.inf).all()


@pytest.mark.parametrize("axis", [-1, -2, (-2, -1), (-3, -1)])
def test_folds_along_axes(axis: int | tuple[int, ...]) -> None:
    values = np.round(RNG.normal(size=(4, 3, 5)) * 2)
    sums = np.exp(values).sum(axis=axis, keepdims=True)
    np.testing.assert_allclose(softmax(values, axis, np.empty_like(values)), np.exp(values) / sums)
    folded = np.log(sums.squeeze(axis))
    np.testing.assert_allclose(logsumexp(values, axis, np.empty(folded.shape)), folded)


@pytest.mark.parametrize("columns", [1, 2, 5, 7, 8, 40])
def test_many_rows_give_the_same_bits_as_few(columns: int) -> None:
    values = RNG.normal(size=(3000, columns)).astype(np.float32)
    values[5] = -np.inf
    out, found = np.empty_like(values), np.empty(3000, np.float32)
    softmax(values, -1, out)
    logsumexp(values, -1, found)
    for begin in range(0, 3000, 50):
        few = values[begin : begin + 50]
        assert (out[begin : begin + 50] == softmax(few, -1, np.empty_like(few))).all()
        assert (found[begin : begin + 50] == logsumexp(few, -1, np.empty(50, np.float32))).all()
    softmax(values, -1, values)  # in place
    assert (values == out).all()
