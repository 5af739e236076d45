"""A run's folder: what is kept, what is fallen back to, who is kept out."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnndsl.train.checkpoint import Checkpoint
from rnndsl.train.errors import CheckpointError
from rnndsl.train.folder import KEPT, RunFolder

PARAMS = {"w": np.zeros(2, np.float32)}


def _at(step: int) -> Checkpoint:
    about = {"model": "M", "spec": "", "dims": {}, "dtype": "float32", "step": step, "state": {}}
    return Checkpoint(about, {"params/w": np.full(2, step, np.float32)})


def test_the_last_ones_and_the_best_one_are_kept(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    for step in range(1, 8):
        folder.save(_at(step), best=step == 2)
    assert [path.name for path in folder.checkpoints()] == [f"step-0000000{k}.safetensors" for k in (5, 6, 7)]
    assert len(folder.checkpoints()) == KEPT
    path, checkpoint, failures = folder.latest(PARAMS)
    assert (path.name, checkpoint.about["step"], failures) == ("step-00000007.safetensors", 7, [])
    folder.save(_at(7), best=False)
    assert len(folder.checkpoints()) == KEPT


def test_a_damaged_checkpoint_falls_back_to_the_one_before(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    for step in (1, 2, 3):
        folder.save(_at(step), best=False)
    newest, middle = folder.checkpoints()[2], folder.checkpoints()[1]
    newest.write_bytes(newest.read_bytes()[:-3])
    flipped = bytearray(middle.read_bytes())
    flipped[-1] ^= 1
    middle.write_bytes(flipped)
    path, _, failures = folder.latest(PARAMS)
    assert path.name == "step-00000001.safetensors"
    assert ["RNN701" in failures[0], "RNN702" in failures[1]] == [True, True]


def test_without_a_checkpoint_there_is_nothing_to_resume(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="RNN708"):
        RunFolder(tmp_path).latest(PARAMS)


def test_a_folder_with_a_run_is_not_overwritten(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.require_new()
    folder.save(_at(1), best=False)
    with pytest.raises(CheckpointError, match=r"RNN708.*already holds a run"):
        folder.require_new()


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = RunFolder(tmp_path)
    folder.save(_at(1), best=True)

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(CheckpointError, match=r"RNN707.*No space left on device"):
            folder.save(_at(2), best=True)
    assert folder.latest(PARAMS)[1].about["step"] == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.safetensors", "step-00000001.safetensors"]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
def test_a_file_size_limit_of_the_system_leaves_the_checkpoint_before(tmp_path: Path) -> None:
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from tests.train.test_folder import _at; from rnndsl.train.folder import RunFolder\n"
        "from rnndsl.train.errors import CheckpointError\n"
        "folder = RunFolder(Path(sys.argv[1])); folder.save(_at(1), best=False)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))\n"
        "try: folder.save(_at(2), best=False)\n"
        "except CheckpointError as error: sys.exit(7 if 'RNN707' in str(error) else 1)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False, capture_output=True)
    assert done.returncode == 7, done.stderr
    assert RunFolder(tmp_path).latest(PARAMS)[1].about["step"] == 1


def test_a_second_trainer_is_kept_out(tmp_path: Path) -> None:
    first, second = RunFolder(tmp_path / "run"), RunFolder(tmp_path / "run")
    with first.locked(), pytest.raises(CheckpointError, match="RNN706"), second.locked():
        raise AssertionError("two trainers in one folder")
    with second.locked():
        pass  # the lock ended with the first one


def test_a_folder_that_cannot_be_made_is_an_error_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match="RNN707"), RunFolder(tmp_path / "file" / "run").locked():
        raise AssertionError("a folder inside a file")
