"""Blocks of components: comparison of symbolic sizes, runs without a gap."""

import pytest

from rnndsl.ops import Op
from rnndsl.passes.blocks import Block, at_most, block_of, find_runs, span_of, take
from rnndsl.sizes import Size
from tests.graph.examples import HIDDEN, VOCAB, Net, T

N, M, ONE = HIDDEN, VOCAB, Size.of(1)


@pytest.mark.parametrize(
    ("a", "b", "certain"),
    [
        (N, N, True),
        (N, N * 2, True),
        (Size.of(0), N, True),
        (ONE, N, True),
        (ONE * 2, N, False),
        (N, M, False),
        (N, N + M, True),
        (N * 2, N, False),
        (N * 2, N * 3 - 1, True),
        (N * 2, N * 3 - 2, False),
        (Size.of(0), N // 2, False),
    ],
)
def test_at_most_holds_for_all_dimensions_of_one_or_more(a: Size, b: Size, certain: bool) -> None:  # noqa: FBT001
    assert at_most(a, b) is certain


def test_runs_follow_each_other_without_a_gap() -> None:
    blocks = {
        1: Block(0, N, M),
        2: Block(0, Size.of(0), N),
        3: Block(0, N * 3 + M, N),
        4: Block(0, N + M, N),
        5: Block(0, N, M),
    }
    runs = find_runs(blocks)
    assert runs == [[2, 1, 4], [3]]
    assert span_of([blocks[k] for k in runs[0]]) == Block(0, Size.of(0), N * 2 + M)


def test_a_block_of_everything_is_the_node_itself() -> None:
    net = Net("Blocks")
    x = net.input("x", (T,), N * 2)
    assert take(net.builder, Block(x, Size.of(0), N * 2)) == x
    part = take(net.builder, Block(x, N, N))
    assert net.builder.nodes[part].op is Op.SLICE
    assert block_of(net.builder, part) == Block(x, N, N)
    assert block_of(net.builder, x) is None
