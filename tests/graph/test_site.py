"""Where a rule is applied: places in arrays, edges on one axis."""

import numpy as np
import pytest

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.instances import Env, Extents
from rnndsl.graph.node import Attr
from rnndsl.graph.site import Feed, Site
from rnndsl.ops import Op
from rnndsl.sizes import Size
from tests.graph.examples import HIDDEN, STRUCTURE, VOCAB, C, J, K, N, Net, T

EXTENTS = Extents({"slots": 4, "hidden": 3, "vocab": 5}, {"t": (3,)}, 1, STRUCTURE)


def site(env: Env, op: Op = Op.TANH, attr: Attr = None) -> Site:
    net = Net("Site")
    value = net.builder.broadcast(net.param("w", HIDDEN), (T, N, C), (HIDDEN,), batch=True)
    graph: RecurrenceGraph = net.finish(net.total(value))
    node = graph.nodes[1] if op is Op.TANH else net.builder.nodes[net.op(op, attr=attr)]
    return Site(graph, EXTENTS, Feed({}, {}), node, env, 0)


def test_places_count_from_zero_in_each_index_set() -> None:
    here = site({T: 2, N: 2, C: 3, J: -1})
    assert [here.place(index) for index in (T, N, J)] == [1, 1, 0]
    assert here.place(T, N) == 1 * 5 + 1
    assert here.place(N, C) == 1 + 2
    assert here.shape == (3,)


def test_entries_of_edges_stand_on_one_axis() -> None:
    array = np.arange(3 * 4 * 4).reshape(3, 4, 4)
    found = [site({T: 2, N: n, C: c, K: 3}).entry(array, (T, N, C, K)) for n, c in ((1, 1), (2, 1), (2, 2), (2, 3))]
    np.testing.assert_array_equal(found, array[1, :, 2])
    np.testing.assert_array_equal(site({N: 2, C: 2}).entry(array, (C, N)), array[2])


def test_attributes_as_numbers_and_indices() -> None:
    assert site({}, Op.SIZE, VOCAB * 2).size() == 10
    assert site({}, Op.IOTA, T).index() == T
    with pytest.raises(TypeError, match="names an index"):
        site({}).index()
    assert site({}).sizes((HIDDEN, Size.of(2))) == (3, 2)
