"""The training loop: truncated backpropagation through time over streams, whole sequences otherwise."""

import math
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from rnndsl.train import metrics
from rnndsl.train.clipping import clip, global_norm
from rnndsl.train.errors import CheckpointError, Diverged, Interrupted
from rnndsl.train.folder import RunFolder
from rnndsl.train.interrupt import StopRequest
from rnndsl.train.metrics import Measurement
from rnndsl.train.mixing import make_mixing
from rnndsl.train.optimisers import make_optimiser
from rnndsl.train.progress import Moment, Reporter
from rnndsl.train.protocols import Arrays, Batches, BatchLike, LossLike, Trainable
from rnndsl.train.rates import rate_at
from rnndsl.train.scoring import measured, score
from rnndsl.train.settings import Limit, Measure, Settings
from rnndsl.train.state import RunState, environment, fresh_noise, learned

#: How many gradient norms are told when a run diverges.
TOLD: Final = 5


@dataclass(frozen=True)
class Job:
    """What is trained on what, and how; `about` describes model and data for the checkpoints.

    `held_out` is None when nothing is held out; then the training loss says which checkpoint is the best.
    """

    program: Trainable
    params: Arrays
    batches: Batches
    held_out: Batches | None
    settings: Settings
    limit: Limit
    measure: Measure
    about: Mapping[str, Any]
    eval_every: int = 250


@dataclass(frozen=True, slots=True)
class Finished:
    """A run at its end: the last and the best number in its measure, and the last checkpoint."""

    step: int
    seconds: float
    last: float
    best: float
    saved: Path


