"""What a generated function returns: new arrays, batch first, and what the next chunk needs."""

from collections.abc import Mapping, Sequence

from rnndsl.codegen.block import DTYPES
from rnndsl.codegen.borders import halo_owner
from rnndsl.codegen.components import part_text
from rnndsl.codegen.context import Context, halo_name
from rnndsl.codegen.function import beside, reordered
from rnndsl.codegen.handed import is_handed_part
from rnndsl.codegen.points import chain, data_axes, sequences
from rnndsl.codegen.statements import buffer_name
from rnndsl.codegen.tables import is_stored_turned
from rnndsl.codegen.text import Axis, as_tuple, expanded, quoted
from rnndsl.graph.graph import OutputInfo
from rnndsl.graph.node import Node
from rnndsl.indices import Index, Kind, ordered
from rnndsl.ops import DType, Op
from rnndsl.schedule.plan import Layout, Place
from rnndsl.sizes import Size


def batched_result(c: Context, output: OutputInfo) -> str:
    """Return an output as a new array: batch first, then its indices as declared, then its value."""
    domain, own = data_axes(output.domain), c.layout(c.source(output.node))
    points = ordered(tuple(index for index in output.domain if index.ragged))
    ranges = ordered(tuple(index for index in output.domain if not index.ragged))
    rows = c.usual_layout(points) if points else None
    rows = own if own is not None and own.indices == points else rows
    lead = f"{c.points(rows)}.size" if rows else "batch"
    text = _full_array(c, output.node, [("rows", lead), *((i, c.size(i.extent)) for i in ranges)], rows)
    if rows and c.node(output.node).dtype is DType.INT:  # an absent token is -1, not 0
        text = f"host({c.points(rows)}.unpack({text} + 1)) - 1"
    else:
        text = f"host({c.points(rows)}.unpack({text}))" if rows else f"fetched({text})"
    return reordered(text, (*data_axes(points), *ranges), domain, 1)


def gradient_lines(c: Context, gradients: Sequence[tuple[str, OutputInfo]]) -> list[str]:
    """Return the lines that put parameters' gradients, which have no batch, as new arrays by name into `grads`.

    A large buffer leaves with them where nobody else has any of its numbers; others are copied, stacked ones once.
    """
    lines: list[str] = []
    taken: set[int] = set()
    cut: dict[int, list[OutputInfo]] = {}  # outputs by what they are cut from
    for output in c.schedule.graph.outputs.values():
        cut.setdefault(_owner(c, c.source(output.node)), []).append(output)
    for name, output in gradients:
        number, owner = c.source(output.node), _leaves(c, output, cut)
        if is_handed_part(c, number) and owner is None:
            whole = c.node(number).operands[0]
            copy = c.names(("copy", whole), f"{c.label(whole)}_copy")
            lines += [] if whole in taken else [f"{copy} = {_fetched(c, whole, c.whole(whole))}"]
            text = part_text(c, number, copy)
            text = f"{text}.copy()" if number in taken else text  # two parameters with one gradient
            taken |= {number, whole}
        else:
            text = _plain_result(c, output, owner)
        lines.append(f"grads[{quoted(name)}] = {text}")
    return lines


def _plain_result(c: Context, output: OutputInfo, owner: int | None) -> str:
    """Return an output that has no batch: itself where its buffer leaves, or else a copy."""
    ranges, number = ordered(output.domain), c.source(output.node)
    lead: list[tuple[Axis, str]] = [(i, c.size(i.extent)) for i in ranges]
    text = part_text(c, number, c.whole(c.node(number).operands[0])) if is_handed_part(c, number) else ""
    text = text or _full_array(c, output.node, lead, None)
    leaving = None if owner is None else f"ws.leaving({quoted(buffer_name(c, owner))}, {text})"
    return reordered(leaving or _fetched(c, number, text), ranges, output.domain, 0)


def _fetched(c: Context, number: int, text: str) -> str:
    order = ', order="C"' if is_stored_turned(c, number) else ""
    return f"fetched({text}{order})"


