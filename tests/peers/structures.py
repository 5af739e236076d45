"""What comparisons of models with torch share: random structures, examples of unequal sizes, both sides.

A reference computes one example at a time and one node at a time, with as little in common with the compiler as can be.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np

import rnndsl
from rnndsl.autodiff.differentiate import differentiate
from rnndsl.compiler import build, check
from rnndsl.graph.interpret import interpret
from rnndsl.locations import data_folder
from tests.peers.comparison import TOLERANCE, Array, Tensor, Tensors, draw, torch

MODELS = data_folder("specs") / "models"

Children = list[list[int]]
State = TypeVar("State")


# Structures -----------------------------------------------------------------------------------------------------------


def random_tree(rng: np.random.Generator, nodes: int, arity: int) -> Children:
    """Return a random tree of nodes with up to `arity` children, in random order; unary nodes are among them."""
    names = rng.permutation(nodes)
    children: Children = [[] for _ in range(nodes)]
    for place in range(1, nodes):
        open_ones = [int(name) for name in names[:place] if len(children[name]) < arity]
        parent = open_ones[rng.integers(len(open_ones))]
        children[parent].insert(int(rng.integers(len(children[parent]) + 1)), int(names[place]))
    return children


def chain(rng: np.random.Generator, nodes: int) -> Children:
    """Return a tree of nodes with one child each, in random order."""
    names = [int(name) for name in rng.permutation(nodes)]
    children: Children = [[] for _ in range(nodes)]
    for parent, child in pairwise(names):
        children[parent] = [child]
    return children


def star(rng: np.random.Generator, leaves: int) -> Children:
    """Return a root, somewhere among its leaves."""
    names = [int(name) for name in rng.permutation(leaves + 1)]
    return [names[1:] if name == names[0] else [] for name in range(leaves + 1)]


def random_dag(rng: np.random.Generator, nodes: int, arity: int) -> Children:
    """Return an acyclic graph in random order: shared nodes, several roots, sometimes the same child twice."""
    names = rng.permutation(nodes)
    children: Children = [[] for _ in range(nodes)]
    for place in range(1, nodes):
        count = int(rng.integers(0, arity + 1))
        children[names[place]] = [int(name) for name in rng.choice(names[:place], count)]
    return children


def forest(seed: int, arity: int) -> list[Children]:
    """Return a batch of trees: random ones, a single node, a chain, a node with as many children as there may be."""
    rng = np.random.default_rng(seed)
    trees = [random_tree(rng, 9, arity), [[]], chain(rng, 4), star(rng, arity), random_tree(rng, 6, arity)]
    return [trees[place] for place in rng.permutation(len(trees))]


def tokens(rng: np.random.Generator, shape: Sequence[int], size: int, absent: float = 0.2) -> Array:
    """Draw whole numbers below `size`, some absent."""
    return np.where(rng.random(shape) < absent, -1, rng.integers(0, size, shape))


# Examples -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Batch:
    """Data as one array per example; what is not said by it: structures, lengths, which real data are targets."""

    data: Mapping[str, Sequence[Array]]
    structure: Mapping[str, Sequence[Children]] = field(default_factory=dict)
    lengths: Mapping[str, Sequence[int]] = field(default_factory=dict)
    targets: Sequence[str] = ()

    @property
    def examples(self) -> int:
        """How many examples there are."""
        return len(next(iter(self.data.values())))

    @property
    def real(self) -> list[str]:
        """The inputs that have a gradient."""
        return [name for name, arrays in self.data.items() if arrays[0].dtype.kind == "f" and name not in self.targets]


class Example(NamedTuple):
    """One example in torch."""

    data: Tensors
    children: Children
    lengths: Mapping[str, int]


class Score(NamedTuple):
    """What a reference says of an example, with its outputs.

    The batch's loss is the sum of totals by the sum of weights, and the mean of penalties.
    """

    total: Tensor
    weight: float
    outputs: Mapping[str, Tensor]
    penalty: Tensor | float = 0.0


Reference = Callable[[Tensors, Example], Score]


class Results(NamedTuple):
    """A side's results, gradients of parameters and inputs; what belongs to an example comes as one array each."""

    loss: float
    outputs: Mapping[str, list[Array]]
    params: Mapping[str, Array]
    inputs: Mapping[str, list[Array]]


