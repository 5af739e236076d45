"""Names: readable, unique, and never one of Python's or of the module's own; an author may use any of those."""

import keyword

import pytest

from rnndsl.codegen.names import RESERVED, Names
from rnndsl.codegen.prelude_text import PRELUDE_NAMES
from rnndsl.verify import verify
from tests.codegen.programs import compile_small

# Names of Python, of numpy, of the generated code itself, and pairs that an escaping scheme might let coincide.
TAKEN = """
model lambda_(len):
    index  t : sequence
    input  class[t], None[t] : len
    target np[t] : len
    param  W, w : len, len
    param  d_h, h_prev, ws

    {0}[t] : len = tanh(W @ {0}[t-1] + w @ class[t] + d_h)
    {1}[t] : len = tanh({1}[t+1] * {0}[t] + h_prev * None[t])
    {2}[t] = {0}[t] * {1}[t-1] + ws
    np[t] ~ normal({2}[t])
    output {0}[t], {2}[t]
"""

TRIPLES = [
    ("lambda", "def", "True"),
    ("T", "B", "out"),
    ("grad", "ws_2", "self"),
    ("match", "type", "case"),
    ("x", "x_2", "x__2"),
    ("v_x", "v__x", "x_"),
    ("range", "float", "data"),
    ("params", "lengths", "carry"),
    ("dh", "h_grad", "grad_W"),
    ("Points", "Workspace", "borrow"),
    ("forward", "loss_and_grad", "step"),
    ("xp", "numpy", "cupy"),
    ("cp", "device", "host"),
    ("at", "back_1", "rows"),
    ("live", "k", "t_"),
    ("DTYPE", "DIMS", "init_"),
    ("h", "H", "h_t"),
]


@pytest.mark.parametrize("names", TRIPLES, ids="-".join)
def test_any_name_can_be_used(names: tuple[str, str, str]) -> None:
    text = TAKEN.format(*names)
    report = verify(text)
    assert {line.property for line in report.lines if not line.passed} == set()
    assert set(compile_small(text).outputs) == {"np.mean", "np.sd", names[0], names[2]}


def test_any_name_can_be_a_dimension_or_an_index() -> None:
    text = """
model Net(np, t, lengths = 3, ws = 4):
    index  data : sequence
    index  rows : 1..lengths
    index  k : cyclic(ws)
    input  params[data, rows] : np
    target self[data, k] : t
    param  W[rows, k]
    h[data, k] : t = tanh(sum(W[rows, k] @ params[data, rows] over rows) + h[data-1, k-1])
    self[data, k] ~ normal(h[data, k])
"""
    assert verify(text).ok


def test_names_are_unique_and_stable() -> None:
    names = Names({"taken"})
    assert names("a", "h.c") == "h_c"
    assert names("b", "h_c") == "h_c_2"
    assert names("a", "anything") == "h_c"
    assert names("c", "taken") == "taken_2"
    assert names("d", "h_c_2") == "h_c_2_2"


def test_names_are_identifiers() -> None:
    wishes = ["", "__class__", "1", "2nd", "a b", "d loss/d W", "é", "0x", *keyword.kwlist, *keyword.softkwlist]
    names = Names(PRELUDE_NAMES)
    made = [names(wish, wish) for wish in [*wishes, *RESERVED, *PRELUDE_NAMES, "print", "eval", "__import__"]]
    assert len(set(made)) == len(made)
    for name in made:
        assert name.isidentifier()
        assert name.isascii()
        assert not keyword.iskeyword(name)
        assert not name.startswith("_")
        assert name not in RESERVED | PRELUDE_NAMES | {"print", "eval"}
