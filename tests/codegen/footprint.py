"""How much memory calls of a generated function take at most, for tests of what lives in it when."""

import tracemalloc
from typing import Any

import numpy as np

import rnndsl
from rnndsl.runtime.load import load_source

#: A step of so many examples, of so many steps in all, is multiplied by panels of a matrix of so many units.
BATCH, STEPS, UNITS = 8, 64, 384
NET = """
model Net(n):
    index t : sequence
    input x[t] : n
    param W : n, n
    param U : n, n
    h[t] : n = tanh(W @ x[t] + U @ h[t-1])
    loss sum(h[t] @ h[t] over t)
"""


def footprint(spec: str, *, panels: bool, calls: int = 3) -> tuple[int, list[Any]]:
    """Return the most bytes that training steps of a spec hold at once, and what they returned.

    The spec has a dimension `n`, one sequence, and data `x[t] : n`.
    """
    program = rnndsl.compile(spec, dims={"n": UNITS})
    namespace, _ = load_source(program.source)
    params = program.init(0)
    x = np.random.default_rng(0).normal(size=(BATCH, STEPS, UNITS))
    found: list[Any] = []
    tracemalloc.start()
    try:
        for _ in range(calls):
            found = []  # nobody keeps what the call before has returned
            found.append(namespace["loss_and_grad"](params, {"x": x}, wrt="all", panels=panels))
        return tracemalloc.get_traced_memory()[1], found
    finally:
        tracemalloc.stop()
