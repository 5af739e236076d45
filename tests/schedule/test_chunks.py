"""Which models can be run chunk by chunk, and what is said of the others."""

import pytest

from rnndsl.schedule.chunks import why_not_in_chunks
from tests.schedule.specs import graph_of

X = "input x[t] : n"
Y = "target y[t] : n"
RNN = "h[t] : n = sin(h[t-1] + h[t-3] + x[t])"

CAN = {
    "recurrence": (X, Y, RNN, "y[t] ~ normal(h[t])"),
    "init": (X, RNN, "init h[t] = t", "output h[t]"),
    "time": (X, "output z[t] = t * x[t] if t % 2 == 0 else x[t-1]"),
    "range": (X, "param v[i]", "output z[t] = sum(v[i] * x[t-i] over i)"),
    "targets": (X, Y, "h[t] : n = y[t-1] + x[t]", "y[t] ~ normal(h[t])"),
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
    "window ahead": ((X, "output z[t] = sum(x[t+i] over i)"), "it looks ahead along `t`"),
    "none": (("input v : n", "output z = 2 * v"), "it has (no sequence|2 sequences)"),
    "two": ((X, "input w[s] : n", "output z[t] = x[t-1]", "output q[s] = w[s]"), "it has 2 sequences"),
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
