"""Reads of other points: slices of the same buffer where the layout allows it, gathers where not."""

from tests.codegen.emitting import statements, using

X = "input x[t] : n"


def test_a_state_is_read_from_its_own_buffer() -> None:
    lines = statements(X, "h[t] : n = tanh(h[t-1] + x[t])", "output h[t]")
    assert len(using(lines, "t.enter")) == 1
    assert len([line for line in lines if line.startswith("for ") and "t.back(1)" in line]) == 1
    assert using(lines, "np.copyto") == []


def test_several_delays_share_one_buffer() -> None:
    lines = statements(X, "h[t] : n = tanh(h[t-1] + h[t-3] + x[t])", "output z[t] = h[t] + h[t-2]")
    assert len(using(lines, "t.enter")) == 1
    (head,) = [line for line in lines if line.startswith("for ")]
    assert "t.back(1)" in head
    assert "t.back(3)" in head
    assert len(using(lines, "t.earlier")) == 1


def test_a_state_that_nobody_reads_later_is_read_from_a_ring() -> None:
    lines = statements(X, "c[t] : n = h[t-1] * c[t-2] + x[t]", "h[t] : n = tanh(c[t])", "output h[t]")
    (head,) = [line for line in lines if line.startswith("for ")]
    assert [ring in head for ring in ("in_ring(t, 3, 2)", "in_ring(t, 3, 0)", "t.back(1)")] == [True, True, True]
    assert [line for line in lines if line.startswith("c_ring = ")] == ['c_ring = ws("c_ring", (3 * batch, n))']
    assert [line for line in lines if line.endswith(" = c_ring[now]")] != []


def test_the_last_point_is_read_from_a_ring() -> None:
    lines = statements(X, "h[t] : n = tanh(h[t-1] + x[t])", "output z = last(h[t] over t)")
    assert using(lines, "t.point") == ["t.point(h_ring, t.lengths, z, slots=2)"]


def test_slices_at_the_delays_of_a_range_are_made_before_the_loop() -> None:
    """Their number is that of the steps, so making them in every step would take time by its square."""
    for other in ("h[t]", "x[t]"):
        lines = ("param W[i] : n, n", "h[t] : n = tanh(sum(W[i] @ h[t-i] over i) + x[t])", f"output z[t] = {other}")
        text = statements(X, *lines, "output y = last(h[t] over t)")
        slices = [line for line in text if "t.back(-" in line or "in_ring(t, 4, -" in line]
        assert len(slices) == 1
        assert slices[0].startswith("delayed = [")


def test_an_init_stands_in_the_halo() -> None:
    lines = statements(X, "param a", "h[t] : n = tanh(h[t-1] + x[t])", "init h = a", "output h[t]")
    (enter,) = using(lines, "t.enter")
    assert ", a, " in enter


def test_an_init_per_example_stands_in_the_order_of_steps() -> None:
    lines = statements(X, "input a : n", "h[t] : n = tanh(h[t-1] + x[t])", "init h = a", "output h[t]")
    assert [line for line in lines if "a[t.order]" in line] != []


def test_a_loop_that_walks_back_keeps_the_step_after() -> None:
    lines = statements(X, "g[t] : n = tanh(g[t+1] + x[t])", "output g[t]")
    assert len([line for line in lines if line.startswith("for ") and "reversed(" in line]) == 1
    assert using(lines, "t.enter") == []


def test_look_ahead_without_a_loop_is_a_gather() -> None:
    lines = statements(X, "output z[t] = x[t+2] * x[t]")
    assert len(using(lines, "t.later")) == 1
    assert [line for line in lines if line.startswith("for ")] == []


def test_ends_and_points_by_number() -> None:
    lines = statements(X, "output a = first(x[t] over t)", "output b = last(x)")
    assert len(using(lines, "t.point")) == 2


def test_places_on_ranges_are_found_once_before_a_loop() -> None:
    moved = "w[t, c] = tanh(w[t-1, c] + sum(v[t, c] * w[t-1, c-1] over c))"
    read = ("index c : cyclic(k)", "input v[t, c] : scalar", moved, "q[t, c] = w[t, c-1]", "output q[t, c]")
    lines = statements(*read)
    found = [k for k, line in enumerate(lines) if line.startswith("place = ")]
    (head,) = [k for k, line in enumerate(lines) if line.startswith("for ")]
    assert [k < head for k in found][:1] == [True]
    assert len(found) == len({lines[k] for k in found})


def test_cyclic_ranges_wrap_and_plain_ones_are_masked() -> None:
    lines = statements("index c : cyclic(k)", "input w[t, c] : scalar", "output z[t, c] = w[t, c-1]")
    assert [line for line in lines if "% (k)" in line or "% k" in line] != []
    lines = statements("input w[t, i] : scalar", "output z[t, i] = w[t, i-1]")
    assert [line for line in lines if "inside" in line] != []


def test_reads_of_one_point_of_a_range_are_one_gather() -> None:
    lines = statements("input w[t, i] : n", "output z[t] = w[t, 2] + w[t, k]")
    assert [line for line in lines if line.startswith("for ")] == []


def test_points_by_number_are_masked_unless_there_are_such_points() -> None:
    lines = statements("index d : 1..3", "input w[t, d] : n", "output z[t] = w[t, 3] + w[t, 4]")
    assert len([line for line in lines if "where=" in line]) == 1
    lines = statements("input w[t, i] : n", "output z[t] = w[t, 2]")
    assert len([line for line in lines if "0 <= 2 - 1 < k" in line]) == 1
