"""Contractions: products and sums over points, brought to one layout of rows or to matrix products per example."""

from collections.abc import Sequence
from typing import cast

from rnndsl.codegen.context import Context, by_lanes, row_map
from rnndsl.codegen.matrices import Array
from rnndsl.codegen.products import batched_operands, multiply
from rnndsl.codegen.text import Axis, as_tuple
from rnndsl.graph.node import Labels, Node
from rnndsl.indices import Domain, Index, Kind, ordered
from rnndsl.schedule.layouts import ragged_of
from rnndsl.schedule.plan import Layout


def emit_contract(c: Context, number: int, out: str) -> None:
    """Write the statements that compute a contraction into `out`."""
    node = c.node(number)
    labels = node.attr
    if not isinstance(labels, Labels):
        raise TypeError("CONTRACT carries Labels")
    layout = joint_layout(c, node.operands)
    own = c.layout(number)
    folds = node.batch and layout is not None and own != layout and (own is None or own.indices != layout.indices)
    if not folds and own is not None:
        layout = own
    if _emit_dense(c, number, out):
        return
    operands = [_array(c, o, letters, layout) for o, letters in zip(node.operands, labels.operands, strict=True)]
    operands = operands if node.batch or layout is None else _without_leaves(c, operands, layout)
    result = (*(["rows"] if node.batch else []), *_ranges(c, number), *labels.out)
    sizes = _sizes(c, node, labels)
    if folds and layout is not None:  # multiply point by point, then sum
        part = operands[0].text
        if len(operands) > 1 or operands[0].axes != result:
            part = _part(c, number, layout)
            multiply(c, operands, Array(part, result), sizes)
        c.line(f"{fold_name(c, layout, own)}.total({part}, {out})")
    elif number in c.schedule.inner and len(operands) > 1:
        start = len(c.blocks[-1].lines)
        multiply(c, operands, Array(out, result), sizes)
        _skip_leaves(c, start, out)
    else:
        multiply(c, operands, Array(out, result), sizes)


def _skip_leaves(c: Context, start: int, out: str) -> None:
    """Let the steps of the leaves fill a product with zeros instead: see `Schedule.inner`."""
    lines = c.blocks[-1].lines
    product = [f"    {line}" for line in lines[start:]]
    if c.walked is None:
        raise TypeError("leaves have steps in a walk")
    test = f"if {c.feed('k', None)} >= {c.tree(c.walked.index)}.leaf_steps:"
    lines[start:] = [test, *product, "else:", f"    {out}[...] = 0"]


def _without_leaves(c: Context, operands: Sequence[Array], layout: Layout) -> list[Array]:
    """Leave the rows of leaves out of a sum over all nodes of trees where one factor is zero there."""
    inner = any(array.number in c.schedule.inner for array in operands) and len(layout.walk) == 1
    if not inner or c.walked is not None or len(operands) < 2 or any("rows" not in a.axes[:1] for a in operands):
        return list(operands)
    inside = f"{c.points(layout)}.offsets[{c.tree(layout.walk[0][0])}.leaf_steps] :"
    return [Array(f"{array.text}[{inside}]", array.axes, array.number) for array in operands]


def emit_sum(c: Context, number: int) -> None:
    """Write a sum over all steps of the open loop as one that grows from step to step."""
    node, labels, name = c.node(number), c.node(number).attr, c.label(number)
    joint = joint_layout(c, node.operands)
    if not isinstance(labels, Labels) or joint is None:
        raise TypeError("a sum in a loop is a contraction over its points")
    operands = [_array(c, o, letters, joint) for o, letters in zip(node.operands, labels.operands, strict=True)]
    result = (*(["rows"] if node.batch else []), *_ranges(c, number), *labels.out)
    total = make_sum(c, number, joint)
    grown = f"{total}[:{c.live(joint)}]" if node.batch else total
    if len(operands) == 1 and operands[0].axes == result:
        c.line(f"xp.add({grown}, {operands[0].text}, out={grown})")
        return
    part = _part(c, number, joint) if node.batch else make_part(c, number, f"{name}_part")
    multiply(c, operands, Array(part, result), _sizes(c, node, labels))
    c.line(f"xp.add({grown}, {part}, out={grown})")


def make_sum(c: Context, number: int, joint: Layout) -> str:
    """Make the buffer of a sum over all steps, with a row for every lane if it has rows, and return its name."""
    node, block, name = c.node(number), c.blocks[1], c.label(number)
    if not node.batch:
        block.preamble += [f'{name} = ws("{name}", {c.shape(number)})', f"{name}[...] = 0"]
        return name
    points, total = c.points(joint), c.names(("lanes", number), f"{name}_lanes")
    extents = as_tuple([f"{points}.width", *c.trailing(node)])
    block.preamble += [f'{total} = ws("{total}", {extents})', f"{total}[...] = 0"]
    rows = f"{row_map(c, joint, c.layout(number))}[: {points}.width]"
    block.after += [
        f'{name} = ws("{name}", {c.shape(number)})',
        f"{name}[...] = 0",
        f"{name}[device({rows})] = {total}",
    ]
    return total


