"""Cases for verification: small, ragged, with something absent, and the same for the same seed."""

import numpy as np
import pytest

from rnndsl.compiler import build, check
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.indices import Index, Kind
from rnndsl.runtime.binding import Given, bind
from rnndsl.verify.cases import LENGTHS, draw_case, small_dims
from tests.runtime.structure_graphs import DAG, TREE, points, tokens, vectors
from tests.runtime.structure_graphs import graph as by_hand

TEXT = """
model Net(words, n, m, k = 3):
    index  t, s : sequence
    index  i : 1..k
    input  word[t] : token(words)
    input  f[s, i] : n, m
    target y[t] : m
    target z : scalar
    param  W[i] : m, n
    param  b : m
    y[t] ~ normal(sum(W[i] @ b @ W[i] over i) * mean(f[s, 1] @ b over s) @ b * b)
    z ~ normal(sum(b))
"""
TEXT = TEXT.replace(
    "sum(W[i] @ b @ W[i] over i) * mean(f[s, 1] @ b over s) @ b * b", "b + W[1] @ mean(f[s, 2] @ b over s)"
)


def graph(**dims: int) -> RecurrenceGraph:
    """Return the graph of TEXT with small dimensions."""
    given = small_dims(build(check(TEXT, dims=dims)), dims)
    return build(check(TEXT, dims={**given, **dims}))


def test_dimensions_are_small_even_and_different() -> None:
    free = small_dims(build(check(TEXT)), {})
    assert {name: free[name] for name in ("words", "n", "m")} == {"words": 4, "n": 6, "m": 8}
    assert small_dims(build(check(TEXT, dims={"n": 5})), {"n": 5}).keys() == free.keys() - {"n"}


def test_shapes() -> None:
    case = draw_case(graph(words=50), 0)
    assert case.examples == 3
    assert case.lengths == {"t": list(LENGTHS[0]), "s": list(LENGTHS[1])}
    sizes = case.dims
    assert case.params["W"].shape == (sizes["k"], sizes["m"], sizes["n"])
    for example in range(3):
        t, s = LENGTHS[0][example], LENGTHS[1][example]
        assert case.data["word"][example].shape == (t,)
        assert case.data["f"][example].shape == (s, sizes["k"], sizes["n"], sizes["m"])
        assert case.data["y"][example].shape == (t, sizes["m"])
        assert case.data["z"][example].shape == ()


def test_something_is_absent() -> None:
    cases = [draw_case(graph(words=50), seed) for seed in range(5)]
    words = np.concatenate([word for case in cases for word in case.data["word"]])
    targets = np.concatenate([y for case in cases for y in case.data["y"]])
    assert words.min() == -1
    assert 20 < words.max() < 50
    assert 0 < np.isnan(targets).all(axis=1).mean() < 0.5
    assert (np.isnan(targets).any(axis=1) == np.isnan(targets).all(axis=1)).all()
    assert np.isfinite(np.concatenate([np.ravel(f) for case in cases for f in case.data["f"]])).all()


def test_seeds() -> None:
    one, same, other = (draw_case(graph(), seed) for seed in (1, 1, 2))
    for name, array in one.params.items():
        np.testing.assert_array_equal(array, same.params[name])
        assert (array != other.params[name]).any()


def test_positive_numbers_keep_away_from_zero() -> None:
    case = draw_case(graph(), 0, positive=True)
    numbers = [*case.params.values(), *case.data["f"]]
    assert min(array.min() for array in numbers) >= 0.1


def test_one_example_alone() -> None:
    case = draw_case(graph(), 0)
    alone = case.example(1)
    assert (case.examples, alone.examples) == (3, 1)
    assert alone.lengths == {"t": [LENGTHS[0][1]], "s": [LENGTHS[1][1]]}
    assert {name: len(arrays) for name, arrays in alone.data.items()} == dict.fromkeys(case.data, 1)
    np.testing.assert_array_equal(alone.data["f"][0], case.data["f"][1])


# Trees, dags and several sequences ------------------------------------------------------------------------------------


def test_three_sequences_have_different_lengths() -> None:
    rows, columns, depth = (Index(name, Kind.SEQUENCE, k) for k, name in enumerate("ijs"))
    model = by_hand(vectors("v", (rows, columns, depth)), points("y", (rows,), depth), indices=(rows, columns, depth))
    case = draw_case(model, 0)
    assert len({tuple(lengths) for lengths in case.lengths.values()}) == 3
    for example, (i, j, s) in enumerate(zip(*case.lengths.values(), strict=True)):
        assert case.data["v"][example].shape == (i, j, s, 2)
        assert case.data["y"][example].shape == (i,)
        assert case.data["y"][example].max() < s
    names = [draw_case(model, seed).data["y"] for seed in range(9)]
    assert min(int(array.min()) for arrays in names for array in arrays) == -1


@pytest.mark.parametrize("tree", [TREE, DAG])
def test_nodes_and_edges_fit_the_structure(tree: Index) -> None:
    children = Index("k", Kind.CHILDREN, 1, of=tree)
    inputs = (tokens("x", (tree,)), vectors("e", (tree, children)), points("y", (), tree))
    model = by_hand(*inputs, indices=(tree, children), rooted=True)
    for seed in range(9):
        case = draw_case(model, seed)
        assert case.lengths == {}
        bound = bind(model, "float64", {}, case.data, Given(**case.points), list(model.inputs))
        assert bound.lengths["n"].tolist() == [array.size for array in case.data["x"]]
        alone = case.example(2)
        assert alone.structure == {"n": [case.structure["n"][2]]}
        assert alone.examples == 1
        bind(model, "float64", {}, alone.data, Given(**alone.points), list(model.inputs))


def test_trees_do_not_change_what_else_is_drawn() -> None:
    rows = Index("i", Kind.SEQUENCE, 1)
    plain = draw_case(by_hand(vectors("v", (rows,)), indices=(rows,)), 3)
    beside = draw_case(by_hand(vectors("v", (rows,)), indices=(rows, TREE)), 3)
    for one, other in zip(plain.data["v"], beside.data["v"], strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_model_of_structure_alone_has_examples() -> None:
    assert draw_case(by_hand(indices=(TREE,)), 0).examples == 3
