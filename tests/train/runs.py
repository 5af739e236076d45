"""Runs of the hand-written Elman net on a short text."""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from rnndsl.data import StreamBatches, Symbols
from rnndsl.data.dataset import Stream
from rnndsl.train import Finished, Interrupted, Job, Limit, Measure, RunFolder, Settings, Silent, Trainer
from tests.train.elman import Elman

TEXT = "the cat sat on the mat and the dog sat on the log " * 40
SYMBOLS = Symbols.of(TEXT)
ABOUT = {"model": "Elman", "spec": "model Elman(vocab): ...", "dims": {"vocab": 17}, "dtype": "float32", "data": "d"}


def job(*, program: Elman | None = None, eval_every: int = 10, **options: Any) -> Job:
    """Make a job; options are those of Settings and of Limit."""
    limit = Limit(**{k: options.pop(k) for k in ("steps", "epochs", "minutes") if k in options})
    settings = Settings(**{"batch": 4, "chunk": 8, "rate": 1e-2, **options})
    program = program or Elman(len(SYMBOLS.entries))
    train, held_out = Stream({"y": SYMBOLS.encode(TEXT)}).split(settings.held_out)
    return Job(
        program,
        program.init(settings.seed),
        StreamBatches(train, settings.batch, settings.chunk),
        StreamBatches(held_out, settings.batch, settings.chunk, whole=True) if held_out.points else None,
        settings,
        limit,
        Measure("bits per character", "y"),
        ABOUT,
        eval_every,
    )


def run(path: Path, *, resume: bool = False, **options: Any) -> Finished:
    """Train in a folder without a word."""
    return Trainer(job(**options), RunFolder(path), Silent()).run(resume=resume)


class Slow(Elman):
    """An Elman net that takes its time, so that a signal finds it at work."""

    def loss_and_grad(self, *arguments: Any, **options: Any) -> Any:
        time.sleep(0.01)
        return super().loss_and_grad(*arguments, **options)


def main() -> int:
    """Train in the folder named first until killed, resuming when the second argument is `resume`."""
    np.seterr(all="raise")
    folder = RunFolder(Path(sys.argv[1]))
    slow = Slow(len(SYMBOLS.entries)) if "slow" in sys.argv else None
    steps = int(sys.argv[2])
    try:
        Trainer(job(program=slow, steps=steps, eval_every=1), folder, Silent()).run(resume="resume" in sys.argv)
    except Interrupted as stopped:
        print(stopped.step)  # noqa: T201 (for the test that started it)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
