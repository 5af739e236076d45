"""Tree- and DAG-structured specs equal a few lines of torch, written from their papers, node by node."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.peers.comparison import Array, Tensor, Tensors, torch
from tests.peers.structures import (
    ENGINES,
    Batch,
    Case,
    Children,
    Example,
    Results,
    Score,
    Spec,
    bottom_up,
    classified,
    column,
    compare,
    forest,
    model,
    own,
    random_dag,
    root_of,
    tokens,
    top_down,
    weighted,
    zeros,
)

WORDS, CLASSES, SIZE, INPUTS, KINDS, ENTITIES = 7, 3, 4, 5, 2, 2


def cell(name: str, extra: str = "", call: str = "x[n]", **dims: int) -> Spec:
    """Return a model around a cell of the library, with a random cotangent `r` for its output."""
    text = f"""
from cells import {name}

model Peer({", ".join(dims)}):
    index n : tree
    input x[n] : inputs
    input r[n] : size
    {extra}
    h[n] = {name}(size)({call})
    output h[n]
    loss sum(r[n] @ h[n] over n)
"""
    return Spec(text, dims)


# Batches --------------------------------------------------------------------------------------------------------------


def on_nodes(trees: list[Children], draw: Callable[[int], Array]) -> list[Array]:
    """Draw something for the nodes of every example."""
    return [draw(len(tree)) for tree in trees]


def labelled(seed: int, arity: int) -> Batch:
    """Draw trees with words and classes at all nodes, some absent."""
    rng, trees = np.random.default_rng(seed), forest(seed, arity)
    data = {
        "x": on_nodes(trees, lambda n: tokens(rng, [n], WORDS)),
        "y": on_nodes(trees, lambda n: tokens(rng, [n], CLASSES)),
    }
    return Batch(data, {"n": trees})


def sided(seed: int) -> Batch:
    """Say of every node whether it is its parent's first or second child."""
    batch = labelled(seed, 2)
    sides = on_nodes(list(batch.structure["n"]), lambda n: np.full(n, -1))
    for tree, side in zip(batch.structure["n"], sides, strict=True):
        for below in tree:
            side[below] = range(len(below))
    return Batch({**batch.data, "side": sides}, batch.structure)


def peer(seed: int, arity: int) -> Batch:
    """Draw trees with vectors at all nodes."""
    rng, trees = np.random.default_rng(seed), forest(seed, arity)
    data = {
        "x": on_nodes(trees, lambda n: rng.normal(size=(n, INPUTS))),
        "r": on_nodes(trees, lambda n: rng.normal(size=(n, SIZE))),
    }
    return Batch(data, {"n": trees})


def kinded(seed: int) -> Batch:
    """Draw trees with vectors and kinds at all nodes; some nodes are of no kind."""
    batch, rng = peer(seed, 4), np.random.default_rng(seed + 1)
    kind = on_nodes(list(batch.structure["n"]), lambda n: tokens(rng, [n], KINDS))
    return Batch({**batch.data, "kind": kind}, batch.structure)


def related(seed: int) -> Batch:
    """Draw trees with kinds, two marked nodes, and one class each."""
    batch, rng = kinded(seed), np.random.default_rng(seed + 2)
    trees = list(batch.structure["n"])
    marks = {name: on_nodes(trees, lambda n: np.eye(n)[rng.integers(n)]) for name in ("head", "tail")}
    data = {name: batch.data[name] for name in ("x", "kind")}
    data["y"] = [np.asarray(one) for one in tokens(rng, [len(trees)], CLASSES)]
    return Batch({**data, **marks}, batch.structure)


def documents(seed: int) -> Batch:
    """Draw acyclic graphs with kinds of edges and shares of entities, and one class each."""
    rng = np.random.default_rng(seed)
    graphs = [random_dag(rng, nodes, 3) for nodes in (8, 1, 5, 3)]
    data = {
        "x": on_nodes(graphs, lambda n: tokens(rng, [n], WORDS)),
        "kind": [tokens(rng, [sum(map(len, graph))], KINDS) for graph in graphs],
        "share": on_nodes(graphs, lambda n: rng.random((n, ENTITIES))),
        "y": [np.asarray(one) for one in tokens(rng, [len(graphs)], CLASSES)],
    }
    return Batch(data, {"n": graphs})


# References -----------------------------------------------------------------------------------------------------------


def vector(weight: Tensor, *parts: Tensor) -> Tensor:
    """Return a matrix times the concatenation of vectors."""
    return weight @ torch.cat(parts)


def tree_rnn(p: Tensors, example: Example) -> Score:
    def step(node: int, below: list[Tensor]) -> Tensor:
        if not below:
            return column(p["L"], example.data["x"][node])
        first, second = (*below, zeros(SIZE))[:2]
        return torch.tanh(vector(p["W"], first, second) + p["b"])

    phrases = torch.stack(bottom_up(example.children, step))
    return classified(phrases @ p["V"].T + p["c"], example.data["y"])


