"""Nested state as JSON and arrays."""

import json
from typing import Any

import numpy as np
import pytest

from rnndsl.train.packing import pack, unpack


@pytest.mark.parametrize("value", [None, 3, True, 0.5, "a", [], {}, {"a": [1, {"b": None}]}])
def test_plain_values_are_their_own_json(value: Any) -> None:
    arrays: dict[str, Any] = {}
    assert unpack(json.loads(json.dumps(pack(value, arrays, "c/"))), arrays) == value
    assert not arrays


def test_arrays_stand_beside() -> None:
    arrays: dict[str, Any] = {"params/W": np.zeros(1)}
    value = {"state": {"h": np.ones((2, 3), np.float32)}, "last": [np.int64(4), np.arange(2)]}
    text = json.dumps(pack(value, arrays, "carry/"))
    assert sorted(arrays) == ["carry/1", "carry/2", "carry/3", "params/W"]
    back: Any = unpack(json.loads(text), arrays)
    assert back["state"]["h"].dtype == np.float32
    assert int(back["last"][0]) == 4
    assert back["last"][1].tolist() == [0, 1]


def test_other_objects_are_refused() -> None:
    with pytest.raises(TypeError, match="set"):
        pack({"a": {1, 2}}, {}, "c/")
