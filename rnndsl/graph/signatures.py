"""What an operator gives: one rule per operator for shape and dtype; domain and batch follow one law for all.

`RESULT[op]` maps the operands' (shape, dtype) and the attribute to (shape, dtype). Operators whose shape the caller
has to say (`SHAPED`) are not in `RESULT`.
"""

from collections.abc import Callable, Mapping, Sequence

from rnndsl.graph.node import Attr, Choice, Labels, Node, Over, ReadAt
from rnndsl.indices import Child, Domain, Index, Parent, ordered
from rnndsl.ops import DType, Op
from rnndsl.sizes import Shape, Size

Operands = Sequence[Node]
Result = tuple[Shape, DType]

#: Operators whose shape (and for BROADCAST and CONTRACT domain and batch) only the caller knows.
SHAPED = frozenset(
    {
        Op.PARAM, Op.INPUT, Op.NOISE, Op.RANDOM, Op.VAR, Op.BROADCAST, Op.CONTRACT,
        Op.SLICE, Op.PLACE, Op.ONE_HOT, Op.SCATTER, Op.PUT,
    }
)  # fmt: skip

SOURCES = frozenset(
    {
        Op.PARAM, Op.INPUT, Op.CONST, Op.SIZE, Op.IOTA, Op.LENGTH, Op.MISSING, Op.FRESH, Op.NOISE, Op.SEGMENTS,
        Op.RANDOM, Op.OPTION,
    }
)  # fmt: skip
UNARY = frozenset(
    {
        Op.NEG, Op.TANH, Op.SIGMOID, Op.RELU, Op.SOFTPLUS, Op.EXP, Op.LOG,
        Op.SQRT, Op.ABS, Op.SIGN, Op.SIN, Op.COS, Op.STOP, Op.ACTIVATE,
    }
)  # fmt: skip
NARY = frozenset({Op.ADD, Op.SUB, Op.MUL, Op.DIV, Op.POW, Op.MOD, Op.MINIMUM, Op.MAXIMUM})
COMPARISONS = frozenset({Op.LESS, Op.LESS_EQUAL, Op.EQUAL, Op.AND, Op.OR, Op.NOT, Op.SEEN})
FOLDS = frozenset({Op.SOFTMAX, Op.LOGSUMEXP, Op.MAX, Op.FIRST_MAX, Op.TEMPER, Op.TOP})
ELEMENTWISE = UNARY | NARY | COMPARISONS | {Op.WHERE, Op.NUMBER}


def common_shape(operands: Operands) -> Shape:
    """Return the shape of an elementwise result: that of the operands that are not scalar, which must agree.

    Raises:
        ValueError: two operands have different shapes (a bug of the compiler: shapes are checked before).
    """
    shapes = [node.shape for node in operands if node.shape]
    if any(shape != shapes[0] for shape in shapes):
        raise ValueError(f"shapes differ: {[tuple(map(str, s)) for s in shapes]}")
    return shapes[0] if shapes else ()


def _same(operands: Operands, _: Attr) -> Result:
    return common_shape(operands), operands[0].dtype


def _truth(operands: Operands, _: Attr) -> Result:
    return common_shape(operands), DType.BOOL


def _chosen(operands: Operands, _: Attr) -> Result:
    return common_shape(operands), operands[1].dtype


def _scalar(_: Operands, __: Attr) -> Result:
    return (), DType.REAL


def _token(_: Operands, __: Attr) -> Result:
    return (), DType.INT


def _fold(operands: Operands, attr: Attr) -> Result:
    indices = attr.indices if isinstance(attr, Over) else ()
    return (operands[0].shape if indices else operands[0].shape[1:]), DType.REAL


def _concat(operands: Operands, _: Attr) -> Result:
    total = sum((node.shape[0] for node in operands), Size())
    return (total, *operands[0].shape[1:]), operands[0].dtype


def _stack(operands: Operands, attr: Attr) -> Result:
    if not isinstance(attr, Index):
        raise TypeError("STACK names an index")
    return (attr.extent, *operands[0].shape), operands[0].dtype


def _segments(_: Operands, attr: Attr) -> Result:
    if not isinstance(attr, tuple):
        raise TypeError("SEGMENTS holds (value, size) pairs")
    sizes = [pair[1] for pair in attr if isinstance(pair, tuple) and isinstance(pair[1], Size)]
    return (sum(sizes, Size()),), DType.REAL


