"""Which models can be run chunk by chunk, and what is said of the others."""

import re
from dataclasses import replace

import pytest

from rnndsl.schedule.chunks import find_stream, why_not_along, why_not_in_chunks
from tests.schedule.specs import TREE, graph_of

X = "input x[t] : n"
Y = "target y[t] : n"
GRID = ("input x[t, s] : n", "h[t, s] : n = sin(h[t-1, s] + h[t, s-1] + x[t, s])")
RNN = "h[t] : n = sin(h[t-1] + h[t-3] + x[t])"

CAN = {
    "recurrence": (X, Y, RNN, "y[t] ~ normal(h[t])"),
    "init": (X, RNN, "init h[t] = t", "output h[t]"),
    "time": (X, "output z[t] = t * x[t] if t % 2 == 0 else x[t-1]"),
    "range": (X, "param v[i]", "output z[t] = sum(v[i] * x[t-i] over i)"),
    "targets": (X, Y, "h[t] : n = y[t-1] + x[t]", "y[t] ~ normal(h[t])"),
    "two": (X, "input w[s] : n", "output z[t] = x[t-1]", "output q[s] = w[s]"),
    "grid": (*GRID, "target y[t, s] : n", "y[t, s] ~ normal(h[t, s])"),
    "inside the loss": (X, Y, RNN, "y[t] ~ normal(h[t]) weight t"),
}
CANNOT = {
    "look-ahead": ((X, "output z[t] = x[t+1]"), "it looks ahead along `t`"),
    "backward": ((X, "g[t] : n = g[t+1] + x[t]", "output g[t]"), "it looks ahead along `t`"),
    "sum": ((X, "output z = sum(x[t] over t)"), "it sums over all of `t`"),
    "mean": ((X, "output z[t] = x[t] - mean(x[t] over t)"), "it (sums over all of|uses the length of) `t`"),
    "max": ((X, "output z = max(x[t] over t)"), "it runs over all of `t`"),
    "softmax": ((X, "output z[t] = softmax(x[t] over t)"), "it runs over all of `t`"),
    "last": ((X, "output z = last(x)"), "it reads a fixed point of `t`"),
    "first": ((X, "output z[t] = x[t] - first(x[t] over t)"), "it reads a fixed point of `t`"),
    "length": ((X, "output z[t] = x[t] * length(t)"), "it uses the length of `t`"),
    "a loss over the grid": (
        (*GRID, "output h[t, s]", "loss sum(h[t, s] @ h[t, s] over t, s) ^ 2"),
        "it sums over all of `t`",
    ),
    "window ahead": ((X, "output z[t] = sum(x[t+i] over i)"), "it looks ahead along `t`"),
    "none": (("input v : n", "output z = 2 * v"), "it has no sequence"),
}


def one_sequence(lines: tuple[str, ...]) -> str | None:
    """Return why a model cannot be run in chunks, the second sequence declared only where it is used."""
    graph = graph_of(*lines)
    used = {index for node in graph.nodes.values() for index in node.domain}
    indices = tuple(index for index in graph.indices if index in used or not index.ragged)
    return why_not_in_chunks(type(graph)(**{**{f: getattr(graph, f) for f in FIELDS}, "indices": indices}))


FIELDS = ("name", "dims", "fixed_dims", "indices", "params", "inputs", "nodes", "outputs", "equations")


@pytest.mark.parametrize("lines", CAN.values(), ids=CAN.keys())
def test_can(lines: tuple[str, ...]) -> None:
    assert one_sequence(lines) is None


@pytest.mark.parametrize(("lines", "reason"), CANNOT.values(), ids=CANNOT.keys())
def test_cannot(lines: tuple[str, ...], reason: str) -> None:
    said = one_sequence(lines)
    assert said is not None
    assert pytest.raises(ValueError, match=f"^{reason}") is not None
    with pytest.raises(ValueError, match=f"^{reason}"):
        raise ValueError(said)


def test_the_line_is_named() -> None:
    assert one_sequence((X, RNN, "output h[t]", "output z[t] = h[t+1]")) == "it looks ahead along `t` (line 7)"


def test_a_sequence_that_nothing_lies_on_has_no_chunks() -> None:
    graph = graph_of("input v : n", "target y : n", "y ~ normal(v)")
    indices = tuple(index for index in graph.indices if index.name == "t")
    assert why_not_in_chunks(replace(graph, indices=indices)) == "its outputs need no sequence"


# Point by point -------------------------------------------------------------------------------------------------------

