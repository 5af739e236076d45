"""Lines of one level of loops."""

from rnndsl.codegen.block import Block


def test_levels_share_nothing() -> None:
    outer, inner = Block(), Block()
    inner.lines.append("h = x[at]")
    inner.feeds["at", None, ""] = "at"
    assert outer == Block()