def make_part(c: Context, number: int, wish: str) -> str:
    """Make a buffer for what a step adds to a sum over all steps that has no rows, and return its name."""
    part = c.names(("part", number), wish)
    c.blocks[1].preamble.append(f'{part} = ws("{part}", {c.shape(number)})')
    return part


def joint_layout(c: Context, operands: Sequence[int]) -> Layout | None:
    """Return the layout of all ragged indices of several nodes at the current level."""
    indices = ordered({i for o in operands for i in c.node(c.source(o)).domain if i.ragged})
    if not indices:
        return None
    if c.walked is not None:
        return c.step_layout(indices)
    known = [c.layout(c.source(o)) for o in operands]
    found = next((layout for layout in known if layout is not None and layout.indices == indices), None)
    return found or c.usual_layout(indices)


def fold_name(c: Context, layout: Layout, own: Layout | None) -> str:
    """Return how rows of a layout belong to those of another one with fewer indices, or to examples."""
    points = c.points(layout)
    rows, onto = row_map(c, layout, own), c.points(own) if own else "batch"
    c.helper("Segments")
    if c.walked is not None:
        folds = c.once(("folds", layout, own), f"{points}_by_{onto}_steps", f"{points}.folds({rows}, {onto})")
        return c.feed("each", None, folds, wish=f"{points}_by_{onto}")
    count = f"{onto}.size" if own else onto
    natural = "" if layout.chain else f", {points}.natural"
    return c.once(("fold", layout, own), f"{points}_by_{onto}", f"Segments({rows}, {count}{natural})")


def _part(c: Context, number: int, layout: Layout) -> str:
    """Return room for the terms of a sum, one for each row of a layout (of the step): they are added up at once."""
    node, points = c.node(number), c.points(layout)
    part = c.names(("part", number), f"{c.label(number)}_points")
    walked = {loop.index for loop in c.path if not loop.ragged}
    ranges = [c.size(index.extent) for index in node.domain if not index.ragged and index not in walked]
    trailing = [*ranges, *(c.size(size) for size in node.shape)]
    if c.walked is None:
        c.line(f'{part} = ws("terms", {as_tuple([f"{points}.size", *trailing])})')
        return part
    full = c.names(("part buffer", number), f"{part}_step")
    c.blocks[1].preamble.append(f'{full} = ws("terms", {as_tuple([f"{points}.widest", *trailing])})')
    c.blocks[1].rebind.append(f"{part} = {full}[:{c.live(layout)}]")
    return part


def _axis(index: Index) -> str:
    """Return the name of a range's axis, which no label of a value axis equals."""
    return f"[{index.name}]"


def _ranges(c: Context, number: int) -> list[str]:
    return [_axis(axis) for axis in c.axes(number) if isinstance(axis, Index)]


def _array(c: Context, operand: int, letters: str, layout: Layout | None) -> Array:
    """Return an operand with named axes; a broadcast that was never made is made here."""
    source = c.source(operand)
    axes: list[Axis] = c.axes(source)
    named = [
        _axis(axis) if isinstance(axis, Index) else "rows" if axis == "rows" else letters[int(axis)] for axis in axes
    ]
    return Array(c.fitted(operand, layout), tuple(named), source)


def _sizes(c: Context, node: Node, labels: Labels) -> dict[str, str]:
    sizes = {"rows": "-1"}
    for operand, letters in zip(node.operands, labels.operands, strict=True):
        given = c.node(operand)
        sizes |= {letter: c.size(size) for letter, size in zip(letters, given.shape, strict=True)}
        sizes |= {_axis(i): c.size(i.extent) for i in given.domain if not i.ragged}
    return sizes


# Matrix products per example ------------------------------------------------------------------------------------------


def _emit_dense(c: Context, number: int, out: str) -> bool:
    """Write a contraction over points as one matrix product for every example, where it is one.

    Points of an example become an axis (padded with zeros) then, and no array with the points of both operands is made.
    """
    node, labels = c.node(number), c.node(number).attr
    if len(node.operands) < 2 or not node.batch or not isinstance(labels, Labels):
        return False
    operands = [c.source(operand) for operand in node.operands]
    joint = joint_layout(c, operands)
    if joint is None or len(joint.indices) < 2 or not all(c.node(operand).batch for operand in operands):
        return False
    sets = [ragged_of(c.node(operand).domain) for operand in (*operands, number)]
    if set(sets[0]) & set(sets[1]) & set(sets[2]) - set(c.walked.indices if c.walked else ()):
        return False
    if c.walked is None:
        return _dense_whole(c, number, out, operands)
    return c.walked.sliced and _dense_step(c, (number, out), operands, joint)


def _dense_axes(c: Context, number: int, points: Sequence[str], letters: str) -> tuple[str, ...]:
    axes = c.axes(number)
    named = [_axis(axis) if isinstance(axis, Index) else letters[int(axis)] for axis in axes if axis != "rows"]
    return ("rows", *points, *named)


