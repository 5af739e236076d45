"""Tables of vectors by token: looked up by rows, while their gradients are summed by rows.

A matrix whose columns belong to tokens is turned for that. What is only made to be looked up is made turned, and a
gradient that is only handed to the caller is stored turned.
"""

from rnndsl.codegen.context import Context
from rnndsl.codegen.contractions import joint_layout
from rnndsl.codegen.handed import is_handed_in_parts
from rnndsl.codegen.matrices import is_prepared
from rnndsl.codegen.text import Axis, as_tuple, expanded
from rnndsl.graph.node import Node
from rnndsl.indices import Index, ordered
from rnndsl.ops import Op
from rnndsl.schedule.plan import Place


def is_looked_up(c: Context, number: int) -> bool:
    """Tell joined matrices of which nothing is read but columns, by tokens."""
    node, graph = c.node(number), c.schedule.graph
    plain = node.op is Op.CONCAT and not node.domain and not node.batch and len(node.shape) == 2
    if not plain or number in graph.returned or c.schedule.home.get(number):
        return False
    return all(_by_columns(c.node(user), number) and not c.schedule.home.get(user) for user in graph.users[number])


def _by_columns(node: Node, table: int) -> bool:
    return node.op is Op.LOOKUP and node.attr == 1 and node.operands[0] == table


def is_stored_turned(c: Context, number: int) -> bool:
    """Tell sums by token into columns that are only handed to the caller, themselves or in parts."""
    node, graph = c.node(number), c.schedule.graph
    if node.op is Op.SLICE and c.storage(number).place is Place.VIEW:
        return is_stored_turned(c, node.operands[0])
    if node.op is not Op.SCATTER or node.attr != 1 or node.domain or c.storage(number).place is not Place.WHOLE:
        return False
    return is_handed_in_parts(c, number) or not graph.users[number]


def emit_lookup(c: Context, number: int, out: str) -> None:
    """Take rows of a table, or columns, for which the table is turned once."""
    node = c.node(number)
    table, token = node.operands
    axis = -1 if node.attr == 1 else -2
    text = "" if is_looked_up(c, table) else c.value(table)
    tokens = c.fitted(token, c.layout(number))
    ranges = [axis for axis in c.axes(table) if isinstance(axis, Index)]
    if axis == -1 and not ranges and _is_turned_for_one(c, number):
        name = c.names(("turned", table), f"{c.label(table)}_T")
        extents = as_tuple([c.size(size) for size in c.node(c.source(table)).shape[::-1]])
        parts = c.node(table).operands if is_looked_up(c, table) else (table,)
        c.line(f'{name} = ws("{name}", {extents})')
        c.line(f"{c.helper('lookup_columns')}({as_tuple([c.whole(part) for part in parts])}, {tokens}, {out}, {name})")
        return
    if not ranges:
        turned = text if axis == -2 else _turned(c, table)
        c.line(f"{c.helper('lookup')}({turned}, {tokens}, {out})")
        return
    wanted = c.axes(number)[:-1]
    tokens = expanded(tokens, c.axes(token), wanted)
    places = [expanded(f"xp.arange({c.size(i.extent)})", [i], wanted) for i in ranges]
    taken = f"xp.moveaxis({text}, {axis}, -2)[{', '.join([*places, f'xp.maximum({tokens}, 0)'])}]"
    c.line(f"xp.copyto({out}, xp.where(({tokens})[..., None] < 0, 0, {taken}))")


def _is_turned_for_one(c: Context, number: int) -> bool:
    """Tell the one look-up in a table that every call makes anew: a few columns of it may be all that is needed."""
    table = c.source(c.node(number).operands[0])
    once = not c.path and c.layout(number) is not None and len(c.schedule.graph.users[table]) == 1
    whole = is_looked_up(c, table) or (c.node(table).op is Op.PARAM and not c.node(table).domain)
    return once and whole and not is_prepared(c, table)


