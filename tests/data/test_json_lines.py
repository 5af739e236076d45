"""Reading .jsonl."""

import pytest

from rnndsl.data.json_lines import read_json_lines
from rnndsl.diagnostics.diagnostic import DataError
from tests.data.models import D, K, N, S, T, label, named, point, token, vector

INPUTS = named(vector("x", 2), label())


def test_one_example_per_line() -> None:
    text = '{"x": [[1, 2], [3.5, 4]], "y": 1}\n\n{"x": [[5, 6]], "y": 0}\n{"x": [], "y": 2}\n'
    data = read_json_lines(text, INPUTS, "a.jsonl")
    assert data.count == 3
    assert [array.shape for array in data.arrays["x"]] == [(2, 2), (1, 2), (0, 2)]
    assert [int(array) for array in data.arrays["y"]] == [1, 0, 2]


def test_lengths_of_sequences_without_data() -> None:
    data = read_json_lines('{"y": 1, "lengths": {"t": 5}}\n{"y": 0, "lengths": {"t": 0}}', named(label()), "a.jsonl")
    assert data.lengths == {"t": [5, 0]}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"x": [[1, 2]], "y": 1', "RNN607: a.jsonl:2: not a JSON object"),
        ("[1, 2]", "RNN607.*got list"),
        ('{"x": [[1, NaN]], "y": 1}', "RNN607.*NaN is not a number in JSON"),
        ('{"x": [[1, 1e999]], "y": 1}', "RNN606"),
        ('{"x": [[1, 2]], "y": 1, "y": 2}', "RNN607.*a name stands twice"),
        ('{"x": [[1, 2], [3]], "y": 1}', "RNN603.*rows of different lengths"),
        ('{"x": [1, 2], "y": 1}', r"RNN603.*expected \[t, 2\]"),
        ('{"x": [["a", "b"]], "y": 1}', "RNN602"),
        ('{"x": [[true, false]], "y": 1}', "RNN602.*bool"),
        ('{"x": [[1, null]], "y": 1}', "RNN602.*object"),
        ('{"x": [[1, 2]], "y": 1.5}', "RNN602.*whole numbers"),
        ('{"x": [[1, 2]], "y": 99999999999999999999}', "RNN602"),
        ('{"x": [[1, 2]]}', "RNN601.*lacks `y`"),
        ('{"x": [[1, 2]], "y": 1, "z": 1}', "RNN601.*holds `z`"),
        ('{"x": [[1, 2]], "y": 1, "lengths": {"t": -1}}', "RNN604"),
        ('{"x": [[1, 2]], "y": 1, "lengths": {"t": 3}}', "RNN604.*every line"),
        ('{"x": ' + "[" * 100_000 + "]" * 100_000 + ', "y": 1}', "RNN60"),
    ],
)
def test_wrong_lines_are_named(line: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_json_lines(f'{{"x": [[1, 2]], "y": 1}}\n{line}', INPUTS, "a.jsonl")
    assert "a.jsonl:2" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_empty_file_is_refused() -> None:
    with pytest.raises(DataError, match="RNN609"):
        read_json_lines("\n\n", named(token("x")), "a.jsonl")


# Trees, dags and several sequences ------------------------------------------------------------------------------------

FOREST = named(token("x", 9, "input", N), vector("e", 2, domain=(N, K)), label())
GOOD = '{"x": [1, 2, -1], "e": [[1, 2], [3, 4]], "y": 1, "n": [[], [2, 0], []]}'


def test_children_stand_under_the_name_of_the_tree() -> None:
    data = read_json_lines(f'{{"x": [5], "e": [], "y": 0, "n": [[]]}}\n{GOOD}', FOREST, "a.jsonl", {N: True})
    assert data.structure == {"n": [[[]], [[], [2, 0], []]]}
    assert [array.shape for array in data.arrays["e"]] == [(0, 2), (2, 2)]
    assert [array.shape for array in data.arrays["x"]] == [(1,), (3,)]


def test_examples_without_edges_have_the_size_of_the_others() -> None:
    inputs = named(vector("e", "size", domain=(N, K)))
    text = '{"e": [], "n": [[]]}\n{"e": [[1, 2, 3]], "n": [[1], []]}'
    data = read_json_lines(text, inputs, "a.jsonl", {N: True})
    assert [array.shape for array in data.arrays["e"]] == [(0, 3), (1, 3)]
    alone = read_json_lines('{"e": [], "n": [[]]}', inputs, "a.jsonl", {N: True})
    assert alone.arrays["e"][0].shape == (0, 0)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"x": [1], "e": [], "y": 1}', "RNN601: a.jsonl:3 lacks `n`, tree of the model"),
        ('{"x": [1], "e": [], "y": 1, "n": []}', "RNN615: a.jsonl:3 has no node along `n`"),
        ('{"x": [1], "e": [], "y": 1, "n": 3}', "RNN615: a.jsonl:3: the structure of `n` is 3"),
        ('{"x": [1], "e": [], "y": 1, "n": [1]}', "RNN615: a.jsonl:3: the children of node 0 of `n` are 1"),
        ('{"x": [1], "e": [], "y": 1, "n": [[1]]}', "RNN615: a.jsonl:3: node 0 of `n` has child 1"),
        ('{"x": [1], "e": [], "y": 1, "n": [[-1]]}', "RNN615: a.jsonl:3: node 0 of `n` has child -1"),
        ('{"x": [1], "e": [], "y": 1, "n": [[0.5]]}', "RNN615: a.jsonl:3: node 0 of `n` has child 0.5"),
        ('{"x": [1], "e": [], "y": 1, "n": [[0]]}', "RNN616: a.jsonl:3: node 0 of `n` is its own child"),
        ('{"x": [1, 1], "e": [], "y": 1, "n": [[], []]}', "RNN617: a.jsonl:3: nodes 0, 1 of `n` are nobody's child"),
        ('{"x": [1], "e": [[1, 2]], "y": 1, "n": [[1], []]}', "RNN604: a.jsonl:3: `x` has 1 nodes .*, expected 2"),
        ('{"x": [1], "e": [[1, 2]], "y": 1, "n": [[]]}', "RNN604: a.jsonl:3: `e` has 1 edges along `k`, expected 0"),
    ],
)
def test_wrong_structure_is_named_by_its_line(line: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_json_lines(f"{GOOD}\n\n{line}", FOREST, "a.jsonl", {N: True})


def test_a_dag_may_have_several_roots_where_none_is_read() -> None:
    inputs = named(token("x", 9, "input", D))
    line = '{"x": [1, 2, 3], "d": [[2], [2], []]}'
    assert read_json_lines(line, inputs, "a.jsonl", {D: False}).structure == {"d": [[[2], [2], []]]}
    with pytest.raises(DataError, match=r"RNN617: a\.jsonl:1: nodes 0, 1 of `d`"):
        read_json_lines(line, inputs, "a.jsonl", {D: True})


def test_several_sequences() -> None:
    inputs = named(vector("x", 1, domain=(T, S)), token("v", 9, "input", S), point("y", S))
    good = '{"x": [[[1], [2], [3]], [[4], [5], [6]]], "v": [7, 8, 0], "y": [2, -1]}'
    data = read_json_lines(good, inputs, "a.jsonl")
    assert data.arrays["x"][0].shape == (2, 3, 1)
    for old, new, message in (
        ("[7, 8, 0]", "[7, 8]", "RNN604: a.jsonl:2: `v` has 2 points along `s`, expected 3"),
        ("[2, -1]", "[2, 3]", "RNN618: a.jsonl:2, point 2: `y` is 3, but `s` has 3 points"),
        ("[2, -1]", "[2, 0.5]", "RNN602: a.jsonl:2: `y` has dtype float64, but points are whole numbers"),
        ("[2, -1]", "[2]", "RNN604: a.jsonl:2: `y` has 1 points along `t`, expected 2"),
        ("[[4], [5], [6]]", "[[4], [5]]", "RNN603: a.jsonl:2: `x` has rows of different lengths"),
    ):
        with pytest.raises(DataError, match=message):
            read_json_lines(f"{good}\n{good.replace(old, new)}", inputs, "a.jsonl")
