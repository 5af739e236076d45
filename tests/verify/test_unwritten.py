"""What reads memory that nobody has written is found, although it may hold zeros."""

import numpy as np

import rnndsl
from rnndsl.verify.unwritten import EMPTY, FULL, full_of_nan
from tests.codegen.programs import PROGRAMS, case_of, compile_small


def test_buffers_begin_full_of_nan() -> None:
    good = compile_small(PROGRAMS["Delays"])
    assert good.source.count(EMPTY) == 1
    other = full_of_nan(good)
    assert other.source == good.source.replace(EMPTY, FULL)
    case = case_of(good)
    wanted, found = (program.run(case.params, case.data, **case.points) for program in (good, other))
    for name, value in wanted.items():
        np.testing.assert_array_equal(found[name], value)


def test_what_is_not_written_is_nan() -> None:
    text = (
        "model Net(n):\n    index t : sequence\n    input x[t] : n\n    h[t] = tanh(h[t-1] + x[t])\n    output h[t]\n"
    )
    good = rnndsl.compile(text, dims={"n": 2})
    broken = rnndsl.Program(
        good.graph, good.source.replace('t.enter(h_all, None, carry.get("h"))', "0"), good.dtype, good.carries
    )
    data = {"x": np.ones((1, 3, 2))}
    assert np.isnan(full_of_nan(broken).run({}, data)["h"]).all()
    np.testing.assert_array_equal(full_of_nan(good).run({}, data)["h"], good.run({}, data)["h"])
