"""The generated functions of mode "checkpoint"."""

import rnndsl
from rnndsl.locations import data_folder

PATH = data_folder("specs") / "models" / "elman.rnn"


def test_modules_have_them_where_they_are_asked_for() -> None:
    plain, asked = (rnndsl.compile(PATH, modes=modes) for modes in (("observe",), ("observe", "checkpoint")))
    assert "def advance" not in plain.source
    signature = "(params, data, begin=True, lengths=None"
    names = ("advance_1", "retrace_1", "retrace_2")
    assert [f"def {name}{signature}" in asked.source for name in names] == [True] * 3
    assert "def advance_2" not in asked.source, "the last stage hands nothing on"
    assert asked.modes == ("observe", "checkpoint")
    assert set(asked.carrying) == set(plain.carrying), "they carry nothing by themselves: all is given"


def test_a_segment_going_forward_has_no_tape_of_its_gradient() -> None:
    source = rnndsl.compile(PATH, modes=("observe", "checkpoint")).source
    advance = source[source.index("def advance_1") : source.index("def retrace_1")]
    assert "gradient of" not in advance
    assert 'out["h@-1"]' in advance
    assert 'out["y.nll@all"]' in advance
    assert "objective" not in advance


def test_structures_are_given_to_stages_that_read_them() -> None:
    text = """
model Net(n = 2):
    index  t : sequence
    index  v : tree
    index  k : children(v)
    input  x[v] : n
    target y[t] : n
    f[v] : n = tanh(sum(f[k] over k) + x[v])
    h[t] : n = tanh(h[t-1] + sum(f[v] over v))
    y[t] ~ normal(h[t])
"""
    source = rnndsl.compile(text, modes=("observe", "checkpoint")).source
    assert "def advance_1(params, data, begin=True, lengths=None, structure=None" in source
