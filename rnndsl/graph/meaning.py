"""What every operator means at one point of one example: the rule table of the reference interpreter.

Values are float64 (or complex128: then the imaginary part is carried along as a first-order perturbation, which gives
derivatives to machine precision), int64 for tokens, bool for conditions. Comparisons look at real parts only, and a
kink has the derivative that the language says. A rule sees the values of its operands, row by row (see `instances`).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from rnndsl.graph.errors import GraphError
from rnndsl.graph.node import NEUTRAL, Draw, Labels, Noise, Over
from rnndsl.graph.site import Site, Value
from rnndsl.indices import Child, Parent
from rnndsl.ops import DType, Op
from rnndsl.sizes import Size

Rows = Sequence[Sequence[Value]]
Rule = Callable[[Site, Rows], Value]


def _real(value: Value) -> Value:
    return np.real(value)


def _number(value: object) -> Value:
    return np.asarray(value, dtype=np.float64)


# Sources ----------------------------------------------------------------------------------------------------------


def _param(site: Site, _: Rows) -> Value:
    name = str(site.node.attr)
    return site.entry(site.feed.params[name], site.graph.params[name].domain)


def _input(site: Site, _: Rows) -> Value:
    name = str(site.node.attr)
    example = 0 if site.example is None else site.example
    return site.entry(np.asarray(site.feed.data[name][example]), site.graph.inputs[name].domain)


def _noise(site: Site, _: Rows) -> Value:
    attr = site.node.attr
    if not isinstance(attr, Noise) or attr.key not in site.feed.data:
        return np.ones(site.shape)
    return site.entry(np.asarray(site.feed.data[attr.key][site.example or 0]), site.node.domain)


def _random(site: Site, _: Rows) -> Value:
    draw = site.node.attr
    if not isinstance(draw, Draw):
        raise TypeError("RANDOM has a stream")
    if draw.key not in site.feed.data:
        return np.full(site.shape, NEUTRAL[draw.kind])
    return site.entry(np.asarray(site.feed.data[draw.key][site.example or 0]), site.node.domain)


def _option(site: Site, _: Rows) -> Value:
    given = site.feed.data.get(f"option {site.node.attr}")
    return _number(0.0 if given is None else given[0])


def _length(site: Site, _: Rows) -> Value:
    low, high = site.extents.bounds(site.index(), site.example, site.env)
    return _number(high - low + 1)


def _missing(site: Site, _: Rows) -> Value:
    access = site.node.attr
    if not isinstance(access, Child | Parent):
        raise TypeError("MISSING names a child or parent")
    return np.asarray(site.extents.locate(access.of, access, site.env, site.example) is None)


def _segments(site: Site, _: Rows) -> Value:
    pairs = site.node.attr if isinstance(site.node.attr, tuple) else ()
    pieces = [np.full(size.evaluate(site.extents.dims), float(value)) for value, size in _pairs(pairs)]
    return np.concatenate(pieces) if pieces else np.zeros(0)


def _pairs(attr: object) -> list[tuple[Any, Size]]:
    return list(attr) if isinstance(attr, tuple) else []


# Elementwise ------------------------------------------------------------------------------------------------------


def sigmoid(value: Value) -> Value:
    """Return 1 / (1 + exp(-value)) without overflow."""
    small = np.exp(np.where(_real(value) < 0, value, -value))
    return np.asarray(np.where(_real(value) < 0, small / (1 + small), 1 / (1 + small)))


def relu(value: Value) -> Value:
    """Return the positive part; at 0 the derivative is 0."""
    return np.asarray(np.where(_real(value) > 0, value, 0.0))


def absolute(value: Value) -> Value:
    """Return the absolute value; at 0 the derivative is 0."""
    return np.asarray(value * np.sign(_real(value)))


def softplus(value: Value) -> Value:
    """Return log(1 + exp(value)) without overflow."""
    return np.asarray(
        np.log1p(np.exp(np.where(_real(value) < 0, value, -value))) + np.where(_real(value) < 0, 0.0, value)
    )


def square_root(value: Value) -> Value:
    """Return the root; at 0 the derivative is 0."""
    return np.asarray(np.where(_real(value) == 0, 0.0, np.sqrt(value)))


def power(base: Value, exponent: Value) -> Value:
    """Return base ^ exponent; 0 ^ g is 0 with zero derivatives for g > 0.

    A perturbation is carried by the rule of powers, since the complex power of a negative number leaves its branch.
    """
    value = np.power(_real(base), _real(exponent), dtype=np.float64)
    if not (np.iscomplexobj(base) or np.iscomplexobj(exponent)):
        return np.asarray(value)
    safe = np.where(_real(base) == 0, 1.0, _real(base))
    slope = np.imag(base) * _real(exponent) * np.power(safe, _real(exponent) - 1)
    slope = slope + np.imag(exponent) * value * np.log(np.where(_real(base) > 0, _real(base), 1.0))
    return np.asarray(value + 1j * np.where(_real(base) == 0, 0.0, slope))


def _smaller(first: Value, second: Value) -> Value:
    return np.asarray(np.where(_real(second) < _real(first), second, first))


def _larger(first: Value, second: Value) -> Value:
    return np.asarray(np.where(_real(first) < _real(second), second, first))


def _seen(value: Value) -> Value:
    return np.asarray(value >= 0 if value.dtype.kind == "i" else ~np.isnan(value))


UNARY: Mapping[Op, Callable[[Value], Value]] = {
    Op.NEG: np.negative,
    Op.TANH: np.tanh,
    Op.SIGMOID: sigmoid,
    Op.RELU: relu,
    Op.SOFTPLUS: softplus,
    Op.EXP: np.exp,
    Op.LOG: np.log,
    Op.SQRT: square_root,
    Op.ABS: absolute,
    Op.SIGN: lambda value: np.sign(_real(value)),
    Op.SIN: np.sin,
    Op.COS: np.cos,
    Op.NOT: np.logical_not,
    Op.SEEN: _seen,
    Op.STOP: _real,
}

BINARY: Mapping[Op, Callable[[Value, Value], Value]] = {
    Op.ADD: np.add,
    Op.SUB: np.subtract,
    Op.MUL: np.multiply,
    Op.DIV: np.divide,
    Op.POW: power,
    Op.MOD: lambda first, second: np.mod(_real(first), _real(second)),
    Op.MINIMUM: _smaller,
    Op.MAXIMUM: _larger,
    Op.LESS: lambda first, second: np.asarray(_real(first) < _real(second)),
    Op.LESS_EQUAL: lambda first, second: np.asarray(_real(first) <= _real(second)),
    Op.EQUAL: lambda first, second: np.asarray(_real(first) == _real(second)),
    Op.AND: np.logical_and,
    Op.OR: np.logical_or,
}


def _of_one(function: Callable[[Value], Value]) -> Rule:
    return lambda _, rows: np.asarray(function(rows[0][0]))


def _of_several(function: Callable[[Value, Value], Value]) -> Rule:
    def rule(_: Site, rows: Rows) -> Value:
        result = rows[0][0]
        for value in rows[0][1:]:
            result = np.asarray(function(result, value))
        return result

    return rule


def _where(_: Site, rows: Rows) -> Value:
    """Choose; of a scalar condition only the branch taken is evaluated, and so is all that is here."""
    condition, *values = rows[0]
    return values[0] if len(values) == 1 else np.asarray(np.where(condition, *values))


def _activate(site: Site, rows: Rows) -> Value:
    pieces, start = [], 0
    for op, size in _pairs(site.node.attr):
        stop = start + size.evaluate(site.extents.dims)
        pieces.append(UNARY[op](rows[0][0][start:stop]))
        start = stop
    return np.concatenate(pieces)


# Access, products and sums ----------------------------------------------------------------------------------------


def _read(site: Site, rows: Rows) -> Value:
    if rows:
        return rows[0][0]
    nothing = {DType.REAL: 0.0, DType.INT: -1, DType.BOOL: False}[site.node.dtype]  # an absent token is the zero vector
    return np.full(site.shape, nothing)


def _uses(site: Site, rows: Rows) -> Value:
    total: Value = np.zeros(site.shape)
    for row in rows:
        total = total + row[0]
    return np.asarray(total)


def _contract(site: Site, rows: Rows) -> Value:
    if not isinstance(site.node.attr, Labels):
        raise TypeError("CONTRACT has labels")
    equation = ",".join(site.node.attr.operands) + "->" + site.node.attr.out
    total: Value = np.zeros(site.shape)
    for row in rows:
        total = total + np.einsum(equation, *row)
    return np.asarray(total)


# Folds ------------------------------------------------------------------------------------------------------------


def _folded(site: Site, rows: Rows) -> Value:
    """Return what is folded with the fold's points (or the components) as axis 0."""
    over = site.node.attr
    if isinstance(over, Over) and not over.indices:
        return rows[0][0]
    return np.stack([row[0] for row in rows]) if rows else np.zeros((0, *site.shape))


