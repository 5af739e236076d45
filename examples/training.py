"""What the examples share: their options, and a loop that trains and tells how it goes.

The trainer behind `rnndsl train` keeps checkpoints in a folder; an example writes nothing, so it has this loop, made
of the same pieces.
"""

import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl import Program
from rnndsl.data import ExampleBatches, Examples
from rnndsl.train import Limit
from rnndsl.train.clipping import clip, global_norm
from rnndsl.train.optimisers import Adam
from rnndsl.train.rates import rate_at
from rnndsl.train.state import fresh_noise

Array = NDArray[Any]
Params = dict[str, Array]
#: What a program is called with: `data`, and `lengths` or `structure` where the model needs them.
Batch = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; training ends after so many minutes if it has not reached its last step before."""

    minutes: float
    seed: int
    short: bool


def read_options(story: str) -> Options:
    """Read the command line of an example, whose help is its `story`, the module's docstring."""
    parser = ArgumentParser(description=story.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=9.0, help="train no longer than this (default: 9)")
    parser.add_argument("--seed", type=int, default=0, help="of parameters and data (default: 0)")
    parser.add_argument("--short", action="store_true", help="a smaller task, done in seconds")
    given = parser.parse_args()
    return Options(given.minutes, given.seed, given.short)


def shuffled(examples: Examples, together: int, seed: int) -> Callable[[int], Batch]:
    """Return batches by step: all examples once, then all again in another order, and so on."""
    batches = ExampleBatches(examples, together, seed=seed)
    return lambda step: {"data": batches.batch(*divmod(step, batches.count)).data}


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train: Adam, the rate rising over `warm_up` steps and falling as a half cosine, gradients clipped."""

    limit: Limit
    seed: int = 0
    rate: float = 3e-3
    clip: float = 5.0
    warm_up: int = 50
    tell_every: int = 100


@dataclass(frozen=True, slots=True)
class Fitted:
    """What training took."""

    steps: int
    seconds: float

    def __str__(self) -> str:
        """Say it, for the end of a result line."""
        return f"{self.steps} steps, {self.seconds:.0f} s"


def fit(
    program: Program,
    params: Params,
    batch: Callable[[int], Batch],
    plan: Plan,
    measure: Callable[[], str] = str,
) -> Fitted:
    """Change `params` in place by training on `batch(step)`, with steps counted from 0.

    Every `tell_every` steps a line is printed: the mean loss since the line before, and what `measure` says.
    """
    optimiser = Adam()
    began = time.monotonic()
    losses: list[float] = []
    step, done = 0, 0.0
    while done < 1.0:
        loss, grads = program.loss_and_grad(params, **batch(step), noise=fresh_noise(plan.seed, step))
        clip(grads, plan.clip, global_norm(grads))
        optimiser.step(params, grads, rate_at(plan.rate, "cosine", step, done, plan.warm_up))
        step += 1
        losses.append(float(loss))
        seconds = time.monotonic() - began
        done = plan.limit.done(step, 1, seconds)
        if step % plan.tell_every == 0 or done >= 1.0:
            print(f"step {step:6d} {seconds:5.0f} s  loss {np.mean(losses):.4f}  {measure()}".rstrip(), flush=True)
            losses.clear()
    return Fitted(step, time.monotonic() - began)
