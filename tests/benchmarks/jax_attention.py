"""Translation with attention in JAX: `lax.scan` over steps, compiled as a whole; `U @ a[s]` is computed once."""

from collections.abc import Mapping
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.nn import log_softmax, sigmoid, softmax

from tests.benchmarks.problem import Array, Given, Peer

Traced = Any  # the answer of mypy must not depend on whether JAX is installed
Arrays = Mapping[str, Traced]
#: Embeddings, of which a row is held per word; then what else belongs to no recurrent layer.
EMBEDDINGS: Final = ("E", "F")
OTHERS: Final = ("v", "W", "U", "W_d", "V", "b")
#: The layers of the spec (ahead, back, decoder), and the order in which their gates are stacked.
LAYERS: Final = "hgd"
GATES: Final = "rzg"


def scan(given: Given) -> Peer:
    """Return the step of the compiled program; a second bias tells the GRU whose reset gate acts after the product."""
    jax.config.update("jax_enable_x64", val=True)  # float32 stays what it is
    params = given.params
    kinds = [f"{layer}.{kind}" for layer in LAYERS for kind in ("WUbd" if "h.d_r" in params else "WUb")]
    arrays = {kind: jnp.asarray(np.concatenate([params[f"{kind}_{gate}"] for gate in GATES])) for kind in kinds}
    arrays |= {name: jnp.asarray(params[name]) for name in OTHERS}
    arrays |= {name: jnp.asarray(params[name].T) for name in EMBEDDINGS}
    x, y = (jnp.asarray(given.data[name].T) for name in "xy")
    program = jax.jit(jax.value_and_grad(_loss))

    def collect(result: Any) -> dict[str, Array]:
        loss, grads = result
        found = {name: np.asarray(grads[name]) for name in OTHERS}
        found |= {name: np.asarray(grads[name]).T for name in EMBEDDINGS}
        for kind in kinds:
            parts = np.split(np.asarray(grads[kind]), len(GATES))
            found |= {f"{kind}_{gate}": part for gate, part in zip(GATES, parts, strict=True)}
        return {"loss": np.asarray(loss), **found}

    return Peer(lambda: jax.block_until_ready(program(arrays, x, y)), collect)


def _loss(p: Arrays, x: Traced, y: Traced) -> Traced:
    """Return the mean over all words of the target; words are [steps, batch]."""
    words = p["E"][x]
    a = jnp.concatenate([_states(p, "h", words), _states(p, "g", words, reverse=True)], axis=2).swapaxes(0, 1)
    keys = a @ p["U"].T
    d = jnp.tanh(a[:, 0, a.shape[2] // 2 :] @ p["W_d"].T)
    before = p["F"][y[:-1]]
    before = jnp.concatenate([jnp.zeros_like(before[:1]), before])  # the zero vector before the first word
    from_word, from_context = jnp.split(p["d.W"], [before.shape[2]], axis=1)

    def step(d: Traced, summed: Traced) -> tuple[Traced, Traced]:
        energies = jnp.tanh(keys + (d @ p["W"].T)[:, None]) @ p["v"]
        context = jnp.einsum("bs,bsn->bn", softmax(energies, axis=1), a)
        d = _gru(p, "d", summed + context @ from_context.T, d)
        return d, d

    _, states = lax.scan(step, d, before @ from_word.T + p["d.b"])
    scores = log_softmax(states @ p["V"].T + p["b"], axis=2)
    return -jnp.take_along_axis(scores, y[..., None], axis=2).mean()


def _states(p: Arrays, layer: str, words: Traced, *, reverse: bool = False) -> Traced:
    """Return the states of a layer over words [steps, batch, embed]."""

    def step(h: Traced, summed: Traced) -> tuple[Traced, Traced]:
        h = _gru(p, layer, summed, h)
        return h, h

    start = jnp.zeros((words.shape[1], p[f"{layer}.U"].shape[1]), words.dtype)
    summed = words @ p[f"{layer}.W"].T + p[f"{layer}.b"]
    states: Traced = lax.scan(step, start, summed, reverse=reverse)[1]
    return states


def _gru(p: Arrays, layer: str, summed: Traced, h: Traced) -> Traced:
    """Return the next state; `summed` is the product of the input, with the bias."""
    weights, size = p[f"{layer}.U"], h.shape[1]
    if f"{layer}.d" in p:
        across = h @ weights.T + p[f"{layer}.d"]
        r, z = jnp.split(sigmoid(summed[:, : 2 * size] + across[:, : 2 * size]), 2, axis=1)
        g = jnp.tanh(summed[:, 2 * size :] + r * across[:, 2 * size :])
    else:
        r, z = jnp.split(sigmoid(summed[:, : 2 * size] + h @ weights[: 2 * size].T), 2, axis=1)
        g = jnp.tanh(summed[:, 2 * size :] + (r * h) @ weights[2 * size :].T)
    return z * h + (1 - z) * g
