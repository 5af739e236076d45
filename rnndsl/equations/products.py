"""Contractions as the products of linear algebra: `W @ x`, `transpose(W) @ g`, `outer(g, x)`, `sum(... over t)`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from rnndsl.equations.refusal import refuse
from rnndsl.equations.terms import PRODUCT, Atom, Product, Value, as_product, multiply, number, of
from rnndsl.equations.writing import Place, Writer
from rnndsl.graph.node import Labels, Node
from rnndsl.indices import Domain, Index
from rnndsl.ops import Op

Join = Callable[[Atom, Atom], Atom]


def contract(writer: Writer, _: int, node: Node, place: Place) -> Value:
    """Write a product, then the sum over what its operands have and it lacks."""
    if not isinstance(node.attr, Labels):
        raise TypeError("CONTRACT has labels")
    given = [writer.node(operand) for operand in node.operands]
    summed = tuple(i for i in dict.fromkeys(i for one in given for i in one.domain) if i not in node.domain)
    writer, inside = bound(writer, node, summed, place)
    values = [
        writer.vector(operand, inside) if _matters(node.attr, slot) else writer.write(operand, inside)
        for slot, operand in enumerate(node.operands)
    ]
    return total(_product(node, values, node.attr), summed)


def bound(writer: Writer, node: Node, indices: Domain, place: Place) -> tuple[Writer, Place]:
    """Return the writer and the place inside a sum over indices: there they stand for themselves.

    Raises:
        SpecError: another index stands for one of them, which would be caught.
    """
    outside = {index: access for index, access in place.items() if index not in indices}
    if any(index in access.indices for index in indices for access in outside.values()):
        raise refuse(node, "a sum that is read at a point named by its own index")
    return writer.without(indices), outside


def _matters(labels: Labels, slot: int) -> bool:
    """Whether an operand has to have its rank: not in an elementwise product."""
    return set(labels.operands) != {labels.out}


def _product(node: Node, values: Sequence[Value], labels: Labels) -> Value:
    """Multiply values; scalars are taken out of products of vectors."""
    if all(letters in ("", labels.out) for letters in labels.operands):
        return multiply(*values)
    scalars, rest = zip(*(_split(value) for value in values), strict=True)
    return multiply(*scalars, of(_join(node, list(rest), labels)))


def _split(value: Value) -> tuple[Value, Atom]:
    """Return the scalar factors of a value, and the rest of it."""
    product = as_product(value)
    above = tuple(atom for atom in product.above if atom.rank)
    below = tuple(atom for atom in product.below if atom.rank)
    scalar = Product(
        product.number,
        tuple(atom for atom in product.above if not atom.rank),
        tuple(atom for atom in product.below if not atom.rank),
    )
    return Value((scalar,)), Value((Product(1.0, above, below),)).atom()


def _join(node: Node, atoms: list[Atom], labels: Labels) -> Atom:
    if len(atoms) == 1:
        return _single(node, atoms[0], (labels.operands[0], labels.out))
    (a, la), (b, lb), out = (atoms[0], labels.operands[0]), (atoms[1], labels.operands[1]), labels.out
    if not la or not lb:
        (vector, letters), (scalar, _) = ((a, la), (b, lb)) if la else ((b, lb), (a, la))
        whole = of(_single(node, vector, (letters, out)))
        return multiply(of(scalar), whole).atom()
    shared = "".join(letter for letter in la if letter in lb)
    if la == lb and not out:
        return matmul(a, b) if len(la) == 1 else _call("sum", 0, multiply(of(a), of(b)).atom())
    if len(shared) == 1 and shared not in out:
        return _matrix_product(node, (a, la), (b, lb), (shared, out))
    if not shared and len(la) == len(lb) == 1:
        return _call("outer", 2, a, b) if out == la + lb else _call("outer", 2, b, a)
    raise refuse(node, f"the contraction `{la},{lb}->{out}`")


def _matrix_product(node: Node, left: tuple[Atom, str], right: tuple[Atom, str], letters: tuple[str, str]) -> Atom:
    """Write a product over one shared letter, with transposes where the letters need them."""
    shared, out = letters
    (a, la), (b, lb) = left, right
    rest = "".join(letter for letter in la if letter != shared)
    if not rest or not out.startswith(rest):
        (a, la), (b, lb) = (b, lb), (a, la)
    if len(la) == 2 and la[0] == shared:
        a = transposed(a)
    if len(lb) == 2 and lb[1] == shared:
        b = transposed(b)
    return matmul(a, b)


def _single(node: Node, atom: Atom, letters: tuple[str, str]) -> Atom:
    given, out = letters
    if given == out:
        return atom
    if given[::-1] == out:
        return transposed(atom)
    if not out:
        return _call("sum", 0, atom)
    raise refuse(node, f"the contraction `{given}->{out}`")


def matmul(a: Atom, b: Atom) -> Atom:
    """Write `a @ b`."""
    return Atom(f"{a.at(PRODUCT + 1)} @ {b.at(PRODUCT + 1)}", PRODUCT, abs(a.rank + b.rank - 2), a.free | b.free)


def transposed(atom: Atom) -> Atom:
    """Write a matrix's transpose."""
    return _call("transpose", 2, atom)


