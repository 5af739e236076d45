"""The adjoint of reads: every kind of access, inside and outside, and what an init gets."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import numpy as np
import pytest

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.graph.errors import GraphError
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.interpret import interpret
from rnndsl.graph.node import ReadAt
from rnndsl.graph.text import parse_graph, print_graph
from rnndsl.indices import Access, Affine, Child, Domain, End, Index, Kind, Parent, Root, here, ordered
from rnndsl.ops import Op
from rnndsl.sizes import Size
from tests.autodiff.complex_step import Array, check_gradients
from tests.autodiff.operators import probe
from tests.graph.examples import DIMS, HIDDEN, SLOTS, C, D, E, J, K, M, N, Net, S, T, sample

TWICE = Index("p", Kind.RANGE, 7, high=SLOTS)


def at(**places: tuple[str, int] | End | int) -> Mapping[Index, Access]:
    """Return accesses from texts: `t=("t", -1)`, `k=("m-j", 0)`, `k=2`."""
    names = {index.name: index for index in (T, S, M, K, J, TWICE)}

    def access(place: tuple[str, int] | End | int) -> Access:
        if isinstance(place, End):
            return place
        if isinstance(place, int):
            return Affine((), place)
        text, offset = place
        terms = [(names[term.lstrip("-")], -1 if term.startswith("-") else 1) for term in text.split()]
        return Affine(tuple(sorted(terms, key=lambda term: term[0].sort_key)), offset)

    return {names[name]: access(place) for name, place in places.items()}


FIRST, LAST = End(last=False), End(last=True)
PLACES: Mapping[str, tuple[Domain, Mapping[Index, Access]]] = {
    "one step back": ((T,), at(t=("t", -1))),
    "one step ahead": ((T,), at(t=("t", 1))),
    "three steps back": ((T, K), at(t=("t", -3))),
    "first": ((T,), at(t=FIRST)),
    "last": ((T, K), at(t=LAST)),
    "first of a range": ((T, K), at(k=FIRST)),
    "last of a range": ((K,), at(k=LAST)),
    "a constant": ((T, K), at(k=2)),
    "a constant outside": ((T, K), at(k=5)),
    "a constant round a ring": ((T, M), at(m=6)),
    "a window": ((T,), at(t=("t j", 0))),
    "a window backwards": ((T,), at(t=("t -j", -1))),
    "a ring turned": ((T, M), at(m=("m -j", 0))),
    "a range turned": ((T, K), at(k=("k -j", 1))),
    "a mirrored range": ((K,), at(k=("-k", 5))),
    "a mirrored ring": ((M,), at(m=("-m j", 0))),
    "renamed": ((K,), at(k=("p", 0))),
    "renamed and moved": ((T, K), at(k=("p", -1))),
    "a ring by a range": ((M,), at(m=("k", 0))),
    "a ring by a range, moved": ((M,), at(m=("k", 2))),
    "a range by a ring": ((K,), at(k=("m", 0))),
    "a range by a ring, moved": ((K,), at(k=("m", 1))),
    "a ring by a window": ((M,), at(m=("j", 0))),
    "a sequence by another": ((S,), at(s=("t", 0))),
    "a sequence by another, moved": ((S,), at(s=("t", -1))),
    "a range by a sequence": ((K,), at(k=("t", -1))),
    "a sequence by a range": ((T,), at(t=("k", 0))),
    "a past of constants": ((K,), at(k=("-t", 3))),
    "swapped": ((K, TWICE), at(k=("p", 0), p=("k", 0))),
    "a diagonal": ((K, TWICE), at(p=("k", 0))),
    "a diagonal, moved": ((T, K, TWICE), at(p=("k", -1))),
    "a diagonal of rings": ((K, M), at(m=("k", 1))),
    "two sequences": ((T, S), at(t=("t", -1), s=("s", -2))),
    "two at once": ((T, M), at(t=("t", -1), m=("m j", 1))),
    "an end and a step": ((T, S), at(t=("t", -1), s=LAST)),
    "sums of two": ((K, TWICE), at(k=("k j", 0), p=("j", 2))),
    "a point both ways": ((T, S), at(t=("s", 0), s=("t", 0))),
    "a diagonal of a grid": ((T, S), at(t=("t", -1), s=("s", 1))),
    "a child": ((N,), {N: Child(N, here(C))}),
    "a child of a family": ((N, K), {N: Child(N, here(C))}),
    "the second child": ((N,), {N: Child(N, Affine((), 2))}),
    "the next child": ((N,), {N: Child(N, Affine(((C, 1),), 1))}),
    "a child by a range": ((N,), {N: Child(N, Affine(((J, 1),), 1))}),
    "a child by what it varies over": ((N, J), {N: Child(N, Affine(((J, 1),), 2))}),
    "a child of a dag": ((D,), {D: Child(D, here(E))}),
    "the second child of a dag": ((D, T), {D: Child(D, Affine((), 2))}),
    "a parent": ((N,), {N: Parent(N)}),
    "a parent of a family": ((N, K), {N: Parent(N)}),
    "the root": ((N,), {N: Root()}),
    "the root of a dag": ((D, K), {D: Root()}),
    "the last node": ((N,), {N: End(last=True)}),
    "a range by a child": ((K,), {K: here(C)}),
    "a family by a child": ((N, K), {K: here(C)}),
    "a range by a node": ((K,), {K: here(N)}),
    "a ring by a child": ((M,), {M: Affine(((C, 1),), 2)}),
    "a sequence by a node": ((T,), {T: here(N)}),
}


def graph_of(domain: Domain, places: Mapping[Index, Access], init: Domain | None, *, constant: bool) -> RecurrenceGraph:
    """Return a graph that reads a value on `domain`, which may lack what it is read along."""
    net = Net("Read")
    ragged = any(index.ragged for index in domain)
    kept = tuple(index for index in domain if index not in places) if constant else domain
    p = net.input("x", kept, HIDDEN) if ragged else net.param("x", HIDDEN, over=kept)
    start = None
    if init is not None:
        ragged = any(index.ragged for index in init)
        start = net.input("start", init, HIDDEN) if ragged else net.param("start", HIDDEN, over=init)
    found = net.read(p, places, start)
    by = net.param("by", HIDDEN, over=tuple(i for i in net.builder.nodes[found].domain if not i.ragged))
    return net.finish(net.total(net.op(Op.SIN, net.mul(found, by))))


def inits(domain: Domain, places: Mapping[Index, Access]) -> list[Domain | None]:
    """Return domains for an init: none, nothing, and all of the consumer's."""
    terms = {term for access in places.values() for term in access.indices}
    return [None, (), ordered({*terms, *(index for index in domain if index not in places)})]


