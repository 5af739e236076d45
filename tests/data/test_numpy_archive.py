"""Reading .npz."""

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnndsl.data.numpy_archive import read_archive
from rnndsl.diagnostics.diagnostic import DataError
from tests.data.models import label, named, token, vector

INPUTS = named(vector("x"), label())


def _saved(tmp_path: Path, **arrays: Any) -> Path:
    np.savez(tmp_path / "a.npz", **arrays)
    return tmp_path / "a.npz"


def test_padded_arrays_are_cut_to_their_lengths(tmp_path: Path) -> None:
    x = np.arange(12.0).reshape(2, 3, 2)
    x[0, 2] = np.nan  # padding may hold anything
    for name in ("lengths", "x_lengths", "t_lengths"):
        data = read_archive(_saved(tmp_path, x=x, y=np.array([0, 1]), **{name: np.array([2, 3])}), INPUTS)
        assert [array.shape for array in data.arrays["x"]] == [(2, 2), (3, 2)]
        assert [int(array) for array in data.arrays["y"]] == [0, 1]


def test_integers_feed_real_inputs_exactly(tmp_path: Path) -> None:
    data = read_archive(_saved(tmp_path, x=np.full((1, 2, 3), 255, np.uint8), y=np.array([0])), INPUTS)
    assert data.arrays["x"][0].dtype == np.float64
    assert data.arrays["x"][0].max() == 255


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": np.zeros((2, 3, 4))}, "RNN601.*lacks `y`"),
        ({"x": np.zeros((2, 3, 4)), "yy": np.zeros(2, int)}, "RNN601.*holds `yy`"),
        ({"x": np.zeros((2, 3, 4), bool), "y": np.zeros(2, int)}, "RNN602: `x` has dtype bool"),
        ({"x": np.zeros((2, 3, 4), complex), "y": np.zeros(2, int)}, "RNN602"),
        ({"x": np.zeros((2, 3, 4), np.float16), "y": np.zeros(2, int)}, "RNN602"),
        ({"x": np.zeros((2, 3, 4), ">f4"), "y": np.zeros(2, int)}, "RNN602"),
        ({"x": np.zeros((2, 3, 4)), "y": np.zeros(2)}, "RNN602.*tokens are whole numbers"),
        ({"x": np.zeros((2, 3)), "y": np.zeros(2, int)}, r"RNN603.*expected \[t, n\]"),
        ({"x": np.zeros((2, 3, 4)), "y": np.zeros(3, int)}, "RNN603.*number of examples"),
        ({"x": np.zeros((0, 3, 4)), "y": np.zeros(0, int)}, "RNN609"),
        ({"x": np.full((2, 3, 4), np.nan), "y": np.zeros(2, int)}, r"RNN606.*`x` of example 0 is nan at \[0, 0\]"),
        ({"x": np.zeros((2, 3, 4)), "y": np.zeros(2, int), "lengths": np.array([1, -1])}, "RNN604.*example 1 is -1"),
        ({"x": np.zeros((2, 3, 4)), "y": np.zeros(2, int), "lengths": np.array([1, 9])}, "RNN604.*0 to 3"),
        ({"x": np.zeros((2, 3, 4)), "y": np.zeros(2, int), "lengths": np.array([1.0, 2.0])}, "RNN602"),
        ({"x": np.array([{}], object), "y": np.zeros(1, int)}, "RNN607"),
    ],
)
def test_wrong_archives_are_refused_in_one_line(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_archive(_saved(tmp_path, **arrays), INPUTS)
    assert "\n" not in str(caught.value)


def test_a_near_name_is_suggested(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        read_archive(_saved(tmp_path, tokes=np.zeros((1, 2), int)), named(token("tokens")))
    assert caught.value.diagnostic.help == "did you mean `tokens`?"


def test_torn_archives_and_twins_are_refused(tmp_path: Path) -> None:
    whole = _saved(tmp_path, x=np.zeros((2, 3, 4)), y=np.zeros(2, int)).read_bytes()
    for end in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        (tmp_path / "torn.npz").write_bytes(whole[:end])
        with pytest.raises(DataError, match="RNN607"):
            read_archive(tmp_path / "torn.npz", INPUTS)
    with zipfile.ZipFile(tmp_path / "a.npz", "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("y.npy", b"")
    with pytest.raises(DataError, match=r"RNN607.*two arrays of one name"):
        read_archive(tmp_path / "a.npz", INPUTS)


def test_lengths_of_a_sequence_without_data_are_kept_by_its_name(tmp_path: Path) -> None:
    data = read_archive(_saved(tmp_path, y=np.zeros(2, int), s_lengths=np.array([4, 5])), named(label()))
    assert data.lengths == {"s": [4, 5]}
    with pytest.raises(DataError, match="RNN601: `lengths` belongs to no input"):
        read_archive(_saved(tmp_path, y=np.zeros(2, int), lengths=np.array([4, 5])), named(label()))