def _call(function: str, rank: int, *arguments: Atom) -> Atom:
    free = frozenset().union(*(argument.free for argument in arguments))
    return Atom(f"{function}({', '.join(argument.text for argument in arguments)})", rank=rank, free=free)


def total(value: Value, summed: Collection[Index]) -> Value:
    """Write a sum over indices; what does not vary over them stands outside, points of nothing are counted."""
    if not summed:
        return value
    product = as_product(value)
    edges = [count(index) for index in summed if index.of is not None and index not in value.free]
    varying = value.free.union(*(atom.free for atom in edges))
    counts = edges + [count(index) for index in summed if index.of is None and index not in varying]
    over = tuple(index for index in summed if index in varying)
    outside = [Value((Product(product.number),))]
    inside = [Value((Product(),))]
    for atom in (*product.above, *counts):
        (inside if atom.free & set(over) else outside).append(of(atom))
    for atom in product.below:
        one = Value((Product(1.0, (), (atom,)),))
        (inside if atom.free & set(over) else outside).append(one)
    if over:
        outside.append(of(_sum(multiply(*inside).atom(), over)))
    return multiply(*outside)


def count(index: Index) -> Atom:
    """Write how many points an index has."""
    if index.ragged:
        return Atom(f"length({index.name})", free=frozenset({index.of} if index.of else ()))
    extent = index.extent
    text = str(extent)
    return Atom(text if text.isalnum() else f"({text})")


def _sum(body: Atom, over: Domain) -> Atom:
    names = ", ".join(index.name for index in over)
    return Atom(f"sum({body.text} over {names})", rank=body.rank, free=body.free - set(over))


def pick(writer: Writer, _: int, node: Node, place: Place) -> Value:
    """Write the component of a vector that a token says: their dot product."""
    vector, token = node.operands
    return _bilinear(writer, (token, vector), place, matmul)


def put(writer: Writer, _: int, node: Node, place: Place) -> Value:
    """Write a number at a token's place: a multiple of the one-hot vector."""
    value, token = node.operands
    return multiply(writer.write(value, place), one_hot(writer, token, place))


def lookup(writer: Writer, _: int, node: Node, place: Place) -> Value:
    """Write a column, `W @ x`, or a row, `x @ W`."""
    matrix, token = node.operands
    order = (matrix, token) if node.attr == 1 else (token, matrix)
    return _bilinear(writer, order, place, matmul)


def scatter(writer: Writer, _: int, node: Node, place: Place) -> Value:
    """Write what is added to columns or rows: outer products with one-hot vectors, summed."""
    vector, token = node.operands
    given = [writer.node(operand) for operand in node.operands]
    summed = tuple(i for i in dict.fromkeys(i for one in given for i in one.domain) if i not in node.domain)
    writer, inside = bound(writer, node, summed, place)
    order = (vector, token) if node.attr == 1 else (token, vector)
    product = _bilinear(writer, order, inside, lambda a, b: _call("outer", 2, a, b))
    return total(product, summed)


def one_hot(writer: Writer, number_: int, place: Place) -> Value:
    """Write a token where it is used as a vector."""
    atom = writer.write(number_, place).atom()
    return of(Atom(atom.text, atom.level, 1, atom.free))


def _bilinear(writer: Writer, operands: tuple[int, int], place: Place, join: Join) -> Value:
    values = []
    for operand in operands:
        token = writer.node(operand).dtype.value == "int"
        values.append(one_hot(writer, operand, place) if token else writer.vector(operand, place))
    if any(value.constant == 0 for value in values):
        return number(0)
    (left, a), (right, b) = _split(values[0]), _split(values[1])
    return multiply(left, right, of(join(a, b)))


RULES: Final[Mapping[Op, Callable[[Writer, int, Node, Place], Value]]] = {
    Op.CONTRACT: contract,
    Op.PICK: pick,
    Op.PUT: put,
    Op.LOOKUP: lookup,
    Op.SCATTER: scatter,
}
