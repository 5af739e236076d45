"""Cells in JAX: `lax.scan` over steps, differentiated and compiled as a whole; products of inputs before the loop."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.nn import sigmoid, standardize

from tests.benchmarks.cells import named, stacked
from tests.benchmarks.problem import Array, Given, Peer

Traced = Any  # the answer of mypy must not depend on whether JAX is installed
Arrays = Mapping[str, Traced]
#: The output comes first.
State = tuple[Traced, ...]
EPSILON: Final = 1e-5


class Cell(NamedTuple):
    """What needs no state, for all steps at once, and the step; `states` counts the vectors of the state.

    A step takes the parameters, its slices of what `prepare` has made, and the state before.
    """

    states: int
    prepare: Callable[[Arrays, Traced], Sequence[Traced]]
    step: Callable[[Arrays, Sequence[Traced], State], State]


def scan(given: Given) -> Peer:
    """Return the step of the compiled program."""
    jax.config.update("jax_enable_x64", val=True)  # float32 stays what it is
    cell = CELLS[given.options.get("cell", "LSTM")]
    arrays = {name: jnp.asarray(array) for name, array in stacked(given).items()}

    def loss_of(p: Arrays) -> Traced:
        start = (jnp.zeros((p["x"].shape[1], len(p["w"])), p["x"].dtype),) * cell.states

        def step(state: State, inputs: Sequence[Traced]) -> tuple[State, Traced]:
            after = cell.step(p, inputs, state)
            return after, after[0]

        _, outputs = lax.scan(step, start, cell.prepare(p, p["x"]))
        return (outputs @ p["w"]).sum() / p["x"].shape[1]

    program = jax.jit(jax.value_and_grad(loss_of))

    def collect(result: Any) -> dict[str, Array]:
        loss, grads = result
        return {"loss": np.asarray(loss), **named(given, grads)}

    return Peer(lambda: jax.block_until_ready(program(arrays)), collect)


# Cells ----------------------------------------------------------------------------------------------------------------


def _summed(p: Arrays, x: Traced) -> Sequence[Traced]:
    return (x @ p["W"].T + p["b"],)


def _lstm(p: Arrays, inputs: Sequence[Traced], state: State) -> State:
    h, c = state
    f, i, o, g = jnp.split(inputs[0] + h @ p["U"].T, 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * jnp.tanh(g)
    return sigmoid(o) * jnp.tanh(c), c


def _peephole(p: Arrays, inputs: Sequence[Traced], state: State) -> State:
    h, c = state
    i, f, o, g = jnp.split(inputs[0] + h @ p["U"].T, 4, axis=1)
    c = sigmoid(f + p["p_f"] * c) * c + sigmoid(i + p["p_i"] * c) * jnp.tanh(g)
    return sigmoid(o + p["p_o"] * c) * jnp.tanh(c), c


def _normalised(p: Arrays, a: Traced, which: str) -> Traced:
    return p[f"alpha_{which}"] * standardize(a, epsilon=EPSILON) + p[f"beta_{which}"]


def _layer_norm_inputs(p: Arrays, x: Traced) -> Sequence[Traced]:
    return (_normalised(p, x @ p["W"].T, "x") + p["b"],)


def _layer_norm_lstm(p: Arrays, inputs: Sequence[Traced], state: State) -> State:
    h, c = state
    f, i, o, g = jnp.split(_normalised(p, h @ p["U"].T, "h") + inputs[0], 4, axis=1)
    c = sigmoid(f) * c + sigmoid(i) * jnp.tanh(g)
    return sigmoid(o) * jnp.tanh(_normalised(p, c, "c")), c


def _mut1_inputs(p: Arrays, x: Traced) -> Sequence[Traced]:
    projected = x @ p["P"].T
    z, r = jnp.split(projected @ p["W"].T + p["b"], 2, axis=2)
    return sigmoid(z), r, jnp.tanh(projected) + p["b_h"]


def _mut1(p: Arrays, inputs: Sequence[Traced], state: State) -> State:
    z, r, g = inputs
    (h,) = state
    r = sigmoid(r + h @ p["U_r"].T)
    return (z * jnp.tanh((r * h) @ p["U_h"].T + g) + (1 - z) * h,)


CELLS: Final[Mapping[str, Cell]] = {
    "LSTM": Cell(2, _summed, _lstm),
    "PeepholeLSTM": Cell(2, _summed, _peephole),
    "LayerNormLSTM": Cell(2, _layer_norm_inputs, _layer_norm_lstm),
    "MUT1": Cell(1, _mut1_inputs, _mut1),
}