def _turned(c: Context, table: int) -> str:
    """Return a table's columns as rows: a copy that is made once, but of a table that a loop makes."""
    source = c.source(table)
    if not is_looked_up(c, source) and c.value(table) != c.whole(source):
        return f"xp.ascontiguousarray({c.value(table)}.T)"
    key = ("turned", source)
    name = c.cached(key)
    if name is None:
        name = c.names(key, f"{c.label(source)}_T")
        lines = c.preparing.lines if is_prepared(c, source) else c.before_loops()
        lines.append(f'{name} = ws("{name}", {as_tuple([c.size(s) for s in c.node(source).shape[::-1]])})')
        if is_looked_up(c, source):
            parts = ", ".join(f"{c.whole(operand)}.T" for operand in c.node(source).operands)
            lines.append(f"xp.concatenate(({parts}), axis=-1, out={name})")
        else:
            lines.append(f"{name}[...] = {c.whole(source)}.T")
        c.cache(key, name)
    return name


def emit_scatter(c: Context, number: int, out: str) -> None:
    """Sum vectors by token into the columns or rows of a matrix, or of each matrix of a family."""
    node = c.node(number)
    vector, token = node.operands
    rows = joint_layout(c, (vector, token))
    columns = node.attr == 1
    vocabulary, width = (c.size(node.shape[1 if columns else 0]), c.size(node.shape[0 if columns else 1]))
    found = {axis for o in (vector, token) for axis in c.axes(o) if isinstance(axis, Index)}
    ranges = ordered({*node.domain, *found})
    wanted: list[Axis] = ["rows", *ranges]
    lead = f"{c.points(rows)}.size" if rows else "batch"
    extents = ", ".join([lead, *(c.size(i.extent) for i in ranges)])
    values = expanded(c.fitted(vector, rows), c.axes(vector), [*wanted, "0"])
    tokens = expanded(c.fitted(token, rows), c.axes(token), wanted)
    if ranges or "rows" not in c.axes(vector):
        values = f"xp.broadcast_to({c.array(vector, values)}, ({extents}, {width})).reshape(-1, {width})"
    if ranges:
        tokens = f"xp.broadcast_to({tokens}, ({extents},))"
    count = vocabulary
    member = []  # of a family: where its tokens start in one joint vocabulary, the first range running fastest
    for index in node.domain:
        member.append(f"({count}) * {expanded(f'xp.arange({c.size(index.extent)})', [index], wanted)}")
        count = f"{count} * ({c.size(index.extent)})"
    if member:
        tokens = f"xp.where({tokens} < 0, -1, {tokens} + {' + '.join(member)})"
    given = f"{values}, host({tokens}.ravel())"
    if is_stored_turned(c, number):
        c.line(f"{c.helper('scatter')}({given}, {out}.T)")
    elif not columns and not member:
        c.line(f"{c.helper('scatter')}({given}, {out})")
    else:
        _emit_turned(c, number, (given, count), out)


def _emit_turned(c: Context, number: int, given: tuple[str, str], out: str) -> None:
    """Write a sum by token, of a family in one joint vocabulary, and bring its rows to where they belong."""
    node, (arguments, count) = c.node(number), given
    columns = node.attr == 1
    rows, width = c.names(("by token", number), f"{c.label(number)}_rows"), c.size(node.shape[0 if columns else 1])
    c.line(f'{rows} = ws("{rows}", {as_tuple([count, width])})')
    c.line(f"{c.helper('scatter')}({arguments}, {rows})")
    if node.domain:
        sizes = [*(c.size(i.extent) for i in reversed(node.domain)), c.size(node.shape[1 if columns else 0]), width]
        order = [*reversed(range(len(node.domain))), len(node.domain), len(node.domain) + 1]
        rows = f"{rows}.reshape({', '.join(sizes)}).transpose({', '.join(map(str, order))})"
    c.line(f"xp.copyto({out}, {f'{rows}.swapaxes(-1, -2)' if columns else rows})")
