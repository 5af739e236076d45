"""Points of several indices, trees and groups of rows, against plain Python that goes through them one by one."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnndsl.codegen import prelude
from rnndsl.codegen.prelude_rows import Rows, Segments, gather
from rnndsl.codegen.prelude_trees import Tree, Uses, spans
from tests.codegen import enumerated
from tests.codegen.enumerated import Enumerated, Forest, all_nodes, columns, members, sequence

Array = NDArray[Any]

RNG = np.random.default_rng(0)


# Trees ----------------------------------------------------------------------------------------------------------------


every_forest = pytest.mark.parametrize("structure", enumerated.FORESTS.values(), ids=enumerated.FORESTS.keys())


@every_forest
def test_children_by_place(structure: Forest) -> None:
    tree, (example, place) = Tree(structure), columns(all_nodes(structure), 2)
    for slot in range(-2, 5):
        wanted = [one[p][slot] if 0 <= slot < len(one[p]) else -1 for one in structure for p in range(len(one))]
        assert tree.children(example, place, slot).tolist() == wanted
        assert tree.children(example, place, np.full(len(place), slot)).tolist() == wanted


@every_forest
def test_parents_and_roots(structure: Forest) -> None:
    tree, (example, place) = Tree(structure), columns(all_nodes(structure), 2)
    above = [min((q for q, own in enumerate(structure[e]) if p in own), default=-1) for e, p in all_nodes(structure)]
    assert tree.parent(example, place).tolist() == above
    roots = [min((p for (f, p), q in zip(all_nodes(structure), above, strict=True) if f == e and q < 0), default=-1)
             for e in range(len(structure))]  # fmt: skip
    assert tree.root(np.arange(len(structure))).tolist() == roots


@every_forest
def test_edges_node_by_node(structure: Forest) -> None:
    tree = Tree(structure)
    own = [[(p, k) for p, below in enumerate(one) for k in range(len(below))] for one in structure]
    assert tree.edges.tolist() == [len(edges) for edges in own]
    triples = [(e, p, k) for e, p in all_nodes(structure) for k in range(-1, 4)]
    wanted = [own[e].index((p, k)) if (p, k) in own[e] else -1 for e, p, k in triples]
    assert tree.edge(*columns(triples, 3)).tolist() == wanted
    example, number = columns([(e, k) for e, edges in enumerate(own) for k in range(len(edges))], 2)
    place, slot = tree.ends(example, number)
    assert list(zip(place.tolist(), slot.tolist(), strict=True)) == [edge for edges in own for edge in edges]


def test_a_node_without_a_parent_has_no_edge_to_it() -> None:
    tree = Tree([[[1], []]])
    assert tree.edge(np.zeros(1, int), np.array([-1]), np.array([0])).tolist() == [-1]


@every_forest
@pytest.mark.parametrize("weight", [1, 2])
def test_nodes_are_walked_by_height(structure: Forest, weight: int) -> None:
    tree, (example, place) = Tree(structure), columns(all_nodes(structure), 2)
    heights = [enumerated.height(structure[e], p) for e, p in all_nodes(structure)]
    assert tree.height.tolist() == heights
    assert tree.front(example, place, weight).tolist() == [weight * high for high in heights]
    tops = [max((enumerated.height(one, p) for p in range(len(one))), default=-1) for one in structure]
    assert tree.last_front(weight).tolist() == [weight * top if top >= 0 else -1 for top in tops]


@pytest.mark.parametrize(
    ("structure", "nodes_of_cycle"),
    [
        ([[[]], [[0]]], {"1": {0}}),
        ([[[1], [0]]], {"0": {0, 1}}),
        ([[[1], []], [[1], [2], [3, 4], [1], []]], {"1": {0, 1, 2, 3}}),
    ],
    ids=["itself", "a pair", "below a root"],
)
def test_cycles_are_refused(structure: Forest, nodes_of_cycle: dict[str, set[int]]) -> None:
    ((example, members),) = nodes_of_cycle.items()
    with pytest.raises(ValueError, match="a node is below itself") as caught:
        Tree(structure)
    said = str(caught.value).split()
    assert said[-1] == example
    assert int(said[said.index("node", 2) + 1]) in members


# Rows -----------------------------------------------------------------------------------------------------------------

every_layout = pytest.mark.parametrize("name", enumerated.LAYOUTS)
SLICED = [name for name, (_, halo) in enumerated.LAYOUTS.items() if halo is not None]


def laid(name: str) -> tuple[Rows, Enumerated]:
    return enumerated.laid_out(enumerated.LAYOUTS[name])


@every_layout
def test_rows_are_packed_by_step(name: str) -> None:
    rows, wanted = laid(name)
    assert rows.example.tolist() == [row.example for row in wanted.rows]
    assert rows.step.tolist() == [row.step for row in wanted.rows]
    for k, index in enumerate(wanted.names):
        assert rows.place[index].tolist() == [row.place[k] for row in wanted.rows]
    assert rows.steps == max(wanted.last) + 1
    assert rows.counts == [sum(row.step == step for row in wanted.rows) for step in range(rows.steps)]
    assert [list(range(at.start, at.stop)) for at in rows.at] == [
        [k for k, row in enumerate(wanted.rows) if row.step == step] for step in range(rows.steps)
    ]
    assert (rows.size, rows.widest) == (len(wanted.rows), max(rows.counts, default=0))
    assert rows.lengths.tolist() == [sum(row.example == e for row in wanted.rows) for e in range(rows.batch)]
    assert [rows.at[row.step].start for row in wanted.rows] == rows.begin.tolist()


@every_layout
def test_rows_are_found_by_place(name: str) -> None:
    rows, wanted = laid(name)
    known = wanted.number()
    bounds = [range(-1, 1 + max((row.place[k] for row in wanted.rows), default=0)) for k in range(len(wanted.names))]
    asked = np.array(np.meshgrid(range(rows.batch), *bounds, indexing="ij")).reshape(1 + len(bounds), -1)
    for factor, tree, _ in rows.factors:  # of what is no node nobody asks for edges
        if len(factor) > 1:
            asked = asked[:, asked[1 + wanted.names.index(factor[0])] < tree.lengths[asked[0]]]
    found = rows.find(*asked)
    assert found.tolist() == [known.get((e, tuple(place)), -1) for e, *place in asked.T.tolist()]
    assert (found >= 0).sum() == rows.size


@every_layout
def test_rows_of_a_buffer_with_a_margin(name: str) -> None:
    rows, wanted = laid(name)
    found = np.where(np.arange(rows.size) % 3 == 0, -1, np.arange(rows.size))
    reached = rows.reach(found, rows.example)
    assert reached.tolist() == [
        row.example if k % 3 == 0 else rows.margin + k for k, row in enumerate(wanted.rows)
    ]  # fmt: skip


@pytest.mark.parametrize("name", [name for name in enumerated.LAYOUTS if name not in SLICED])
def test_a_margin_holds_a_row_for_every_example(name: str) -> None:
    rows, _ = laid(name)
    buffer, init = np.full((rows.margin + rows.size, 2), 7.0), RNG.normal(size=(rows.batch, 2))
    assert rows.margin == rows.batch
    rows.enter(buffer, init)
    np.testing.assert_array_equal(buffer[: rows.margin], init)
    rows.enter(buffer, None)
    assert not buffer[: rows.margin].any()
    rows.enter(buffer, np.array([1.0, 2.0]))
    assert (buffer[: rows.margin] == [1, 2]).all()
    assert (buffer[rows.margin :] == 7).all()


@pytest.mark.parametrize("name", SLICED)
def test_steps_begin_with_the_lanes_of_the_step_before(name: str) -> None:
    rows, wanted = laid(name)
    walked = wanted.names.index("t")
    lanes = [(row.example, row.place[:walked] + row.place[walked + 1 :]) for row in wanted.rows]
    for before, at in zip(rows.at, rows.at[1:], strict=False):
        count = at.stop - at.start
        assert lanes[at] == lanes[before][:count]


@pytest.mark.parametrize("name", [name for name in SLICED if enumerated.LAYOUTS[name][1]])
def test_earlier_steps_are_slices_of_a_buffer_with_a_halo(name: str) -> None:
    rows, wanted = laid(name)
    halo = enumerated.LAYOUTS[name][1]
    buffer, init = RNG.normal(size=(rows.margin + rows.size, 2)), RNG.normal(size=(rows.width, 2))
    rows.enter(buffer, init)
    known, walked = wanted.number(), wanted.names.index("t")
    for delay in range(1, (halo or 0) + 1):
        expected = []
        for k, row in enumerate(wanted.rows):
            place = (*row.place[:walked], row.place[walked] - delay, *row.place[walked + 1 :])
            before = known.get((row.example, place))
            expected.append(init[k - rows.at[row.step].start] if before is None else buffer[rows.margin + before])
        np.testing.assert_array_equal(rows.earlier(buffer, delay), np.array(expected).reshape(-1, 2))
        parts = [buffer[back] for back in rows.back(delay)]
        np.testing.assert_array_equal(np.concatenate([*parts, buffer[:0]]), np.array(expected).reshape(-1, 2))
        assert [len(part) for part in parts] == rows.counts


def test_a_halo_can_be_entered_with_a_row_for_every_step_before() -> None:
    rows = Rows([sequence("s", [2, 1], 0).given, sequence("t", [2, 3], 1).given], 2)
    buffer = np.zeros((rows.margin + rows.size, 2))
    steps = RNG.normal(size=(2, 1, 2))
    rows.enter(buffer, steps)
    np.testing.assert_array_equal(buffer[: rows.margin].reshape(2, 3, 2), np.broadcast_to(steps, (2, 3, 2)))
    rows.enter(buffer[:, 0], 3.0)
    assert (buffer[: rows.margin, 0] == 3).all()


@pytest.mark.parametrize("name", enumerated.ONTO)
def test_rows_of_a_step_belong_to_rows_of_that_step(name: str) -> None:
    rows, wanted = laid(name)
    factor, names = enumerated.ONTO[name]
    onto = Rows([factor.given], 0 if rows.halo is not None else None)
    assert onto.steps == rows.steps
    found = onto.find(rows.example, *(rows.place[index] for index in names))
    folds = rows.folds(found, onto)
    assert len(folds) == rows.steps
    for at, below, fold in zip(rows.at, onto.at, folds, strict=True):
        own = [(row.example, *(row.place[wanted.names.index(index)] for index in names)) for row in wanted.rows[at]]
        points = zip(onto.example[below], *(onto.place[index][below] for index in names), strict=True)
        steps = [tuple(map(int, point)) for point in points]
        assert fold.group.tolist() == [steps.index(point) for point in own]
        assert fold.count == len(steps)


def test_folds_of_steps_with_the_same_lanes_are_made_once() -> None:
    rows, onto = Rows([sequence("s", [2, 3], 0).given, sequence("t", [4, 4], 1).given], 0), Rows(
        [sequence("t", [4, 4], 1).given], 0
    )  # fmt: skip
    folds = rows.folds(onto.find(rows.example, rows.place["t"]), onto)
    assert len({id(fold) for fold in folds}) == 1


@every_layout
def test_data_are_laid_out_by_point(name: str) -> None:
    rows, wanted = laid(name)
    sizes = [[int(extent[e]) for extent in rows.extents] for e in range(rows.batch)]
    data = [RNG.normal(size=(*own, 2)) for own in sizes]
    factors = len(rows.extents)
    packed = rows.pack(data, np.float64, axes=tuple(range(factors)))
    for k, row in enumerate(wanted.rows):
        digits = [int(digit[k]) for digit in rows.digits]
        np.testing.assert_array_equal(packed[k], data[row.example][tuple(digits)])
    flat = [one.reshape(-1, 2) for one in data]
    np.testing.assert_array_equal(rows.pack(flat, np.float64), packed)
    padded = rows.unpack(packed)
    assert padded.shape == (rows.batch, *(max(own[f] for own in sizes) for f in range(factors)), 2)
    for e, own in enumerate(sizes):
        inside = tuple(slice(n) for n in own)
        np.testing.assert_array_equal(padded[e][inside], data[e])
        padded[e][inside] = 0
    assert not padded.any()


@every_layout
def test_padding_is_never_read(name: str) -> None:
    rows, _ = laid(name)
    data = RNG.normal(size=(rows.size, 2))
    marks = rows.unpack(np.ones((rows.size, 2)))
    padded = np.where(marks > 0, rows.unpack(data), np.nan)
    axes = tuple(range(len(rows.extents)))
    np.testing.assert_array_equal(rows.pack(padded, np.float64, axes=axes), data)
    out = np.empty_like(data)
    rows.pack(padded, np.float64, out, axes=axes)
    np.testing.assert_array_equal(out, data)
    out[...] = 0
    rows.repack(padded, out)
    np.testing.assert_array_equal(out, data)


def test_axes_of_data_may_stand_in_any_order() -> None:
    rows, _ = laid("volume")
    values = RNG.normal(size=(rows.size, 2))
    padded = np.moveaxis(rows.unpack(values), (1, 2, 3), (4, 1, 3))  # i at place 3, j at 0, k at 2; a value's axis at 1
    np.testing.assert_array_equal(rows.pack(padded, np.float64, axes=(3, 0, 2)), values)
    lists = [padded[e][:j, :, :k, :i] for e, (i, j, k) in enumerate(zip(*rows.extents, strict=True))]
    np.testing.assert_array_equal(rows.pack(lists, np.float64, axes=(3, 0, 2)), values)


def test_tokens_are_whole_numbers() -> None:
    rows, _ = laid("grid")
    data = [np.full((i, j), e - 1) for e, (i, j) in enumerate(zip(*rows.extents, strict=True))]
    packed = rows.pack(data, np.intp, axes=(0, 1))
    assert packed.dtype == np.intp
    np.testing.assert_array_equal(packed, rows.example - 1)


def test_dropout_of_several_indices_does_not_depend_on_the_walk() -> None:
    shape = (len(laid("grid")[1].rows), 3)
    masks = [rows.unpack(prelude.dropout(rows, 7, 0, 0.5, shape)) for rows, _ in (laid("grid"), laid("knight"))]  # type: ignore[arg-type]
    np.testing.assert_array_equal(masks[0], masks[1])
    assert set(np.unique(masks[0])) == {0, 2}


# Uses -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("slot", [None, 0, 1])
@pytest.mark.parametrize("name", ["tree", "dag", "tree in time", "tree of lanes"])
def test_values_are_summed_where_they_are_used(name: str, slot: int | None) -> None:
    rows, wanted = laid(name)
    structure = enumerated.DAGS if name == "dag" else enumerated.TREES
    tree = next(points for _, points, _ in rows.factors if isinstance(points, Tree))
    uses = Uses(rows, "m", tree, slot)
    found = [
        (k, p, s)
        for k, row in enumerate(wanted.rows)
        for p, below in enumerate(structure[row.example])
        for s, child in enumerate(below)
        if child == row.place[wanted.names.index("m")] and slot in {None, s}
    ]
    assert list(zip(uses.group.tolist(), uses.place.tolist(), uses.slot.tolist(), strict=True)) == found
    assert uses.example.tolist() == [wanted.rows[k].example for k, _, _ in found]
    values, picked = RNG.normal(size=(4, 2)), RNG.integers(-1, 4, len(found))
    expected = np.zeros((rows.size, 2))
    for (k, _, _), row in zip(found, picked, strict=True):
        expected[k] += values[row] if row >= 0 else 0
    out = np.full((rows.size, 2), np.nan)
    np.testing.assert_allclose(uses.pull(values, picked, out), expected, rtol=1e-12, atol=1e-15)
    for step, at in enumerate(rows.at):
        part = np.full((at.stop - at.start, 2), np.nan)
        np.testing.assert_allclose(uses.pull(values, picked, part, step), expected[at], rtol=1e-12, atol=1e-15)


def test_nodes_with_one_parent_are_used_once() -> None:
    rows, _ = laid("tree")
    assert Uses(rows, "m", rows.factors[0][1]).single
    rows, _ = laid("dag")
    assert not Uses(rows, "m", rows.factors[0][1]).single
    assert Uses(rows, "m", rows.factors[0][1], 7).single


# Groups ---------------------------------------------------------------------------------------------------------------

every_grouping = pytest.mark.parametrize("name", enumerated.GROUPS)
every_shape = pytest.mark.parametrize("shape", [(), (2,)], ids=["numbers", "vectors"])


def grouped(name: str, shape: tuple[int, ...]) -> tuple[Segments, Array]:
    """Return groups, and a value for every row; some are equal."""
    group, count = enumerated.GROUPS[name]
    return Segments(np.array(group, dtype=np.intp), count), np.round(RNG.normal(size=(len(group), *shape)) * 2)


@every_grouping
@every_shape
def test_folds_of_groups(name: str, shape: tuple[int, ...]) -> None:
    segments, values = grouped(name, shape)
    for fold, naive in enumerated.VALUES.items():
        out = getattr(segments, fold)(values, np.full((segments.count, *shape), np.nan))
        for own, rows in enumerate(members(name)):
            np.testing.assert_allclose(out[own], naive(values[rows]), rtol=1e-12, err_msg=fold)
    for fold, naive in enumerated.ROWS.items():
        out = getattr(segments, fold)(values, np.full_like(values, np.nan))
        for rows in filter(None, members(name)):
            np.testing.assert_allclose(out[rows], naive(values[rows]), rtol=1e-12, err_msg=fold)


@every_grouping
def test_groups_as_an_axis(name: str) -> None:
    segments, values = grouped(name, (2,))
    out = np.full_like(values, np.nan)
    dense, room = segments.dense(values), segments.room(out)
    assert dense.shape == room.shape == (segments.count, max(map(len, members(name)), default=0), 2)
    for own, rows in enumerate(members(name)):
        np.testing.assert_array_equal(dense[own, : len(rows)], values[rows])
        assert not dense[own, len(rows) :].any()
    room[...] = dense
    segments.sparse(room, out)
    np.testing.assert_array_equal(out, values)
    assert (
        np.shares_memory(room, out) == np.shares_memory(dense, values) == (name in {"even", "one group", "a row each"})
    )


def test_a_maximum_of_nothing_is_refused() -> None:
    segments, values = grouped("some empty", ())
    with pytest.raises(ValueError, match="no point to take the maximum of"):
        segments.maximum(values, np.empty(8))
    segments, values = grouped("uneven", ())
    np.testing.assert_array_equal(segments.maximum(values, np.empty(3)), segments.largest(values, np.empty(3)))


def test_the_first_largest_is_first_in_the_order_of_points() -> None:
    segments = Segments(np.zeros(4, dtype=np.intp), 1, np.array([3, 1, 2, 0]))
    assert segments.first_max(np.array([5.0, 5, 1, 4]), np.empty(4)).tolist() == [0, 1, 0, 0]


def test_groups_of_numbers_that_are_large_or_infinite() -> None:
    segments = Segments(np.array([0, 0, 0, 1, 1]), 2)
    values = np.array([1e4, -1e4, 0, -np.inf, -np.inf])
    assert segments.softmax(values, np.empty(5)).tolist() == [1, 0, 0, 0, 0]
    assert segments.logsumexp(values, np.empty(2)).tolist() == [1e4, -np.inf]


# Rows of arrays -------------------------------------------------------------------------------------------------------


def test_rows_are_gathered() -> None:
    values, rows = RNG.normal(size=(4, 2, 3)), np.array([2, -1, 0])
    out, init = np.empty((3, 2, 3)), RNG.normal(size=(3, 2, 3))
    np.testing.assert_array_equal(gather(values, rows, out), np.stack([values[2], np.zeros((2, 3)), values[0]]))
    np.testing.assert_array_equal(gather(values, rows, out, init), np.stack([values[2], init[1], values[0]]))
    np.testing.assert_array_equal(gather(values[:0], rows * 0 - 1, out, init), init)
    table = np.array([[2, -1], [0, 3]])  # a row for every point of a range, which is an axis of the values, too
    picked = gather(values, table, np.empty((2, 2, 3)), at=(np.arange(2)[None, :],))
    np.testing.assert_array_equal(picked, [[values[2, 0], np.zeros(3)], [values[0, 0], values[3, 1]]])


def test_spans() -> None:
    assert spans(np.array([5, 0, 9, 2]), np.array([2, 0, 1, 3])).tolist() == [5, 6, 9, 2, 3, 4]
    assert spans(np.array([], int), np.array([], int)).tolist() == []
