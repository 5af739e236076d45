"""Lines of one level of loops."""

from rnndsl.codegen.block import DTYPES, Block
from rnndsl.ops import DType


def test_lines_from_a_place_on_are_put_under_a_condition() -> None:
    block = Block(lines=["a = 1", "b = 2", "for c in d:", "    e = 3"])
    block.under("live", 1)
    assert block.lines == ["a = 1", "if live:", "    b = 2", "    for c in d:", "        e = 3"]


def test_every_kind_of_value_has_buffers() -> None:
    assert set(DTYPES) == set(DType)


def test_levels_share_nothing() -> None:
    outer, inner = Block(), Block()
    inner.lines.append("h = x[at]")
    inner.feeds["at", None, ""] = "at"
    assert outer == Block()
