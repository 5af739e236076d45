"""Points of several indices, and groups of rows, against plain Python that goes through them one by one."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnndsl.codegen import prelude
from rnndsl.codegen.prelude import Points
from rnndsl.codegen.prelude_rows import (
    Rows,
    by_row,
    gather,
    in_turn,
    padded,
    padded_room,
    turns,
    unpadded,
)
from rnndsl.codegen.prelude_segments import Segments
from tests.codegen import enumerated
from tests.codegen.enumerated import Enumerated, sequence

Array = NDArray[Any]

RNG = np.random.default_rng(0)


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
        alone = vars(Segments(fold.group, fold.count))
        for word in ("sizes", "first", "width", "sorted", "full", "regular", "even", "order", "cell", "rows", "live"):
            np.testing.assert_array_equal(vars(fold)[word], alone[word], err_msg=word)


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
def test_padded_arrays_are_views_where_examples_are_alike(name: str) -> None:
    rows, _ = laid(name)
    values = RNG.normal(size=(rows.size, 2))
    found = padded(rows, values)
    np.testing.assert_array_equal(found, rows.unpack(values))
    assert (rows.box is not None) == (name in {"even", "three alike"}) == np.shares_memory(found, values)
    out = np.full((rows.size, 2), np.nan)
    room = padded_room(rows, out)
    room[...] = found
    unpadded(rows, room, out)
    np.testing.assert_array_equal(out, values)


@pytest.mark.parametrize("lengths", [[3, 3], [3, 1]])
def test_a_sequence_is_padded(lengths: list[int]) -> None:
    points = Points(lengths, 1)
    values, out = RNG.normal(size=(points.size, 2)), np.full((points.size, 2), np.nan)
    np.testing.assert_array_equal(padded(points, values), points.unpack(values))
    room = padded_room(points, out)
    room[...] = points.unpack(values)
    unpadded(points, room, out)
    np.testing.assert_array_equal(out, values)


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


# Walks inside the steps of others -------------------------------------------------------------------------------------


def test_a_number_may_be_that_of_every_rows_example() -> None:
    example = np.array([1, 1, 0])
    assert by_row(3, example) == 3
    assert by_row(np.array([5, 6]), example).tolist() == [6, 6, 5]


def test_how_long_walks_take() -> None:
    first, second = Points([3, 0, 2], 0), Points([2, 4, 0], 0)
    assert turns((first, 1)).tolist() == [3, 0, 2]
    assert turns((first, 2), (second, -1)).tolist() == [6, 0, 0]
    assert turns((first, 1), (second, 0)).tolist() == [3, 0, 2]
    assert in_turn(turns((first, 1))).tolist() == [3, 1, 2]
    assert in_turn(turns((first, 1)), turns((second, 1))).tolist() == [4, 4, 2]


def test_points_stand_by_the_steps_of_walks_in_one_another() -> None:
    """In every step along a, which is walked back, there is a walk along b and then one along c, from its end."""
    lengths = {"a": [2, 3, 0, 1], "b": [3, 1, 2, 0], "c": [0, 2, 1, 4]}
    a, b, c = (Points(own, 0) for own in lengths.values())
    once = in_turn(turns((b, 1)), turns((c, 1)))
    steps = int((turns((a, 1)) * once).max(initial=0))
    found = {
        "before": Rows([(("a",), a, -once)], steps=steps),
        "b": Rows([(("a",), a, -once), (("b",), b, 1)], steps=steps),
        "c": Rows([(("a",), a, -once), (("c",), c, -1)], steps=steps, begin=in_turn(turns((b, 1))) - 1),
        "behind": Rows([(("a",), a, -once), (("b",), b, 0)], steps=steps, begin=once - 1),
    }
    wanted: dict[str, dict[tuple[int, ...], int]] = {name: {} for name in found}
    for example, (n, k, m) in enumerate(zip(*lengths.values(), strict=True)):
        step = 0
        for i in reversed(range(n)):
            wanted["before"][example, i] = step
            wanted["b"] |= {(example, i, j): step + j for j in range(k)}
            step += max(k, 1) - 1
            wanted["c"] |= {(example, i, j): step + m - 1 - j for j in range(m)}
            step += max(m, 1) - 1
            wanted["behind"] |= {(example, i, j): step for j in range(k)}
            step += 1
    for name, rows in found.items():
        points = zip(rows.example.tolist(), *(rows.place[key].tolist() for key in sorted(rows.place)), strict=True)
        assert dict(zip(points, rows.step.tolist(), strict=True)) == wanted[name], name
        assert rows.steps == len(rows.at) == max(1 + step for own in wanted.values() for step in own.values())
        assert rows.step.tolist() == sorted(rows.step.tolist())