@dataclass(frozen=True)
class Spec:
    """A spec, as its text or its file, and its dimensions."""

    source: str | Path
    dims: Mapping[str, int]


class Case(NamedTuple):
    """A spec, a random batch for it by a seed, and its reference."""

    name: str
    spec: Spec
    batch: Callable[[int], Batch]
    reference: Reference


def model(name: str, **dims: int) -> Spec:
    """Return a model of the library."""
    return Spec(MODELS / f"{name}.rnn", dims)


def by_torch(reference: Reference, params: Mapping[str, Array], batch: Batch) -> Results:
    """Compute every example by itself; torch differentiates."""
    leaves = {name: torch.tensor(array, requires_grad=True) for name, array in params.items()}
    given = {
        name: [torch.tensor(array, requires_grad=name in batch.real) for array in arrays]
        for name, arrays in batch.data.items()
    }
    scores = [reference(leaves, _example(batch, given, e)) for e in range(batch.examples)]
    loss = sum(score.total for score in scores) / sum(score.weight for score in scores)
    loss += sum(score.penalty for score in scores) / batch.examples
    loss.backward()
    outputs = {name: [score.outputs[name].detach().numpy() for score in scores] for name in scores[0].outputs}
    inputs = {name: [_gradient(tensor) for tensor in given[name]] for name in batch.real}
    return Results(loss.item(), outputs, {name: _gradient(leaf) for name, leaf in leaves.items()}, inputs)


def _example(batch: Batch, given: Mapping[str, list[Tensor]], number: int) -> Example:
    children = next((list(trees[number]) for trees in batch.structure.values()), [])
    lengths = {name: values[number] for name, values in batch.lengths.items()}
    return Example({name: tensors[number] for name, tensors in given.items()}, children, lengths)


def _gradient(tensor: Tensor) -> Array:
    return np.zeros(tensor.shape) if tensor.grad is None else np.asarray(tensor.grad.numpy())


def by_interpreter(spec: Spec, params: Mapping[str, Array], batch: Batch) -> Results:
    """Let the interpreter evaluate the graph and its adjoint, without any pass."""
    adjoint = differentiate(build(check(spec.source, dims=dict(spec.dims))))
    found = interpret(adjoint, params, batch.data, dims=spec.dims, lengths=batch.lengths, structure=batch.structure)
    terms = {f"{name}.{part}" for name in batch.data for part in ("nll", "weight")}
    outputs = {
        name: list(value)
        for name, value in found.items()
        if isinstance(value, list) and "/d " not in name and name not in terms
    }
    slopes = {name: found[f"d loss/d {name}"] for name in (*params, *batch.real) if f"d loss/d {name}" in found}
    return Results(
        float(np.asarray(found["loss"])),
        outputs,
        {name: np.asarray(slopes[name]) for name in params if name in slopes},
        {name: list(slopes[name]) for name in batch.real},
    )


def by_program(spec: Spec, params: Mapping[str, Array], batch: Batch) -> Results:
    """Run what the compiler writes."""
    program = rnndsl.compile(spec.source, dims=dict(spec.dims), dtype="float64")
    lengths, structure = batch.lengths or None, batch.structure or None
    loss, grads = program.loss_and_grad(params, batch.data, wrt="all", lengths=lengths, structure=structure)
    found = program.run(params, batch.data, lengths=lengths, structure=structure)
    outputs = {name: list(value) for name, value in found.items()}
    inputs = {name: list(grads[name]) for name in batch.real}
    return Results(loss.value, outputs, {name: grads[name] for name in grads if name not in inputs}, inputs)


ENGINES = (by_interpreter, by_program)


