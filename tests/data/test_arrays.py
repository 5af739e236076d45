"""Checks on arrays of data."""

from typing import Any

import numpy as np
import pytest

from rnndsl.data.arrays import as_data, check_count, check_finite, check_rank, cut, require_names
from rnndsl.diagnostics.diagnostic import DataError
from tests.data.models import K, N, T, point, token, vector


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.int64])
def test_tokens_become_int64(dtype: Any) -> None:
    assert as_data(np.arange(3, dtype=dtype), token("y"), "`y`").dtype == np.int64


@pytest.mark.parametrize(("dtype", "kept"), [("f4", "f4"), ("f8", "f8"), ("u1", "f8"), ("i8", "f8")])
def test_numbers_stay_floats_or_become_float64(dtype: str, kept: str) -> None:
    assert as_data(np.arange(3, dtype=dtype), vector("x"), "`x`").dtype == np.dtype(kept)


@pytest.mark.parametrize("dtype", ["bool", "f2", ">f8", "<f16", "c16", "O", "U3", "M8[s]"])
def test_other_types_are_refused(dtype: str) -> None:
    for info in (token("x"), vector("x")):
        with pytest.raises(DataError, match="RNN602") as caught:
            as_data(np.zeros(2, dtype), info, "`x`")
        assert "takes" in caught.value.diagnostic.help


def test_names_must_be_the_models() -> None:
    roles = {"x": "input", "y": "target", "n": "tree"}
    require_names(["y", "x", "n"], roles, "a.npz")
    with pytest.raises(DataError, match=r"RNN601: a\.npz lacks `n`, tree of the model"):
        require_names(["x", "y"], roles, "a.npz")
    with pytest.raises(DataError, match=r"RNN601: a\.npz holds `zz`") as caught:
        require_names(["x", "y", "n", "zz"], roles, "a.npz")
    assert caught.value.diagnostic.help == "the model has: `x`, `y`, `n`"


def test_points_are_whole_numbers_and_edges_have_one_axis() -> None:
    assert as_data(np.zeros(2, np.int8), point("y", T), "`y`").dtype == np.int64
    with pytest.raises(DataError, match="RNN602: `y` has dtype float64, but points are whole numbers"):
        as_data(np.zeros(2), point("y", T), "`y`")
    check_rank(np.zeros((3, 2)), vector("e", domain=(N, K)), "`e`")
    with pytest.raises(DataError, match=r"RNN603: `e` has shape \(3, 2, 2\), expected \[k, n\]") as caught:
        check_rank(np.zeros((3, 2, 2)), vector("e", domain=(N, K)), "`e`")
    assert "the edges of all nodes" in caught.value.diagnostic.help


def test_ranks_counts_and_numbers() -> None:
    check_rank(np.zeros((3, 2)), vector("x"), "`x`")
    with pytest.raises(DataError, match=r"RNN603: `x` has shape \(3,\), expected \[t, n\]"):
        check_rank(np.zeros(3), vector("x"), "`x`")
    assert check_count({"x": np.zeros((4, 2)), "y": np.zeros(4)}) == 4
    with pytest.raises(DataError, match="RNN603"):
        check_count({"x": np.zeros((4, 2)), "y": np.float64(3)})  # type: ignore[dict-item]  # a number by mistake
    with pytest.raises(DataError, match=r"RNN606.*is inf"):
        check_finite(np.array([1.0, np.inf]), vector("x"), "`x`")


def test_a_target_may_be_absent_at_a_point() -> None:
    target = vector("y", role="target")
    check_finite(np.array([1.0, np.nan]), target, "`y`")
    with pytest.raises(DataError, match="RNN606"):
        check_finite(np.array([1.0, np.inf]), target, "`y`")


def test_cutting_leaves_the_padding_unread() -> None:
    padded = np.array([[1.0, np.nan], [2.0, 3.0]])
    one, two = cut(padded[:, :, None], vector("x", 1), [np.array([1, 2])])
    assert (one.ravel().tolist(), two.ravel().tolist()) == ([1.0], [2.0, 3.0])
