"""Contiguous blocks of a vector's components, with symbolic places."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rnndsl.graph.build import Builder
from rnndsl.ops import Op
from rnndsl.sizes import Size

ZERO = Size()


@dataclass(frozen=True, slots=True)
class Block:
    """The components `start .. start + size - 1` of the node `base`."""

    base: int
    start: Size
    size: Size

    @property
    def end(self) -> Size:
        """The first component after the block."""
        return self.start + self.size


def at_most(a: Size, b: Size) -> bool:
    """Whether a <= b for certain: for all dimensions of at least 1 (False where that cannot be told)."""
    if a == b:
        return True
    terms = (b - a).terms
    return sum(n for _, n in terms) >= 0 and all(n > 0 for monomial, n in terms if monomial) and _plain(b - a)


def _plain(size: Size) -> bool:
    """Whether no quotient takes part (it may be 0 where a dimension may not)."""
    return all(isinstance(atom, str) for monomial, _ in size.terms for atom in monomial)


def block_of(builder: Builder, number: int) -> Block | None:
    """Return which block a `SLICE` of a vector or of rows is, else None."""
    node = builder.nodes[number]
    if node.op is not Op.SLICE or not isinstance(node.attr, Size):
        return None
    return Block(node.operands[0], node.attr, node.shape[0])


def take(builder: Builder, block: Block) -> int:
    """Return the node for a block: a slice, or the whole."""
    shape = builder.nodes[block.base].shape
    if block.start == ZERO and block.size == shape[0]:
        return block.base
    return builder.shaped(
        Op.SLICE,
        block.base,
        shape=(block.size, *shape[1:]),
        attr=block.start,
        dtype=builder.nodes[block.base].dtype,
    )


def find_runs(blocks: Mapping[int, Block]) -> list[list[int]]:
    """Return maximal runs of keys whose blocks (of one base) follow each other without a gap.

    Of several keys with the same start the first one takes part. Runs come in the order of their first keys.
    """
    starts: dict[Size, int] = {}
    for key, block in blocks.items():
        if block.size != ZERO:
            starts.setdefault(block.start, key)
    ends = {blocks[key].end for key in starts.values()}
    runs = []
    for start, key in starts.items():
        if start in ends:
            continue
        run, end = [key], blocks[key].end
        while end in starts:
            run.append(starts[end])
            end = blocks[starts[end]].end
        runs.append(run)
    return runs


def span_of(blocks: Sequence[Block]) -> Block:
    """Return the block that a run of blocks covers."""
    return Block(blocks[0].base, blocks[0].start, sum((block.size for block in blocks), ZERO))
