"""An LSTM point by point in torch, without autograd: with `nn.LSTM`, `nn.LSTMCell`, and a cell written out."""

from typing import Any

import torch

from tests.benchmarks.cells import stacked
from tests.benchmarks.problem import Given, Peer
from tests.benchmarks.streaming import point_by_point, stack, walk
from tests.benchmarks.torch_layers import built_in as layer_of

Tensor = Any  # the answer of mypy must not depend on whether torch is installed
State = tuple[Tensor, Tensor]


def built_in(given: Given) -> Peer:
    """Return the loop around `nn.LSTMCell`."""
    net = layer_of(given)
    cell = torch.nn.LSTMCell(net.input_size, net.hidden_size, dtype=net.weight_ih_l0.dtype)
    cell.load_state_dict({name.removesuffix("_l0"): tensor for name, tensor in net.state_dict().items()})

    def advance(x: Tensor, state: State | None) -> tuple[Tensor, State]:
        h, c = cell(x, state)
        return h, (h, c)

    return _loop(given, advance, None)


def whole_layer(given: Given) -> Peer:
    """Return the loop around `nn.LSTM`, on sequences of one point."""
    net = layer_of(given)

    def advance(x: Tensor, state: State | None) -> tuple[Tensor, State]:
        out, after = net(x[None], state)
        return out[0], after

    return _loop(given, advance, None)


def written_out(given: Given) -> Peer:
    """Return the loop around stacked gates, the three sigmoids as one."""
    tensors = {name: torch.from_numpy(array) for name, array in stacked(given).items()}
    weights, bias = torch.cat([tensors["W"], tensors["U"]], dim=1).T.contiguous(), tensors["b"]
    units = len(tensors["w"])

    def advance(x: Tensor, state: State) -> tuple[Tensor, State]:
        h, c = state
        sigmoids, g = torch.addmm(bias, torch.cat([x, h], dim=1), weights).split([3 * units, units], dim=1)
        f, i, o = sigmoids.sigmoid_().chunk(3, dim=1)
        c = torch.addcmul(f * c, i, g.tanh_())
        h = o * torch.tanh(c)
        return h, (h, c)

    start = weights.new_zeros(len(given.data["x"]), units)
    return _loop(given, advance, (start, start))


def _loop(given: Given, advance: Any, start: object) -> Peer:
    points = [torch.from_numpy(x) for x in point_by_point(given)]

    def step() -> object:
        with torch.inference_mode():
            return walk(points, advance, start)

    return Peer(step, stack)