def rntn(p: Tensors, example: Example) -> Score:
    def step(node: int, below: list[Tensor]) -> Tensor:
        if not below:
            return column(p["L"], example.data["x"][node])
        parts = torch.cat([*below, zeros(SIZE)][:2])
        return torch.tanh(torch.einsum("i,dij,j->d", parts, p["V"], parts) + p["W"] @ parts)

    return classified(torch.stack(bottom_up(example.children, step)) @ p["W_s"].T, example.data["y"])


State = tuple[Tensor, Tensor]


def finish(i: Tensor, o: Tensor, u: Tensor, kept: Tensor) -> State:
    """Return (h, c) from the summed inputs of the gates, and what is kept of the children's cells."""
    c = torch.sigmoid(i) * torch.tanh(u) + kept
    return torch.sigmoid(o) * torch.tanh(c), c


def outputs_of(states: list[State]) -> Tensor:
    """Return the h of all nodes."""
    return torch.stack([h for h, _ in states])


def tree_lstm(p: Tensors, example: Example) -> Score:
    def step(node: int, below: list[State]) -> State:
        word, total = example.data["x"][node], sum((h for h, _ in below), zeros(SIZE))
        own_part = {gate: column(p[f"W_{gate}"], word) + p[f"b_{gate}"] for gate in "iouf"}
        i, o, u = (own_part[gate] + p[f"U_{gate}"] @ total for gate in "iou")
        kept = sum((torch.sigmoid(own_part["f"] + p["U_f"] @ h) * c for h, c in below), zeros(SIZE))
        return finish(i, o, u, kept)

    hidden = outputs_of(bottom_up(example.children, step))
    return classified(hidden @ p["V"].T + p["c0"], example.data["y"])


def nary(p: Tensors, x: Tensor, children: Children, arity: int = 2) -> Tensor:
    """Return h of all nodes; the places' matrices stand side by side, so a node sees one long vector."""
    wide = {gate: torch.cat(list(p[f"U_{gate}"]), dim=1) for gate in "iou"}

    def step(node: int, below: list[State]) -> State:
        full = [*below, *[(zeros(SIZE), zeros(SIZE))] * arity][:arity]
        long = torch.cat([h for h, _ in full])
        i, o, u = (p[f"W_{gate}"] @ x[node] + wide[gate] @ long + p[f"b_{gate}"] for gate in "iou")
        kept = zeros(SIZE)
        for place, (_, c) in enumerate(full):
            forget = p["W_f"] @ x[node] + torch.cat(list(p["U_f"][place]), dim=1) @ long + p["b_f"]
            kept = kept + torch.sigmoid(forget) * c
        return finish(i, o, u, kept)

    return outputs_of(bottom_up(children, step))


def nary_cell(p: Tensors, example: Example) -> Score:
    return weighted(nary(own(p, "h"), example.data["x"], example.children), example.data["r"])


def constituency(p: Tensors, example: Example) -> Score:
    words = torch.stack([column(p["E"], token) for token in example.data["x"]])
    return classified(nary(own(p, "h"), words, example.children) @ p["V"].T + p["c"], example.data["y"])


def typed(p: Tensors, example: Example) -> Tensor:
    """Return h of all nodes; every child is multiplied by the matrix of its kind."""
    x, kinds = example.data["x"], [int(kind) for kind in example.data["kind"]]

    def step(node: int, below: list[State]) -> State:
        # a child of no kind has no matrix, and nothing of its cell is kept
        seen = [(kinds[child], *state) for child, state in zip(example.children[node], below, strict=True)]
        seen = [state for state in seen if state[0] >= 0]
        sums = {g: p[f"W_{g}"] @ x[node] + p[f"b_{g}"] for g in "iouf"}
        i, o, u = (sums[g] + sum((p[f"U_{g}"][kind] @ h for kind, h, _ in seen), zeros(SIZE)) for g in "iou")
        kept = zeros(SIZE)
        for mine, _, c in seen:
            others = sum((p["U_f"][mine, kind] @ h for kind, h, _ in seen), zeros(SIZE))
            kept = kept + torch.sigmoid(sums["f"] + others) * c
        return finish(i, o, u, kept)

    return outputs_of(bottom_up(example.children, step))


def typed_cell(p: Tensors, example: Example) -> Score:
    return weighted(typed(own(p, "h"), example), example.data["r"])


def falling(p: Tensors, example: Example) -> Tensor:
    """Return h of all nodes, from torch's own LSTM cell: a path from the root is a sequence."""
    module = torch.nn.LSTMCell(INPUTS, SIZE, dtype=torch.float64)
    w, u, b = (torch.cat([p[f"{kind}_{gate}"] for gate in "ifgo"]) for kind in "WUb")
    weights = {"weight_ih": w, "weight_hh": u, "bias_ih": b, "bias_hh": torch.zeros_like(b)}

    def step(node: int, above: State) -> State:
        h, c = torch.func.functional_call(module, weights, (example.data["x"][node], above))
        return h, c

    return outputs_of(top_down(example.children, (zeros(SIZE), zeros(SIZE)), step))


