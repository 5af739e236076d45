"""The checkpoint format: nothing damaged, foreign or dangerous is ever used."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save

from rnndsl.train.checkpoint import FORMAT, KEY, Checkpoint, read, read_about, to_bytes
from rnndsl.train.errors import CheckpointError

ABOUT = {"model": "M", "spec": "model M(): ...", "dims": {}, "dtype": "float32", "step": 3, "state": {"carry": None}}
PARAMS = {"W": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.zeros(2, np.float32)}


def _checkpoint() -> Checkpoint:
    arrays: dict[str, Any] = {f"params/{name}": array for name, array in PARAMS.items()}
    return Checkpoint(ABOUT, {**arrays, "carry/0": np.array([1, 2])})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "a.safetensors").write_bytes(to_bytes(_checkpoint()))
    return tmp_path / "a.safetensors"


def test_what_is_written_is_read(path: Path) -> None:
    found = read(path, PARAMS)
    assert found.about == {**ABOUT, "format": FORMAT}
    assert found.params.keys() == PARAMS.keys()
    assert all((found.params[name] == array).all() for name, array in PARAMS.items())
    assert found.part("carry/")["0"].tolist() == [1, 2]
    assert read_about(path)["spec"] == "model M(): ..."


def test_the_bytes_are_the_same_on_every_run(path: Path) -> None:
    assert to_bytes(_checkpoint()) == path.read_bytes()
    assert to_bytes(read(path)) == path.read_bytes()


def test_every_prefix_is_refused_in_one_line(path: Path) -> None:
    whole = path.read_bytes()
    for end in range(len(whole)):
        path.write_bytes(whole[:end])
        with pytest.raises(CheckpointError, match=r"RNN70[12]") as caught:
            read(path, PARAMS)
        assert "\n" not in str(caught.value)


def test_every_flipped_bit_is_seen(path: Path) -> None:
    whole = path.read_bytes()
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1 << (place % 8)
        path.write_bytes(changed)
        try:
            found = read(path, PARAMS)
        except CheckpointError:
            continue
        assert to_bytes(found) == whole, f"byte {place} changed the contents unseen"


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"W": PARAMS["W"]}, "`b` is unexpected"),
        ({**PARAMS, "c": np.zeros(1, np.float32)}, "`c` is missing"),
        ({**PARAMS, "b": np.zeros(5, np.float32)}, r"`b` is float32 \[2\] .*, the model has float32 \[5\]"),
        ({**PARAMS, "b": np.zeros(2)}, r"`b` is float32 .*, the model has float64"),
    ],
)
def test_another_models_parameters_are_listed(path: Path, params: dict[str, Any], message: str) -> None:
    with pytest.raises(CheckpointError, match=rf"RNN704: .*{message}"):
        read(path, params)


def test_of_many_differences_the_first_are_listed(path: Path) -> None:
    many: dict[str, Any] = {**PARAMS, **{f"V_{i}": PARAMS["b"] for i in range(20)}}
    with pytest.raises(CheckpointError, match=r"`V_0` is missing; .*`V_5` is missing; and 14 more$"):
        read(path, many)


def test_a_header_that_lies_is_refused_before_anything_is_read(path: Path) -> None:
    header = json.dumps({"params/W": {"dtype": "F32", "shape": [1 << 50], "data_offsets": [0, 1 << 52]}}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + b"\0" * 64)
    with pytest.raises(CheckpointError, match="RNN701"):
        read(path, PARAMS)
    path.write_bytes(struct.pack("<Q", 1 << 62) + b"{}")
    with pytest.raises(CheckpointError, match="RNN701"):
        read(path, PARAMS)


def test_a_large_array_of_the_wrong_shape_is_refused_by_its_header(path: Path) -> None:
    big: dict[str, Any] = {"params/W": np.zeros((1000, 1000), np.float32), "params/b": PARAMS["b"]}
    path.write_bytes(to_bytes(Checkpoint(ABOUT, big)))
    with pytest.raises(CheckpointError, match=r"RNN704.*`W` is float32 \[1000, 1000\]"):
        read(path, PARAMS)


def test_a_newer_format_is_refused(path: Path) -> None:
    text = json.dumps({**ABOUT, "format": FORMAT + 1})
    path.write_bytes(save({"params/W": PARAMS["W"]}, metadata={KEY: text}))
    with pytest.raises(CheckpointError, match="RNN703"):
        read(path)


@pytest.mark.parametrize("metadata", [None, {"other": "x"}, {KEY: "[]"}, {KEY: "{}"}, {KEY: "{"}, {KEY: "[" * 100_000}])
def test_files_of_others_are_refused(path: Path, metadata: dict[str, str] | None) -> None:
    path.write_bytes(save({"params/W": PARAMS["W"]}, metadata=metadata))
    for reader in (read, read_about):
        with pytest.raises(CheckpointError, match=r"RNN70[12]"):
            reader(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="RNN701"):
        read(tmp_path / "missing")


def test_a_folder_is_refused_and_a_file_in_it_named(tmp_path: Path) -> None:
    for reader in (read, read_about):
        with pytest.raises(CheckpointError, match="is a folder, not a checkpoint") as caught:
            reader(tmp_path)
        assert str(tmp_path / "best.safetensors") in (caught.value.diagnostic.help or "")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_parameters_that_are_not_finite_are_neither_saved_nor_loaded(
    path: Path, bad: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint = Checkpoint(ABOUT, {"params/W": np.array([bad], np.float32)})
    with pytest.raises(CheckpointError, match="RNN705"):
        to_bytes(checkpoint)
    with monkeypatch.context() as patch:
        patch.setattr(np, "isfinite", lambda array: np.ones(array.shape, bool))
        path.write_bytes(to_bytes(checkpoint))
    with pytest.raises(CheckpointError, match="RNN705"):
        read(path)
