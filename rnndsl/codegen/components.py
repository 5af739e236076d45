"""Operators that move components and tokens about, folds, and sources, as NumPy statements."""

from typing import cast

from rnndsl.codegen.borders import halo_owner
from rnndsl.codegen.context import Context
from rnndsl.codegen.contractions import fold_name, joint_layout
from rnndsl.codegen.gathers import places_of
from rnndsl.codegen.text import as_tuple, expanded
from rnndsl.graph.node import Constants, Draw, Noise, Over
from rnndsl.indices import Child, Domain, Index, Parent
from rnndsl.ops import Op
from rnndsl.schedule.plan import Layout
from rnndsl.sizes import Size


def component_axis(c: Context, number: int) -> int:
    """Return the place, from the end, of axis 0 of a node's value."""
    return -len(c.node(number).shape)


def emit_concat(c: Context, number: int, out: str) -> None:
    """Join components; operands that were computed in place are there already."""
    node = c.node(number)
    tail = ", :" * (len(node.shape) - 1)
    if all(c.axes(operand) == c.axes(number) and c.storage(operand).into != number for operand in node.operands):
        parts = ", ".join(c.fitted(operand, c.layout(number)) for operand in node.operands)
        c.line(f"xp.concatenate(({parts}), axis={component_axis(c, number)}, out={out})")
        return
    start = Size()
    for operand in node.operands:
        stop = start + c.node(operand).shape[0]
        if c.storage(operand).into != number:
            c.line(f"{out}[..., {c.span(start, stop)}{tail}] = {c.aligned(operand, number)}")
        start = stop


def slice_text(c: Context, number: int) -> str:
    """Return components `start` to `start + size` of the operand as a view."""
    node = c.node(number)
    return part_text(c, number, c.fitted(node.operands[0], c.layout(number)))


def part_text(c: Context, number: int, text: str) -> str:
    """Return the components that a slice takes, of an array."""
    node = c.node(number)
    start = node.attr if isinstance(node.attr, Size) else Size()
    return f"{text}[..., {c.span(start, start + node.shape[0])}{', :' * (len(node.shape) - 1)}]"


def emit_slice(c: Context, number: int, out: str) -> None:
    """Copy a slice (only where it has to outlive its operand)."""
    c.line(f"xp.copyto({out}, {slice_text(c, number)})")


def emit_place(c: Context, number: int, out: str) -> None:
    """Put components among zeros."""
    node = c.node(number)
    start = node.attr if isinstance(node.attr, Size) else Size()
    stop = start + c.node(node.operands[0]).shape[0]
    c.line(f"{out}[...] = 0")
    where = f"[..., {c.span(start, stop)}{', :' * (len(node.shape) - 1)}]"
    c.line(f"{out}{where} = {c.aligned(node.operands[0], number)}")


def emit_stack(c: Context, number: int, out: str) -> None:
    """Turn a range axis into axis 0 of the value."""
    _move(c, number, out, c.node(number).attr, to_value=True)


def emit_unstack(c: Context, number: int, out: str) -> None:
    """Turn axis 0 of the value into a range axis."""
    _move(c, number, out, c.node(number).attr, to_value=False)


def _move(c: Context, number: int, out: str, index: object, *, to_value: bool) -> None:
    operand = c.node(number).operands[0]
    here, there = c.axes(operand), c.axes(number)
    if not isinstance(index, Index):
        raise TypeError("STACK and UNSTACK name an index")
    if to_value:
        source, target = here.index(index), there.index("0")
    else:
        source, target = here.index("0"), there.index(index)
    text = c.fitted(operand, c.layout(number))
    c.line(f"xp.copyto({out}, {text if source == target else f'xp.moveaxis({text}, {source}, {target})'})")


def emit_segments(c: Context, number: int, out: str) -> None:
    """Fill a vector piece by piece."""
    start = Size()
    pieces = cast("Constants", c.node(number).attr)
    for value, size in pieces:
        c.line(f"{out}[{c.span(start, start + size)}] = {value!r}")
        start = start + size


# Tokens -----------------------------------------------------------------------------------------------------------


def emit_pick(c: Context, number: int, out: str) -> None:
    """Take the component that a token names."""
    vector, token = c.node(number).operands
    _by_token(c, number, out, "pick", (vector, token))