def _dense_whole(c: Context, number: int, out: str, operands: Sequence[int]) -> bool:
    """Write the product of all points at once, every ragged index an axis of its own."""
    labels, own = c.node(number).attr, c.layout(number)
    nodes = [*operands, number]
    if not isinstance(labels, Labels) or any(i.kind is Kind.CHILDREN for n in nodes for i in c.node(n).domain):
        return False
    layouts = [c.layout(node) for node in nodes]
    arrays = [
        Array(c.value(node) if node != number else out, _dense_axes(c, node, _points_of(layout), letters))
        for node, layout, letters in zip(nodes, layouts, (*labels.operands, labels.out), strict=True)
    ]
    shared = tuple(axis for axis in arrays[2].axes if axis in arrays[0].axes and axis in arrays[1].axes)
    if batched_operands(*(_in_front(array, shared) for array in arrays)) is None:
        return False
    room = c.names(("room", number), f"{c.label(number)}_padded") if own else out
    texts = [_padded(c, array.text, layout) for array, layout in zip(arrays[:2], layouts, strict=False)]
    arrays = [Array(text, array.axes) for text, array in zip([*texts, room], arrays, strict=True)]
    moved = [_named(c, number, node, _in_front(array, shared)) for node, array in zip(nodes, arrays, strict=True)]
    first, second, target = cast("tuple[str, str, str]", batched_operands(*moved))
    if own is not None:
        c.line(f"{room} = {c.helper('padded_room')}({c.points(own)}, {out})")
    c.line(f"xp.matmul({first}, {second}, out={target})")
    if own is not None:
        c.line(f"{c.helper('unpadded')}({c.points(own)}, {room}, {out})")
    return True


def _points_of(layout: Layout | None) -> list[str]:
    return [f"({index.name})" for index in layout.indices] if layout else []


def _padded(c: Context, text: str, layout: Layout | None) -> str:
    return f"{c.helper('padded')}({c.points(layout)}, {text})" if layout else text


def _named(c: Context, number: int, operand: int, array: Array) -> Array:
    """Return an operand whose axes were moved under a name: calls inside calls are hard to read."""
    if operand == number or not array.text.startswith("xp.moveaxis("):
        return array
    name = c.names(("padded", number, operand), f"{c.label(operand)}_padded")
    c.line(f"{name} = {array.text}")
    return Array(name, array.axes)


def _in_front(array: Array, shared: tuple[str, ...]) -> Array:
    """Return an array with the axes that both operands and the result share before all others."""
    places = tuple(map(array.axes.index, shared))
    if places == tuple(range(len(shared))):
        return array
    text = f"xp.moveaxis({array.text}, {places}, {tuple(range(len(shared)))})"
    return Array(text, (*shared, *(axis for axis in array.axes if axis not in shared)))


def _dense_step(c: Context, target: tuple[int, str], operands: Sequence[int], joint: Layout) -> bool:
    """Write the product of a step's lanes, which are one axis."""
    (number, out), loop = target, c.path[0]
    lead = loop.layout(loop.indices)
    rest = tuple(index for index in joint.indices if index not in loop.indices)
    labels, nodes = c.node(number).attr, [*operands, number]
    lanes = [tuple(index for index in ragged_of(c.node(node).domain) if index in rest) for node in nodes]
    if not isinstance(labels, Labels) or any(own not in {(), rest} for own in lanes):
        return False
    arrays = [
        Array(str(k), _dense_axes(c, node, ["lanes"] if lanes[k] else [], letters))
        for k, (node, letters) in enumerate(zip(nodes, (*labels.operands, labels.out), strict=True))
    ]
    if batched_operands(*arrays) is None:
        return False
    fold = fold_name(c, joint, lead)
    texts = [_dense_operand(c, node, (joint, lead, rest), fold) for node in operands]
    room = out
    if lanes[-1]:
        room = c.names(("room", number), f"{c.label(number)}_dense")
        c.line(f"{room} = {fold}.room({out})")
    found = batched_operands(*(Array(text, array.axes) for text, array in zip([*texts, room], arrays, strict=True)))
    if found is None:
        raise TypeError("the same axes are in order")
    c.line(f"xp.matmul({found[0]}, {found[1]}, out={found[2]})")
    if lanes[-1]:
        c.line(f"{fold}.sparse({room}, {out})")
    return True


def _dense_operand(c: Context, number: int, layouts: tuple[Layout, Layout, Domain], fold: str) -> str:
    """Return an operand with a row for every example of the step, and its lanes as an axis if it has them."""
    joint, lead, rest = layouts
    ragged = ragged_of(c.node(number).domain)
    if not set(rest) <= set(ragged):
        return c.fitted(number, lead)
    if ragged != rest:
        return f"{fold}.dense({c.fitted(number, joint)})"
    points, folds = c.points(joint), c.once(("folds", joint, lead), "", "")
    text = f"{folds}[0].dense({by_lanes(c, number, joint)}) if {points}.steps else None"
    dense = c.once(("dense", joint, number), f"{c.label(number)}_dense_by_{points}", text)
    return f"{dense}[:{c.live(lead)}, :{fold}.width]"
