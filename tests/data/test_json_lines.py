"""Reading .jsonl."""

import pytest

from rnndsl.data.json_lines import read_json_lines
from rnndsl.diagnostics.diagnostic import DataError
from tests.data.models import label, named, token, vector

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
