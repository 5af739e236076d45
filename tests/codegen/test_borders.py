"""Grids and other quantities on several indices, run some rows at a time: the same as the whole, however ragged."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rnndsl.codegen.borders import border_line, border_of, crosses, halo_owner
from rnndsl.codegen.function import make_context
from rnndsl.codegen.labels import make_labels
from rnndsl.compiler import assemble, build, check
from rnndsl.runtime.program import Program
from rnndsl.schedule.schedule import make_schedule
from rnndsl.verify.cases import draw_case
from rnndsl.verify.streaming import cut, drawn_in_chunks, ragged, streaming_lines
from tests.codegen.emitting import graph_of, statements, using

Array = NDArray[Any]

GRID = ("input x[t, s] : n", "h[t, s] : n = tanh(h[t-1, s] + h[t, s-1] + x[t, s])", "output h[t, s]")
COVERAGE = ("input x[s], v[t] : n", "c[t, s] : n = tanh(c[t-1, s] + x[s] + v[t])", "output c[t, s]")


# What is written ------------------------------------------------------------------------------------------------------


def test_a_grid_takes_earlier_rows_from_the_border() -> None:
    lines = statements(*GRID)
    assert using(lines, "Border") == ['t_s_before = Border(t_s, "t", 1)']
    assert 't_s_before.enter(h_all, None, carry.get("h"))' in lines
    table = 't_s_before.find(t_s.example, t_s.place["t"] - 1, t_s.place["s"])'
    assert f"h_before_rows = {table}" in lines
    assert 'np.take(h_all, h_before_rows[at_t_s], axis=0, out=h_t_s, mode="clip")' in lines
    assert 'carry = {"t": t.start + t.lengths, "s": s.lengths}' in lines
    assert 'carry["h"] = t_s_before.leave(h_all)' in lines


def test_lanes_are_slices_as_without_chunks() -> None:
    lines = statements(*COVERAGE)
    assert 't_s_before.enter(c_all, None, carry.get("c"))' in lines
    assert any("c_all[back_1_t_s]" in line for line in lines)
    assert not any("c_all" in line for line in using(lines, "np.take"))


def test_what_is_not_handed_on_is_not_carried() -> None:
    lines = statements("input x[t, s] : n", "h[t, s] : n = tanh(h[t, s-1] + x[t-1, s])", "output h[t, s]")
    assert 'carry["x"] = t_s_before.leave(x_all)' in lines
    assert [line for line in lines if line.startswith('carry["')] == ['carry["x"] = t_s_before.leave(x_all)']


def test_what_streams_along_a_sequence_alone_has_no_border() -> None:
    lines = statements("input x[t], w[s] : n", "h[t] : n = tanh(h[t-1] + x[t])", "output z[t, s] = h[t] * w[s]")
    assert using(lines, "Border") == []
    assert 'carry = {"t": t.start + t.lengths}' in lines


def test_borders_of_a_context() -> None:
    schedule = make_schedule(graph_of(*GRID), "t")
    c = make_context(schedule, make_labels(schedule.graph), "t")
    (h,) = schedule.crossing
    layout = c.layout(h)
    assert layout is not None
    assert border_of(c, layout) == halo_owner(c, layout) == "t_s_before"
    assert border_line(c, layout) == ['t_s_before = Border(t_s, "t", 1)']
    assert [crosses(c, reader) for reader in schedule.graph.readers[h]] in ([True, False], [False, True])
    plain = make_context(make_schedule(graph_of(*GRID)), {})
    assert (border_of(plain, layout), halo_owner(plain, layout), border_line(plain, layout)) == (None, "t_s", [])
    assert not any(crosses(plain, number) for number in plain.graph_nodes)


# What it computes -----------------------------------------------------------------------------------------------------

HEAD = """
model Net(n = 3, k = 5):
    index  i, j, l : sequence
    index  m : tree
    index  c : children(m)
    index  r : 1..3
    param  W, U : n, n
