"""Shapes, initialisers and bounds as they are written."""

import pytest

from tests.semantics.specs import codes, expanded, net


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("n", (["n"], None)),
        ("n + 1, 2 * n", (["n + 1", "2*n"], None)),
        ("scalar", ([], None)),
        ("token(n + 1)", ([], "n + 1")),
    ],
)
def test_shapes(written: str, printed: tuple[list[str], str | None]) -> None:
    note = expanded(net(f"input v : {written}\noutput v, x[t]")).data["v"].shape
    assert note is not None
    assert ([str(size) for size in note.sizes], None if note.token is None else str(note.token)) == printed


def test_no_shape_is_none() -> None:
    assert expanded(net("param v\noutput v, x[t]")).params["v"].shape is None
    assert expanded(net("param v\noutput v, x[t]")).params["v"].initialiser is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("zeros", ("zeros", ())),
        ("normal(0.1)", ("normal", (0.1,))),
        ("orthogonal", ("orthogonal", (1.0,))),
        ("orthogonal(gain = 1 / 2)", ("orthogonal", (0.5,))),
        ("constant(-rate)", ("constant", (-0.25,))),
        ("uniform(1 / k)", ("uniform", (0.25,))),
    ],
)
def test_initialisers(written: str, meant: tuple[str, tuple[float, ...]]) -> None:
    text = net(f"param v ~ {written}\noutput v, x[t]", header="model Net(n, k = 4, rate = 0.25):")
    assert expanded(text).params["v"].initialiser == meant


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("param v : n, n, n", "RNN231"),
        ("param v : n - n", "RNN219"),
        ("param v : 0.5", "RNN222"),
        ("param v : point(t)", "RNN232"),
        ("v[t] : point(t) = 1", "RNN232"),
        ("param v ~ xavier", "RNN225"),
        ("param v ~ normal", "RNN206"),
        ("param v ~ normal(1, 2)", "RNN206"),
        ("index v : 1..0", "RNN413"),
        ("index v : 1..100000000", "RNN413"),
        ("index v : cyclic(0)", "RNN219"),
        ("index v : 1..x", "RNN221"),
    ],
)
def test_mistakes(line: str, code: str) -> None:
    assert codes(net(f"{line}\noutput x[t]")) == [code]


def test_bounds() -> None:
    model = expanded(net("index a : 1..2 * n\nindex b : cyclic(n)\nindex c : -1..1\noutput x[t]"))
    found = [(str(i.low), str(i.high), i.cyclic, str(i.extent)) for i in model.indices if i.high is not None]
    assert found == [("1", "2*n", False, "2*n"), ("1", "n", True, "n"), ("-1", "1", False, "3")]
