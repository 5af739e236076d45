"""The folder of a run: its checkpoints, its lock and its other files."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rnndsl.train.atomic import remove_leftovers, write_atomically
from rnndsl.train.checkpoint import Checkpoint, read, to_bytes
from rnndsl.train.errors import CheckpointError
from rnndsl.train.protocols import Array

#: How many of the last checkpoints are kept, the best one not counted.
KEPT: Final = 3
BEST: Final = "best.safetensors"
LOCK: Final = ".lock"
PATTERN: Final = "step-*.safetensors"


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Files of one run: `step-00000500.safetensors` (the last few), `best.safetensors`, `metrics.jsonl`, `loss.png`."""

    path: Path

    @property
    def best(self) -> Path:
        """Where the best checkpoint so far stands."""
        return self.path / BEST

    @property
    def metrics(self) -> Path:
        """Where the measurements are logged, one JSON object per line."""
        return self.path / "metrics.jsonl"

    @property
    def curve(self) -> Path:
        """Where the loss curve is drawn."""
        return self.path / "loss.png"

    def checkpoints(self) -> list[Path]:
        """Return the checkpoints of single steps, oldest first."""
        return sorted(self.path.glob(PATTERN))

    def save(self, checkpoint: Checkpoint, *, best: bool) -> Path:
        """Save a checkpoint by its step, and as the best one; remove those that are not kept any more.

        Raises:
            CheckpointError: RNN705, or RNN707 (the disk is full, say): all earlier checkpoints are untouched.
        """
        content = to_bytes(checkpoint)
        path = self.path / f"step-{checkpoint.about['step']:08d}.safetensors"
        try:
            write_atomically(path, content)
            if best:
                write_atomically(self.best, content)
            for old in self.checkpoints()[:-KEPT]:
                old.unlink(missing_ok=True)
        except OSError as error:
            reason = error.strerror or str(error)
            raise CheckpointError.of(
                "RNN707",
                f"{path} could not be written: {reason}",
                help="the checkpoint before it is untouched; make room, then go on with --resume",
            ) from None
        return path

    def latest(self, expected: Mapping[str, Array]) -> tuple[Path, Checkpoint, list[str]]:
        """Return the newest checkpoint that can be read, and what was wrong with those after it.

        Raises:
            CheckpointError: RNN708, there is none; RNN704, they are another model's; else the newest one's error.
        """
        failures: list[CheckpointError] = []
        for path in [*reversed(self.checkpoints()), *([self.best] if self.best.exists() else [])]:
            try:
                return path, read(path, expected), [str(failure) for failure in failures]
            except CheckpointError as error:
                failures.append(error)
        if failures:
            raise failures[0]
        way_out = "leave --resume out to begin, or name the run's folder with --out"
        raise CheckpointError.of("RNN708", f"{self.path} holds no checkpoint to resume", help=way_out)

    def require_new(self) -> None:
        """Refuse a folder in which a run has been saved.

        Raises:
            CheckpointError: RNN708.
        """
        if self.checkpoints() or self.best.exists():
            way_out = "go on with --resume, or choose another folder with --out"
            raise CheckpointError.of("RNN708", f"{self.path} already holds a run", help=way_out)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder and keep other trainers out of it until the end; a killed process leaves no lock behind.

        Raises:
            CheckpointError: RNN706, another process has it; RNN707, the folder cannot be made.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path / LOCK, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        except OSError as error:
            raise CheckpointError.of("RNN707", f"{self.path} cannot be used: {error.strerror}") from None
        try:
            if not _lock(descriptor):
                message = f"another process trains in {self.path}"
                raise CheckpointError.of("RNN706", message, help="wait for it, or choose another folder with --out")
            remove_leftovers(self.path)
            yield
        finally:
            os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Take the lock that ends with the process; where the system has none (Windows) nobody is kept out."""
    if sys.platform == "win32":
        return True
    import fcntl  # noqa: PLC0415 (not on every platform)

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