def _lookup(operands: Operands, attr: Attr) -> Result:
    return (operands[0].shape[0 if attr == 1 else 1],), DType.REAL


RESULT: Mapping[Op, Callable[[Operands, Attr], Result]] = {
    Op.CONST: _scalar,
    Op.SIZE: _scalar,
    Op.IOTA: _scalar,
    Op.LENGTH: _scalar,
    **dict.fromkeys((Op.MISSING, Op.FRESH), lambda _, __: ((), DType.BOOL)),
    Op.OPTION: _scalar,
    Op.SEGMENTS: _segments,
    **dict.fromkeys(sorted(UNARY | NARY), _same),
    **dict.fromkeys(sorted(COMPARISONS), _truth),
    Op.WHERE: _chosen,
    Op.READ: lambda operands, _: (common_shape(operands), operands[0].dtype),
    Op.USES: _same,
    Op.SOFTMAX: _same,
    Op.FIRST_MAX: _same,
    Op.TEMPER: _same,
    Op.TOP: _token,
    Op.LOGSUMEXP: _fold,
    Op.MAX: _fold,
    Op.CONCAT: _concat,
    Op.STACK: _stack,
    Op.UNSTACK: lambda operands, _: (operands[0].shape[1:], operands[0].dtype),
    Op.NUMBER: _scalar,
    Op.LOOKUP: _lookup,
    Op.PICK: _scalar,
    Op.BEAM: _token,
}


def read_domain(operand: Node, at: ReadAt) -> Domain:
    """Return the indices that a read varies over (its init not counted)."""
    named = dict(at.at)
    kept = {index for index in operand.domain if index not in named}
    used = {index for access in named.values() for index in access.indices}
    return ordered(kept | used)


def domain_and_batch(op: Op, operands: Operands, attr: Attr) -> tuple[Domain, bool]:
    """Return the minimal domain and the batch flag of an operator's value.

    A read of `t - 1` varies over t even where the operand does not, since outside it gives its init; it varies over
    the batch if the number of points does and the far end is concerned.
    """
    if op in SOURCES:
        return _source_domain(op, attr)
    domain = {index for node in operands for index in node.domain}
    batch = any(node.batch for node in operands)
    match op:
        case Op.READ if isinstance(attr, ReadAt):
            domain = {i for node in operands[1:] for i in node.domain} | set(read_domain(operands[0], attr))
            batch = batch or any(index.ragged for index in (*domain, *(named for named, _ in attr.at)))
        case Op.USES if isinstance(attr, Child):
            domain, batch = {attr.of, *domain} - set(attr.slot.indices), True
        case Op.LOGSUMEXP | Op.MAX | Op.TOP:
            domain -= set(attr.indices) if isinstance(attr, Over) else set()
        case Op.BEAM if isinstance(attr, Choice):
            domain = (domain - set(attr.over)) | {attr.member}
        case Op.SOFTMAX | Op.FIRST_MAX | Op.TEMPER:
            domain |= set(attr.indices) if isinstance(attr, Over) else set()
        case Op.STACK if isinstance(attr, Index):
            domain -= {attr}
        case Op.UNSTACK if isinstance(attr, Index):
            domain |= {attr}
        case _:
            pass
    return ordered(domain), batch


def _source_domain(op: Op, attr: Attr) -> tuple[Domain, bool]:
    """Return the domain of what counts points; the count of a sequence goes on from chunk to chunk."""
    match op, attr:
        case Op.IOTA, Index():
            return ordered({attr}), attr.ragged
        case Op.LENGTH, Index():
            return (() if attr.of is None else (attr.of,)), True
        case Op.MISSING, Child() | Parent():
            return attr.indices, True
        case _:
            return (), False


def contracted(operands: Operands, labels: Labels) -> Shape:
    """Return the shape of a contraction from its labels.

    Raises:
        ValueError: a label stands for two different sizes (a bug of the compiler).
    """
    sizes: dict[str, Size] = {}
    for node, letters in zip(operands, labels.operands, strict=True):
        for letter, size in zip(letters, node.shape, strict=True):
            if sizes.setdefault(letter, size) != size:
                raise ValueError(f"label {letter} is both {sizes[letter]} and {size}")
    return tuple(sizes[letter] for letter in labels.out)
