"""Structure that is no tree or dag is refused, naming the example and the node."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnndsl.codegen.prelude_trees import flattened
from rnndsl.diagnostics.codes import CODES
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.indices import Index
from rnndsl.runtime.program import Program
from rnndsl.runtime.structure import bind_structure, check_structure, trees
from tests.runtime.structure_graphs import D_K, DAG, ROWS, TREE, K, graph, tokens, vectors

LEAF: list[list[int]] = [[]]
FORK: list[list[int]] = [[1, 2], [], []]


def check(index: Index, *examples: Any) -> None:
    check_structure(index, examples, rooted=index is TREE)


def test_trees_are_taken_in_any_order_and_form() -> None:
    edges = check_structure(TREE, [LEAF, [[], [0, 2], []], [[3], [0], [1], []]], rooted=True)
    assert edges.nodes.tolist() == [1, 3, 4]
    assert edges.counts.tolist() == [0, 0, 2, 0, 1, 1, 1, 0]
    assert edges.parents.tolist() == [2, 2, 4, 5, 6]
    assert edges.children.tolist() == [1, 3, 7, 4, 5]
    assert edges.sums.tolist() == [0, 2, 3]
    forms: Any = ((np.array([1, 2]), (), np.array([], int)), [[np.int32(1), np.uint8(2)], [], []])
    assert check_structure(TREE, forms, rooted=True).children.tolist() == [1, 2, 4, 5]


TREES: dict[str, tuple[Any, str, str]] = {
    "outside": ([[1], [3], []], "RNN615", "example 1: node 1 of `n` has child 3, but the nodes are 0 to 2"),
    "negative": ([[1], [-1]], "RNN615", "example 1: node 1 of `n` has child -1, but the nodes are 0 to 1"),
    "huge": ([[2**70], []], "RNN615", "node 0 of `n` has child 1180591620717411303424, but"),
    "huge_unsigned": ([[np.uint64(2**63)], []], "RNN615", "node 0 of `n` has child"),
    "fraction": ([[1], [2.0], []], "RNN615", r"example 1: node 1 of `n` has child 2.0, but .* whole number"),
    "bool": ([[True], []], "RNN615", "example 1: node 0 of `n` has child True"),
    "none": ([[None], []], "RNN615", "has child None"),
    "text": ([["1"], []], "RNN615", "has child '1'"),
    "float_array": ([np.array([1.0]), []], "RNN615", "node 0 of `n` has child"),
    "matrix": ([np.array([[1]]), []], "RNN615", "node 0 of `n` has child"),
    "flat": ([1, 2], "RNN615", "example 1: the children of node 0 of `n` are 1, expected a list"),
    "word": ([[1], "2", []], "RNN615", "example 1: the children of node 1 of `n` are '2', expected a list"),
    "number": (3, "RNN615", "example 1: the structure of `n` is 3, expected a list per node"),
    "table": ({0: [1]}, "RNN615", "example 1: the structure of `n` is {0: "),
    "point": (np.array(3), "RNN615", "example 1: the structure of `n` is array"),
    "no_nodes": ([], "RNN615", "example 1 has no node along `n`"),
    "own_child": ([[1], [1]], "RNN616", "example 1: node 1 of `n` is its own child"),
    "cycle": ([[1, 2], [], [3], [2]], "RNN616", "example 1: nodes of `n` are children of one another: 2 -> 3 -> 2"),
    "cycle_alone": ([[], [3], [1], [2]], "RNN616", ": 1 -> 3 -> 2 -> 1"),
    "long_cycle": ([*[[k + 1] for k in range(19)], [0]], "RNN616", "6 -> 7 -> ... -> 0"),
    "two_parents": ([[1, 2], [3], [3], []], "RNN617", "example 1: node 3 of `n` is a child of node 1 and of node 2"),
    "twice": ([[1, 1], []], "RNN617", "example 1: node 1 of `n` is twice a child of node 0"),
    "two_roots": ([[1], [], []], "RNN617", "example 1: nodes 0, 2 of `n` are nobody's child, but a tree has one root"),
    "many_roots": ([[]] * 20, "RNN617", r"nodes 0, 1, 2, 3, 4, 5, 6, 7, \.\.\. of `n`"),
}


@pytest.mark.parametrize(("bad", "code", "message"), TREES.values(), ids=TREES.keys())
def test_what_is_no_tree_is_refused(bad: Any, code: str, message: str) -> None:
    with pytest.raises(DataError, match=f"^{code}: .*{message}") as caught:
        check(TREE, FORK, bad, LEAF)
    assert "\n" not in str(caught.value)
    assert caught.value.diagnostic.code in CODES
    assert caught.value.diagnostic.help or code == "RNN616"


def test_a_dag_shares_nodes() -> None:
    check(DAG, [[1, 2], [3], [3], []], [[1, 1], []])
    with pytest.raises(DataError, match=r"RNN616: example 0: .*: 1 -> 3 -> 1"):
        check(DAG, [[1, 2], [3], [3], [1]])


def test_only_who_reads_the_root_of_a_dag_needs_one() -> None:
    two: Any = [[2], [2], []]
    check(DAG, two)
    with pytest.raises(DataError, match=r"RNN617: example 0: nodes 0, 1 of `n` .* asks for the one root"):
        check_structure(DAG, [two], rooted=True)
    info = vectors("x", (DAG,))
    assert trees(graph(info, indices=(DAG,))) == {DAG: False}
    assert trees(graph(info, indices=(DAG,), rooted=True)) == {DAG: True}
    assert trees(graph(vectors("x", (TREE,)), indices=(TREE, ROWS))) == {TREE: True}


def test_examples_can_bear_other_names() -> None:
    with pytest.raises(DataError, match=r"RNN615: a.jsonl:8: node 0 of `n` has child 5"):
        check_structure(TREE, [FORK, [[5]]], rooted=True, where=lambda example: f"a.jsonl:{example + 7}")


@st.composite
def links(draw: st.DrawFn) -> list[list[int]]:
    """Draw lists of children that may be anything: trees, dags, cycles."""
    size = draw(st.integers(1, 6))
    return draw(st.lists(st.lists(st.integers(0, size - 1), max_size=3), min_size=size, max_size=size))


def walks(children: list[list[int]], node: int, above: tuple[int, ...] = ()) -> Iterator[bool]:
    """Yield for every way down from a node whether it comes back to a node that it has passed."""
    if node in above:
        yield True
    elif not children[node]:
        yield False
    else:
        for child in children[node]:
            yield from walks(children, child, (*above, node))


@given(st.lists(links(), min_size=1, max_size=3))
def test_cycles_parents_and_roots_are_found_as_by_walking(examples: list[list[list[int]]]) -> None:
    cyclic = any(any(walks(one, node)) for one in examples for node in range(len(one)))
    users = [[sum(children.count(node) for children in one) for node in range(len(one))] for one in examples]
    tree = not cyclic and all(max(own) <= 1 and own.count(0) == 1 for own in users)
    for index, good in ((DAG, not cyclic), (TREE, tree)):
        try:
            check(index, *examples)
        except DataError as error:
            assert not good
            assert (error.diagnostic.code == "RNN616") == cyclic  # noqa: PT017 (which error depends on what was drawn)
        else:
            assert good


def test_a_long_chain_is_a_tree() -> None:
    check(TREE, [[k + 1] for k in range(3000)] + [[]])


# With a call ----------------------------------------------------------------------------------------------------------


def test_nodes_and_edges_are_counted() -> None:
    found, counts = bind_structure(graph(vectors("x", (TREE, K)), indices=(TREE, K, ROWS)), {"n": [FORK, LEAF]})
    assert found == {"n": [FORK, LEAF]}
    assert {name: own.tolist() for name, own in counts.items()} == {"n": [3, 1], "k": [2, 0]}
    assert bind_structure(graph(indices=(ROWS,)), None) == ({}, {})
    assert bind_structure(graph(indices=(ROWS,)), {}) == ({}, {})


CALLS: dict[str, tuple[Any, str]] = {
    "none": (None, "the structure of the dag `n` is missing"),
    "empty": ({}, "the structure of the dag `n` is missing"),
    "list": ([FORK], "no dictionary"),
    "unknown": ({"m": [FORK]}, "`m` is not a tree or dag"),
    "children": ({"n": [FORK], "k": [FORK]}, "`k` is not a tree or dag"),
    "number": ({"n": 1}, "is 1, expected one entry per example"),
}


@pytest.mark.parametrize(("structure", "message"), CALLS.values(), ids=CALLS.keys())
def test_wrong_calls_say_how_structure_is_given(structure: Any, message: str) -> None:
    with pytest.raises(DataError, match=f"^RNN615: .*{message}") as caught:
        bind_structure(graph(indices=(DAG, D_K)), structure)
    assert "structure={" in caught.value.diagnostic.help or "`n`" in caught.value.diagnostic.help


def test_a_model_without_trees_takes_no_structure() -> None:
    with pytest.raises(DataError, match="RNN615: `n` is not a tree or dag of the model") as caught:
        bind_structure(graph(indices=(ROWS,)), {"n": [FORK]})
    assert caught.value.diagnostic.help == "its trees and dags are none"


BY_HAND = """
import numpy as np

