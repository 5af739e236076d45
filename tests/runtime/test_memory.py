"""Parameters too large for the machine are refused before anything is made."""

import pytest

import rnndsl
from rnndsl.runtime.memory import check_memory, entries, gibibytes, memory

TEXT = """
model Wide(n):
    index  t : sequence
    index  k : 1..3
    input  x[t] : n
    param  W[k] : n, n
    output z[t] = sum(W[k] @ x[t] over k)
"""


def test_entries_count_ranges_and_shape() -> None:
    program = rnndsl.compile(TEXT)
    assert entries(program.params["W"], {"n": 5}) == 3 * 5 * 5


@pytest.mark.parametrize("n", [10**6, 2**40])
def test_too_large_is_refused(n: int) -> None:
    with pytest.raises(rnndsl.DataError, match=r"RNN613: the parameters need .* GiB, most of it `W` \[3, n, n\]"):
        rnndsl.compile(TEXT).init(0, n=n)


def test_what_fits_is_made() -> None:
    assert rnndsl.compile(TEXT).init(0, n=4)["W"].shape == (3, 4, 4)
    check_memory(rnndsl.compile(TEXT).graph, {"n": 4}, 8)


def test_memory_is_known_and_printed() -> None:
    assert memory() > 2**28
    assert gibibytes(3 * 2**29) == "1.5 GiB"
