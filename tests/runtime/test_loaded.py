"""A generated module behind checks: what a program says of it; calls are tested in tests/runtime/test_program.py."""

import pytest

import rnndsl

SPEC = """
model Net(n):
    index  t : sequence
    input  x[t] : n
    target y[t] : n
    h[t] : n = tanh(h[t-1] + x[t])
    y[t] ~ normal(h[t])
"""


def test_what_can_be_called_chunk_by_chunk() -> None:
    program = rnndsl.compile(SPEC, dims={"n": 2}, modes=("observe", "sample"))
    assert program.carrying == ("forward", "loss_and_grad", "sample")
    assert (program.stream, program.steps, program.carries) == ("t", "", None)
    whole = rnndsl.compile(SPEC.replace("x[t])", "x[t+1])"), dims={"n": 2})
    assert (whole.carrying, whole.stream) == ((), "")
    assert whole.steps == whole.carries == "it looks ahead along `t` (line 6)"
    last = rnndsl.compile(
        SPEC.replace("y[t] :", "y :").replace("y[t] ~ normal(h[t])", "y ~ normal(last(h))"), dims={"n": 2}
    )
    assert (last.carrying, last.stream, last.steps) == (("forward",), "t", "")
    with pytest.raises(rnndsl.DataError, match="RNN614: Net cannot be run in chunks: it reads a fixed point of `t`"):
        last.loss({}, {"x": [[[1.0, 2.0]]], "y": [[1.0, 2.0]]}, carry={})