def emit_put(c: Context, number: int, out: str) -> None:
    """Set the component that a token names."""
    node = c.node(number)
    width = c.size(node.shape[0])
    wanted = c.axes(number)[:-1]
    flat = []
    for operand in node.operands:
        text = c.fitted(operand, c.layout(number))
        if c.axes(operand) != wanted or len(wanted) > 1:
            text = c.array(operand, expanded(text, c.axes(operand), wanted))
            text = f"xp.broadcast_to({text}, {out}.shape[:-1]).ravel()"
        flat.append(text)
    c.line(f"{c.helper('put')}({', '.join(flat)}, {out}.reshape(-1, {width}))")


def emit_one_hot(c: Context, number: int, out: str) -> None:
    """Write a token as a vector."""
    token = c.node(number).operands[0]
    width = c.size(c.node(number).shape[0])
    text = c.fitted(token, c.layout(number))
    c.line(f"{c.helper('put')}(xp.ones({text}.size), {text}.ravel(), {out}.reshape(-1, {width}))")


def _by_token(c: Context, number: int, out: str, helper: str, operands: tuple[int, int]) -> None:
    vector, token = operands
    node, rows = c.node(number), c.layout(number)
    width = c.size(c.node(vector).shape[0])
    extents = as_tuple([*([f"{out}.shape[0]"] if node.batch else []), *c.trailing(node)])
    values = c.fitted(vector, rows)
    if len(c.axes(vector)) != len(c.axes(number)) + 1:
        values = expanded(values, c.axes(vector), [*c.axes(number), "0"])
        values = f"xp.broadcast_to({values}, ({', '.join(['*' + extents, width])}))"
    tokens = f"xp.broadcast_to({c.array(token, c.aligned(token, number))}, {extents}).ravel()"
    c.line(f"{c.helper(helper)}({values}.reshape(-1, {width}), {tokens}, {out}.reshape(-1))")


# Folds ------------------------------------------------------------------------------------------------------------


def emit_fold(c: Context, number: int, out: str) -> None:
    """Fold along the components of a vector, a range, or the points of a sequence."""
    node = c.node(number)
    operand = node.operands[0]
    over: Domain = node.attr.indices if isinstance(node.attr, Over) else ()
    name = {Op.MAX: "maximum"}.get(node.op, node.op.value)
    if any(index.ragged for index in over):
        if any(not index.ragged for index in over):
            raise TypeError("a fold over ragged indices and ranges is two folds")
        whole = number if set(over) <= set(node.domain) else operand  # what keeps its indices stands as the result
        layout = joint_layout(c, (whole,))
        if node.op is Op.MAX and any(index.of for index in over):
            name = "largest_or_zero"  # a leaf has no child where another branch of a condition is taken
        c.line(f"{_fold_over(c, whole, over)}.{name}({c.fitted(operand, layout)}, {out})")
        return
    axes = c.axes(operand)
    folded = sorted(axes.index(index) - len(axes) for index in over) if over else [axes.index("0") - len(axes)]
    axis = str(folded[0]) if len(folded) == 1 else str(tuple(folded))
    text = c.fitted(operand, c.layout(number))
    if node.op is Op.MAX:
        c.line(f"xp.max({text}, axis={axis}, out={out})")
    else:
        c.line(f"{c.helper(name)}({text}, {axis}, {out})")


# Sources ----------------------------------------------------------------------------------------------------------


def emit_iota(c: Context, number: int, out: str) -> None:
    """Write the numbers of an index's points."""
    index = c.node(number).attr
    if not isinstance(index, Index):
        raise TypeError("IOTA names an index")
    layout = c.layout(number)
    if layout is not None and layout.chain:
        points = c.points(layout)
        c.line(f"xp.copyto({out}, device({points}.step + 1 + {points}.start[{points}.example]))")
    elif layout is not None:
        c.line(f"xp.add(device({c.place(layout, index)}), 1, out={out})")
    else:
        c.line(f"xp.copyto({out}, xp.arange({c.size(index.low)}, {c.size(index.low + index.extent)}))")


def emit_length(c: Context, number: int, out: str) -> None:
    """Write the lengths of the examples."""
    index = c.node(number).attr
    if not isinstance(index, Index):
        raise TypeError("LENGTH names an index")
    layout = c.layout(number)
    if layout is not None and index.of is not None:  # the children of every node
        tree, points = c.tree(index), c.points(layout)
        c.line(f"xp.copyto({out}, device({tree}.arity[{tree}.first[{points}.example] + {c.place(layout, index.of)}]))")
        return
    owner = c.tree(index) if index.structured else c.points(Layout((index,), ((index, 1),), sliced=True))
    c.line(f"xp.copyto({out}, device({owner}.lengths))")


