"""The helpers that modules carry along, against a few lines that do the same example by example."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnndsl.codegen import prelude
from rnndsl.codegen.prelude import Points, Workspace
from rnndsl.codegen.prelude_rows import in_ring

Array = NDArray[Any]

BATCHES: dict[str, list[int]] = {
    "ragged": [3, 0, 5, 1, 5],
    "sorted": [4, 3, 2],
    "even": [3, 3],
    "one": [4],
    "empty examples": [0, 0],
    "single points": [1, 1, 1],
}
RNG = np.random.default_rng(0)


def examples(lengths: Sequence[int], *shape: int) -> list[Array]:
    """Draw an array per example."""
    return [RNG.normal(size=(n, *shape)) for n in lengths]


def split(points: Points, packed: Array) -> list[Array]:
    """Return packed values example by example."""
    return [packed[points.example == e] for e in range(points.batch)]


def assert_equal(ours: Iterable[Array], theirs: Iterable[Array]) -> None:
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


every_batch = pytest.mark.parametrize("lengths", BATCHES.values(), ids=BATCHES.keys())


@every_batch
def test_points_are_packed_by_step_longest_first(lengths: list[int]) -> None:
    points = Points(lengths, 0)
    assert points.size == sum(lengths)
    assert points.counts == [sum(n > t for n in lengths) for t in range(max(lengths, default=0))]
    assert [s.stop - s.start for s in points.at] == points.counts
    assert points.even == (len(set(lengths)) == 1)
    assert sorted(lengths, reverse=True) == [lengths[e] for e in points.order]
    assert sorted(zip(points.example.tolist(), points.step.tolist(), strict=True)) == [
        (e, t) for e, n in enumerate(lengths) for t in range(n)
    ]


@every_batch
def test_pack_and_unpack(lengths: list[int]) -> None:
    points, data = Points(lengths, 0), examples(lengths, 2)
    packed = points.pack(data, np.float64)
    assert_equal(split(points, packed), data)
    padded = points.unpack(packed)
    assert padded.shape == (len(lengths), max(lengths), 2)
    for e, n in enumerate(lengths):
        np.testing.assert_array_equal(padded[e, :n], data[e])
        assert not padded[e, n:].any()
        padded[e, n:] = np.nan
    np.testing.assert_array_equal(points.pack(padded, np.float64), packed)
    out = np.empty_like(packed)
    points.pack(padded, np.float64, out)
    np.testing.assert_array_equal(out, packed)


def test_pack_along_another_axis() -> None:
    points = Points([3, 1], 0)
    data = [RNG.normal(size=(2, n, 4)) for n in (3, 1)]
    assert_equal(split(points, points.pack(data, np.float64, axis=1)), [np.moveaxis(one, 1, 0) for one in data])
    padded = np.zeros((2, 2, 3, 4))
    for e, one in enumerate(data):
        padded[e, :, : one.shape[1]] = one
    assert_equal(split(points, points.pack(padded, np.float64, axis=1)), [np.moveaxis(one, 1, 0) for one in data])


@every_batch
@pytest.mark.parametrize("delay", [1, 2, 3])
def test_earlier_values(lengths: list[int], delay: int) -> None:
    points, data, init = Points(lengths, 3), examples(lengths, 2), RNG.normal(size=(len(lengths), 2))
    buffer = np.empty((3 * points.batch + points.size, 2))
    points.pack(data, np.float64, buffer[3 * points.batch :])
    points.enter(buffer, init[points.order], None)
    expected = [
        np.concatenate([np.repeat(init[[e]], 3, 0), one])[3 - delay : 3 - delay + len(one)]
        for e, one in enumerate(data)
    ]
    assert_equal(split(points, points.earlier(buffer, delay)), expected)
    for t, rows in enumerate(points.back(delay)):
        here = points.example[points.at[t]]
        np.testing.assert_array_equal(buffer[rows], [expected[e][t] for e in here])


@every_batch
def test_what_one_chunk_leaves_the_next_one_enters(lengths: list[int]) -> None:
    points, data = Points(lengths, 2), examples(lengths, 2)
    buffer = np.zeros((2 * points.batch + points.size, 2))
    points.pack(data, np.float64, buffer[2 * points.batch :])
    points.enter(buffer, None, None)
    left = points.leave(buffer)
    assert_equal(left, [np.concatenate([np.zeros((2, 2)), one])[-2:] for one in data])
    after = Points(lengths[::-1], 2)
    again = np.empty((2 * after.batch + after.size, 2))
    after.enter(again, None, left)
    assert_equal(np.swapaxes(again[: 2 * after.batch].reshape(2, after.batch, 2), 0, 1), left[after.order])


@every_batch
def test_a_ring_holds_the_last_steps(lengths: list[int]) -> None:
    """Step by step it gives the same earlier values as a buffer of all points, and in the end the same last ones."""
    points, data, init = Points(lengths, 2), examples(lengths, 2), RNG.normal(size=(len(lengths), 2))
    buffer, ring = np.zeros((2 * points.batch + points.size, 2)), np.zeros((3 * points.batch, 2))
    points.pack(data, np.float64, buffer[2 * points.batch :])
    points.enter(buffer, init, None)
    points.enter(ring, init, None)
    for k, now in enumerate(in_ring(points, 3, 0)):
        for delay in (1, 2):
            np.testing.assert_array_equal(ring[in_ring(points, 3, delay)[k]], buffer[points.back(delay)[k]])
        ring[now] = buffer[points.back(0)[k]]
    np.testing.assert_array_equal(points.leave(ring, 3), points.leave(buffer))
    out, last = np.empty((2, points.batch, 2)), points.lengths
    points.point(buffer[2 * points.batch :], last, out[0], init)
    points.point(ring, last, out[1], init, slots=3)
    np.testing.assert_array_equal(out[0], out[1])


@every_batch
@pytest.mark.parametrize("ahead", [1, 2, 7])
def test_later_values(lengths: list[int], ahead: int) -> None:
    points, data, init = Points(lengths, 0), examples(lengths, 2), examples(lengths, 2)
    packed, out = points.pack(data, np.float64), np.empty((points.size, 2))
    expected = [np.concatenate([one[ahead:], np.zeros((min(ahead, len(one)), 2))]) for one in data]
    assert_equal(split(points, points.later(packed, ahead, out)), expected)
    ends = [
        np.concatenate([one[ahead:], first[max(len(one) - ahead, 0) :]]) for one, first in zip(data, init, strict=True)
    ]
    assert_equal(split(points, points.later(packed, ahead, out, points.pack(init, np.float64))), ends)


@every_batch
def test_points_by_number(lengths: list[int]) -> None:
    points, data, init = Points(lengths, 0), examples(lengths, 2), RNG.normal(size=(len(lengths), 2))
    packed, out = points.pack(data, np.float64), np.empty((points.batch, 2))
    for number in (np.ones(points.batch, int), points.lengths, np.full(points.batch, 3)):
        got = points.point(packed, number, out, init)
        assert_equal(
            got, [one[k - 1] if 1 <= k <= len(one) else first for one, k, first in zip(data, number, init, strict=True)]
        )
    assert not points.point(packed, np.zeros(points.batch, int), out).any()


@every_batch
def test_rows_of_points_by_place(lengths: list[int]) -> None:
    points = Points(lengths, 0)
    np.testing.assert_array_equal(points.find(points.example, points.step), np.arange(points.size))
    for e, n in enumerate(lengths):
        example = np.full(3, e)
        assert points.find(example, np.array([-1, n, n + 2])).tolist() == [-1, -1, -1]


@every_batch
@pytest.mark.parametrize("weight", [1, 2, -1, -3])
def test_steps_in_walks_over_several_indices(lengths: list[int], weight: int) -> None:
    points = Points(lengths, 0)
    front = points.front(points.example, points.step, weight)
    for e, n in enumerate(lengths):
        walked = [weight * t if weight > 0 else weight * (t + 1 - n) for t in range(n)]
        assert front[points.example == e].tolist() == walked
        assert min(walked, default=0) == 0
        assert points.last_front(weight)[e] == max(walked, default=-1)


def test_large_numbers_do_not_overflow() -> None:
    values = np.array([[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4]])
    np.testing.assert_allclose(prelude.softplus(values, np.empty((2, 3))), [[1e4, 0, np.log(2)], [0, 0, 0]])


@pytest.mark.parametrize("axis", [-1, -2, (-2, -1), (-3, -1)])
def test_folds_along_axes(axis: int | tuple[int, ...]) -> None:
    values = np.round(RNG.normal(size=(4, 3, 5)) * 2)
    out = np.empty_like(values)
    marks = prelude.first_max(values, axis, out)
    assert (marks.sum(axis=axis) == 1).all()
    np.testing.assert_array_equal((marks * values).sum(axis=axis), values.max(axis=axis))
    if axis == -1:
        np.testing.assert_array_equal(marks.argmax(-1), values.argmax(-1))


def test_the_largest_of_no_rows() -> None:
    for axis in (-1, (-2, -1)):
        assert prelude.first_max(np.empty((0, 3, 2)), axis, np.empty((0, 3, 2))).shape == (0, 3, 2)


def test_tokens_are_looked_up_into_part_of_a_buffer() -> None:
    table, tokens = RNG.normal(size=(5, 3)), np.array([[4, -1], [-1, 2]])
    whole = np.full((2, 4, 2, 3), np.nan)
    prelude.lookup(table, tokens, whole[:, 1])
    np.testing.assert_array_equal(whole[:, 1], np.where(tokens[..., None] < 0, 0, table[tokens]))


def test_tokens() -> None:
    table, tokens = RNG.normal(size=(5, 3)), np.array([4, -1, 0, 4, -7, 2])
    one_hot = np.where(tokens[:, None] == np.arange(5), 1.0, 0.0)
    np.testing.assert_allclose(prelude.lookup(table, tokens, np.empty((6, 3))), one_hot @ table)
    values = RNG.normal(size=(6, 3))
    np.testing.assert_allclose(prelude.scatter(values, tokens, np.empty((5, 3))), one_hot.T @ values)
    assert not prelude.scatter(values, np.full(6, -1), np.empty((5, 3))).any()
    rows = RNG.normal(size=(6, 5))
    np.testing.assert_allclose(prelude.pick(rows, tokens, np.empty(6)), (one_hot * rows).sum(1))
    np.testing.assert_allclose(prelude.put(values[:, 0], tokens, np.empty((6, 5))), one_hot * values[:, :1])
    np.testing.assert_allclose(prelude.put(np.array(2.0), tokens, np.empty((6, 5))), 2 * one_hot)


@pytest.mark.parametrize("tokens", [[2, 0, -1, 2, 4], [1, 3], [-1, -1], [0, 1, 2, 3, 4, 4, 2], [-1, *range(5)]])
def test_columns_are_looked_up_whether_tables_are_turned_or_not(tokens: list[int]) -> None:
    tables = tuple(RNG.normal(size=(n, 5)) for n in (2, 1, 3))
    out, turned = np.full((len(tokens), 6), np.nan), np.full((5, 6), np.nan)
    prelude.lookup_columns(tables, np.array(tokens), out, turned)
    joined = np.concatenate(tables)
    wanted = [joined[:, token] if token >= 0 else np.zeros(6) for token in tokens]
    np.testing.assert_array_equal(out, wanted)
    assert np.isnan(turned).any() == (sum(token >= 0 for token in tokens) < 5), "turned where tokens are many"
    pairs, out = np.array([tokens, tokens[::-1]]), np.full((2, len(tokens), 6), np.nan)
    prelude.lookup_columns(tables, pairs, out, turned)
    np.testing.assert_array_equal(out, [wanted, wanted[::-1]])


def test_power_of_nothing() -> None:
    np.testing.assert_array_equal(prelude.power(np.zeros(3), np.array([0.5, 1, 2]), np.empty(3)), 0)


def test_workspaces_keep_the_largest_buffer() -> None:
    ws = Workspace(np.float32)
    first = ws("a", (4, 3))
    assert first.shape == (4, 3)
    assert first.dtype == np.float32
    assert np.shares_memory(ws("a", (2, 5)), first)
    assert not np.shares_memory(ws("b", (4, 3)), first)
    assert not np.shares_memory(ws("a", (5, 3)), first)
    assert ws("c", (2,), np.intp).dtype == np.intp
    assert ws("d", ()).shape == ()


def test_lengths_are_measured() -> None:
    data = {"x": [np.ones((2, 3)), np.ones((5, 3))], "z": np.ones((4, 6, 7))}
    assert prelude.measure(data, {"y": 0, "x": 0}, None).tolist() == [2, 5]
    assert prelude.measure(data, {"x": 1}, None).tolist() == [3, 3]
    assert prelude.measure(data, {"z": 0}, None).tolist() == [6] * 4
    assert prelude.measure(data, {"z": 1}, None).tolist() == [7] * 4
    assert prelude.measure(data, {"z": 0}, [1, 2]).tolist() == [1, 2]
    with pytest.raises(ValueError, match="no data carries"):
        prelude.measure(data, {"y": 0}, None)


def test_dropout_masks() -> None:
    points = Points([300, 100, 200], 0)
    mask = prelude.dropout(points, 7, 0, 0.25, (600, 5))
    assert set(np.unique(mask)) == {0, 1 / 0.75}
    assert (mask == 0).mean() == pytest.approx(0.25, abs=0.03)
    np.testing.assert_array_equal(mask, prelude.dropout(points, 7, 0, 0.25, (600, 5)))
    assert (mask != prelude.dropout(points, 8, 0, 0.25, (600, 5))).any()
    assert (mask != prelude.dropout(points, 7, 1, 0.25, (600, 5))).any()
    assert (prelude.dropout(points, None, 0, 0.25, (600, 5)) == 1).all()
    assert (prelude.dropout(points, 7, 0, 0.0, (600, 5)) == 1).all()
    alone = Points([300], 0)  # an example's mask does not depend on its batch
    np.testing.assert_array_equal(split(points, mask)[0], prelude.dropout(alone, 7, 0, 0.25, (300, 5)))
    tied = prelude.dropout(None, 7, 0, 0.25, (3, 5))
    np.testing.assert_array_equal(tied[:2], prelude.dropout(None, 7, 0, 0.25, (2, 5)))


def test_large_results_leave_with_their_buffers_and_small_ones_as_copies() -> None:
    ws = Workspace(np.float64)
    small, large = ws("small", (3, 2)), ws("large", (400, 400))
    parts = [ws.leaving("large", large[:200]), ws.leaving("large", large[200:])]
    assert all(np.shares_memory(part, large) for part in parts)
    assert not np.shares_memory(ws("large", (400, 400)), large)
    assert not np.shares_memory(ws.leaving("small", small), small)
    assert np.shares_memory(ws("small", (3, 2)), small)


def test_large_buffers_are_let_go() -> None:
    ws = Workspace(np.float64)
    small, large = ws("small", (3, 2)), ws("large", (400, 400))
    ws.let_go("small", "large", "neither")
    assert np.shares_memory(ws("small", (3, 2)), small)
    assert not np.shares_memory(ws("large", (400, 400)), large)


def test_a_result_is_laid_out_in_a_spare_buffer_of_its_size() -> None:
    points, ws = Points([64, 64], 1), Workspace(np.float64)
    values = np.random.default_rng(0).normal(size=(128, 1024))
    buffers = {name: ws(name, (rows, 1024)) for name, rows in {"small": 127, "vast": 145, "right": 130}.items()}
    assert points.unpack(values, ws, "missing", "small", "vast").base is None
    found = points.unpack(values, ws, "small", "vast", "right")
    np.testing.assert_array_equal(found, points.unpack(values))
    assert np.shares_memory(found, buffers["right"])
    assert set(ws.buffers) == {"small", "vast"}, "what the caller has is no buffer any more"


def test_examples_of_several_lengths_are_laid_out_in_a_new_array() -> None:
    points, ws = Points([64, 63], 1), Workspace(np.float64)
    values, buffer = np.ones((127, 1100)), ws("right", (128, 1100))
    found = points.unpack(values, ws, "right")
    assert found.shape == (2, 64, 1100)
    assert (found[1, 63] == 0).all()
    assert not np.shares_memory(found, buffer)


def test_small_results_are_copied() -> None:
    points, ws = Points([3, 3], 1), Workspace(np.float64)
    ws("right", (6, 2))
    points.unpack(np.ones((6, 2)), ws, "right")
    assert set(ws.buffers) == {"right"}
