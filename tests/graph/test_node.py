"""Nodes: what makes two of them the same."""

from dataclasses import FrozenInstanceError, replace

import pytest

from rnndsl.diagnostics.span import Span
from rnndsl.graph.node import Labels, Node
from rnndsl.ops import DType, Op
from tests.graph.examples import HIDDEN, VOCAB, S, T

NODE = Node(Op.CONTRACT, (1, 2), (T,), (HIDDEN,), batch=True, attr=Labels(("ij", "j"), "i"))


def test_places_and_provenance_do_not_count() -> None:
    assert NODE.key == replace(NODE, span=Span("net.rnn", 4, 5, 4, 9), adjoint=1).key


@pytest.mark.parametrize(
    "other",
    [
        replace(NODE, op=Op.ADD),
        replace(NODE, operands=(2, 1)),
        replace(NODE, domain=(S,)),
        replace(NODE, shape=(VOCAB,)),
        replace(NODE, batch=False),
        replace(NODE, dtype=DType.INT),
        replace(NODE, attr=Labels(("ji", "j"), "i")),
    ],
)
def test_everything_else_does(other: Node) -> None:
    assert other.key != NODE.key


def test_nodes_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        NODE.batch = False  # type: ignore[misc]
