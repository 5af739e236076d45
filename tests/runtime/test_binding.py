"""Data that does not fit is refused before anything runs, naming the input, what was expected and what came."""

from typing import Any

import numpy as np
import pytest

import rnndsl
from rnndsl.compiler import build, check
from rnndsl.diagnostics.codes import CODES
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.runtime.binding import Bound, Given, bind, check_points
from tests.runtime.structure_graphs import COLUMNS, ROWS, TREE, K, S, graph, points, tokens, vectors, with_maximum

NET = """
model Net(words, n, k = 2):
    index  t : sequence
    index  i : 1..k
    input  x[t] : n
    input  word[t] : token(words)
    input  s[t] : scalar
    input  z : n
    input  f[t, i] : n
    target y[t] : n
    param  W : n, n
    param  E : n, words
    h[t] : n = tanh(W @ h[t-1] + x[t] + E @ word[t] + s[t] * z + sum(f[t, i] over i))
    y[t] ~ normal(h[t])
"""
TWO = """
model Two(n):
    index  s, t : sequence
    input  x[s] : n
    input  v[t] : n
    target y[t] : n
    param  b : n
    h[s] : n = tanh(h[s-1] + x[s])
    y[t] ~ normal(b + last(h) + v[t])
"""
PROGRAM = rnndsl.compile(NET, dims={"words": 5, "n": 3}, dtype="float64")
PAIR = rnndsl.compile(TWO, dims={"n": 3}, dtype="float64")
PARAMS = PROGRAM.init(0)


def data(**changed: Any) -> dict[str, Any]:
    """Return data for two examples of four points, with some of it changed; None leaves an input out."""
    good = {
        "x": np.ones((2, 4, 3)),
        "word": np.ones((2, 4), int),
        "s": np.ones((2, 4)),
        "z": np.ones((2, 3)),
        "f": np.ones((2, 4, 2, 3)),
        "y": np.ones((2, 4, 3)),
    }
    return {name: value for name, value in {**good, **changed}.items() if value is not None}


def test_good_data_is_taken() -> None:
    assert np.isfinite(PROGRAM.loss(PARAMS, data()))


class Strange:
    """No array."""


ONES = np.ones((2, 4, 3))
REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "missing": ({"x": None}, "RNN601", "`x`"),
    "missing_target": ({"y": None}, "RNN601", "target `y`"),
    "unknown": ({"xx": ONES}, "RNN601", "`xx`"),
    "size": ({"x": np.ones((2, 4, 5))}, "RNN603", r"`x` has shape \(2, 4, 5\)"),
    "size_one": ({"x": np.ones((2, 4, 1))}, "RNN603", "`x`"),
    "rank_low": ({"x": np.ones((2, 4))}, "RNN603", "`x`"),
    "rank_high": ({"x": np.ones((2, 4, 3, 1))}, "RNN603", "`x`"),
    "number": ({"z": 3.0}, "RNN603", "`z`"),
    "none": ({"x": np.array(None)}, "RNN60[23]", "`x`"),
    "strange": ({"x": Strange()}, "RNN60[23]", "`x`"),
    "inhomogeneous": ({"z": [[1, 2, 3], [1, 2]]}, "RNN603", "`z`"),
    "transposed": ({"x": np.ones((4, 2, 3))}, "RNN60[34]", "`x`|`word`"),
    "range": ({"f": np.ones((2, 4, 3, 3))}, "RNN603", "`f`"),
    "example_count": ({"z": np.ones((3, 3))}, "RNN603", "`z`"),
    "list_count": ({"x": [np.ones((4, 3))]}, "RNN60[34]", "`x`"),
    "list_rank": ({"x": [np.ones((4, 3)), np.ones(4)]}, "RNN603", "`x`"),
    "list_size": ({"x": [np.ones((4, 3)), np.ones((4, 2))]}, "RNN603", "example 1 of `x`"),
    "list_lengths": ({"x": [np.ones((4, 3)), np.ones((5, 3))]}, "RNN604", "`word`|`s`"),
    "lists_differ": (
        {"x": list(np.ones((2, 4, 3))), "s": [np.ones(4), np.ones(3)]},
        "RNN604",
        "example 1 of `s` has 3 points",
    ),
    "lengths_differ": ({"s": np.ones((2, 5))}, "RNN604", "`s`"),
    "empty_batch": ({name: value[:0] for name, value in data().items()}, "RNN603", "example"),
    "empty_list": ({"x": []}, "RNN60[34]", "`x`"),
    "token_high": ({"word": np.array([[0, 1, 2, 3], [4, 5, 0, 0]])}, "RNN605", r"token 5 of `word`.*point 2"),
    "token_real": ({"word": np.ones((2, 4))}, "RNN602", "`word`"),
    "token_bool": ({"word": np.ones((2, 4), bool)}, "RNN602", "`word`"),
    "token_one_hot": ({"word": np.ones((2, 4, 5), int)}, "RNN603", "`word`"),
    "bool": ({"x": ONES.astype(bool)}, "RNN602", "`x` has dtype bool"),
    "complex": ({"x": ONES.astype(complex)}, "RNN602", "`x`"),
    "object": ({"x": ONES.astype(object)}, "RNN602", "`x`"),
    "text": ({"x": ONES.astype(str)}, "RNN602", "`x`"),
    "date": ({"x": ONES.astype("datetime64[s]")}, "RNN602", "`x`"),
    "half": ({"x": ONES.astype(np.float16)}, "RNN602", "`x`"),
    "big_endian": ({"x": ONES.astype(">f8")}, "RNN602", "`x`"),
    "big_endian_token": ({"word": np.ones((2, 4), ">i4")}, "RNN602", "`word`"),
}