def compare(
    engine: Callable[[Spec, Mapping[str, Array], Batch], Results], spec: Spec, batch: Batch, reference: Reference
) -> float:
    """Compare loss, outputs and all gradients with torch's, which are none of frozen parameters.

    Returns:
        The largest difference.
    """
    graph = build(check(spec.source, dims=dict(spec.dims)))
    shapes = {
        name: tuple(size.evaluate(spec.dims) for size in (*(i.extent for i in info.domain), *info.shape))
        for name, info in graph.params.items()
    }
    params = draw(shapes, seed=1)
    ours, theirs = engine(spec, params, batch), by_torch(reference, params, batch)
    assert set(ours.outputs) == set(theirs.outputs)
    assert set(ours.params) == {name for name, info in graph.params.items() if not info.frozen}
    assert [name for name in ours.params if not theirs.params[name].any()] == [], "the batch shows nothing of these"
    found = {"loss": abs(ours.loss - theirs.loss)}
    found |= {f"d {name}": _gap(ours.params[name], theirs.params[name]) for name in ours.params}
    for what, one, other in (("", ours.outputs, theirs.outputs), ("d ", ours.inputs, theirs.inputs)):
        for name in other:
            pairs = zip(one[name], other[name], strict=True)
            found[what + name] = max(_gap(padded, exact) for padded, exact in pairs)
    assert all(value < TOLERANCE for value in found.values()), found
    return max(found.values())


def _gap(ours: Array, exact: Array) -> float:
    """Return the largest difference; what is padded must be padded with zeros."""
    inside = np.zeros(np.shape(ours), dtype=bool)
    inside[tuple(slice(0, size) for size in np.shape(exact))] = True
    assert not np.asarray(ours)[~inside].any()
    own = np.asarray(ours)[inside].reshape(np.shape(exact))
    return float(np.abs(own - exact).max(initial=0.0))


# What references are made of ------------------------------------------------------------------------------------------


def bottom_up(children: Children, step: Callable[[int, list[State]], State]) -> list[State]:
    """Return the state of every node from those of its children, which are visited first."""
    states: dict[int, State] = {}

    def visit(node: int) -> State:
        if node not in states:
            states[node] = step(node, [visit(child) for child in children[node]])
        return states[node]

    return [visit(node) for node in range(len(children))]


def top_down(children: Children, start: State, step: Callable[[int, State], State]) -> list[State]:
    """Return the state of every node from that of its parent; the root's parent has `start`."""
    states: dict[int, State] = {}

    def visit(node: int, above: State) -> None:
        states[node] = step(node, above)
        for child in children[node]:
            visit(child, states[node])

    visit(root_of(children), start)
    return [states[node] for node in range(len(children))]


def root_of(children: Children) -> int:
    """Return the node that is nobody's child."""
    (root,) = set(range(len(children))) - {child for below in children for child in below}
    return root


def column(matrix: Tensor, token: Tensor) -> Tensor:
    """Return a column of a matrix, zeros for an absent token."""
    return matrix[:, token] if token >= 0 else zeros(len(matrix))


def zeros(size: int) -> Tensor:
    """Return a vector of zeros."""
    return torch.zeros(size, dtype=torch.float64)


def classified(logits: Tensor, target: Tensor) -> Score:
    """Score logits by the likelihood of classes `y`; an absent class is not scored."""
    seen = target >= 0
    total = torch.nn.functional.cross_entropy(logits[seen], target[seen], reduction="sum")
    return Score(total, float(seen.sum()), {"y.logits": logits})


def weighted(outputs: Tensor, cotangent: Tensor) -> Score:
    """Score the output `h` of a cell by its product with `r`."""
    return Score((outputs * cotangent).sum(), 1.0, {"h": outputs})


def own(params: Tensors, name: str) -> Tensors:
    """Return the parameters of the cell whose value is `name`."""
    return {key.removeprefix(f"{name}."): tensor for key, tensor in params.items() if key.startswith(f"{name}.")}
