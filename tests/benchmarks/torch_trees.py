"""The child-sum Tree-LSTM in torch: node by node, as people write it, and level by level, as one writes it for speed.

By nodes, a tree is one recursive function; words are looked up and nodes classified for many at once, as their order
does not matter. By levels, all nodes of one height in all trees are computed at once. Nodes are ordered by height, then
by the height of their parent: so every level's results are cut into the pieces that later levels take, and every state
is moved once, with no gather and no buffer whose gradient would be made again for each level.
"""

from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from torch.nn.functional import cross_entropy, embedding, linear

from tests.benchmarks.problem import Array, Given, Peer
from tests.benchmarks.trees import Children

Tensor = Any  # the answer of mypy must not depend on whether torch is installed
State = tuple[Tensor, Tensor]
GATES: Final = "iouf"


class Weights(NamedTuple):
    """Parameters with stacked gates (input, output, update, forget), or their gradients.

    `words` holds a row for every word, and last one of zeros, for no word.
    """

    words: Tensor  # [vocab + 1, 4 size]
    state: Tensor  # [3 size, size]
    forget: Tensor  # [size, size]
    bias: Tensor  # [4 size]
    readout: Tensor
    offset: Tensor

    def look_up(self, tokens: Tensor) -> Tensor:
        """Return what words add to the gates."""
        return embedding(tokens, self.words, padding_idx=len(self.words) - 1) + self.bias

    def loss(self, hidden: Tensor, classes: Tensor) -> Tensor:
        """Classify nodes."""
        return cross_entropy(linear(hidden, self.readout, self.offset), classes)

    def named(self) -> dict[str, Array]:
        """Return everything by the names of the spec."""
        words, state, bias = self.words[:-1].T.chunk(4), (*self.state.chunk(3), self.forget), self.bias.chunk(4)
        stacks = {"W": words, "U": state, "b": bias}
        parts = {f"{kind}_{g}": part for kind, parts in stacks.items() for g, part in zip(GATES, parts, strict=True)}
        return {name: np.asarray(part) for name, part in {**parts, "V": self.readout, "c0": self.offset}.items()}


def peer(given: Given, loss_of: Callable[[Weights], Tensor]) -> Peer:
    """Return the step that differentiates a loss."""
    params = given.params
    words = np.concatenate([params[f"W_{gate}"] for gate in GATES]).T
    arrays = (
        np.concatenate([words, np.zeros_like(words[:1])]),
        np.concatenate([params[f"U_{gate}"] for gate in GATES[:3]]),
        params["U_f"],
        np.concatenate([params[f"b_{gate}"] for gate in GATES]),
        params["V"],
        params["c0"],
    )
    weights = Weights(*(torch.tensor(array, requires_grad=True) for array in arrays))

    def step() -> object:
        loss = loss_of(weights)
        return loss.detach(), *torch.autograd.grad(loss, weights)

    def collect(result: Any) -> dict[str, Array]:
        loss, *grads = result
        return {"loss": np.asarray(loss), **Weights(*grads).named()}

    return Peer(step, collect)


def tokens_of(given: Given) -> Array:
    """Return the words of all nodes [trees, nodes]; the last one stands for none."""
    words = given.data["x"]
    return np.where(words < 0, given.program.dims["vocab"], words)


def forest_of(given: Given) -> Sequence[Children]:
    """Return the children of all nodes of all trees."""
    return (given.structure or {})["n"]


def finish(gates: Tensor, kept: Tensor | None) -> State:
    """Return (h, c) from the gates' inputs and what is kept of the children's cells."""
    i, o, u = gates.chunk(3, dim=-1)
    c = torch.sigmoid(i) * torch.tanh(u)
    if kept is not None:
        c = c + kept
    return torch.sigmoid(o) * torch.tanh(c), c


# Node by node ---------------------------------------------------------------------------------------------------------


def node_by_node(given: Given) -> Peer:
    """Return the step of the recursive function."""
    forest = forest_of(given)
    words, classes = torch.from_numpy(tokens_of(given)), torch.from_numpy(given.data["y"]).flatten()

    def loss_of(weights: Weights) -> Tensor:
        trees = (_tree(weights, tokens, children) for tokens, children in zip(words, forest, strict=True))
        return weights.loss(torch.stack([*chain.from_iterable(trees)]), classes)

    return peer(given, loss_of)


