"""Dimensions from data."""

import numpy as np
import pytest

from rnndsl.data.dataset import Examples, Stream
from rnndsl.data.dimensions import check_sizes, open_dimensions
from rnndsl.diagnostics.diagnostic import DataError
from tests.data.models import K, N, label, named, token, vector


def test_a_vocabulary_is_the_largest_token_and_one() -> None:
    data = Examples({"x": [np.array([0, 7]), np.array([3])], "y": [np.array(1), np.array(-1)]}, {}, 2)
    inputs = named(token("x", role="input"), label())
    assert open_dimensions(inputs, {"vocab": None, "classes": None, "hidden": None}, data) == {"vocab": 8, "classes": 2}


def test_the_vocabulary_of_a_text_is_its_symbols() -> None:
    assert open_dimensions(named(token("y")), {"vocab": None}, Stream({"y": np.arange(3)}), 65) == {"vocab": 65}


def test_what_is_set_is_not_taken_from_the_data() -> None:
    data = Examples({"x": [np.zeros((4, 3))]}, {}, 1)
    assert open_dimensions(named(vector("x")), {"n": 5}, data) == {}
    assert open_dimensions(named(vector("x")), {"n": None}, data) == {"n": 3}


def test_data_of_another_size_is_refused_with_the_way_out() -> None:
    with pytest.raises(DataError, match="RNN610: `x` has size 3 where the model has n = 5") as caught:
        check_sizes(named(vector("x")), {"n": 5}, Examples({"x": [np.zeros((4, 3))]}, {}, 1))
    assert caught.value.diagnostic.help == "say --set n=3"


def test_a_token_outside_the_vocabulary_is_refused() -> None:
    data = Examples({"y": [np.array(7)]}, {}, 1)
    with pytest.raises(DataError, match="RNN605: `y` holds token 7, but its vocabulary has 5"):
        check_sizes(named(label()), {"classes": 5}, data)


def test_edges_have_one_axis() -> None:
    inputs = named(vector("e", "m", domain=(N, K)))
    data = Examples({"e": [np.zeros((4, 3)), np.zeros((0, 3))]}, {}, 2)
    assert open_dimensions(inputs, {"m": None}, data) == {"m": 3}
    with pytest.raises(DataError, match="RNN610: `e` has size 3 where the model has m = 2"):
        check_sizes(inputs, {"m": 2}, data)


def test_a_text_may_have_fewer_symbols_than_the_vocabulary_but_not_more() -> None:
    text = Stream({"y": np.arange(3)})
    check_sizes(named(token("y")), {"vocab": 100}, text, 65)
    with pytest.raises(DataError, match="RNN610: the text has 65 symbols"):
        check_sizes(named(token("y")), {"vocab": 64}, text, 65)
