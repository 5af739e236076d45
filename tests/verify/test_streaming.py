"""Chunks and steps that are not the whole are found, in every kind of model that streams."""

from rnndsl.compiler import assemble, build, check
from rnndsl.runtime.program import Program
from rnndsl.verify.cases import draw_case
from rnndsl.verify.streaming import drawn_in_chunks, ragged, segment_lines, streaming_lines

TEXT = """
model Net(n):
    index  s, t : sequence
    input  x[s], v : n
    target y[t] : n
    param  W
    g[s] : n = tanh(W @ g[s+1] + x[s])
    a[t, s] = softmax(h[t-1] @ g[s] over s)
    h[t] : n = tanh(W @ h[t-1] + y[t-1] + v + sum(a[t, s] * g[s] over s))
    y[t] ~ normal(h[t])
    output a[t, s]
"""
CHUNKS, STEPS = "in chunks with carry = whole", "step by step = whole"


def failed(old: str = "", new: str = "", text: str = TEXT) -> dict[str, bool]:
    good = assemble(build(check(text, dims={"n": 2})), dtype="float64")
    assert old in good.source
    program = Program(good.graph, good.source.replace(old, new), good.dtype, good.carries, steps=good.steps)
    lines = list(streaming_lines(program, draw_case(good.graph, 0)))
    assert all(line.passed == (line.error <= 1e-9) for line in lines)
    return {line.property: not line.passed for line in lines}


def test_a_good_program_passes() -> None:
    assert failed() == {CHUNKS: False, STEPS: False}


def test_what_is_not_carried_is_found() -> None:
    assert failed('carry.get("h")', "None") == {CHUNKS: True, STEPS: True}


def test_the_end_of_the_chunk_is_not_that_of_the_whole() -> None:
    text = TEXT.replace("    y[t] ~ normal(h[t])\n", "    y[t] ~ normal(h[t])\n    z = last(h)\n    output z\n")
    assert failed(text=text) == {CHUNKS: False, STEPS: False}


GRID = """
model Net(n):
    index  i, j : sequence
    target y[i, j] : n
    param  W, U
    h[i, j] : n = tanh(W @ h[i-1, j] + U @ h[i, j-1] + y[i-1, j])
    y[i, j] ~ normal(h[i, j])
"""


def test_rows_of_a_grid_that_are_not_carried_are_found() -> None:
    assert failed(text=GRID) == {CHUNKS: False, STEPS: False}
    assert failed('carry.get("h")', "None", text=GRID) == {CHUNKS: True, STEPS: True}
    assert failed("left[self.place] = ", "left[self.place] = 1.01 * ", text=GRID) == {CHUNKS: True, STEPS: True}


POINTS = """
model Net(n):
    index  t, s : sequence
    input  x[t], w[s] : n
    target y[s] : point(t)
    h[t] : n = tanh(h[t-1] + x[t])
    g[s] : n = tanh(w[s] + g[s+1])
    y[s] ~ categorical(h[t] @ g[s] over t)
    output h[t]
"""


def test_targets_that_name_points_of_the_stream_are_left_out() -> None:
    assert failed(text=POINTS) == {CHUNKS: False, STEPS: False}


def test_what_is_drawn_anew_in_every_chunk_is_found() -> None:
    checked = check(GRID, dims={"n": 2})
    good = assemble(build(checked), dtype="float64", others={"sample": build(checked, "sample")})
    case = draw_case(good.graph, 0)
    assert drawn_in_chunks(good, case, {}) < 1e-14
    source = good.source.replace("draws(i_j_before, ", "draws(i_j, ")
    assert source != good.source
    assert drawn_in_chunks(Program(good.graph, source, good.dtype, good.carries, steps=good.steps), case, {}) > 0.1


def test_chunks_differ_from_example_to_example() -> None:
    chunks = ragged([4, 1, 3])
    assert chunks == [[(0, 1), (0, 1), (0, 0)], [(1, 2), (1, 1), (0, 1)], [(2, 4), (1, 1), (1, 3)]]
    for lengths in ([2, 5, 1], [3, 2, 4]):
        for k, n in enumerate(lengths):
            ends = [chunk[k] for chunk in ragged(lengths)]
            assert [begin for begin, _ in ends] == [0, *(end for _, end in ends[:-1])]
            assert ends[-1][1] == n


def test_what_looks_ahead_is_not_asked() -> None:
    assert failed(text=TEXT.replace("h[t-1]", "h[t+1]")) == {}


def test_gradients_by_segments_are_compared() -> None:
    text = "model Net(n):\n    index t : sequence\n    target y[t] : n\n    param W\n"
    text += "    h[t] : n = tanh(W @ h[t-1] + y[t-1])\n    y[t] ~ normal(h[t])\n"
    good = assemble(build(check(text, dims={"n": 2})), dtype="float64")
    case = draw_case(good.graph, 0)
    (line,) = segment_lines(good, case, stated=False)
    assert (line.property, line.passed) == ("gradients by segments = whole", True)
    other = Program(good.graph, good.source.replace('grads["W"] = ', 'grads["W"] = 1.01 * '), good.dtype, good.carries)
    assert not next(segment_lines(other, case, stated=False)).passed
    assert not list(segment_lines(good, case, stated=True)), "what is stated once is no sum over points"