@pytest.mark.parametrize(("changed", "code", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(changed: dict[str, Any], code: str, message: str) -> None:
    for call in (PROGRAM.loss, PROGRAM.loss_and_grad):
        with pytest.raises(rnndsl.DataError, match=f"^{code}: .*{message}") as caught:
            call(PARAMS, data(**changed))
        assert "\n" not in str(caught.value)
        assert caught.value.diagnostic.code in CODES


def test_run_needs_no_targets() -> None:
    assert PROGRAM.run(PARAMS, data(y=None))["y.mean"].shape == (2, 4, 3)
    with pytest.raises(rnndsl.DataError, match="RNN603"):
        PROGRAM.run(PARAMS, data(y=np.ones((2, 4, 7))))


@pytest.mark.parametrize("dtype", ["float32", "float64", "longdouble", "int8", "uint8", "int32", "int64", "uint64"])
def test_real_data_may_be_of_any_plain_dtype(dtype: str) -> None:
    whole = PROGRAM.loss(PARAMS, data(x=np.arange(24).reshape(2, 4, 3).astype(dtype)))
    assert whole == PROGRAM.loss(PARAMS, data(x=np.arange(24).reshape(2, 4, 3)))


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint64"])
def test_tokens_may_be_of_any_whole_dtype(dtype: str) -> None:
    words = np.array([[0, 1, 2, 3], [4, 4, 0, 1]])
    assert PROGRAM.loss(PARAMS, data(word=words.astype(dtype))) == PROGRAM.loss(PARAMS, data(word=words))


def test_lists_and_nested_numbers_are_taken() -> None:
    lists = {name: list(value) for name, value in data().items()}
    assert PROGRAM.loss(PARAMS, lists) == PROGRAM.loss(PARAMS, data())
    assert PROGRAM.loss(PARAMS, data(s=[[1, 1, 1, 1], [1, 1, 1, 1]])) == PROGRAM.loss(PARAMS, data())


# Lengths --------------------------------------------------------------------------------------------------------------

LENGTHS: dict[str, tuple[dict[str, Any], str]] = {
    "too_long": ({"t": [4, 5]}, "`t`|`x`"),
    "negative": ({"t": [4, -1]}, "negative"),
    "count": ({"t": [4, 4, 4]}, "examples|`t`"),
    "fraction": ({"t": [4.0, 2.0]}, "whole"),
    "bools": ({"t": [True, False]}, "whole"),
    "nested": ({"t": [[4, 4]]}, "whole"),
    "number": ({"t": 4}, "whole"),
    "text": ({"t": "44"}, "whole"),
    "unknown": ({"time": [4, 4]}, "`time`"),
    "range": ({"i": [2, 2]}, "`i`"),
}


@pytest.mark.parametrize(("lengths", "message"), LENGTHS.values(), ids=LENGTHS.keys())
def test_wrong_lengths_are_refused(lengths: dict[str, Any], message: str) -> None:
    with pytest.raises(rnndsl.DataError, match=f"^RNN60[34]: .*({message})"):
        PROGRAM.loss(PARAMS, data(), lengths=lengths)


def test_lengths_of_a_list_may_be_repeated_but_not_changed() -> None:
    ragged = {name: value if name == "z" else [value[0], value[1][:2]] for name, value in data().items()}
    loss = PROGRAM.loss(PARAMS, ragged)
    assert PROGRAM.loss(PARAMS, ragged, lengths={"t": [4, 2]}) == loss
    assert PROGRAM.loss(PARAMS, data(), lengths={"t": np.array([4, 2])}) == loss
    with pytest.raises(rnndsl.DataError, match="RNN604"):
        PROGRAM.loss(PARAMS, ragged, lengths={"t": [4, 1]})


def test_each_sequence_has_its_own_lengths() -> None:
    xs = [np.ones((2, 3)), np.ones((5, 3))]
    given = {"x": xs, "v": np.ones((2, 4, 3)), "y": np.ones((2, 4, 3))}
    params = PAIR.init(0)
    loss = PAIR.loss(params, given, lengths={"t": [4, 3]})
    alone = [
        PAIR.loss(params, {"x": x[None], "v": np.ones((1, n, 3)), "y": np.ones((1, n, 3))})
        for x, n in zip(xs, (4, 3), strict=True)
    ]
    assert loss.terms["y"][0] == pytest.approx(sum(one.terms["y"][0] for one in alone), abs=1e-12)
    with pytest.raises(rnndsl.DataError, match="RNN604"):
        PAIR.loss(params, given, lengths={"s": [2, 4]})


def test_a_sequence_without_data_needs_lengths() -> None:
    text = "model Free(n):\n    index t : sequence\n    param b : n\n    h[t] : n = h[t-1] + b\n    output h[t]\n"
    program = rnndsl.compile(text, dims={"n": 2}, dtype="float64")
    with pytest.raises(rnndsl.DataError, match="RNN604: no data carries `t`"):
        program.run({"b": np.ones(2)}, {})
    out = program.run({"b": np.ones(2)}, {}, lengths={"t": [3, 1]})
    np.testing.assert_array_equal(out["h"][:, :, 0], [[1, 2, 3], [1, 0, 0]])


# Parameters -----------------------------------------------------------------------------------------------------------

PARAMETERS: dict[str, tuple[dict[str, Any], str]] = {
    "missing": ({"E": np.ones((3, 5))}, "`W` is missing"),
    "unknown": ({**PARAMS, "V": np.ones(3)}, "`V`"),
    "shape": ({**PARAMS, "W": np.ones((3, 4))}, "`W` has shape"),
    "rank": ({**PARAMS, "W": np.ones(3)}, "`W` has shape"),
    "other_n": ({**PARAMS, "W": np.ones((4, 4))}, "`E`|`W`|`x`"),
    "text": ({**PARAMS, "W": np.full((3, 3), "a")}, "`W`"),
    "complex": ({**PARAMS, "W": np.ones((3, 3), complex)}, "`W`"),
    "none": ({**PARAMS, "W": None}, "`W`"),
}


@pytest.mark.parametrize(("params", "message"), PARAMETERS.values(), ids=PARAMETERS.keys())
def test_wrong_parameters_are_refused(params: dict[str, Any], message: str) -> None:
    with pytest.raises(rnndsl.DataError, match=f"^RNN60[123]: .*({message})"):
        PROGRAM.loss(params, data())


def test_dimensions_come_from_the_parameters_of_the_call() -> None:
    params = PROGRAM.init(0, words=9)
    assert np.isfinite(PROGRAM.loss(params, data(word=np.full((2, 4), 8))))
    with pytest.raises(rnndsl.DataError, match="RNN605"):
        PROGRAM.loss(PARAMS, data(word=np.full((2, 4), 8)))


# What data may hold ---------------------------------------------------------------------------------------------------


def test_padding_is_never_looked_at() -> None:
    poisoned = data()
    for name in ("x", "s", "f", "y"):
        poisoned[name] = poisoned[name].copy()
        poisoned[name][1, 2:] = np.nan
    poisoned["word"] = np.array([[1, 1, 1, 1], [1, 1, 99, -7]])
    loss, grads = PROGRAM.loss_and_grad(PARAMS, poisoned, wrt="all", lengths={"t": [4, 2]})
    expected, clean = PROGRAM.loss_and_grad(PARAMS, data(), wrt="all", lengths={"t": [4, 2]})
    assert loss == expected
    for name, grad in grads.items():
        np.testing.assert_array_equal(grad, clean[name])
    assert not grads["x"][1, 2:].any()


def test_an_absent_token_is_the_zero_vector() -> None:
    without = {**PARAMS, "E": np.zeros((3, 5))}
    assert PROGRAM.loss(PARAMS, data(word=np.full((2, 4), -1))) == PROGRAM.loss(without, data())


def test_finite_refuses_what_is_not() -> None:
    strict = rnndsl.compile(NET, dims={"words": 5, "n": 3}, dtype="float64", finite=True)
    assert np.isfinite(strict.loss(PARAMS, data()))
    for bad in (np.nan, np.inf):
        with pytest.raises(rnndsl.DataError, match="RNN606: `x`"):
            strict.loss(PARAMS, data(x=np.where(np.arange(24).reshape(2, 4, 3) == 7, bad, 1.0)))
    assert np.isfinite(strict.loss(PARAMS, data(y=np.full((2, 4, 3), np.nan))))  # absent targets
    padded = data(x=np.where(np.arange(24).reshape(2, 4, 3) == 23, np.nan, 1.0))
    assert np.isfinite(strict.loss(PARAMS, padded, lengths={"t": [4, 2]}))  # padding is never looked at


# Several sequences, trees and dags, points ----------------------------------------------------------------------------

FORK: list[list[int]] = [[1, 2], [], []]
LEAF: list[list[int]] = [[]]
GRID = graph(tokens("x", (ROWS, COLUMNS)), vectors("v", (ROWS, COLUMNS)), indices=(ROWS, COLUMNS))
FOREST = graph(tokens("x", (TREE,)), vectors("e", (TREE, K)), points("y", (), TREE), indices=(TREE, K))
POINTER = graph(vectors("v", (S,)), points("y", (ROWS,), S), indices=(ROWS, S))


def bound(model: RecurrenceGraph, values: dict[str, Any], **points: Any) -> Bound:
    return bind(model, "float64", {}, values, Given(**points), list(values))


def test_a_grid_has_lengths_along_both_sequences() -> None:
    ragged = {"x": [np.zeros((2, 3), int), np.zeros((4, 1), int)], "v": [np.ones((2, 3, 2)), np.ones((4, 1, 2))]}
    lengths = {"i": [2, 4], "j": [3, 1]}
    padded = {"x": np.zeros((2, 4, 3), int), "v": np.ones((2, 4, 5, 2))}
    for found in (bound(GRID, ragged), bound(GRID, ragged, lengths=lengths), bound(GRID, padded, lengths=lengths)):
        assert {name: own.tolist() for name, own in found.lengths.items()} == lengths
    padded["x"][0, 2:], padded["x"][1, :, 1:] = 99, 99
    bound(GRID, padded, lengths=lengths)
    padded["x"][1, 3, 0] = 5
    with pytest.raises(rnndsl.DataError, match=r"RNN605: token 5 of `x` \(example 1, point 4, point 1\)"):
        bound(GRID, padded, lengths=lengths)


GRIDS: dict[str, tuple[dict[str, Any], str]] = {
    "no_rows": ({"x": np.zeros((1, 0, 3), int)}, "RNN604: example 0 of `x` has no point along `i`"),
    "no_columns": ({"x": [np.zeros((1, 2), int), np.zeros((2, 0), int)]}, "RNN604: example 1 of `x` .* along `j`"),
    "flat": ({"x": [np.zeros(2, int)]}, r"RNN603: example 0 of `x` has shape \(2,\): no axis over `j`"),
    "other": ({"x": np.zeros((1, 2, 2), int), "v": [np.ones((2, 3, 2))]}, "RNN604: example 0 has 3 points along `j`"),
    "rank": ({"v": np.ones((1, 2, 3))}, r"RNN603: `v` has shape \(1, 2, 3\), expected \[batch, i, j, 2\]"),
}


@pytest.mark.parametrize(("values", "message"), GRIDS.values(), ids=GRIDS.keys())
def test_wrong_grids_are_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(rnndsl.DataError, match=message):
        bound(GRID, values)


def test_nodes_and_edges_are_counted_by_the_structure() -> None:
    structure = {"n": [LEAF, FORK]}
    ragged = {"x": [[4], [1, 2, -1]], "e": [np.ones((0, 2)), np.ones((2, 2))], "y": np.array([0, 2])}
    padded = {"x": np.array([[4, 9, 9], [1, 2, -1]]), "e": np.ones((2, 5, 2)), "y": np.array([-1, 0])}
    for values in (ragged, padded):
        found = bound(FOREST, values, structure=structure)
        assert {name: own.tolist() for name, own in found.lengths.items()} == {"n": [1, 3], "k": [0, 2]}
        assert found.structure == structure
    bound(FOREST, padded, structure=structure, lengths={"n": [1, 3]})
    assert bound(FOREST, {}, structure=structure).lengths["n"].tolist() == [1, 3]


FORESTS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "nodes": ({"x": [[1], [1, 2]]}, {}, "RNN604: example 1 of `x` has 2 nodes along `n`, expected 3"),
    "few_nodes": ({"x": np.ones((2, 2), int)}, {}, "RNN604: example 1 has 3 nodes along `n`, but `x` has 2"),
    "edges": ({"e": [np.ones((1, 2)), np.ones((2, 2))]}, {}, "RNN604: example 0 of `e` has 1 edges along `k`"),
    "few_edges": ({"e": np.ones((2, 1, 2))}, {}, "RNN604: example 1 has 2 edges along `k`, but `e` has 1"),
    "by_node": ({"e": np.ones((2, 3, 2, 2))}, {}, r"RNN603: `e` has shape .* expected \[batch, k, 2\]"),
    "lengths": ({}, {"lengths": {"n": [1, 2]}}, "RNN604: example 1 of the structure has 3 nodes along `n`, expected 2"),
    "edge_lengths": ({}, {"lengths": {"k": [0, 2]}}, "RNN604: `k` is not a sequence"),
    "examples": ({"x": [[1]]}, {}, "RNN603: the structure of `n` holds 2 examples, but `x` holds 1"),
    "no_examples": ({}, {"structure": {"n": []}}, "RNN603: the structure of `n` holds no example"),
    "missing": ({}, {"structure": None}, "RNN615: the structure of the tree `n` is missing"),
    "cycle": ({}, {"structure": {"n": [[[1], [0]]]}}, "RNN616: example 0: .* 0 -> 1 -> 0"),
    "token": ({"x": [[1], [1, 2, 5]]}, {}, r"RNN605: token 5 of `x` \(example 1, node 2\)"),
    "point": ({"y": [1, 0]}, {}, r"RNN618: point 1 of `y` \(example 0\) does not exist: `n` has 1 nodes"),
    "real_point": ({"y": [0.0, 0.0]}, {}, r"RNN602: `y` has dtype float64, expected whole numbers \(points\)"),
}


@pytest.mark.parametrize(("values", "points", "message"), FORESTS.values(), ids=FORESTS.keys())
def test_what_does_not_fit_the_structure_is_refused(
    values: dict[str, Any], points: dict[str, Any], message: str
) -> None:
    with pytest.raises(rnndsl.DataError, match=message):
        bound(FOREST, values, **{"structure": {"n": [LEAF, FORK]}, **points})


def test_points_lie_among_those_of_their_example() -> None:
    values = {"v": [np.ones((3, 2)), np.ones((2, 2))], "y": np.array([[2, 0], [1, -1]])}
    bound(POINTER, values)
    with pytest.raises(rnndsl.DataError, match=r"RNN618: point 2 of `y` \(example 1, point 2\) .* `s` has 2 points"):
        bound(POINTER, {**values, "y": np.array([[2, 0], [1, 2]])})
    late = {**values, "y": np.array([[2, 0], [1, 2]])}
    bound(POINTER, late, lengths={"i": [2, 1]})  # padding is not looked at
    bound(POINTER, {"v": [np.ones((0, 2))], "y": [[-1]]})
    with pytest.raises(rnndsl.DataError, match="RNN618: point 0"):
        bound(POINTER, {"v": [np.ones((0, 2))], "y": [[0]]})


def test_a_maximum_over_no_point_is_refused_but_in_a_chunk() -> None:
    text = "model Net(n):\n    index t : sequence\n    input x[t] : n\n    h[t] = h[t-1] + x[t]\n    output h[t]\n"
    graph = build(check(f"{text}    loss sum(max(x[t] over t))\n", dims={"n": 2}))
    given = bound(graph, {"x": [np.ones((2, 2)), np.ones((0, 2))]})
    check_points(graph, given, "t")
    with pytest.raises(rnndsl.DataError, match="RNN612: example 1 has no point along `t`"):
        check_points(graph, given)


def test_a_maximum_over_children_is_refused_at_leaves_unless_a_condition_chooses() -> None:
    values, structure = {"x": [np.ones(3)]}, {"n": [FORK]}
    guarded, bare = with_maximum(guarded=True), with_maximum(guarded=False)
    check_points(guarded, bound(guarded, values, structure=structure))
    with pytest.raises(rnndsl.DataError, match="RNN612: example 0: node 1 of `n` has no children"):
        check_points(bare, bound(bare, values, structure=structure))