def _own(site: Site, result: Value) -> Value:
    """Return the part of a fold's result that stands at this point."""
    over = site.node.attr
    if not isinstance(over, Over) or not over.indices:
        return result
    return np.asarray(result[site.place(*over.indices)])


def _logsumexp(site: Site, rows: Rows) -> Value:
    values = _folded(site, rows)
    top = np.max(_real(values), axis=0, initial=-np.inf)
    finite = np.where(np.isinf(top), 0.0, top)
    total = np.log(np.sum(np.exp(values - finite), axis=0))
    return np.asarray(np.where(np.isinf(top), top, finite + total))


def _softmax(site: Site, rows: Rows) -> Value:
    values = _folded(site, rows)
    top = np.max(_real(values), axis=0, initial=-np.inf)
    shares = np.exp(values - np.where(np.isinf(top), 0.0, top))
    total = np.sum(shares, axis=0)
    return _own(site, np.asarray(shares / np.where(_real(total) == 0, 1.0, total)))  # of -inf only: 0, as of nothing


def _first_of_largest(values: Value) -> Value:
    if not len(values):
        raise ValueError("the largest of no values is not defined")
    return np.asarray(np.argmax(_real(values), axis=0))


def _max(site: Site, rows: Rows) -> Value:
    values, over = _folded(site, rows), site.node.attr
    if not rows and isinstance(over, Over) and any(index.of for index in over.indices):
        return np.zeros(site.shape)  # of a leaf's children: a branch that is not taken, but differentiated
    return np.asarray(np.take_along_axis(values, _first_of_largest(values)[None], axis=0)[0])


