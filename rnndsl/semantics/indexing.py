"""Points: what stands in square brackets, typed and turned into accesses."""

from rnndsl.diagnostics.diagnostic import Label
from rnndsl.indices import Access, Index, here
from rnndsl.semantics.findings import ReportedError
from rnndsl.semantics.frame import IndexName, Quantity
from rnndsl.semantics.names import single_name
from rnndsl.semantics.nodes import called_relative, edge_access, elsewhere, node_access, relative
from rnndsl.semantics.reading import Surroundings
from rnndsl.semantics.sets import set_words
from rnndsl.semantics.sums import WAY, Sum, affine, written_sum
from rnndsl.syntax.tree import Expression, Reference


def access_points(quantity: Quantity, read: Reference, around: Surroundings) -> tuple[Access, ...]:
    """Return where a quantity is read, one access for each of its indices.

    Raises:
        ReportedError: the number of points is wrong, or one of them is no point of its index set.
    """
    points = read.points or ()
    if len(points) != len(quantity.domain):
        raise _wrong_number(quantity, read, around)
    _refuse_other_order(quantity, read, around)
    found: list[Access] = []
    failed = False
    for index, point in zip(quantity.domain, points, strict=True):
        try:
            found.append(_access(quantity, index, point, around))
        except ReportedError:
            failed = True
    if failed:
        raise ReportedError(quantity.name)
    for index, access in zip(quantity.domain, found, strict=True):
        if any(edge.of == index for edge in quantity.domain) and access != here(index):
            edge = next(edge for edge in quantity.domain if edge.of == index)
            raise elsewhere(quantity, edge, read.span, around)
    return tuple(found)


def _refuse_other_order(quantity: Quantity, read: Reference, around: Surroundings) -> None:
    """Say it once when points stand in another order than a quantity's indices, of which one comes with data."""
    names = [point.name for point in read.points or () if isinstance(point, Reference) and point.points is None]
    symbols = [around.frame.symbols.get(single_name(name, around.static)) for name in names]
    written = [symbol.index for symbol in symbols if isinstance(symbol, IndexName)]
    misplaced = any(index.ragged and index != other for index, other in zip(quantity.domain, written, strict=False))
    if misplaced and len(written) == len(quantity.domain) and set(written) == set(quantity.domain):
        name, own = single_name(read.name, around.static), ", ".join(index.name for index in quantity.domain)
        label = Label(quantity.span, f"its indices are [{own}]")
        message = f"the points of `{name}` stand in another order"
        raise around.findings.fail("RNN403", message, read.span, way=f"write `{name}[{own}]`", labels=(label,))


def _wrong_number(quantity: Quantity, read: Reference, around: Surroundings) -> ReportedError:
    name = single_name(read.name, around.static)
    own = ", ".join(index.name for index in quantity.domain)
    label = Label(quantity.span, "declared here")
    if read.points is None:
        message, code = f"`{name}` has a value for every [{own}]", "RNN407"
        way = f"say at which point: `{name}[{own}]`"
    elif not quantity.domain:
        message, code = f"`{name}` has no indices", "RNN401"
        way = f"write `{name}`; square brackets hold points, and components are `component(a, k)`, `slice(a, i, j)`"
    else:
        message, code = f"`{name}` has the indices [{own}], not {len(read.points)}", "RNN401"
        way = f"for example `{name}[{own}]`"
    return around.findings.fail(code, message, read.span, way=way, labels=(label,))


def _access(quantity: Quantity, index: Index, point: Expression, around: Surroundings) -> Access:
    if index.structured:
        return node_access(quantity, index, point, around)
    if index.of is not None:
        return edge_access(quantity, index, point, around)
    call = called_relative(point, around)
    if call is not None:
        raise _other_set(quantity, index, relative(call, around).of, point, around)
    written = written_sum(point, around)
    _check_sets(quantity, index, written, point, around)
    mirrored = around.mirrors(index) and quantity.role != "param"
    return affine(written, around, point.span, index if mirrored else None)


def _check_sets(quantity: Quantity, index: Index, written: Sum, point: Expression, around: Surroundings) -> None:
    if any(abs(count) != 1 for count in written.terms.values()):
        raise around.findings.fail("RNN404", "an index can only be added or subtracted once", point.span, way=WAY)
    ragged = [term for term in written.terms if term.ragged]
    if ragged and (not index.ragged or ragged != [index]):
        other = next(term for term in ragged if term != index)
        raise _other_set(quantity, index, other, point, around)
    if not index.ragged:
        return
    if not ragged:
        message = f"a point of {set_words(index)} belongs here"
        way = f"read at `{index.name}`, or `first(... over {index.name})` or `last(... over {index.name})`"
    elif written.terms[index] != 1:
        message = f"`{index.name}` cannot be subtracted: a sequence is read some steps back or ahead"
        way = WAY
    else:
        return
    label = Label(quantity.span, f"`{index.name}` is an index of `{quantity.name}`")
    raise around.findings.fail("RNN403", message, point.span, way=way, labels=(label,))


def _other_set(
    quantity: Quantity, index: Index, other: Index, point: Expression, around: Surroundings
) -> ReportedError:
    """Record that a point of `other` stands where one of `index` belongs."""
    message = f"a point of {set_words(index)} belongs here, not one of {set_words(other)}"
    way = "give a point of that range"
    if other.of is not None and not index.ragged:
        way = f"count children by a range: `h[child({other.of.name}, {index.name})]`"
    elif index.ragged:
        way = f"reduce over `{index.name}`, or declare both over one index"
    label = Label(quantity.span, f"`{index.name}` is an index of `{quantity.name}`")
    return around.findings.fail("RNN403", message, point.span, way=way, labels=(label,))
