"""The generated functions of mode "checkpoint"."""

import rnndsl
from rnndsl.locations import data_folder

PATH = data_folder("specs") / "models" / "elman.rnn"


def test_modules_have_them_where_they_are_asked_for() -> None:
    plain, asked = (rnndsl.compile(PATH, modes=modes) for modes in (("observe",), ("observe", "checkpoint")))
    assert "def advance" not in plain.source
    assert "def advance(params, data, begin=True, lengths=None, noise=None, " in asked.source
    assert "def retrace(params, data, weights, begin=True, once=1.0, lengths=None, noise=None, " in asked.source
    assert asked.modes == ("observe", "checkpoint")
    assert set(asked.carrying) == set(plain.carrying), "they carry nothing by themselves: all is given"


def test_a_segment_going_forward_has_no_tape_of_its_gradient() -> None:
    source = rnndsl.compile(PATH, modes=("observe", "checkpoint")).source
    advance = source[source.index("def advance") : source.index("def retrace")]
    assert "gradient of" not in advance
    assert 'out["h@-1"]' in advance
    assert "weight_of" not in advance, "terms are sums, which are divided at the end"
