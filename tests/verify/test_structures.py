"""Random trees and dags are what they are called, and have what a verifier must see."""

from itertools import product

import numpy as np
import pytest

from rnndsl.indices import Index, Kind
from rnndsl.runtime.structure import Edges, check_structure
from rnndsl.verify.structures import CHAIN, NODES, draw_structure

TREE, DAG = Index("n", Kind.TREE, 0), Index("n", Kind.DAG, 0)
SEEDS = range(30)


def drawn(index: Index, row: int, seed: int, *, rooted: bool = True) -> Edges:
    """Draw and check."""
    return check_structure(index, draw_structure(index, row, seed, rooted=rooted), rooted=rooted)


@pytest.mark.parametrize("row", [0, 1, 2])
def test_trees_are_forks_chains_and_lone_nodes(row: int) -> None:
    for seed in SEEDS:
        found = drawn(TREE, row, seed)
        assert found.nodes.tolist() == list(NODES[row % len(NODES)])
        for size, start in zip(found.nodes.tolist(), found.starts.tolist(), strict=True):
            arity = sorted(found.counts[start : start + size].tolist())
            assert arity == [0] if size == 1 else arity == [0, 1, 1, 1] if size == CHAIN else arity[-1] >= 2


def test_nodes_and_children_stand_in_any_order() -> None:
    edges = [drawn(TREE, 0, seed) for seed in SEEDS]
    upward = np.concatenate([one.children > one.parents for one in edges])
    assert 0.3 < upward.mean() < 0.7
    first = [one.children[one.parents == np.argmax(one.counts)][:2] for one in edges]
    assert 0.2 < np.mean([pair[0] < pair[1] for pair in first]) < 0.8


def test_arities_differ() -> None:
    assert {int(drawn(TREE, 0, seed).counts.max()) for seed in SEEDS} >= {2, 3, 4}


def test_dags_share_nodes_have_a_child_twice_and_two_roots_if_they_may() -> None:
    for seed, rooted in product(SEEDS, (True, False)):
        found = drawn(DAG, 0, seed, rooted=rooted)
        pairs = list(zip(found.parents.tolist(), found.children.tolist(), strict=True))
        assert len(set(pairs)) == len(pairs) - 1
        assert int(found.users.max()) > 1
        roots = [int((users == 0).sum()) for users in np.split(found.users, found.starts[1:])]
        assert roots == ([1, 1, 1] if rooted else [2, 1, 2])


def test_seeds_and_rows() -> None:
    one, same = (draw_structure(TREE, 0, 1, rooted=True) for _ in range(2))
    assert one == same
    assert one not in (draw_structure(TREE, 0, 2, rooted=True), draw_structure(TREE, 2, 1, rooted=True))