def _tree(weights: Weights, tokens: Tensor, children: Children) -> list[Tensor]:
    """Return h of all nodes of a tree, whose root is its last node."""
    size = weights.forget.shape[0]
    inputs, found = weights.look_up(tokens).unbind(), dict[int, Tensor]()

    def visit(node: int) -> State:
        gates, forget = inputs[node].split([3 * size, size])
        kept = None
        if children[node]:
            h, c = map(torch.stack, zip(*map(visit, children[node]), strict=True))
            gates = gates + weights.state @ h.sum(0)
            kept = (torch.sigmoid(forget + linear(h, weights.forget)) * c).sum(0)
        found[node], c = finish(gates, kept)
        return found[node], c

    visit(len(children) - 1)
    return [found[node] for node in range(len(children))]


# Level by level -------------------------------------------------------------------------------------------------------


class Level(NamedTuple):
    """The nodes of one height in all trees."""

    size: int
    tokens: Tensor | None  # where none of the nodes has a word
    parents: Tensor  # for every child, its parent's place in this level; children are those that lower levels sent
    sent: list[int]  # how many nodes have their parent at each height, and last, how many have none


class Plan(NamedTuple):
    """What a batch of trees says of the order of the work."""

    order: Tensor
    levels: list[Level]


def level_by_level(given: Given) -> Peer:
    """Return the step that starts from trees as they come: levels are part of it."""
    return peer(given, lambda weights: _loss(weights, _plan(given), given))


def planned_before(given: Given) -> Peer:
    """Return the step for trees whose levels are known, as if the same batch came again."""
    plan = _plan(given)
    return peer(given, lambda weights: _loss(weights, plan, given))


def _loss(weights: Weights, plan: Plan, given: Given) -> Tensor:
    hidden, sent = list[Tensor](), list[tuple[Sequence[Tensor], Sequence[Tensor]]]()
    for height, level in enumerate(plan.levels):
        h, c = _compute(weights, level, [(hs[height], cs[height]) for hs, cs in sent])
        hidden.append(h)
        sent.append((h.split(level.sent), c.split(level.sent)))
    return weights.loss(torch.cat(hidden), torch.from_numpy(given.data["y"]).flatten()[plan.order])


def _compute(weights: Weights, level: Level, below: list[State]) -> State:
    """Return the states of a level from those of its children."""
    size = weights.forget.shape[0]
    inputs = weights.bias.expand(level.size, -1) if level.tokens is None else weights.look_up(level.tokens)
    gates, forget = inputs.split([3 * size, size], dim=1)
    if not below:
        return finish(gates, None)
    h, c = (torch.cat(pieces) for pieces in zip(*below, strict=True))
    zeros = h.new_zeros(level.size, size)
    gates = torch.addmm(gates, zeros.index_add(0, level.parents, h), weights.state.T)
    forgets = torch.sigmoid(torch.addmm(forget.index_select(0, level.parents), h, weights.forget.T))
    return finish(gates, zeros.index_add(0, level.parents, forgets * c))


def _plan(given: Given) -> Plan:
    """Order the nodes of all trees by their height, then by that of their parent."""
    parents, children, height = _edges(forest_of(given))
    count, top = len(height), int(height.max()) + 1
    above = np.full(count, top)
    above[children] = height[parents]
    order = np.lexsort((above, height))
    place = np.empty(count, np.intp)
    place[order] = np.arange(count)
    parent = np.zeros(count, np.intp)
    parent[children] = place[parents]
    parent, above, tokens = parent[order], above[order], tokens_of(given).ravel()[order]
    starts, levels = np.searchsorted(height[order], np.arange(top + 1)), []
    for level in range(top):
        rows = slice(starts[level], starts[level + 1])
        spoken = bool((tokens[rows] < given.program.dims["vocab"]).any())
        levels.append(
            Level(
                size=int(starts[level + 1] - starts[level]),
                tokens=torch.from_numpy(tokens[rows]) if spoken else None,
                parents=torch.from_numpy(parent[above == level] - starts[level]),
                sent=np.bincount(above[rows], minlength=top + 1).tolist(),
            )
        )
    return Plan(torch.from_numpy(order), levels)


def _edges(forest: Sequence[Children]) -> tuple[Array, Array, Array]:
    """Return parent and child of every edge, and the height of every node, numbered through all trees."""
    nodes = np.array([len(tree) for tree in forest])
    counts = np.fromiter(map(len, chain.from_iterable(forest)), np.intp)
    first = np.repeat(np.cumsum(nodes) - nodes, nodes)
    parents = np.repeat(np.arange(len(counts)), counts)
    children = np.fromiter(chain.from_iterable(chain.from_iterable(forest)), np.intp) + first[parents]
    height, before = np.zeros_like(counts), np.ones_like(counts)
    while (height != before).any():
        height, before = np.zeros_like(counts), height
        np.maximum.at(height, parents, before[children] + 1)
    return parents, children, height