def falling_cell(p: Tensors, example: Example) -> Score:
    return weighted(falling(own(p, "h"), example), example.data["r"])


def bidirectional(p: Tensors, example: Example) -> Score:
    def climb(node: int, below: list[Tensor]) -> Tensor:
        if not below:
            return column(p["L"], example.data["x"][node])
        return torch.tanh(sum(p["W"][place] @ h for place, h in enumerate(below)) + p["b"])

    up = bottom_up(example.children, climb)

    def fall(node: int, above: Tensor) -> Tensor:
        side = int(example.data["side"][node])
        inherited = p["D"][side] @ above if side >= 0 else zeros(SIZE)
        return torch.tanh(inherited + p["V"] @ up[node] + p["d"])

    down = torch.stack(top_down(example.children, zeros(SIZE), fall))
    return classified(down @ p["U"].T + torch.stack(up) @ p["R"].T + p["c"], example.data["y"])


def relation(p: Tensors, example: Example) -> Score:
    up, down = typed(own(p, "up"), example), falling(own(p, "down"), example)
    ends = [example.data[name] @ down for name in ("head", "tail")]
    hidden = torch.tanh(vector(p["W"], up[root_of(example.children)], *ends) + p["b"])
    return one_class(p["V"] @ hidden + p["c"], example.data["y"])


def dag_lstm(p: Tensors, example: Example) -> Score:
    starts = np.cumsum([0, *map(len, example.children)])
    kinds = example.data["kind"]

    def step(node: int, below: list[State]) -> State:
        word = column(p["E"], example.data["x"][node])
        sums = {gate: p[f"W_{gate}"] @ word + p[f"b_{gate}"] for gate in "iouf"}
        kept = zeros(SIZE)
        for edge, (h, c) in enumerate(below, start=int(starts[node])):
            share = {gate: p[f"U_{gate}"][kinds[edge]] @ h if kinds[edge] >= 0 else zeros(SIZE) for gate in "iouf"}
            kept = kept + torch.sigmoid(sums["f"] + share["f"]) * c
            sums |= {gate: sums[gate] + share[gate] for gate in "iou"}
        return finish(sums["i"], sums["o"], sums["u"], kept)

    entities = example.data["share"].T @ outputs_of(bottom_up(example.children, step))
    return one_class(torch.einsum("mkn,mn->k", p["V"], entities) + p["c0"], example.data["y"])


def one_class(logits: Tensor, target: Tensor) -> Score:
    """Score the one class of an example."""
    score = classified(logits[None], target[None])
    return score._replace(outputs={"y.logits": logits})


CASES = (
    Case("TreeRNN", model("tree_rnn", vocab=WORDS, classes=CLASSES, size=SIZE), lambda s: labelled(s, 2), tree_rnn),
    Case("RNTN", model("rntn", vocab=WORDS, classes=CLASSES, size=SIZE), lambda s: labelled(s, 2), rntn),
    Case("TreeLSTM", model("tree_lstm", vocab=WORDS, classes=CLASSES, size=SIZE), lambda s: labelled(s, 4), tree_lstm),
    Case("NaryTreeLSTM", cell("NaryTreeLSTM", inputs=INPUTS, size=SIZE), lambda s: peer(s, 2), nary_cell),
    Case(
        "ConstituencyTreeLSTM",
        model("constituency_tree_lstm", vocab=WORDS, embed=INPUTS, size=SIZE, classes=CLASSES),
        lambda s: labelled(s, 2),
        constituency,
    ),
    Case(
        "TypedTreeLSTM",
        cell("TypedTreeLSTM", "input kind[n] : token(2)", "x[n], kind[n]", inputs=INPUTS, size=SIZE),
        kinded,
        typed_cell,
    ),
    Case("TopDownLSTM", cell("TopDownLSTM", inputs=INPUTS, size=SIZE), lambda s: peer(s, 4), falling_cell),
    Case(
        "BidirectionalTree",
        model("bidirectional_tree", vocab=WORDS, labels=CLASSES, size=SIZE),
        sided,
        bidirectional,
    ),
    Case(
        "RelationClassifier",
        model("relation_classifier", inputs=INPUTS, relations=CLASSES, size=SIZE, hidden=6),
        related,
        relation,
    ),
    Case(
        "DagLSTM",
        model("dag_lstm", vocab=WORDS, kinds=KINDS, relations=CLASSES, entities=ENTITIES, embed=INPUTS, size=SIZE),
        documents,
        dag_lstm,
    ),
)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_equals_its_paper(
    case: Case,
    engine: Callable[..., Results],
    seed: int,
    record_property: Callable[[str, object], None],
) -> None:
    record_property("difference", compare(engine, case.spec, case.batch(seed), case.reference))
