"""Whether a model can be run chunk by chunk, or point by point: nothing may look ahead or over the whole sequence.

What lies beside the sequence, vectors, ranges, trees, other sequences, is given whole with every chunk.
"""

from collections.abc import Iterable

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node, Over, ReadAt
from rnndsl.graph.offsets import read_offset
from rnndsl.graph.signatures import FOLDS
from rnndsl.indices import Affine, End, Index, Kind
from rnndsl.ops import Op


def why_not_in_chunks(graph: RecurrenceGraph) -> str | None:
    """Return None if a model can be trained in chunks, its loss included, otherwise a sentence that says why not."""
    sequences = [index for index in graph.indices if index.ragged]
    if len(sequences) != 1:
        return "it has no sequence" if not sequences else f"it has {len(sequences)} sequences"
    if sequences[0].kind is not Kind.SEQUENCE:
        return "it has no sequence"
    summed = {
        number for number, node in graph.nodes.items() if node.op is Op.CONTRACT and not node.batch and not node.domain
    }  # fmt: skip
    needed = _needed(graph, [output.node for output in graph.outputs.values()])
    return _first_reason(graph, [number for number in needed if number not in summed], sequences[0], ends=False)


def find_stream(graph: RecurrenceGraph) -> tuple[Index | None, str]:
    """Return the sequence along which a model's outputs come point by point; or None, and a sentence that says why not.

    The loss does not count, and of what belongs to the whole example (`last(h)`) the value so far is an output. Of
    several sequences it is the one that targets lie on.
    """
    outputs = [info.node for info in graph.outputs.values() if not _is_loss(info.name)]
    if not outputs:
        return None, "it has no outputs beside its loss"
    needed = _needed(graph, outputs)
    walked = {index: None for number in needed for index in graph.nodes[number].domain}
    sequences = [index for index in walked if index.kind is Kind.SEQUENCE]
    if not sequences:
        return None, "its outputs need no sequence"
    reasons, found = dict[Index, str](), list[Index]()
    for index in sequences:
        reason = _first_reason(graph, needed, index, ends=True) or _crossing(graph, needed, index)
        if reason:
            reasons[index] = reason
        else:
            found.append(index)
    aimed = {i for info in graph.inputs.values() if info.role == "target" for i in info.domain}
    best = [index for index in found if index in aimed] or found
    if len(best) == 1:
        return best[0], ""
    if best:
        return None, f"it has several sequences to go along: {', '.join(f'`{index.name}`' for index in best)}"
    return None, next(iter([reasons[index] for index in reasons if index in aimed] or reasons.values()))


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
        case Op.RANDOM, _ if index in node.domain and sum(other.ragged for other in node.domain) > 1:
            return f"its draws lie on {', '.join(f'`{other.name}`' for other in node.domain if other.ragged)} together"
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


def _crossing(graph: RecurrenceGraph, needed: Iterable[int], index: Index) -> str | None:
    """Return why a chunk cannot hand on what the next one reads: it has points of another sequence or of a tree."""
    for number in needed:
        attr = graph.nodes[number].attr
        if graph.nodes[number].op is not Op.READ or not isinstance(attr, ReadAt) or index not in dict(attr.at):
            continue
        others = [other for other in graph.nodes[graph.nodes[number].operands[0]].domain if other.ragged]
        others = [other for other in others if other != index]
        if others:
            named = ", ".join(f"`{other.name}`" for other in (index, *others))
            place = graph.nodes[number].span
            return f"its states lie on {named} together{f' (line {place.line})' if place.line else ''}"
    return None
