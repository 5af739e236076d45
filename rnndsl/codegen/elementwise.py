"""Elementwise operators as NumPy statements: `{o}` is the result's buffer, `{0}`, `{1}`, ... the operands."""

from collections.abc import Mapping

from rnndsl.codegen.calls import operand_text, rows_of
from rnndsl.codegen.context import Context
from rnndsl.graph.node import Segments
from rnndsl.ops import DType, Op
from rnndsl.sizes import Size

#: Statements per operator, in order; the buffer may be one of the operands only where each reads it first.
STATEMENTS: Mapping[Op, tuple[str, ...]] = {
    Op.NEG: ("xp.multiply({0}, -1.0, out={o})",),  # np.negative goes wrong on rows of 4 or 8 numbers (NumPy 2.4.6)
    Op.TANH: ("xp.tanh({0}, out={o})",),
    Op.SIGMOID: (
        "xp.multiply({0}, 0.5, out={o})",
        "xp.tanh({o}, out={o})",
        "xp.multiply({o}, 0.5, out={o})",
        "xp.add({o}, 0.5, out={o})",
    ),
    Op.RELU: ("xp.maximum({0}, 0.0, out={o})",),
    Op.SOFTPLUS: ("softplus({0}, {o})",),
    Op.EXP: ("xp.exp({0}, out={o})",),
    Op.LOG: ("xp.log({0}, out={o})",),
    Op.SQRT: ("xp.sqrt({0}, out={o})",),
    Op.ABS: ("xp.abs({0}, out={o})",),
    Op.SIGN: ("xp.sign({0}, out={o})",),
    Op.SIN: ("xp.sin({0}, out={o})",),
    Op.COS: ("xp.cos({0}, out={o})",),
    Op.NOT: ("xp.logical_not({0}, out={o})",),
    Op.NUMBER: ("xp.maximum({0}, -1, out={o})",),
    Op.STOP: ("xp.copyto({o}, {0})",),
    Op.BROADCAST: ("xp.copyto({o}, {0})",),
    Op.SUB: ("xp.subtract({0}, {1}, out={o})",),
    Op.MUL: ("xp.multiply({0}, {1}, out={o})",),
    Op.DIV: ("xp.divide({0}, {1}, out={o})",),
    Op.POW: ("power({0}, {1}, {o})",),
    Op.MOD: ("xp.mod({0}, {1}, out={o})",),
    Op.MINIMUM: ("xp.minimum({0}, {1}, out={o})",),
    Op.MAXIMUM: ("xp.maximum({0}, {1}, out={o})",),
    Op.LESS: ("xp.less({0}, {1}, out={o})",),
    Op.LESS_EQUAL: ("xp.less_equal({0}, {1}, out={o})",),
    Op.EQUAL: ("xp.equal({0}, {1}, out={o})",),
    Op.AND: ("xp.logical_and({0}, {1}, out={o})",),
    Op.OR: ("xp.logical_or({0}, {1}, out={o})",),
    Op.WHERE: ("xp.copyto({o}, {2})", "xp.copyto({o}, {1}, where={0})"),
}

HELPERS: Mapping[Op, str] = {Op.SOFTPLUS: "softplus", Op.POW: "power"}


def emit_elementwise(c: Context, number: int, out: str) -> None:
    """Write an elementwise operator."""
    node = c.node(number)
    operands = [operand_text(c, operand, number) for operand in node.operands]
    if node.op is Op.WHERE:
        operands[0] = c.array(node.operands[0], operands[0])  # a mask is an array
    if node.op in HELPERS:
        c.helper(HELPERS[node.op])
    for statement in STATEMENTS[node.op]:
        line = statement.format(*operands, o=out)
        if line != f"xp.copyto({out}, {out})":  # an operand that was computed in place
            c.line(line)


def emit_add(c: Context, number: int, out: str) -> None:
    """Write a sum of any number of terms; the first two make the buffer, the others are added to it."""
    terms = sorted(c.node(number).operands, key=lambda term: c.storage(term).into != number)
    operands = [operand_text(c, term, number) for term in terms]
    if len(operands) == 1:
        c.line(f"xp.copyto({out}, {operands[0]})")
        return
    c.line(f"xp.add({operands[0]}, {operands[1]}, out={out})")
    for term in operands[2:]:
        c.line(f"xp.add({out}, {term}, out={out})")


