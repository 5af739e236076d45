"""Specs over two and three sequences equal a few lines of torch, written from their papers, point by point."""

from collections.abc import Callable, Sequence
from itertools import product

import numpy as np
import pytest

from tests.peers.comparison import Array, Tensor, Tensors, torch
from tests.peers.structures import (
    ENGINES,
    Batch,
    Case,
    Example,
    Reference,
    Results,
    Score,
    Spec,
    classified,
    column,
    compare,
    model,
    own,
    tokens,
    weighted,
    zeros,
)

CHANNELS, CLASSES, UNITS, SYMBOLS = 2, 3, 4, 6
# Sizes of the examples of a batch, most of them different in every direction.
PLANES = ((3, 4), (1, 1), (4, 2), (1, 5), (3, 1))
VOLUMES = ((2, 3, 2), (1, 1, 1), (3, 1, 2), (1, 2, 3))

Point = tuple[int, ...]
# (point, the states before it in every direction) -> its state; the first member of a state is the output.
Step = Callable[[Point, list[tuple[Tensor, ...]]], tuple[Tensor, ...]]


def cell(name: str, indices: str, backward: str = "") -> Spec:
    """Return a model around a cell of the library, with a random cotangent `r` for its output."""
    text = f"""
from cells import {name}

model Peer(inputs, n):
    index {indices} : sequence
    input x[{indices}] : inputs
    input r[{indices}] : n
    h[{indices}] = {name}(n)(x[{indices}]){f" backward over {backward}" if backward else ""}
    output h[{indices}]
    loss sum(r[{indices}] @ h[{indices}] over {indices})
"""
    return Spec(text, {"inputs": CHANNELS, "n": UNITS})


# Batches --------------------------------------------------------------------------------------------------------------


def peer(seed: int, sizes: Sequence[Point]) -> Batch:
    """Draw vectors at all points."""
    rng = np.random.default_rng(seed)
    return Batch(
        {
            "x": [rng.normal(size=(*size, CHANNELS)) for size in sizes],
            "r": [rng.normal(size=(*size, UNITS)) for size in sizes],
        }
    )


def images(seed: int, sizes: Sequence[Point], axes: int) -> Batch:
    """Draw images, and classes for what the first `axes` indices name."""
    rng = np.random.default_rng(seed)
    x = [rng.normal(size=(*size, CHANNELS)) for size in sizes]
    return Batch({"x": x, "y": [np.asarray(tokens(rng, size[:axes], CLASSES)) for size in sizes]})


def texts(seed: int) -> Batch:
    """Draw texts, each with a depth of its own."""
    rng = np.random.default_rng(seed)
    words: list[Array] = [tokens(rng, [length], SYMBOLS) for length in (4, 1, 6)]
    return Batch({"y": words}, lengths={"l": [2, 3, 1]})


# References -----------------------------------------------------------------------------------------------------------


def walk(size: Point, start: tuple[Tensor, ...], step: Step) -> dict[Point, tuple[Tensor, ...]]:
    """Return the state of every point of a grid; beyond its edge every state is `start`."""
    states: dict[Point, tuple[Tensor, ...]] = {}
    for point in product(*map(range, size)):
        places = [(*point[:axis], point[axis] - 1, *point[axis + 1 :]) for axis in range(len(size))]
        states[point] = step(point, [states.get(place, start) for place in places])
    return states


def hidden(x: Tensor, states: int, step: Step, backward: Sequence[int] = ()) -> Tensor:
    """Return the outputs at all points of x; a direction is turned around by turning x."""
    size = tuple(x.shape[:-1])
    found = walk(size, (zeros(UNITS),) * states, step)
    h = torch.stack([found[point][0] for point in product(*map(range, size))]).reshape(*size, UNITS)
    return h.flip(tuple(backward)) if backward else h


