"""What the language has no notation for."""

from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.diagnostics.span import Span
from rnndsl.graph.node import Node


def refuse(node: Node, what: str) -> SpecError:
    """Return the error of a node that cannot be written as an expression of the language."""
    way = "its gradient is computed all the same: `rnndsl compile` writes it"
    return SpecError([Diagnostic("RNN490", f"{what} cannot be printed as an equation yet", node.span, help=way)])


def no_gradient(span: Span, why: str) -> SpecError:
    """Return the error of a model whose gradient there is nothing to say about."""
    way = "declare a `param`, an `input`, a `loss` or an `output`"
    return SpecError([Diagnostic("RNN490", f"there is no gradient to print: {why}", span, help=way)])