ENCODER = (X, "target y[s] : n", "g[t] : n = sin(g[t+1] + x[t])", "d[s] : n = sin(d[s-1] + y[s-1])")
WEIGHTS = "a[s, t] = softmax(d[s] @ g[t] over t)"
STREAMS = {
    "what is beside": ((X, "input v : n", RNN, "output z[t] = h[t] * v"), "t"),
    "a decoder": ((*ENCODER, "init d[s] = first(g)", "y[s] ~ normal(d[s])"), "s"),
    "attention": ((*ENCODER, WEIGHTS, "y[s] ~ normal(sum(a[s, t] * g[t] over t))", "output a[s, t]"), "s"),
    "the last so far": ((X, "target y : n", RNN, "y ~ normal(last(h))"), "t"),
    "a loss over all": ((X, RNN, "output h[t]", "loss sum(h[t] @ h[t] over t)"), "t"),
    "the target's": ((X, "target y[s] : n", "d[s] : n = sin(d[s-1])", RNN, "y[s] ~ normal(d[s])", "output h[t]"), "s"),
    "two ways": ((X, "input w[s] : n", "output z[t] = x[t-1]", "output q[s] = w[s]"), "t"),
    "two ways, the other first": ((X, "input w[s] : n", "output q[s] = w[s]", "output z[t] = x[t-1]"), "s"),
    "a grid": ((*GRID, "output h[t, s]"), "t"),
    "a grid, the other way round": ((*GRID, "output z[s, t] = 2 * h[t, s]"), "s"),
    "a grid with a target": ((*GRID, "target y[s] : n", "y[s] ~ normal(last(h[t, s] over t))"), "s"),
    "a grid ahead one way": (
        ("input x[t, s] : n", "h[t, s] : n = sin(h[t+1, s] + h[t, s-1] + x[t, s])", "output h[t, s]"),
        "s",
    ),
    "coverage": ((X, "input w[s] : n", "c[t, s] = c[t-1, s] + x[t] @ w[s]", "output c[t, s]"), "t"),
    "a row over all columns": (("input x[t, s] : n", "output z[t] = max(x[t-1, s] over s)"), "t"),
    "nodes in time": ((*TREE, "input x[m, t] : n", "h[m, t] : n = x[m, t] + h[m, t-1]", "output h[m, t]"), "t"),
    "a tree beside": ((X, *TREE, "input w[m] : n", RNN, "output z[t] = h[t] * root(w)"), "t"),
}
STANDS = {
    "ahead": ((X, "output z[t] = x[t+1]"), r"it looks ahead along `t` \(line 5\)"),
    "last fed back": ((X, "output z[t] = x[t] - last(x[t] over t)"), "it reads a fixed point of `t`"),
    "first": ((X, "output z = first(x)"), "it reads a fixed point of `t`"),
    "mean": ((X, "output z = mean(x[t] over t)"), "it (sums over all of|uses the length of) `t`"),
    "grid ahead": (("input x[t, s] : n", "output z[t, s] = x[t+1, s] + x[t, s+1]"), "it looks ahead along `t`"),
    "over rows and columns": (("input x[t, s] : n", "output z = mean(x[t, s] over t, s)"), "it (sums over all|uses)"),
    "no outputs": ((X, "loss sum(x[t] @ x[t] over t)"), "it has no outputs beside its loss"),
    "no sequence": (("input v : n", "output z = 2 * v"), "its outputs need no sequence"),
}


@pytest.mark.parametrize(("lines", "stream"), STREAMS.values(), ids=STREAMS.keys())
def test_streams(lines: tuple[str, ...], stream: str) -> None:
    index, reason = find_stream(graph_of(*lines))
    assert index is not None, reason
    assert (index.name, reason) == (stream, "")


@pytest.mark.parametrize(("lines", "reason"), STANDS.values(), ids=STANDS.keys())
def test_does_not_stream(lines: tuple[str, ...], reason: str) -> None:
    index, said = find_stream(graph_of(*lines))
    assert index is None
    assert re.match(reason, said), said


def test_a_mode_is_asked_about_the_sequence_of_another() -> None:
    graph = graph_of(*GRID, "input w[s] : n", "output h[t, s]")
    t, s = (next(index for index in graph.indices if index.name == name) for name in "ts")
    assert (why_not_along(graph, t), why_not_along(graph, s)) == (None, None)
    other = graph_of(X, "input w[s] : n", RNN, "output h[t]", "loss sum(w[s] @ w[s] over s)")
    assert (why_not_along(other, t), why_not_along(other, s)) == (None, "its outputs do not need `s`")
    ahead = graph_of(*GRID, "output z[t, s] = h[t+1, s]")
    assert why_not_along(ahead, t) == "it looks ahead along `t` (line 6)"
