"""Optimisers: they change a dict of arrays in place and keep their own state in dicts of arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from rnndsl.train.protocols import Array, Arrays


class Optimiser(Protocol):
    """Moves parameters against their gradients."""

    def step(self, params: Mapping[str, Array], grads: Mapping[str, Array], rate: float) -> None:
        """Change `params` in place; what is not in `grads` stays."""
        ...

    def state(self) -> Arrays:
        """Return all that has to be saved, by name."""
        ...

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go on from what `state` returned."""
        ...


@dataclass
class Adam:
    """Adam (Kingma and Ba 2015, algorithm 1), with the bias corrections folded into the rate (section 2)."""

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    _count: int = 0
    _mean: Arrays = field(default_factory=dict)
    _square: Arrays = field(default_factory=dict)

    def step(self, params: Mapping[str, Array], grads: Mapping[str, Array], rate: float) -> None:
        """Change `params` in place."""
        self._count += 1
        correction = float(np.sqrt(1 - self.beta2**self._count))
        scaled = rate * correction / (1 - self.beta1**self._count)
        for name, grad in grads.items():
            mean = self._mean.setdefault(name, np.zeros_like(params[name]))
            square = self._square.setdefault(name, np.zeros_like(params[name]))
            mean *= self.beta1
            mean += (1 - self.beta1) * grad
            square *= self.beta2
            square += (1 - self.beta2) * np.square(grad)
            params[name][...] -= scaled * mean / (np.sqrt(square) + self.epsilon * correction)

    def state(self) -> Arrays:
        """Return the counter and both moments."""
        moments = {f"mean {k}": v for k, v in self._mean.items()} | {f"square {k}": v for k, v in self._square.items()}
        return {"count": np.array(self._count), **moments}

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go on from what `state` returned."""
        self._count = int(state["count"])
        self._mean = _part(state, "mean ")
        self._square = _part(state, "square ")


@dataclass
class SGD:
    """Gradient descent with momentum (Polyak 1964): v = momentum v + g, p = p - rate v."""

    momentum: float = 0.0
    _speed: Arrays = field(default_factory=dict)

    def step(self, params: Mapping[str, Array], grads: Mapping[str, Array], rate: float) -> None:
        """Change `params` in place."""
        for name, grad in grads.items():
            moved = grad
            if self.momentum:
                moved = self._speed.setdefault(name, np.zeros_like(params[name]))
                moved *= self.momentum
                moved += grad
            params[name][...] -= rate * moved

    def state(self) -> Arrays:
        """Return the speeds."""
        return {f"speed {name}": array for name, array in self._speed.items()}

    def restore(self, state: Mapping[str, Array]) -> None:
        """Go on from what `state` returned."""
        self._speed = _part(state, "speed ")


#: The optimisers by the name that `--optimiser` takes.
OPTIMISERS: Final = ("adam", "sgd")


def make_optimiser(name: str, momentum: float) -> Optimiser:
    """Return a new optimiser; `momentum` is SGD's.

    Raises:
        ValueError: there is none of this name.
    """
    match name:
        case "adam":
            return Adam()
        case "sgd":
            return SGD(momentum)
        case _:
            raise ValueError(f"no optimiser {name!r}: there are {', '.join(OPTIMISERS)}")


def _part(state: Mapping[str, Array], prefix: str) -> Arrays:
    return {name.removeprefix(prefix): array.copy() for name, array in state.items() if name.startswith(prefix)}
