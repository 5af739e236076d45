"""A neural Turing machine in JAX: `lax.scan` over steps, both heads side by side, compiled as a whole."""

from collections.abc import Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.nn import sigmoid, softmax, softplus

from tests.benchmarks.ntm import HEADS, named, sizes_of_head, stacked
from tests.benchmarks.problem import Array, Given, Peer

Traced = Any  # the answer of mypy must not depend on whether JAX is installed
Arrays = Mapping[str, Traced]
#: h, c, what was read, the memory, and where the heads look.
State = tuple[Traced, ...]


def scan(given: Given) -> Peer:
    """Return the step of the compiled program."""
    jax.config.update("jax_enable_x64", val=True)  # float32 stays what it is
    arrays = {name: jnp.asarray(array) for name, array in stacked(given).items()}
    y = jnp.asarray(given.data["y"].swapaxes(0, 1).astype(given.program.dtype))
    program = jax.jit(jax.value_and_grad(_loss))

    def collect(result: Any) -> dict[str, Array]:
        loss, grads = result
        return {"loss": np.asarray(loss), **named(given, grads)}

    return Peer(lambda: jax.block_until_ready(program(arrays, y)), collect)


def _loss(p: Arrays, y: Traced) -> Traced:
    """Return the mean over what is scored."""
    x, scored, (slots, width) = p["data.x"], p["data.scored"], p["M0"].shape
    batch, hidden, inputs = x.shape[1], p["U"].shape[1], x.shape[2]
    across = jnp.concatenate([p["W"][:, inputs:], p["U"]], axis=1).T

    heads = len(p["d"]) - 2 * width
    ends = [heads, heads + width]

    def step(state: State, summed: Traced) -> tuple[State, Traced]:
        h, c, r, memory, places = state
        f, i, o, g = jnp.split(summed + jnp.concatenate([r, h], axis=1) @ across, 4, axis=1)
        c = sigmoid(f) * c + sigmoid(i) * jnp.tanh(g)
        h = sigmoid(o) * jnp.tanh(c)
        said, erase, add = jnp.split(h @ p["H"].T + p["d"], ends, axis=1)
        places = _places(said.reshape(batch, len(HEADS), -1), memory, places)
        r = jnp.einsum("bm,bmw->bw", places[:, 0], memory)
        write = places[:, 1, :, None]
        memory = memory * (1 - write * sigmoid(erase)[:, None]) + write * jnp.tanh(add)[:, None]
        return (h, c, r, memory, places), jnp.concatenate([h, r], axis=1)

    def zeros(*sizes: int) -> Traced:
        return jnp.zeros((batch, *sizes), x.dtype)

    memory = jnp.broadcast_to(p["M0"], (batch, slots, width))
    start = (zeros(hidden), zeros(hidden), zeros(width), memory, zeros(len(HEADS), slots))
    _, outputs = lax.scan(step, start, x @ p["W"][:, :inputs].T + p["b"])
    logits = outputs @ p["V"].T + p["b_y"]
    losses = (softplus(logits) - y * logits).sum(axis=2)
    return (losses * scored).sum() / scored.sum()


def _places(said: Traced, memory: Traced, before: Traced) -> Traced:
    """Return where the heads look [batch, heads, slots] (eq. 5 to 9 of the paper)."""
    ends = np.cumsum(sizes_of_head(memory.shape[2]))[:-1]
    key, strength, gate, sharpness, moves = jnp.split(said, ends, axis=2)
    key, moves, gate = jnp.tanh(key), softmax(moves, axis=2), sigmoid(gate)
    lengths = jnp.linalg.norm(key, axis=2, keepdims=True) * jnp.linalg.norm(memory, axis=2)[:, None] + 1e-8
    cosine = jnp.einsum("bkw,bmw->bkm", key, memory) / lengths
    content = softmax(softplus(strength) * cosine, axis=2)
    mixed = gate * content + (1 - gate) * before
    moved = sum(moves[..., k, None] * jnp.roll(mixed, k - 1, axis=2) for k in range(moves.shape[2]))
    sharp = moved ** (1 + softplus(sharpness))
    return sharp / sharp.sum(axis=2, keepdims=True)
