"""Dimensions: what is known, what is needed."""

import pytest

from rnndsl.diagnostics.span import NOWHERE
from rnndsl.semantics.dims import Dims, input_size
from rnndsl.semantics.findings import Findings, ReportedError
from rnndsl.sizes import Size


def dims() -> Dims:
    found = Dims(Findings())
    found.declare("n", 6, NOWHERE)
    found.declare("m", None, NOWHERE)
    return found


def test_only_what_is_needed_becomes_fixed() -> None:
    found = dims()
    assert found.peek(Size.of("n") * 2) == 12
    assert not found.table()["n"].fixed
    assert found.need(Size.of("n") + 1, NOWHERE) == 7
    assert found.table()["n"].fixed
    assert found.table()["m"].value is None


def test_a_missing_value_is_asked_for_once() -> None:
    found = dims()
    assert found.peek(Size.of("m")) is None
    for _ in range(2):
        with pytest.raises(ReportedError):
            found.need(Size.of("m"), NOWHERE)
    (diagnostic,) = found.findings.all
    assert diagnostic.code == "RNN220"
    assert "--set m=2" in diagnostic.help


@pytest.mark.parametrize("size", [Size.of(0), Size.of("n") - 6, Size.of(2**31), Size.of("n") // 4])
def test_sizes_are_whole_numbers_from_one(size: Size) -> None:
    found = dims()
    with pytest.raises(ReportedError):
        found.check_positive(size, NOWHERE)
    assert [one.code for one in found.findings.all] == ["RNN219"]


def test_open_and_good_sizes_pass() -> None:
    found = dims()
    for size in (Size.of("m") - 5, Size.of("n") // 3, Size.of(2**31 - 1), Size.of("m") // 4):
        found.check_positive(size, NOWHERE)
    assert found.findings.all == ()


def test_names_of_open_sizes() -> None:
    assert [input_size("x", axis) for axis in (1, 2)] == ["x_size", "x_size_2"]