class Trainer:
    """One run in one folder; `run` may be called once."""

    def __init__(self, job: Job, folder: RunFolder, reporter: Reporter) -> None:
        """Prepare the run from its first step; nothing is written yet."""
        self._job = job
        self._folder = folder
        self._reporter = reporter
        self._state = RunState(job.params, make_optimiser(job.settings.optimiser, job.settings.momentum))
        self._frozen = frozenset(name for name, info in job.program.params.items() if info.frozen)
        self._mixing = make_mixing(job.settings.scheduled_sampling or "constant:0")
        self._norms: deque[tuple[int, float]] = deque(maxlen=TOLD)
        self._saved: Path | None = None
        self._last = math.nan

    def run(self, *, resume: bool = False) -> Finished:
        """Train to the limit.

        Raises:
            CheckpointError: RNN701 to RNN709, the folder cannot be used.
            Diverged: the loss or a gradient is not finite.
            Interrupted: a signal came; the state is saved.
        """
        with self._folder.locked(), StopRequest() as stop:
            if resume:
                self._resume()
            else:
                self._folder.require_new()
            self._loop(stop)
        state = self._state
        saved = self._saved or self._folder.path
        return Finished(state.step, state.seconds, self._last, math.nan if state.best is None else state.best, saved)

    def _loop(self, stop: StopRequest) -> None:
        state, job = self._state, self._job
        started = time.monotonic() - state.seconds
        while self._done() < 1.0:
            loss = self._step()
            state.seconds = time.monotonic() - started
            at_end = self._done() >= 1.0
            self._reporter.stepped(self._moment(measured(loss, job.measure)))
            if state.step % job.eval_every == 0 or at_end:
                self._evaluate()
            if stop.asked and not at_end:
                self._require_finite(state.step, loss.value, self._size())
                raise Interrupted(state.step, self._save(best=False))
        if self._saved is None:
            self._evaluate()

    def _step(self) -> LossLike:
        """Do one step; the state changes only when loss and gradients are finite."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # told once, as a divergence
            return self._moved()

    def _moved(self) -> LossLike:
        state, job = self._state, self._job
        batch = job.batches.batch(*divmod(state.step, job.batches.count))
        loss, grads, carry = self._differentiate(batch)
        grads = learned(grads, self._frozen)
        norm = global_norm(grads)
        self._norms.append((state.step + 1, norm))
        self._require_finite(state.step + 1, float(loss.value), float(loss.value), norm)
        clip(grads, job.settings.clip, norm)
        state.optimiser.step(state.params, grads, self._rate())
        state.carry = carry
        state.step += 1
        state.recent.append(measured(loss, job.measure))
        return loss

    def _differentiate(self, batch: BatchLike) -> tuple[LossLike, Arrays, Any]:
        state, program = self._state, self._job.program
        settings = self._job.settings
        how: dict[str, Any] = {"noise": fresh_noise(settings.seed, state.step), "mix": self._mixing(state.step)}
        if settings.segments is not None:
            how["checkpoint"] = settings.segments
        if not self._job.batches.chunked:
            loss, grads = program.loss_and_grad(
                state.params, batch.data, lengths=batch.lengths, structure=batch.structure, **how
            )
            return loss, grads, None
        carry = state.carry if batch.carried and state.carry is not None else {}
        return program.loss_and_grad(state.params, batch.data, lengths=batch.lengths, carry=carry, **how)

    def _evaluate(self) -> None:
        """Measure, log and save."""
        state, job = self._state, self._job
        train = state.train_value()
        self._require_finite(state.step, train, self._size())
        held_out = None
        if job.held_out is not None:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                held_out = score(job.program, state.params, job.held_out).measured(job.measure)
        self._last = train if held_out is None else held_out
        best = state.best is None or not state.best <= self._last
        if best and math.isfinite(self._last):
            state.best = self._last
        norm = self._norms[-1][1] if self._norms else 0.0
        epoch = state.step / job.batches.count
        found = Measurement(state.step, epoch, state.seconds, train, held_out, self._rate(), norm)
        state.recent.clear()
        metrics.append(self._folder.metrics, found)
        self._save(best=best)
        self._reporter.measured(found, best=best)

    def _size(self) -> float:
        """Return the largest parameter's absolute value; not finite as soon as one is not."""
        return max((float(np.abs(array).max(initial=0.0)) for array in self._state.params.values()), default=0.0)

    def _require_finite(self, step: int, loss: float, *numbers: float) -> None:
        """Raise Diverged, which tells the loss, unless all numbers are finite."""
        if not all(map(math.isfinite, numbers)):
            raise Diverged(step, loss, list(self._norms), self._saved)

    def _save(self, *, best: bool) -> Path:
        settings = {"settings": asdict(self._job.settings), "measure": asdict(self._job.measure)}
        self._saved = self._folder.save(self._state.checkpoint({**self._job.about, **settings}), best=best)
        self._reporter.saved(self._saved)
        return self._saved

    def _resume(self) -> None:
        path, checkpoint, failures = self._folder.latest(self._state.params)
        for failure in failures:
            self._reporter.note(f"{failure}; going on from {path.name}")
        self._job.settings.require_same(checkpoint.about.get("settings", {}))
        for name in ("spec", "data"):
            if checkpoint.about.get(name) != self._job.about.get(name):
                message = f"the run began with another {name}"
                raise CheckpointError.of("RNN709", message, help="start a new run in another --out")
        if checkpoint.about["state"].get("environment") != environment():
            self._reporter.note("machine or NumPy differ from those of the run so far: the last bits may differ")
        self._state.restore(checkpoint)
        self._saved, self._last = path, math.nan if self._state.best is None else self._state.best
        metrics.forget_after(self._folder.metrics, self._state.step)

    def _done(self) -> float:
        return self._job.limit.done(self._state.step, self._job.batches.count, self._state.seconds)

    def _rate(self) -> float:
        settings = self._job.settings
        return rate_at(settings.rate, settings.schedule, self._state.step, self._done(), settings.warm_up)

    def _moment(self, value: float) -> Moment:
        state = self._state
        return Moment(state.step, state.step / self._job.batches.count, state.seconds, min(self._done(), 1.0), value)
