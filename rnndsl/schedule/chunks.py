"""Whether a model can be run chunk by chunk: nothing but its loss may look ahead or over the whole sequence."""

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node, Over, ReadAt
from rnndsl.graph.offsets import read_offset
from rnndsl.graph.signatures import FOLDS
from rnndsl.indices import Affine, End, Index
from rnndsl.ops import Op


def why_not_in_chunks(graph: RecurrenceGraph) -> str | None:
    """Return None if a model can be run in chunks, otherwise a sentence that says why not."""
    sequences = [index for index in graph.indices if index.ragged]
    if len(sequences) != 1:
        return "it has no sequence" if not sequences else f"it has {len(sequences)} sequences"
    for number in _model_nodes(graph):
        reason = _reason(graph, number, sequences[0])
        if reason:
            place = graph.nodes[number].span
            return f"{reason}{f' (line {place.line})' if place.line else ''}"
    return None


def _model_nodes(graph: RecurrenceGraph) -> list[int]:
    """Return what the outputs and the terms of the loss need, the sums of the loss itself not counted."""
    summed = {
        number for number, node in graph.nodes.items() if node.op is Op.CONTRACT and not node.batch and not node.domain
    }  # fmt: skip
    found: dict[int, None] = {}
    stack = [output.node for output in graph.outputs.values()]
    while stack:
        number = stack.pop()
        if number not in found:
            found[number] = None
            stack.extend(graph.nodes[number].operands)
    return sorted(set(found) - summed)


def _reason(graph: RecurrenceGraph, number: int, index: Index) -> str:
    node = graph.nodes[number]
    match node.op, node.attr:
        case Op.READ, ReadAt() as attr if index in dict(attr.at):
            return _ahead(graph, number, index)
        case Op.LENGTH, _:
            return f"it uses the length of `{index.name}`"
        case op, Over() as over if op in FOLDS and index in over.indices:
            return f"it runs over all of `{index.name}`"
        case Op.CONTRACT, _ if _sums(graph, node, index):
            return f"it sums over all of `{index.name}`"
        case _:
            return ""


def _ahead(graph: RecurrenceGraph, number: int, index: Index) -> str:
    attr = graph.nodes[number].attr
    access = dict(attr.at)[index] if isinstance(attr, ReadAt) else None
    if isinstance(access, End) or (isinstance(access, Affine) and not access.terms):
        return f"it reads a fixed point of `{index.name}`"
    offset = read_offset(graph, number, index)
    return "" if offset is not None and offset[1] <= 0 else f"it looks ahead along `{index.name}`"


def _sums(graph: RecurrenceGraph, node: Node, index: Index) -> bool:
    return index not in node.domain and any(index in graph.nodes[o].domain for o in node.operands)
