"""Dimensions given to `init` are checked; tests/runtime/test_program.py goes through all that `init` refuses."""

import pytest

import rnndsl
from rnndsl.compiler import build, check
from rnndsl.runtime.dimensions import check_dims

TEXT = "model A(n, m = 2):\n    input x : n\n    param W : m, n\n    output y = W @ x\n"


def test_what_is_open_has_to_be_given() -> None:
    graph = build(check(TEXT))
    check_dims(graph, {"n": 3})
    check_dims(graph, {"n": 3, "m": 5})
    with pytest.raises(rnndsl.DataError, match=r"RNN613: dimension `n` has no value"):
        check_dims(graph, {"m": 3})
    with pytest.raises(rnndsl.DataError, match=r"`k`"):
        check_dims(graph, {"n": 3, "k": 3})
