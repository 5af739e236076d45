"""Whether a model can be run chunk by chunk, or point by point: nothing may look ahead or over the whole sequence.

What lies beside the sequence, vectors, ranges, trees, other sequences, is given whole with every chunk; of a grid a
chunk has some rows, with all their points.
"""

from collections.abc import Iterable

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node, Over, ReadAt
from rnndsl.graph.offsets import read_offset
from rnndsl.graph.signatures import FOLDS
from rnndsl.indices import Affine, End, Index, Kind, ordered
from rnndsl.ops import Op


def why_not_in_chunks(graph: RecurrenceGraph) -> str | None:
    """Return None if a model can be trained in chunks, its loss included, otherwise a sentence that says why not."""
    sequences = [index for index in graph.indices if index.kind is Kind.SEQUENCE]
    if not sequences:
        return "it has no sequence"
    stream, reason = find_stream(graph)
    if stream is None and len(sequences) > 1:
        return reason
    summed = {
        number for number, node in graph.nodes.items() if node.op is Op.CONTRACT and not node.batch and not node.domain
    }  # fmt: skip
    needed = _needed(graph, [output.node for output in graph.outputs.values()])
    rest = [number for number in needed if number not in summed]
    return _first_reason(graph, rest, stream or sequences[0], ends=False) or reason or None


def find_stream(graph: RecurrenceGraph) -> tuple[Index | None, str]:
    """Return the sequence along which a model's outputs come point by point; or None, and a sentence that says why not.

    The loss does not count, and of what belongs to the whole example (`last(h)`) the value so far is an output. Of
    several sequences it is the first one that targets lie on, as their indices are written, or else the first one of
    the outputs: the outermost. The points of all others are given with every call, of a grid row by row.
    """
    needed = _of_outputs(graph)
    if not needed:
        return None, "it has no outputs beside its loss"
    walked = {index for number in needed for index in graph.nodes[number].domain if index.kind is Kind.SEQUENCE}
    if not walked:
        return None, "its outputs need no sequence"
    aimed = [index for info in graph.inputs.values() if info.role == "target" for index in info.domain]
    named = [index for info in graph.outputs.values() for index in info.domain]
    sequences = [index for index in dict.fromkeys([*aimed, *named, *ordered(walked)]) if index in walked]
    reasons = {index: _first_reason(graph, needed, index, ends=True) for index in sequences}
    found = next((index for index in sequences if reasons[index] is None), None)
    return found, "" if found else reasons[sequences[0]] or ""


def why_not_along(graph: RecurrenceGraph, index: Index) -> str | None:
    """Return None if a model's outputs come point by point along a sequence, otherwise a sentence that says why not."""
    needed = _of_outputs(graph)
    if not any(index in graph.nodes[number].domain for number in needed):
        return f"its outputs do not need `{index.name}`"
    return _first_reason(graph, needed, index, ends=True)


def _of_outputs(graph: RecurrenceGraph) -> list[int]:
    """Return the nodes that a model's outputs need, but for the loss."""
    return _needed(graph, [info.node for info in graph.outputs.values() if not _is_loss(info.name)])


def why_not_generated(graph: RecurrenceGraph, target: str) -> str | None:
    """Return None if a target's points can be made one after the other, otherwise a sentence that says why not."""
    node = graph.outputs[target].node
    (members,) = [own for own in graph.components if node in own]
    (index,) = (index for index in graph.outputs[target].domain if index.ragged)
    return _first_reason(graph, members, index, ends=False)


def _is_loss(name: str) -> bool:
    return name == "loss" or name.endswith((".nll", ".weight"))


def _needed(graph: RecurrenceGraph, roots: list[int]) -> list[int]:
    """Return the nodes that `roots` depend on, themselves included."""
    found: dict[int, None] = {}
    stack = list(roots)
    while stack:
        number = stack.pop()
        if number not in found:
            found[number] = None
            stack.extend(graph.nodes[number].operands)
    return sorted(found)


def _first_reason(graph: RecurrenceGraph, needed: Iterable[int], index: Index, *, ends: bool) -> str | None:
    """Return why a part of a graph needs what a chunk does not have; with `ends` the last point so far will do."""
    for number in needed:
        if ends and _is_last_so_far(graph, number, index):
            continue
        reason = _reason(graph, number, index)
        if reason:
            place = graph.nodes[number].span
            return f"{reason}{f' (line {place.line})' if place.line else ''}"
    return None


def _reason(graph: RecurrenceGraph, number: int, index: Index) -> str:
    node = graph.nodes[number]
    match node.op, node.attr:
        case Op.READ, ReadAt() as attr if index in dict(attr.at):
            return _ahead(graph, number, index)
        case Op.LENGTH, length if length == index:
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


def _is_last_so_far(graph: RecurrenceGraph, number: int, index: Index) -> bool:
    """Whether a node reads the last point of a sequence, and no point of the sequence needs that."""
    attr = graph.nodes[number].attr
    if not isinstance(attr, ReadAt) or dict(attr.at).get(index) != End(last=True):
        return False
    reached, ways = {number}, [number]
    while ways:
        more = set(graph.users[ways.pop()]) - reached
        reached |= more
        ways += more
    return not any(index in graph.nodes[user].domain for user in reached)
