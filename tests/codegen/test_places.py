"""On a machine with one memory, arrays are where they are."""

import numpy as np

from rnndsl.codegen.places import device, devices, host, xp


def test_nothing_moves() -> None:
    array = np.arange(3)
    assert xp is np
    assert device(array) is array
    assert host(array) is array
    assert devices((array, array)) == (array, array)