def _leaves(c: Context, output: OutputInfo, cut: Mapping[int, Sequence[OutputInfo]]) -> int | None:
    """Return the matrix whose buffer an output is all of, or rows of, where no other output has any of its numbers."""
    number = c.source(output.node)
    node, owner = c.node(number), _owner(c, number)
    storage = c.storage(owner)
    large = not node.batch and not any(i.ragged for i in node.domain) and len(node.domain) + len(node.shape) > 1
    whole = storage.place is Place.WHOLE and storage.into is None and not is_stored_turned(c, owner)
    rows = number == owner or (not node.domain and len(node.shape) > 1)
    if c.dialect.apart or not (large and whole and rows) or c.axes(number) != c.axes(output.node):
        return None
    others = [other for other in cut[owner] if other is not output]
    return owner if all(_apart(c, number, c.source(other.node)) for other in others) else None


def _owner(c: Context, number: int) -> int:
    """Return what a value is cut from."""
    while c.node(number).op is Op.SLICE and c.storage(number).place is Place.VIEW:
        number = c.source(c.node(number).operands[0])
    return number


def _apart(c: Context, one: int, other: int) -> bool:
    """Tell parts that are cut from one value without a number in common: one begins where the other ends, or later."""
    first, second = c.node(one), c.node(other)
    if first.op is not Op.SLICE or second.op is not Op.SLICE or first.operands != second.operands:
        return False
    pairs = ((first, second), (second, first))
    gaps = [_start(after) + (_start(before) + before.shape[0]) * -1 for before, after in pairs]
    return any(all(count >= 0 for _, count in gap.terms) for gap in gaps)


def _start(node: Node) -> Size:
    return node.attr if isinstance(node.attr, Size) else Size()


def _full_array(c: Context, number: int, lead: Sequence[tuple[Axis, str]], rows: Layout | None) -> str:
    """Return a node's array with all the axes of `lead` (each with its extent) and those of its value."""
    source, shape = c.source(number), c.node(number).shape
    wanted = [axis for axis, _ in lead] + [str(k) for k in range(len(shape))]
    inline = c.storage(source).place is Place.INLINE
    text = c.inline(c.node(source)) if inline else c.fitted(source, rows)
    if not inline and c.axes(source) == wanted:
        return text
    extents = [extent for _, extent in lead] + [c.size(size) for size in shape]
    full = as_tuple(extents) if extents else "()"
    if inline:
        return f"xp.full({full}, {text}{DTYPES[c.node(source).dtype] or ', DTYPE'})"
    return f"xp.broadcast_to({expanded(text, c.axes(source), wanted)}, {full})"


def carry_lines(c: Context, stream: str) -> list[str]:
    """Return the lines that collect what the next chunk of a sequence needs."""
    points = next(c.points(chain(index)) for index in sequences(c.schedule.graph) if index.name == stream)
    counts = [f"{quoted(stream)}: {points}.start + {points}.lengths"]
    counts += [f"{quoted(index.name)}: {_counts(c, index)}" for index in beside(c.schedule, c.carried)]
    lines = [f"carry = {{{', '.join(counts)}}}"]
    for number, name in c.carried.items():
        layout = c.layout(number)
        if number in c.entered and layout is not None:
            slots = c.storage(number).slots
            left = f"{halo_name(c, number)}{f', {slots}' if slots else ''}"
            line = f"carry[{quoted(name)}] = {halo_owner(c, layout)}.leave({left})"
            lines += [f"if {c.entered[number]}:", f"    {line}"] if c.entered[number] else [line]
    return lines


def _counts(c: Context, index: Index) -> str:
    """Return how many points every example has along an index beside the stream."""
    if index.kind is Kind.SEQUENCE:
        return f"{c.points(chain(index))}.lengths"
    return f"{c.tree(index)}.{'edges' if index.of else 'lengths'}"


def terms_text(c: Context) -> list[str]:
    """Return the lines that collect the sum of weighted surprises, and of weights, of every target."""
    graph = c.schedule.graph
    lines = ["terms = {}"]
    for name in [o[: -len(".nll")] for o in graph.outputs if o.endswith(".nll")]:
        pair = [f"float({c.value(graph.outputs[f'{name}.{part}'].node)})" for part in ("nll", "weight")]
        lines.append(f"terms[{quoted(name)}] = ({', '.join(pair)})")
    return lines
