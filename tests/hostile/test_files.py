"""Checkpoints and data that would harm whoever opens them (hostile.md G 139, 144, 148), and long chains (C 88)."""

import json
import pickle
import struct
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pytest

import rnndsl
from rnndsl.data.numpy_archive import read_archive
from rnndsl.train.checkpoint import Checkpoint, read, to_bytes
from rnndsl.train.errors import CheckpointError

PARAMS: dict[str, Any] = {"params/W": np.ones((2, 3), np.float32)}
ABOUT = {"format": 1, "spec": "", "name": "Net"}


class Payload:
    """What a pickle runs when it is opened."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Touch the canary."""
        return (Path.touch, (Path("RNNDSL_CANARY"),))


@pytest.mark.parametrize("content", [pickle.dumps(Payload()), b"PK\x03\x04" + b"\0" * 100, b"", b"\x93NUMPY" * 9])
def test_139_files_of_other_kinds_are_not_opened(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "last.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="RNN701"):
        read(path)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_139_objects_in_archives_of_data_are_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "data.npz"
    np.savez(path, x=np.array([Payload()], dtype=object))
    with pytest.raises(rnndsl.DataError, match=r"RNN607: .*pickle"):
        read_archive(path, {})
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def rewritten(old: bytes, new: bytes) -> bytes:
    """Return a checkpoint whose header says `new` where it said `old`."""
    content = to_bytes(Checkpoint(ABOUT, PARAMS))
    (size,) = struct.unpack("<Q", content[:8])
    header = content[8 : 8 + size].rstrip(b" ").replace(old, new)
    assert new in header
    return struct.pack("<Q", len(header)) + header + content[8 + size :]


def test_144_two_arrays_of_one_name_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "last.safetensors"
    entry = json.dumps({"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, separators=(",", ":")).encode()
    path.write_bytes(rewritten(b'"params/W":', b'"params/W":' + entry + b',"params/W":'))
    with pytest.raises(CheckpointError, match="RNN70"):
        read(path, {"W": PARAMS["params/W"]})


def test_148_names_that_look_like_paths_are_names(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    path = folder / "last.safetensors"
    path.write_bytes(rewritten(b"params/W", b"params/../../W"))
    with pytest.raises(CheckpointError, match="RNN70"):
        read(path, {"W": PARAMS["params/W"]})
    assert [one.name for one in tmp_path.iterdir()] == ["run"]


def test_88_a_chain_longer_than_pythons_stack_compiles() -> None:
    start = process_time()
    chain = "".join(f"    a{k + 1}[t] = tanh(a{k}[t])\n" for k in range(1100))
    program = rnndsl.compile(
        f"model Chain:\n    index t : sequence\n    input x[t] : scalar\n    a0[t] = x[t]\n{chain}"
        "    output a1100[t]\n    loss sum(a1100[t] over t)\n"
    )
    loss, grads = program.loss_and_grad({}, {"x": np.ones((1, 2), np.float32)}, wrt="inputs")
    assert 0 < loss < 1
    assert 0 < grads["x"][0, 0] < 1
    assert process_time() - start < 60
