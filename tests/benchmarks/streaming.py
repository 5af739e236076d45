"""`streaming`: an LSTM takes one point after another, as they come: what counts is the latency of a point."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, NamedTuple

import numpy as np

import rnndsl
from tests.benchmarks.layers import SPEC
from tests.benchmarks.problem import APART, Array, Given, Peer, Problem, other, ours


class Shape(NamedTuple):
    """How much work it is."""

    points: int
    batch: int
    inputs: int
    units: int


def draw(shape: Shape, dtype: str) -> Given:
    """Draw weights and points."""
    program = rnndsl.compile(SPEC.format(cell="LSTM"), dims={"size": shape.inputs, "n": shape.units}, dtype=dtype)
    x = np.random.default_rng(0).normal(size=(shape.batch, shape.points, shape.inputs)).astype(dtype)
    return Given.of(program, {"x": x}, options={"cell": "LSTM"}, results=("h",))


def point_by_point(given: Given) -> list[Array]:
    """Return the points [batch, inputs]."""
    return [np.ascontiguousarray(x) for x in given.data["x"].swapaxes(0, 1)]


def walk(points: list[Any], advance: Callable[[Any, Any], tuple[Any, Any]], start: object) -> list[Any]:
    """Return the outputs of a loop over points."""
    outputs, state = [], start
    for x in points:
        h, state = advance(x, state)
        outputs.append(h)
    return outputs


def stack(result: Any) -> dict[str, Array]:
    """Return the outputs of all points in one array [batch, points, units]."""
    return {"h": np.stack([np.asarray(h) for h in result], axis=1)}


def stepping(given: Given) -> Peer:
    """Return the loop around `step` of the program that rnndsl makes of the spec."""
    return plain(replace(given, params=given.program.prepare(given.params)))


def plain(given: Given) -> Peer:
    """Return the same with parameters that anybody could write into between two steps."""
    program, params, points = given.program, given.params, point_by_point(given)

    def advance(x: Array, carry: dict[str, Array]) -> tuple[Array, dict[str, Array]]:
        out, after = program.step(params, {"x": x}, carry)
        return out["h"], after

    return Peer(lambda: walk(points, advance, {}), stack)


STREAMING: Final = Problem(
    title="An LSTM point by point",
    shape=Shape,
    shapes=(Shape(100, 1, 128, 128), Shape(100, 1, 128, 512)),
    small=lambda _: Shape(points=5, batch=2, inputs=4, units=6),
    draw=draw,
    peers={
        **ours(stepping),
        f"{APART} parameters that are not prepared": plain,
        "torch.nn.LSTM": other("torch_streaming", "whole_layer"),
        "torch.nn.LSTMCell": other("torch_streaming", "built_in"),
        "torch, written out": other("torch_streaming", "written_out"),
        "ONNX Runtime": other("onnx_streaming", "session"),
    },
    made=lambda shape: shape.batch * shape.points,
)
