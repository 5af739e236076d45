"""Prompts from JSON lines: all inputs, and of the targets what is given."""

import numpy as np
import pytest

import rnndsl
from rnndsl.data import read_prompts
from rnndsl.diagnostics.diagnostic import DataError

INPUTS = rnndsl.compile(
    "model A(k, n):\n    index s, t : sequence\n    input x[s] : token(k)\n    target y[t] : token(k)\n"
    "    target z[t] : n\n    param W, V, U\n    c : n = sum(V @ x[s] over s)\n"
    "    h[t] : n = tanh(W @ y[t-1] + z[t-1] + c)\n    y[t] ~ categorical(U @ h[t])\n    z[t] ~ normal(h[t])\n"
).inputs


def test_targets_may_be_given_in_part() -> None:
    text = '{"x": [1, 2], "y": [3, null], "z": []}\n\n{"x": [0], "y": [], "z": [[0.5, null], [1, 2]]}\n'
    found = read_prompts(text, INPUTS, "a.jsonl")
    assert found.examples.count == 2
    assert [array.tolist() for array in found.examples.arrays["x"]] == [[1, 2], [0]]
    assert [array.tolist() for array in found.targets["y"]] == [[3, -1], []]
    assert found.targets["z"][0].shape == (0, 2)
    np.testing.assert_array_equal(found.targets["z"][1], [[0.5, np.nan], [1, 2]])


def test_targets_may_be_left_out() -> None:
    found = read_prompts('{"x": [1], "lengths": {"t": 4}}\n', INPUTS, "a.jsonl")
    assert found.targets == {}
    assert found.examples.lengths == {"t": [4]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"x": [1], "y": [2]}\n{"x": [1]}\n', "RNN601: a.jsonl:2 lacks `y`"),
        ('{"y": [2]}\n', "RNN601: a.jsonl:1 lacks `x`"),
        ('\n{"x": [1], "w": 2}\n', "RNN601: a.jsonl:2 holds `w`"),
        ('{"x": [1], "y": [0.5]}\n', "RNN602: a.jsonl:1: `y`"),
        ('{"x": [1], "y": [[2]]}\n', "RNN603: a.jsonl:1: `y`"),
        ("{", "RNN607: a.jsonl:1"),
        ("\n", "RNN609"),
    ],
)
def test_mistakes_are_told_with_their_line(text: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read_prompts(text, INPUTS, "a.jsonl")
    assert str(caught.value).startswith(message)