def emit_seen(c: Context, number: int, out: str) -> None:
    """Write which tokens are present, or which numbers are not NaN."""
    operand = c.node(number).operands[0]
    text = c.aligned(operand, number)
    present = f"xp.greater_equal({text}, 0, out={out})"
    c.line(present if c.node(operand).dtype is DType.INT else f"xp.equal({text}, {text}, out={out})")


def emit_activate(c: Context, number: int, out: str) -> None:
    """Write elementwise functions on segments of components; sigmoid is 0.5 tanh(0.5 a) + 0.5, so one tanh does all."""
    node = c.node(number)
    segments: Segments = node.attr  # type: ignore[assignment]
    text = c.aligned(node.operands[0], number)
    parts: list[tuple[Op, str]] = []
    start = None
    for op, size in segments:
        stop = size if start is None else start + size
        parts.append((op, f"[..., {c.span(start or Size(), stop)}]" if len(segments) > 1 else ""))
        start = stop
    if all(op in (Op.SIGMOID, Op.TANH) for op, _ in parts):
        _one_tanh(c, number, out, parts)
        return
    for op, where in parts:
        if op in HELPERS:
            c.helper(HELPERS[op])
        for statement in STATEMENTS[op]:
            c.line(statement.format(f"{text}{where}", o=f"{out}{where}"))


def _one_tanh(c: Context, number: int, out: str, parts: list[tuple[Op, str]]) -> None:
    operand = c.node(number).operands[0]
    text = c.aligned(operand, number)
    if len(parts) > 1 and c.storage(operand).into == number:
        _scaled_tanh(c, out, parts, number)
        return
    halves = {where: _part(c, number, out, where) for op, where in parts if op is Op.SIGMOID}
    for where, part in halves.items():
        c.line(f"xp.multiply({part if text == out else f'{text}{where}'}, 0.5, out={part})")
    if c.storage(operand).into != number:
        for where in (where for op, where in parts if op is Op.TANH):
            c.line(f"xp.tanh({text}{where}, out={out}{where})")
        for part in halves.values():
            c.line(f"xp.tanh({part}, out={part})")
    else:
        c.line(f"xp.tanh({out}, out={out})")
    for part in halves.values():
        c.line(f"xp.multiply({part}, 0.5, out={part})")
        c.line(f"xp.add({part}, 0.5, out={part})")


def _scaled_tanh(c: Context, out: str, parts: list[tuple[Op, str]], number: int) -> None:
    """Write it for whole rows, which NumPy goes through much faster than through parts of rows."""
    code = "".join("s" if op is Op.SIGMOID else "t" for op, _ in parts)
    key, size, layout = (code, *(where for _, where in parts)), c.size(c.node(number).shape[0]), c.layout(number)
    known = c.cached(("scale", *key))
    scale = c.once(("scale", *key), "gate_scale", f"xp.full({size}, 0.5, DTYPE)")
    shift = c.once(("shift", *key), "gate_shift", f"xp.full({size}, 0.5, DTYPE)")
    for where in () if known else (where for op, where in parts if op is Op.TANH):
        c.before_loops().extend([f"{scale}{where} = 1", f"{shift}{where} = 0"])
    if layout is not None and len(c.axes(number)) == 2:  # rows and the gates' columns
        scale, shift = rows_of(c, scale, layout), rows_of(c, shift, layout)
    c.line(f"xp.multiply({out}, {scale}, out={out})")
    c.line(f"xp.tanh({out}, out={out})")
    c.line(f"xp.multiply({out}, {scale}, out={out})")
    c.line(f"xp.add({out}, {shift}, out={out})")


def _part(c: Context, number: int, out: str, where: str) -> str:
    """Return a name for components of a result that several statements work on."""
    if not where:
        return out
    wish = c.step_wish(number, len(c.path)) if c.path else c.label(number)
    name = c.names(("part of", number, where, len(c.path)), f"{wish}_sigmoid")
    c.bind(name, f"{out}{where}")
    return name