NAME, STREAM = "Hand", ""
OUTPUTS = ("nodes",)
READS = {"forward": ("x",), "loss_and_grad": ("x",)}
SEQUENCES = {"forward": ("n",), "loss_and_grad": ("n",)}
CARRIES = {"forward": ((), ()), "loss_and_grad": ((), ())}


def forward(params, data, lengths=None, structure=None, carry=None, score=True, outputs=True):
    return {"nodes": structure["n"], "lengths": lengths, "loss": (1.0, {})}


def loss_and_grad(params, data, wrt="params", lengths=None, structure=None, carry=None, noise=None):
    return 1.0, {}, {"nodes": structure["n"], "lengths": lengths}
"""


def test_structure_reaches_the_module() -> None:
    program = Program(graph(tokens("x", (TREE,)), indices=(TREE, K)), BY_HAND, "float64", "a tree")
    data, structure = {"x": [[1, 2, 3], [4]]}, {"n": [FORK, LEAF]}
    _, grads = program.loss_and_grad({}, data, structure=structure)
    for found in (program.run({}, data, structure=structure), grads):
        flat = {name: own.tolist() for name, own in dict(found["nodes"]).items()}
        assert flat == {"nodes": [3, 1], "children": [2, 0, 0, 0], "places": [1, 2]}
        assert {name: own.tolist() for name, own in dict(found["lengths"]).items()} == {"n": [3, 1], "k": [2, 0]}
    assert program.loss({}, data, structure=structure) == 1.0
    calls: tuple[Callable[..., Any], ...] = (program.run, program.loss, program.loss_and_grad)
    for call in calls:
        with pytest.raises(DataError, match="RNN615: the structure of the tree `n` is missing"):
            call({}, data)
        with pytest.raises(TypeError, match="struct"):
            call({}, data, struct=structure)


def test_finite_looks_at_every_axis_but_not_at_padding() -> None:
    model = graph(vectors("e", (TREE, K)), tokens("x", (TREE,)), indices=(TREE, K))
    program = Program(model, BY_HAND, "float64", "a tree", finite=True)
    edges, structure = np.ones((2, 3, 2)), {"n": [FORK, LEAF]}
    edges[0, 2:], edges[1] = np.nan, np.nan
    program.run({}, {"x": [[1, 2, 3], [4]], "e": edges}, structure=structure)
    edges[0, 1, 1] = np.inf
    with pytest.raises(DataError, match="RNN606: `e`"):
        program.run({}, {"x": [[1, 2, 3], [4]], "e": edges}, structure=structure)


def test_what_is_bound_is_the_structure_and_the_same_flat() -> None:
    structure: Any = [FORK, LEAF, [[], [0]]]
    found: Any = bind_structure(graph(tokens("x", (TREE,)), indices=(TREE, K)), {"n": structure})[0]["n"]
    counted = flattened(structure)
    assert found == structure
    assert {name: own.tolist() for name, own in found.flat.items()} == {n: own.tolist() for n, own in counted.items()}
    assert all(own.dtype == counted[name].dtype for name, own in found.flat.items())
    assert not hasattr(found[1:], "flat")  # which is of all examples
