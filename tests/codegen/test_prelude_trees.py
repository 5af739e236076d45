"""Nodes of trees and dags, and their uses, against plain Python that goes through them one by one."""

import numpy as np
import pytest

from rnndsl.codegen.prelude_rows import Rows
from rnndsl.codegen.prelude_trees import Tree, Uses, flattened, spans
from tests.codegen import enumerated
from tests.codegen.enumerated import Enumerated, Forest, all_nodes, columns

RNG = np.random.default_rng(0)
every_forest = pytest.mark.parametrize("structure", enumerated.FORESTS.values(), ids=enumerated.FORESTS.keys())


@every_forest
def test_children_by_place(structure: Forest) -> None:
    tree, (example, place) = Tree(structure), columns(all_nodes(structure), 2)
    for slot in range(-2, 5):
        wanted = [one[p][slot] if 0 <= slot < len(one[p]) else -1 for one in structure for p in range(len(one))]
        assert tree.children(example, place, slot).tolist() == wanted
        assert tree.children(example, place, np.full(len(place), slot)).tolist() == wanted


@every_forest
def test_trees_may_be_counted_before(structure: Forest) -> None:
    tree, other = Tree(structure), Tree(flattened(structure))
    assert vars(tree).keys() == vars(other).keys()
    for name, value in vars(tree).items():
        np.testing.assert_array_equal(vars(other)[name], value, err_msg=name)


@every_forest
def test_parents_and_roots(structure: Forest) -> None:
    tree, (example, place) = Tree(structure), columns(all_nodes(structure), 2)
    above = [min((q for q, own in enumerate(structure[e]) if p in own), default=-1) for e, p in all_nodes(structure)]
    assert tree.parent(example, place).tolist() == above
    roots = [min((p for (f, p), q in zip(all_nodes(structure), above, strict=True) if f == e and q < 0), default=-1)
             for e in range(len(structure))]  # fmt: skip
    assert tree.root(np.arange(len(structure))).tolist() == roots


@every_forest
def test_edges_node_by_node(structure: Forest) -> None:
    tree = Tree(structure)
    own = [[(p, k) for p, below in enumerate(one) for k in range(len(below))] for one in structure]
    assert tree.edges.tolist() == [len(edges) for edges in own]
    triples = [(e, p, k) for e, p in all_nodes(structure) for k in range(-1, 4)]
    wanted = [own[e].index((p, k)) if (p, k) in own[e] else -1 for e, p, k in triples]
    assert tree.edge(*columns(triples, 3)).tolist() == wanted
    example, number = columns([(e, k) for e, edges in enumerate(own) for k in range(len(edges))], 2)
    place, slot = tree.ends(example, number)
    assert list(zip(place.tolist(), slot.tolist(), strict=True)) == [edge for edges in own for edge in edges]


def test_a_node_without_a_parent_has_no_edge_to_it() -> None:
    tree = Tree([[[1], []]])
    assert tree.edge(np.zeros(1, int), np.array([-1]), np.array([0])).tolist() == [-1]


@every_forest
@pytest.mark.parametrize("weight", [1, 2])
def test_nodes_are_walked_by_height(structure: Forest, weight: int) -> None:
    tree, (example, place) = Tree(structure), columns(all_nodes(structure), 2)
    heights = [enumerated.height(structure[e], p) for e, p in all_nodes(structure)]
    assert tree.step.tolist() == heights
    assert tree.front(example, place, weight).tolist() == [weight * high for high in heights]
    tops = [max((enumerated.height(one, p) for p in range(len(one))), default=-1) for one in structure]
    assert tree.last_front(weight).tolist() == [weight * top if top >= 0 else -1 for top in tops]
    down = [weight * (tops[e] - high) for (e, _), high in zip(all_nodes(structure), heights, strict=True)]
    assert tree.front(example, place, -weight).tolist() == down


@pytest.mark.parametrize(
    ("structure", "nodes_of_cycle"),
    [
        ([[[]], [[0]]], {"1": {0}}),
        ([[[1], [0]]], {"0": {0, 1}}),
        ([[[1], []], [[1], [2], [3, 4], [1], []]], {"1": {0, 1, 2, 3}}),
    ],
    ids=["itself", "a pair", "below a root"],
)
def test_cycles_are_refused(structure: Forest, nodes_of_cycle: dict[str, set[int]]) -> None:
    ((example, members),) = nodes_of_cycle.items()
    with pytest.raises(ValueError, match="a node is below itself") as caught:
        Tree(structure)
    said = str(caught.value).split()
    assert said[-1] == example
    assert int(said[said.index("node", 2) + 1]) in members


# Uses -----------------------------------------------------------------------------------------------------------------


def test_many_nodes_of_a_height_are_divided() -> None:
    tree = Tree([[[1, 2], [], []], [[1], [2, 3], [], []], [[]]])
    assert (tree.step.tolist(), tree.leaf_steps) == ([1, 0, 0, 2, 1, 0, 0, 0], 1)
    step, leaves = tree.steps(tree.step, widest=2)
    assert (step.tolist(), leaves) == ([3, 0, 0, 4, 3, 1, 1, 2], 3)
    empty = Tree([[]])
    assert (empty.step.tolist(), empty.leaf_steps) == ([], 0)


def laid(name: str) -> tuple[Rows, Enumerated]:
    return enumerated.laid_out(enumerated.LAYOUTS[name])


@pytest.mark.parametrize("slot", [None, 0, 1])
@pytest.mark.parametrize("name", ["tree", "dag", "tree in time", "tree of lanes"])
def test_values_are_summed_where_they_are_used(name: str, slot: int | None) -> None:
    rows, wanted = laid(name)
    structure = enumerated.DAGS if name == "dag" else enumerated.TREES
    tree = next(points for _, points, _ in rows.factors if isinstance(points, Tree))
    uses = Uses(rows, "m", tree, slot)
    found = [
        (k, p, s)
        for k, row in enumerate(wanted.rows)
        for p, below in enumerate(structure[row.example])
        for s, child in enumerate(below)
        if child == row.place[wanted.names.index("m")] and slot in {None, s}
    ]
    assert list(zip(uses.group.tolist(), uses.place.tolist(), uses.slot.tolist(), strict=True)) == found
    assert uses.example.tolist() == [wanted.rows[k].example for k, _, _ in found]
    values, picked = RNG.normal(size=(4, 2)), RNG.integers(-1, 4, len(found))
    table = uses.table(picked)
    expected = np.zeros((rows.size, 2))
    for (k, _, _), row in zip(found, picked, strict=True):
        expected[k] += values[row] if row >= 0 else 0
    out = np.full((rows.size, 2), np.nan)
    np.testing.assert_allclose(uses.pull(values, table, out), expected, rtol=1e-12, atol=1e-15)
    for step, at in enumerate(rows.at):
        part = np.full((at.stop - at.start, 2), np.nan)
        np.testing.assert_allclose(uses.pull(values, table, part, step), expected[at], rtol=1e-12, atol=1e-15)


def test_nodes_with_one_parent_are_used_once() -> None:
    rows, _ = laid("tree")
    assert Uses(rows, "m", rows.factors[0][1]).single
    rows, _ = laid("dag")
    assert not Uses(rows, "m", rows.factors[0][1]).single
    assert Uses(rows, "m", rows.factors[0][1], 7).single


def test_spans() -> None:
    assert spans(np.array([5, 0, 9, 2]), np.array([2, 0, 1, 3])).tolist() == [5, 6, 9, 2, 3, 4]
    assert spans(np.array([], int), np.array([], int)).tolist() == []
