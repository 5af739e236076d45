"""Clipping gradients by their global norm (Pascanu, Mikolov and Bengio 2013, algorithm 1)."""

import math
from collections.abc import Mapping

import numpy as np

from rnndsl.train.protocols import Array


def global_norm(grads: Mapping[str, Array]) -> float:
    """Return the Euclidean norm of all gradients together; overflow gives infinity."""
    with np.errstate(over="ignore", invalid="ignore"):
        return math.sqrt(sum(float(np.vdot(grad, grad)) for grad in grads.values()))


def clip(grads: Mapping[str, Array], limit: float, norm: float) -> None:
    """Scale gradients in place so that their global norm, which is `norm`, is at most `limit` (0: no limit)."""
    if limit and norm > limit:
        for grad in grads.values():
            np.multiply(grad, limit / norm, out=grad)
