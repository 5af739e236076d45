"""Nodes of the recurrence graph: frozen, with a minimal domain, a value shape, a dtype and a span.

The value of a node is, at every point of `domain` (and for every example, if `batch`), an array of `shape` (rank 0, 1
or 2). An operand edge means "the same point", with implicit broadcasting over what the operand lacks; every other
access is a `READ` node.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from rnndsl.diagnostics.span import NOWHERE, Span
from rnndsl.indices import Access, Child, Domain, Index, Parent
from rnndsl.ops import DType, Op
from rnndsl.sizes import Shape, Size


class ReadAt(NamedTuple):
    """For indices that the operand was declared over: where it is read.

    Indices that are not named are read at the same point. An index may be named that the operand's minimal domain
    lacks: the point still has to lie inside, otherwise the read gives `init` (or zero). A read along a tree or dag
    (Child, Parent, Root) names no other index.
    """

    at: tuple[tuple[Index, Access], ...]


class Labels(NamedTuple):
    """Letters of the value axes of a contraction, as in einsum: `(("ij", "j"), "i")` is a matrix times a vector.

    Indices and the batch are not labelled: what an operand has and the node lacks is summed.
    """

    operands: tuple[str, ...]
    out: str


class Over(NamedTuple):
    """The indices that a fold runs over; empty: the components of a vector."""

    indices: Domain


class Choice(NamedTuple):
    """What a beam search chooses from, as a fold's indices, and the index of the members of the beam."""

    over: Domain
    member: Index


class Noise(NamedTuple):
    """A stream of dropout masks: `key` is unique in the model, `rate` the share of zeros."""

    key: str
    rate: float


class Draw(NamedTuple):
    """A stream of independent random numbers: `key` is unique in the model, `kind` one of `NEUTRAL`."""

    key: str
    kind: str


#: Kinds of random numbers: on 0..1 without 1, standard normal, standard Gumbel; with what each is where none is drawn.
NEUTRAL: Final[Mapping[str, float]] = {"uniform": 0.5, "normal": 0.0, "gumbel": 0.0}

Segments = tuple[tuple[Op, Size], ...]
Constants = tuple[tuple[float, Size], ...]
Named = ReadAt | Labels | Over | Choice | Noise | Draw
Attr = None | str | float | int | Size | Index | Child | Parent | Named | Segments | Constants


@dataclass(frozen=True, slots=True)
class Node:
    """An operator applied to operands (ids of nodes)."""

    op: Op
    operands: tuple[int, ...]
    domain: Domain
    shape: Shape
    batch: bool
    dtype: DType = DType.REAL
    attr: Attr = None
    span: Span = NOWHERE
    adjoint: int = 0  # 0: the model's own; 1: made by differentiating; 2: by differentiating again

    @property
    def key(self) -> tuple[object, ...]:
        """What two equal nodes agree in (hash-consing); places and provenance do not count."""
        return (self.op, self.operands, self.domain, self.shape, self.batch, self.dtype, self.attr)