"""
X = "input x[i, j] : n"
GRIDS = {
    "init": (
        *(X, "input v : n", "h[i, j] = tanh(x[i, j] + W @ h[i-1, j] + U @ h[i, j-1])", "init h = v"),
        "output h[i, j]",
    ),
    "an init by column": (
        *(X, "input v[j] : n", "h[i, j] = tanh(x[i, j] + W @ h[i-2, j] + U @ h[i, j-1])"),
        *("init h[i, j] = v[j]", "output h[i, j]"),
    ),
    "an init by row": (
        *(X, "input v[i] : n", "h[i, j] = tanh(x[i, j] + W @ h[i-2, j] + U @ h[i, j-1])"),
        *("init h[i, j] = v[i]", "output h[i, j]"),
    ),
    "far, and ahead along columns": (
        X,
        "h[i, j] = tanh(x[i, j] + W @ h[i-1, j+1] + U @ h[i-2, j] + h[i, j-1] + x[i-3, j-1])",
        "output h[i, j]",
    ),
    "columns backward": (X, "h[i, j] = tanh(x[i, j] + W @ h[i-1, j] + U @ h[i, j+1])", "output h[i, j]"),
    "no loop": (
        *(X, "input a[r] : scalar", "z[i, j] = x[i-1, j] + x[i-2, j-1] * i + sum(a[r] * x[i-r, j] over r)"),
        *("q[i] = sum(z[i, j] over j) + last(x[i-1, j] over j)", "output z[i, j], q[i]"),
    ),
    "along the columns of every row": (
        *(X, "g[i, j] = tanh(x[i, j] + W @ g[i, j-1])", "h[i, j] = tanh(x[i, j] + W @ h[i, j-1] + U @ g[i-1, j-1])"),
        *("s[i] = tanh(s[i-1] + last(h[i, j] over j))", "output s[i], h[i, j]"),
    ),
    "the target's sequence, which is not the first": (
        *("input x[i] : n", "param V : k, n", "target y[j] : token(k)", "e[j, i] = x[i] @ (W @ d[j-1]) + a[j-2, i]"),
        *("a[j, i] = a[j-1, i] + softmax(e[j, i] over i)", "init a[j, i] = 0.5"),
        *("d[j] = tanh(U @ d[j-1] + y[j-1] @ V + sum(a[j, i] * x[i] over i))", "y[j] ~ categorical(V @ d[j])"),
    ),
    "nodes and edges of trees": (
        *("input x[i, m] : n", "f[i, m, c] = sigmoid(U @ h[i-1, c] + x[i, m])"),
        "h[i, m] = tanh(x[i, m] + W @ h[i-1, m] + sum(f[i, m, c] * f[i-1, m, c] * h[i-1, c] over c))",
        "output h[i, m]",
    ),
    "trees from the leaves up": (
        *("input x[i, m] : n", "h[i, m] = tanh(x[i, m] + W @ h[i-1, m] + U @ sum(h[i, c] over c))", "output h[i, m]"),
    ),
    "ranges": (
        "input x[i, j, r] : n",
        "h[i, j, r] = tanh(x[i, j, r] + W @ h[i-1, j, r-1] + U @ h[i, j-1, r] + h[i, j, r-1])",
        *("g[i, j] = tanh(sum(h[i-r, j, r] over r) + g[i-1, j-1])", "output h[i, j, r], g[i, j]"),
    ),
    "conditions on the row": (
        *(X, "h[i, j] = tanh(x[i, j] + (W @ h[i-1, j] if i % 2 == 0 else U @ h[i-2, j]) + U @ h[i, j-1])"),
        *("z[j] = last(h[i, j] over i)", "output h[i, j], z[j]"),
    ),
    "a row after the other": (
        *(X, "h[i, j] = tanh(x[i, j] + W @ h[i-1, j] + U @ max(h[i-1, j] over j))", "output h[i, j]"),
    ),
    "walks in the steps of others": (
        *(X, "h[i, j] = tanh(x[i, j] + W @ h[i, j-1])", "s[i] = tanh(U @ s[i-1] + last(h[i, j] over j))"),
        *("init h[i, j] = s[i-1]", "output s[i], h[i, j]"),
    ),
    "walks in the steps of others that read the row before": (
        *(X, "h[i, j] = tanh(x[i, j] + W @ h[i, j-1] + U @ h[i-1, j+1])", "init h[i, j] = s[i-1]"),
        *("s[i] = tanh(U @ s[i-1] + last(h[i, j] over j) + s[i-2])", "output s[i], h[i, j]"),
    ),
    "volume": (
        *("input x[i, j, l] : n", "h[i, j, l] = tanh(x[i, j, l] + W @ h[i-1, j, l] + h[i, j-1, l] + g[i, j, l])"),
        *("g[i, j, l] = U @ h[i, j, l-1] + h[i-2, j-1, l+1]", "output h[i, j, l]"),
    ),
    "tokens": (
        *("input x[i, j] : token(k)", "param V : n, k", "output h[i, j]"),
        "h[i, j] = tanh(V @ x[i-1, j] + V @ x[i-2, j+1] + W @ h[i, j-1])",
    ),
}  # fmt: skip


DRAWN = {
    "pixels": (
        *("target y[i, j] : token(k)", "param V : n, k", "y[i, j] ~ categorical(h[i, j] @ V)"),
        "h[i, j] = tanh(V @ y[i-1, j] + W @ h[i-1, j] + U @ h[i, j-1] + V @ y[i, j-1])",
    ),
    "columns first": (
        *("target y[j, i] : n", "y[j, i] ~ normal(h[j, i])"),
        "h[j, i] = tanh(y[j-1, i] + W @ h[j-1, i] + U @ h[j, i-1])",
    ),
    "a row that begins from the one before": (
        *("target y[i, j] : token(k)", "param V : n, k", "y[i, j] ~ categorical(h[i, j] @ V)"),
        *("h[i, j] = tanh(V @ y[i, j-1] + W @ h[i, j-1])", "init h[i, j] = s[i-1]"),
        "s[i] = tanh(U @ s[i-1] + last(h[i, j] over j))",
    ),
    "a choice over a row": (
        *(
            "input x[i] : n",
            "target y[j] : point(i)",
            "d[j] = tanh(W @ d[j-1])",
            "y[j] ~ categorical(d[j] @ x[i] over i)",
        ),
    ),
}


def program_of(lines: tuple[str, ...], *, drawing: bool = False) -> Program:
    """Return the program of a spec; all sequences and ranges are declared, and trees where they are used."""
    used = [line for line in HEAD.splitlines() if "index  m" not in line and "index  c" not in line]
    head = HEAD if "m]" in "".join(lines) else "\n".join(used) + "\n"
    checked = check(head + "".join(f"    {line}\n" for line in lines))
    others = {"sample": build(checked, "sample")} if drawing else {}
    return assemble(build(checked), dtype="float64", others=others)


@pytest.mark.parametrize("lines", GRIDS.values(), ids=GRIDS.keys())
def test_chunks_and_steps_are_the_whole(lines: tuple[str, ...]) -> None:
    program = program_of(lines)
    assert program.stream in {"i", "j"}
    assert "Border(" in program.source
    for seed in range(2):
        found = list(streaming_lines(program, draw_case(program.graph, seed)))
        assert len(found) == 2
        assert all(line.error < 1e-15 for line in found), found


@pytest.mark.parametrize("lines", DRAWN.values(), ids=DRAWN.keys())
def test_what_is_drawn_in_chunks_is_what_the_whole_draws(lines: tuple[str, ...]) -> None:
    program = program_of(lines, drawing=True)
    assert "sample" in program.carrying
    case = draw_case(program.graph, 0)
    given = {name: own for name, own in case.data.items() if program.inputs[name].role != "target"}
    assert drawn_in_chunks(program, case, given) < 1e-14


def test_the_target_decides_along_which_sequence() -> None:
    assert program_of(GRIDS["the target's sequence, which is not the first"]).stream == "j"
    assert program_of(DRAWN["columns first"]).stream == "j"
    assert program_of(GRIDS["init"]).stream == "i"


def test_examples_of_a_batch_may_be_left_out_later() -> None:
    program = program_of(GRIDS["init"])
    rng = np.random.default_rng(0)
    params = program.init(0)
    x, v = [rng.normal(size=(4, n, 3)) for n in (5, 2)], rng.normal(size=(2, 3))
    whole = program.run(params, {"x": x, "v": v})["h"]
    _, carry = program.run(params, {"x": [one[:3] for one in x], "v": v}, carry={})
    assert {name: array.shape for name, array in carry.items()} == {"i": (2,), "j": (2,), "h": (2, 1, 5, 3)}
    rest = {name: array[1:].tolist() for name, array in carry.items()}  # as it comes out of a file
    out, _ = program.run(params, {"x": [x[1][3:]], "v": v[1:]}, carry=rest)
    np.testing.assert_allclose(out["h"][0], whole[1, 3:, :2], rtol=1e-15, atol=1e-15)


# Training in chunks ---------------------------------------------------------------------------------------------------

TRAINED = {
    "grid": (
        *(X, "target y[i, j] : n", "param w, v : n", "h[i, j] = tanh(x[i, j] + W @ h[i-1, j] + U @ h[i, j-1])"),
        *("init h = w", "g[i, j] = tanh(h[i, j] + W @ g[i-2, j] + U @ g[i, j+1])", "init g = v"),
        "y[i, j] ~ normal(g[i, j])",
    ),
    "nodes and edges": (
        *("input x[i, m] : n", "target y[i, m] : n", "param w : n", "f[i, m, c] = sigmoid(U @ h[i-1, c] + x[i, m])"),
        "h[i, m] = tanh(x[i, m] + W @ h[i-1, m] + sum(f[i, m, c] * f[i-1, m, c] * h[i-1, c] over c))",
        *("init h = w", "y[i, m] ~ normal(h[i, m])"),
    ),
    "walks in the steps of others": (
        *(X, "target y[i, j] : n", "param w : n", "s[i] = tanh(U @ s[i-1] + last(h[i, j] over j) + s[i-2])"),
        *("h[i, j] = tanh(x[i, j] + W @ h[i, j-1] + U @ h[i-1, j+1])", "init h[i, j] = s[i-1]", "init s = w"),
        "y[i, j] ~ normal(h[i, j])",
    ),
    "an encoder beside": (
        *("input x[i] : n", "target y[j] : n", "e[i] = tanh(W @ e[i+1] + x[i])", "init d[j] = first(e)"),
        *("d[j] = tanh(U @ d[j-1] + y[j-1] + sum(softmax(d[j-1] @ e[i] over i) * e[i] over i))", "y[j] ~ normal(d[j])"),
    ),
    "no loop": (
        *(X, "target y[i, j] : n", "param w : n", "q[i, j] = W @ x[i-1, j]", "init q = w"),
        "y[i, j] ~ normal(tanh(q[i-1, j] + q[i-1, j-1]))",
    ),
}


@pytest.mark.parametrize("lines", TRAINED.values(), ids=TRAINED.keys())
def test_a_gradient_is_that_of_its_chunk(lines: tuple[str, ...]) -> None:
    program = program_of(lines)
    case, carry = draw_case(program.graph, 0), dict[str, Array]()
    for chunk in ragged(case.lengths[program.stream]):
        part = cut(program, case, chunk)
        way = {name: np.cos(np.arange(own.size)).reshape(own.shape) for name, own in part.params.items()}
        loss, grads, after = program.loss_and_grad(part.params, part.data, **part.points, carry=carry)
        moved = [{name: own + by * way[name] for name, own in part.params.items()} for by in (1e-6, -1e-6)]
        ends = [program.loss(params, part.data, **part.points, carry=carry)[0] for params in moved]
        slope = sum(float((grads[name] * way[name]).sum()) for name in grads)
        assert (ends[0] - ends[1]) / 2e-6 == pytest.approx(slope, rel=1e-6, abs=1e-9)
        again, same = program.loss(part.params, part.data, **part.points, carry=carry)
        assert again == loss
        assert {name: array.tolist() for name, array in after.items()} == {n: a.tolist() for n, a in same.items()}
        carry = after