def _first_max(site: Site, rows: Rows) -> Value:
    values = _folded(site, rows)
    marks = np.zeros(values.shape)
    np.put_along_axis(marks, _first_of_largest(values)[None], 1.0, axis=0)
    return _own(site, marks)


def _temper(site: Site, rows: Rows) -> Value:
    return _own(site, _folded(site, rows))


def _top(site: Site, rows: Rows) -> Value:
    values = _folded(site, rows)
    return np.asarray(_first_of_largest(values) if len(values) else -1)


# Components and tokens --------------------------------------------------------------------------------------------


def _slice(site: Site, rows: Rows) -> Value:
    return rows[0][0][site.size() : site.size() + site.shape[0]]


def _place(site: Site, rows: Rows) -> Value:
    value = rows[0][0]
    result = np.zeros(site.shape, dtype=value.dtype)
    result[site.size() : site.size() + value.shape[0]] = value
    return result


def _one_hot(site: Site, rows: Rows) -> Value:
    return _at_token(site, rows[0][0], _number(1.0))


def _at_token(site: Site, token: Value, value: Value) -> Value:
    result = np.zeros(site.shape, dtype=value.dtype)
    if token >= 0:
        result[int(token)] = value
    return result


def _lookup(site: Site, rows: Rows) -> Value:
    matrix, token = rows[0]
    if token < 0:
        return np.zeros(site.shape)
    return np.asarray(matrix[:, int(token)] if site.node.attr == 1 else matrix[int(token)])


def _scatter(site: Site, rows: Rows) -> Value:
    result = np.zeros(site.shape, dtype=np.result_type(np.float64, *(row[0] for row in rows)))
    for vector, token in rows:
        if token >= 0:
            result[(slice(None), int(token)) if site.node.attr == 1 else int(token)] += vector
    return result


def _pick(_: Site, rows: Rows) -> Value:
    vector, token = rows[0]
    return np.asarray(vector[int(token)]) if token >= 0 else _number(0.0)


def _beam(_: Site, __: Rows) -> Value:
    raise GraphError("a beam is a search: what its members choose has no value of its own")


INTERPRET: Mapping[Op, Rule] = {
    Op.PARAM: _param,
    Op.INPUT: _input,
    Op.CONST: lambda site, _: _number(site.node.attr),
    Op.SIZE: lambda site, _: _number(site.size()),
    Op.IOTA: lambda site, _: _number(site.env[site.index()]),
    Op.LENGTH: _length,
    Op.MISSING: _missing,
    Op.FRESH: lambda _, __: np.asarray(True),  # noqa: FBT003
    Op.NOISE: _noise,
    Op.RANDOM: _random,
    Op.OPTION: _option,
    Op.VAR: lambda _, rows: rows[0][0],
    **{op: _of_one(function) for op, function in UNARY.items()},
    **{op: _of_several(function) for op, function in BINARY.items()},
    Op.WHERE: _where,
    Op.ACTIVATE: _activate,
    Op.READ: _read,
    Op.USES: _uses,
    Op.CONTRACT: _contract,
    Op.BROADCAST: lambda _, rows: rows[0][0],
    Op.SOFTMAX: _softmax,
    Op.LOGSUMEXP: _logsumexp,
    Op.MAX: _max,
    Op.FIRST_MAX: _first_max,
    Op.TEMPER: _temper,
    Op.TOP: _top,
    Op.CONCAT: lambda _, rows: np.concatenate(rows[0]),
    Op.SLICE: _slice,
    Op.PLACE: _place,
    Op.STACK: lambda site, rows: np.stack([row[0] for row in rows]) if rows else np.zeros(site.shape),
    Op.UNSTACK: lambda site, rows: np.asarray(rows[0][0][site.place(site.index())]),
    Op.SEGMENTS: _segments,
    Op.NUMBER: lambda _, rows: _number(max(int(rows[0][0]), -1)),
    Op.ONE_HOT: _one_hot,
    Op.LOOKUP: _lookup,
    Op.SCATTER: _scatter,
    Op.PICK: _pick,
    Op.PUT: lambda site, rows: _at_token(site, rows[0][1], rows[0][0]),
    Op.BEAM: _beam,
}
