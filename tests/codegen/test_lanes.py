"""Lanes and stages: which lengths fit one another, and where a kernel needs another loop."""

from types import SimpleNamespace
from typing import cast

import pytest

from rnndsl.codegen.context import Context
from rnndsl.codegen.fusion import frame_of
from rnndsl.codegen.lanes import MOST, Part, constant_of, cuts_of, part_of, plan_stages, ratio, unit_of
from rnndsl.graph.node import Node
from rnndsl.ops import Op
from rnndsl.sizes import Size
from tests.codegen.emitting import context_of

N, M = Size.of("n"), Size.of("m")


@pytest.mark.parametrize(
    ("size", "unit", "count"),
    [
        (N * 4, N, 4),
        (N, N, 1),
        (Size(), N, 0),
        (N * 3, N * 2, None),
        (N, N * 2, None),
        (N + M, N, None),
        (N * 2 + 2, N + 1, 2),
        (N * 2 + 3, N + 1, None),
        (Size.of(12), Size.of(4), 3),
        (N, Size(), None),
    ],
)
def test_ratio(size: Size, unit: Size, count: int | None) -> None:
    assert ratio(size, unit) == count


@pytest.mark.parametrize(
    ("cuts", "unit"),
    [
        ([N * 4, N], N),
        ([N * 4, N * 2, Size()], N * 2),
        ([N, M], None),
        ([N * 2, N * 3], None),
        ([N * MOST, N], N),
        ([N * (MOST + 1), N], None),
        ([], None),
    ],
)
def test_unit(cuts: list[Size], unit: Size | None) -> None:
    assert unit_of(cuts) == unit


def fused(c: Context) -> list[int]:
    """Return the nodes that a kernel can compute, operands first."""
    order = [number for component in c.schedule.graph.components for number in component]
    return [number for number in order if frame_of(c, number)]


def ops(c: Context, numbers: list[int]) -> list[Op]:
    return [c.node(number).op for number in numbers]


def test_a_stage_ends_where_its_sum_is_needed() -> None:
    c = context_of("input x[t] : n", "a[t] = x[t] * 2", "q[t] = sum(a[t])", "y[t] = tanh(a[t] * q[t])", "output y[t]")
    first, second = plan_stages(c, fused(c))
    assert ops(c, first.columns) == [Op.MUL, Op.CONTRACT]
    assert first.sums == {first.columns[1]}
    assert ops(c, second.columns) == [Op.MUL, Op.TANH]


def test_a_stage_ends_where_lengths_do_not_fit() -> None:
    c = context_of(
        "input x[t] : n", "input z[t] : m", "y[t] = tanh(x[t])", "w[t] = tanh(z[t])", "output y[t]", "output w[t]"
    )
    assert [stage.unit for stage in plan_stages(c, fused(c))] == [N, M]


def test_parts_are_lanes_of_what_they_are_part_of() -> None:
    c = context_of("input x[t] : 4*n", "a[t] = tanh(x[t])", "y[t] = part(a[t], 2, 4) * 2", "output y[t]", "output a[t]")
    (stage,) = plan_stages(c, fused(c))
    assert stage.unit == N
    tanh, product = stage.columns
    operand = next(o for o in c.node(product).operands if c.node(o).op is Op.SLICE)
    assert part_of(c, operand, c.layout(product)) == Part(tanh, N)
    assert cuts_of(c, tanh) == [N * 4]


@pytest.mark.parametrize(
    ("start", "lane", "unit", "value"),
    [
        (Size(), Size(), N, 1.0),
        (Size(), N * 2, N, 1.0),
        (Size(), N * 3, N, 2.0),
        (N * 2, N, N, 2.0),
        (Size(), Size(), N * 4, None),
        (Size(), Size(), M, None),
    ],
)
def test_a_constant_vector_is_a_number_in_a_lane_of_one_piece(
    start: Size, lane: Size, unit: Size, value: float | None
) -> None:
    pieces = ((1.0, N * 3), (2.0, N))
    node = Node(Op.SEGMENTS, (), (), (N * 4,), batch=False, attr=pieces)
    assert constant_of(cast("Context", SimpleNamespace(node=lambda _: node)), Part(0, start), lane, unit) == value


def test_other_vectors_are_not_constant() -> None:
    c = context_of("input x[t] : n", "output x[t]")
    assert all(constant_of(c, Part(number, Size()), Size(), N) is None for number in c.graph_nodes)


def test_a_stage_ends_where_too_many_lanes_of_an_array_might_overlap() -> None:
    c = context_of("input x[t] : 12*n", "input z[t] : n", "a[t] = tanh(x[t])", "b[t] = part(a[t], 3, 12) * z[t]",
                   "y[t] = a[t] * x[t]", "output a[t]", "output b[t]", "output y[t]")  # fmt: skip
    nodes = fused(c)
    assert [ops(c, stage.columns) for stage in plan_stages(c, nodes, nodes)] == [[Op.TANH, Op.MUL], [Op.MUL]]
    assert len(plan_stages(c, nodes)) == 1, "what stays in registers"


def test_different_arrays_never_overlap() -> None:
    names = [f"b_{k}" for k in range(40)]
    terms = [f"y_{k}[t] = tanh(x[t] + {name})" for k, name in enumerate(names)]
    c = context_of(
        "input x[t] : n", *(f"param {name} : n" for name in names), *terms, *(f"output y_{k}[t]" for k in range(40))
    )
    nodes = fused(c)
    assert len(plan_stages(c, nodes, nodes)) == 1