def layer(p: Tensors, x: Tensor, names: Sequence[str], backward: Sequence[int] = ()) -> Tensor:
    """Return the outputs of a hidden layer whose matrix along every axis has one of the names."""
    turned = x.flip(tuple(backward)) if backward else x

    def step(point: Point, before: list[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
        sums = [p[name] @ h for name, (h,) in zip(names, before, strict=True)]
        return (torch.tanh(p["U"] @ turned[point] + sum(sums) + p["b"]),)

    return hidden(turned, 1, step, backward)


def md_lstm(p: Tensors, x: Tensor, backward: Sequence[int] = ()) -> Tensor:
    """Return the outputs of a two-dimensional LSTM."""
    turned = x.flip(tuple(backward)) if backward else x

    def step(point: Point, before: list[tuple[Tensor, ...]]) -> tuple[Tensor, ...]:
        (h_i, c_i), (h_j, c_j) = before
        net = {g: p[f"W_{g}"] @ turned[point] + p[f"U_{g}"] @ h_i + p[f"V_{g}"] @ h_j + p[f"b_{g}"] for g in "udrgo"}
        write = torch.sigmoid(net["u"] + p["p_u"] * c_i + p["p_u"] * c_j)
        down, right = torch.sigmoid(net["d"] + p["p_d"] * c_i), torch.sigmoid(net["r"] + p["p_r"] * c_j)
        c = write * torch.tanh(net["g"]) + down * c_i + right * c_j
        return torch.sigmoid(net["o"] + p["p_o"] * c) * torch.tanh(c), c

    return hidden(turned, 2, step, backward)


def layer_cell(names: Sequence[str], backward: Sequence[int] = ()) -> Reference:
    """Return the reference of a hidden layer alone."""
    return lambda p, e: weighted(layer(own(p, "h"), e.data["x"], names, backward), e.data["r"])


def md_lstm_cell(p: Tensors, example: Example) -> Score:
    return weighted(md_lstm(own(p, "h"), example.data["x"]), example.data["r"])


CORNERS = {"p": (), "q": (0,), "r": (1,), "s": (0, 1)}


def four_way(p: Tensors, example: Example) -> Score:
    x = example.data["x"]
    parts = [layer(own(p, name), x, "WV", turned).mean(dim=(0, 1)) for name, turned in CORNERS.items()]
    logits = p["V"] @ torch.cat(parts) + p["c"]
    return classified(logits[None], example.data["y"][None])._replace(outputs={"y.logits": logits})


def pixel_labels(p: Tensors, example: Example) -> Score:
    x, y = example.data["x"], example.data["y"]
    logits = sum(md_lstm(own(p, name), x, turned) @ p[f"V_{name}"].T for name, turned in CORNERS.items()) + p["c"]
    return classified(logits.flatten(0, 1), y.flatten())._replace(outputs={"y.logits": logits})


def frame_labels(p: Tensors, example: Example) -> Score:
    x, names = example.data["x"], ("W_i", "W_j", "W_k")
    both = torch.cat([layer(own(p, "h"), x, names), layer(own(p, "g"), x, names, (0, 1, 2))], dim=-1)
    return classified(both.mean(dim=(1, 2)) @ p["V"].T + p["c"], example.data["y"])


def grid_lstm(p: Tensors, example: Example) -> Score:
    """Go through the words and, for each, through the depths."""
    y, depth = example.data["y"], example.lengths["l"]

    def block(kind: str, both: Tensor, m: Tensor) -> tuple[Tensor, Tensor]:
        net = {gate: p[f"W_{kind}_{gate}"] @ both for gate in "ufog"}
        m = torch.lerp(torch.zeros_like(m), torch.tanh(net["g"]), torch.sigmoid(net["u"])) + torch.sigmoid(net["f"]) * m
        return torch.tanh(torch.sigmoid(net["o"]) * m), m

    old = [(zeros(UNITS), zeros(UNITS))] * depth
    tops = []
    for t in range(len(y)):
        word = y[t - 1] if t else torch.tensor(-1)
        rising = (column(p["E_h"], word), column(p["E_m"], word))
        for level in range(depth):
            both = torch.cat([old[level][0], rising[0]])
            old[level], rising = block("time", both, old[level][1]), block("depth", both, rising[1])
        tops.append(rising[0])
    return classified(torch.stack(tops) @ p["V"].T + p["c"], y)


CASES = (
    Case("Plane", cell("Plane", "i, j"), lambda s: peer(s, PLANES), layer_cell("WV")),
    Case("Plane backward", cell("Plane", "i, j", "j"), lambda s: peer(s, PLANES), layer_cell("WV", (1,))),
    Case("MDLSTM", cell("MDLSTM", "i, j"), lambda s: peer(s, PLANES), md_lstm_cell),
    Case(
        "Volume",
        cell("Volume", "i, j, k"),
        lambda s: peer(s, VOLUMES),
        layer_cell(("W_i", "W_j", "W_k")),
    ),
    Case(
        "Volume backward",
        cell("Volume", "i, j, k", "i, k"),
        lambda s: peer(s, VOLUMES),
        layer_cell(("W_i", "W_j", "W_k"), (0, 2)),
    ),
    Case(
        "FourWay",
        model("four_way", channels=CHANNELS, classes=CLASSES, n=UNITS),
        lambda s: images(s, PLANES, 0),
        four_way,
    ),
    Case(
        "PixelLabels",
        model("pixel_labels", channels=CHANNELS, classes=CLASSES, n=UNITS),
        lambda s: images(s, PLANES, 2),
        pixel_labels,
    ),
    Case(
        "FrameLabels",
        model("frame_labels", channels=CHANNELS, classes=CLASSES, n=UNITS),
        lambda s: images(s, VOLUMES, 1),
        frame_labels,
    ),
    Case("GridLSTM", model("grid_lstm", vocab=SYMBOLS, size=UNITS), texts, grid_lstm),
)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_equals_its_paper(
    case: Case,
    engine: Callable[..., Results],
    seed: int,
    record_property: Callable[[str, object], None],
) -> None:
    record_property("difference", compare(engine, case.spec, case.batch(seed), case.reference))
