"""A character model written by hand with the interface of a Program: an Elman net that reads y[t-1]."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.data.dataset import Examples

Array = NDArray[Any]


@dataclass(frozen=True)
class Loss:
    value: float
    terms: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Info:
    frozen: bool = False


class Elman:
    """h[t] = tanh(W h[t-1] + U y[t-1] + b); y[t] ~ categorical(V h[t] + c); `noise` shifts h a little."""

    def __init__(self, vocab: int = 5, hidden: int = 6, dtype: str = "float32") -> None:
        self.vocab, self.hidden, self.dtype = vocab, hidden, dtype
        self.carries: str | None = None
        self.params = {"W": Info(), "U": Info(), "b": Info(), "V": Info(), "c": Info(), "F": Info(frozen=True)}

    def init(self, seed: int = 0, **dims: int) -> dict[str, Array]:
        random = np.random.default_rng(seed)
        n, v = self.hidden, self.vocab
        shapes = {"W": (n, n), "U": (n, v), "b": (n,), "V": (v, n), "c": (v,), "F": (2,)}
        return {name: random.normal(0, 0.3, shape).astype(self.dtype) for name, shape in shapes.items()}

    def loss(
        self, params: Mapping[str, Array], data: Any, *, lengths: Any = None, structure: Any = None, carry: Any = None
    ) -> Any:
        found = self.loss_and_grad(params, data, lengths=lengths, structure=structure, carry=carry)
        return found[0] if carry is None else (found[0], found[2])

    def loss_and_grad(
        self,
        params: Mapping[str, Array],
        data: Any,
        *,
        carry: Any = None,
        noise: int | None = None,
        **others: Any,
    ) -> Any:
        y = data["y"]
        before = (carry or {}).get("state") or {
            "h": np.zeros((len(y), self.hidden), self.dtype),
            "y": np.full(len(y), -1),
        }
        shift = 0.0 if noise is None else float(np.random.default_rng(noise).normal(0, 1e-3))
        states, previous = [before["h"]], np.column_stack([before["y"], y[:, :-1]])
        for t in range(y.shape[1]):
            seen = params["U"].T[previous[:, t]] * (previous[:, t] >= 0)[:, None]
            states.append(np.tanh(states[-1] @ params["W"].T + seen + params["b"] + np.asarray(shift, self.dtype)))
        total, grads = self._backward(params, states, previous, y)
        loss = Loss(total / y.size, {"y": (total, float(y.size))})
        after = {"state": {"h": states[-1], "y": y[:, -1]}, "steps": int((carry or {}).get("steps", 0)) + y.shape[1]}
        return (loss, grads) if carry is None else (loss, grads, after)

    def _backward(
        self, params: Mapping[str, Array], states: list[Array], previous: Array, y: Array
    ) -> tuple[float, dict[str, Array]]:
        grads = {name: np.zeros_like(array) for name, array in params.items()}
        total, dh = 0.0, np.zeros_like(states[0])
        rows = np.arange(len(y))
        for t in reversed(range(y.shape[1])):
            logits = states[t + 1] @ params["V"].T + params["c"]
            logits = logits - logits.max(1, keepdims=True)
            p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
            total -= float(np.log(p[rows, y[:, t]]).sum())
            p[rows, y[:, t]] -= 1
            p /= y.size
            grads["V"] += p.T @ states[t + 1]
            grads["c"] += p.sum(0)
            da = (p @ params["V"] + dh) * (1 - states[t + 1] ** 2)
            grads["W"] += da.T @ states[t]
            grads["b"] += da.sum(0)
            np.add.at(grads["U"].T, previous[:, t], da * (previous[:, t] >= 0)[:, None])
            dh = da @ params["W"]
        return total, grads


class OfTrees(Elman):
    """An Elman net that is given trees with as many nodes as the first token says, and checks it."""

    def __init__(self) -> None:
        super().__init__(vocab=5)
        self.heard: list[int] = []

    def loss_and_grad(self, params: Mapping[str, Array], data: Any, *, structure: Any = None, **options: Any) -> Any:
        sizes = [len(tree) for tree in structure["n"]]
        if sizes != data["y"][:, 0].tolist():
            raise AssertionError(f"trees of {sizes} nodes came with {data['y'][:, 0]}")
        self.heard += sizes
        return super().loss_and_grad(params, data, **options)


def examples_of_trees(count: int) -> Examples:
    """Return sequences of three tokens, each with a chain of as many nodes as its first token says."""
    y = np.random.default_rng(0).integers(1, 5, (count, 3))
    trees = [[[k + 1] for k in range(n - 1)] + [[]] for n in y[:, 0].tolist()]
    return Examples({"y": list(y)}, {}, count, {"n": trees})