@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("init", [0, 1, 2], ids=["no init", "init", "init everywhere"])
@pytest.mark.parametrize("constant", [False, True], ids=["whole", "constant"])
def test_reads_agree_with_complex_steps(name: str, init: int, *, constant: bool) -> None:
    domain, places = PLACES[name]
    graph = graph_of(domain, places, inits(domain, places)[init], constant=constant)
    check_gradients(graph)
    check_gradients(graph, lengths={"t": (0, 2, 1, 6), "s": (3, 0, 1, 2)})
    check_gradients(probe(differentiate(graph), "d loss/d x"), "probe")


def _gradient_graph(places: Mapping[Index, Access], init: Domain) -> RecurrenceGraph:
    return differentiate(graph_of((T,), places, init, constant=False))


def test_a_single_step_needs_no_mask_over_the_points() -> None:
    for places in (at(t=("t", -1)), at(t=("t", 1))):
        graph = _gradient_graph(places, ())
        ends = [n.attr for n in graph.nodes.values() if isinstance(n.attr, ReadAt) and n.attr.at[0][1] in (FIRST, LAST)]
        assert len(ends) == 1
        assert not any(node.op in (Op.IOTA, Op.LESS) for node in graph.nodes.values())


def test_what_is_before_a_later_chunk_is_no_init() -> None:
    for places, chunked in ((at(t=("t", -1)), 1), (at(t=("t", -3)), 1), (at(t=("t", 1)), 0), (at(t=("t", 3)), 0)):
        graph = _gradient_graph(places, ())
        assert sum(node.op is Op.FRESH for node in graph.nodes.values()) == chunked
        backwards = [node for node in graph.nodes.values() if node.op is Op.LENGTH]
        assert not (chunked and backwards)


def test_the_cotangent_flows_only_where_the_read_was_inside() -> None:
    net = Net("Inside")
    graph = net.finish(net.total(net.read(net.input("x", (T,)), at(t=("t", -2)))))
    params, data = sample(graph, lengths={"t": (4, 1)})
    found = interpret(differentiate(graph), params, data, dims=DIMS)["d loss/d x"]
    np.testing.assert_array_equal(cast("list[Array]", found)[0], [1, 1, 0, 0])
    np.testing.assert_array_equal(cast("list[Array]", found)[1], [0])


def test_a_map_without_an_inverse_is_refused() -> None:
    other = Index("q", Kind.RANGE, 9, high=Size.of(3))
    net = Net("Twisted")
    places: Mapping[Index, Access] = {K: Affine(((K, 1), (other, 1))), TWICE: Affine(((K, 1), (other, -1)))}
    graph = net.finish(net.total(net.read(net.param("x", over=(K, TWICE)), places)))
    with pytest.raises(GraphError, match="no inverse"):
        differentiate(graph)


def test_the_gradient_of_a_parent_makes_an_index_over_children_where_there_is_none() -> None:
    net = Net("Down")
    h = net.equation("h", (N,), HIDDEN)
    above = net.read(h, {N: Parent(N)}, net.param("start", HIDDEN))
    net.define("h", net.op(Op.TANH, net.add(net.mul(above, net.param("w", HIDDEN)), net.input("x", (N,), HIDDEN))))
    graph = replace(net.finish(net.total(h)), indices=(N,))
    adjoint = check_gradients(graph)
    assert [(index.name, index.kind, index.of) for index in adjoint.indices[1:]] == [("n.child", Kind.CHILDREN, N)]
    assert parse_graph(print_graph(adjoint)) == adjoint
    assert differentiate(probe(adjoint, "d loss/d w"), "probe").indices == adjoint.indices


def test_a_child_by_what_it_varies_over_makes_a_range_beside_it() -> None:
    places = {N: Child(N, Affine(((J, 1),), 2))}
    adjoint = differentiate(graph_of((N, J), places, None, constant=False))
    (made,) = [index for index in adjoint.indices if index.name.startswith("j_")]
    assert (made.low, made.high, made.kind) == (J.low, J.high, J.kind)
    assert parse_graph(print_graph(adjoint)) == adjoint