def emit_missing(c: Context, number: int, out: str) -> None:
    """Write which nodes have no such child, or no parent."""
    node = c.node(number)
    if not isinstance(node.attr, Child | Parent):
        raise TypeError("MISSING carries Child or Parent")
    c.line(f"xp.less(device({places_of(c, number, node.attr)}), 0, out={out})")


def emit_noise(c: Context, number: int, out: str) -> None:
    """Draw a dropout mask."""
    node = c.node(number)
    if not isinstance(node.attr, Noise):
        raise TypeError("NOISE carries Noise")
    given = f"{_stream(c, number, node.attr)}, {node.attr.rate!r}"
    c.line(f"xp.copyto({out}, device({c.helper('dropout')}({given}, {out}.shape{_counted(c)})))")


def _counted(c: Context) -> str:
    """Return what says from which number the examples of a part of a batch are counted."""
    return ", part.first if part else 0" if c.joined is not None else ""


def _stream(c: Context, number: int, own: Noise | Draw) -> str:
    """Return what random numbers depend on: the points, the seed, and a number of their own among all streams.

    Dropout is for training: what generates has no seed for it.
    """
    rows = c.layout(number)
    points = halo_owner(c, rows) if rows and isinstance(own, Draw) else c.points(rows) if rows else "None"
    found = [node.attr for node in c.graph_nodes.values()]
    masks = sorted({attr.key for attr in found if isinstance(attr, Noise)})
    draws = sorted({attr.key for attr in found if isinstance(attr, Draw)})
    place = masks.index(own.key) if isinstance(own, Noise) else len(masks) + draws.index(own.key)
    seed = "None" if isinstance(own, Noise) and c.seed != "noise" else c.seed
    return f"{points}, {seed}, {place}"


# Generating -------------------------------------------------------------------------------------------------------


def emit_random(c: Context, number: int, out: str) -> None:
    """Draw random numbers."""
    node = c.node(number)
    if not isinstance(node.attr, Draw):
        raise TypeError("RANDOM carries Draw")
    given = f'{_stream(c, number, node.attr)}, "{node.attr.kind}"'
    if c.walked is not None:
        shape = as_tuple(c.trailing(node)) if c.trailing(node) else "()"
        text = f"{c.helper('Draws')}({given}, {shape}{_counted(c)})"
        drawn = c.once(("draws", number), f"{c.label(number)}_draws", text)
        c.line(f"xp.copyto({out}, device({drawn}.at({c.feed('k', None)})))")
        return
    c.line(f"xp.copyto({out}, device({c.helper('draws')}({given}, {out}.shape{_counted(c)})))")


def emit_temper(c: Context, number: int, out: str) -> None:
    """Write what temperature, top-k and top-p leave of logits."""
    node, options = c.node(number), "temperature, top_k, top_p"
    over: Domain = node.attr.indices if isinstance(node.attr, Over) else ()
    text = c.fitted(node.operands[0], c.layout(number))
    if any(index.ragged for index in over):
        c.helper("temper")
        c.line(f"{_fold_over(c, number, over)}.temper({text}, {options}, {out})")
        return
    axes = c.axes(number)
    axis = axes.index(over[0] if over else "0") - len(axes)
    moved = [f"xp.moveaxis({array}, {axis}, -1)" if axis != -1 else array for array in (text, out)]
    c.line(f"{c.helper('temper')}({moved[0]}, {options}, {moved[1]})")


def emit_top(c: Context, number: int, out: str) -> None:
    """Write the place of the first of the largest values."""
    node = c.node(number)
    operand = node.operands[0]
    over: Domain = node.attr.indices if isinstance(node.attr, Over) else ()
    if any(index.ragged for index in over):
        layout = joint_layout(c, (operand,))
        c.line(f"{_fold_over(c, operand, over)}.top({c.fitted(operand, layout)}, {out})")
        return
    axes = c.axes(operand)
    text = c.fitted(operand, c.layout(number))
    c.line(f"xp.argmax({text}, axis={axes.index(over[0] if over else '0') - len(axes)}, out={out})")


def _fold_over(c: Context, number: int, over: Domain) -> str:
    """Return how the rows of a node belong to those without some of its indices."""
    layout = joint_layout(c, (number,))
    kept = tuple(i for i in layout.indices if i not in over) if layout else ()
    if layout is None:
        raise TypeError("a fold over ragged indices has rows")
    onto = (c.step_layout(kept) if c.walked else c.usual_layout(kept)) if kept else None
    return fold_name(c, layout, onto)
