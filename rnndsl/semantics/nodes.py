"""Points of trees and dags: the node itself, one of its children, its parent; and the edges to its children."""

from typing import Final

from rnndsl.diagnostics.diagnostic import Label
from rnndsl.diagnostics.span import Span
from rnndsl.indices import Access, Affine, Child, Index, Kind, Parent, here
from rnndsl.semantics.findings import Findings, ReportedError
from rnndsl.semantics.frame import Frame, Quantity
from rnndsl.semantics.functions import FUNCTIONS
from rnndsl.semantics.names import single_name
from rnndsl.semantics.notes import given_arguments
from rnndsl.semantics.reading import Surroundings
from rnndsl.semantics.scope import find_index
from rnndsl.semantics.sets import kind_words, set_words
from rnndsl.semantics.sums import affine, written_sum
from rnndsl.syntax.tree import Call, Expression, Reference

RELATIVES: Final = frozenset({"child", "parent"})


def check_structure(
    index: Index, what: str, span: Span, frame: Frame, findings: Findings, *, tree: bool = False
) -> None:
    """Refuse an index without the structure that `what` needs: a tree or dag, or a `tree` alone.

    Raises:
        ReportedError: it has been refused.
    """
    if index.kind is Kind.TREE or (index.structured and not tree):
        return
    if index.of is not None:
        message = f"`{what}` takes the index of a tree or dag, and `{index.name}` runs over {kind_words(index)}"
        way = f"give it an equation over `{index.of.name}`, and read that at `{index.name}`: `g[{index.name}]`"
        if what == "children":
            way = f"name the index of the nodes: `children({index.of.name})`"
    elif index.structured:
        message = f"`{what}` takes the index of a tree; in the dag `{index.name}` a node may have several parents"
        way = f"read the children, or declare `index {index.name} : tree`"
    else:
        message = f"`{what}` takes the index of a tree or dag, and `{index.name}` runs over {kind_words(index)}"
        way = "declare the index of the nodes: `index n : tree` or `index n : dag`"
    raise findings.fail("RNN416", message, span, way=way, labels=frame.origin(index))


def called_relative(point: Expression, around: Surroundings) -> Call | None:
    """Return a point that is written `child(...)` or `parent(...)`, None for any other."""
    match point:
        case Call(function=function) if single_name(function, around.static) in RELATIVES:
            return point
        case _:
            return None


def node_access(quantity: Quantity, index: Index, point: Expression, around: Surroundings) -> Access:
    """Return which node is read where a quantity over a tree or dag `index` stands.

    Raises:
        ReportedError: it is none of the same tree.
    """
    call = called_relative(point, around)
    if call is not None:
        found = relative(call, around)
        if found.of == index:
            return found
        raise _other(quantity, index, found.of, point.span, around)
    term = written_sum(point, around).alone
    if term == index:
        return here(index)
    if term is not None and term.of == index:
        return Child(index, here(term))
    if term is not None and term.ragged:
        raise _other(quantity, index, term, point.span, around)
    message = f"this is no node of {set_words(index)}"
    name, reads = index.name, f"`h[child({index.name}, 1)]`"
    reads += f", or `h[parent({name})]`" if index.kind is Kind.TREE else ""
    way = f"nodes are read at `{name}`, at its children, with `index k : children({name})` as `h[k]`, {reads}"
    label = Label(quantity.span, f"`{name}` is an index of `{quantity.name}`")
    raise around.findings.fail("RNN403", message, point.span, way=way, labels=(label,))


def _other(quantity: Quantity, index: Index, term: Index, span: Span, around: Surroundings) -> ReportedError:
    message = f"a node of {set_words(index)} belongs here, not one of {set_words(term)}"
    way = f"reduce over `{index.name}`, or declare both over one index"
    label = Label(quantity.span, f"`{index.name}` is an index of `{quantity.name}`")
    return around.findings.fail("RNN403", message, span, way=way, labels=(label,))


def relative(call: Call, around: Surroundings) -> Child | Parent:
    """Return the meaning of `child(n, 2)` or `parent(n)`.

    Raises:
        ReportedError: it has none.
    """
    name = single_name(call.function, around.static)
    row = FUNCTIONS[name]
    if call.over:
        way = f"write `{row.form}`; bind indices around what is read there"
        raise around.findings.fail("RNN406", f"`{name}` takes no `over`", call.span, way=way)
    written, *rest = given_arguments(call, row, around.static)
    if not (isinstance(written, Reference) and written.points is None):
        way = f"name the index of a tree or dag: `{row.form}`"
        raise around.findings.fail("RNN405", "this is not an index", call.arguments[0].span, way=way)
    index = find_index(around.frame, written.name, around.static)
    check_structure(index, name, call.span, around.frame, around.findings, tree=name == "parent")
    around.require(index, written.span)
    places = [place for place in rest if not isinstance(place, float)]
    return Child(index, _slot(index, places[0], around)) if places else Parent(index)


def _slot(index: Index, place: Expression, around: Surroundings) -> Affine:
    """Return which child is meant: a number, an index over the children, or one of a range plus or minus a number."""
    written = written_sum(place, around)
    if written.alone is not None and written.alone.of == index:
        return here(written.alone)
    terms = [*written.terms.items()]
    if len(terms) > 1 or any(term.ragged or abs(count) != 1 for term, count in terms):
        way = f"count children from 1: `child({index.name}, 2)`, or `child({index.name}, j)` with `index j : 1..3`"
        raise around.findings.fail("RNN404", "this does not say which child", place.span, way=way)
    slot = affine(written, around, place.span)
    if not terms and slot.offset < 1:
        way = f"children are counted from 1: `child({index.name}, 1)`"
        raise around.findings.fail("RNN404", f"there is no child {slot.offset}", place.span, way=way)
    return slot


def edge_access(quantity: Quantity, index: Index, point: Expression, around: Surroundings) -> Affine:
    """Return the access along `index`, over children, to a quantity of edges: always its own point.

    Raises:
        ReportedError: another point is written.
    """
    if written_sum(point, around).alone == index:
        return here(index)
    raise elsewhere(quantity, index, point.span, around)


def elsewhere(quantity: Quantity, index: Index, span: Span, around: Surroundings) -> ReportedError:
    """Record that a quantity of the edges to `index` is read at another edge than the current one."""
    owner = index.of.name if index.of is not None else ""
    own = ", ".join(one.name for one in quantity.domain)
    message = f"`{quantity.name}` has a value for each `{owner}` and child `{index.name}` of it, and is read only there"
    way = f"read `{quantity.name}[{own}]`, or sum it up, `g[{owner}] = sum(... over {index.name})`, and read `g`"
    label = Label(quantity.span, f"`{quantity.name}` is declared here")
    return around.findings.fail("RNN417", message, span, way=way, labels=(label,))
