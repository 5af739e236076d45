"""Points as sums of indices and numbers."""

import pytest

from rnndsl.indices import Affine, Index, Kind
from rnndsl.semantics.findings import ReportedError
from rnndsl.semantics.frame import IndexName
from rnndsl.semantics.reading import Surroundings
from rnndsl.semantics.static import Static
from rnndsl.semantics.sums import affine, written_sum
from rnndsl.sizes import Size
from tests.semantics.specs import codes, expression, grove, mistakes, net, opened


def around(*, mirrored: frozenset[str] = frozenset()) -> Surroundings:
    frame, expansion = opened(net("index m : 1..3\noutput x[t]"))
    indices = frozenset(one.index for one in frame.symbols.values() if isinstance(one, IndexName))
    frame.place = type(frame.place)(mirrored=frozenset(index for index in indices if index.name in mirrored))
    return Surroundings(frame, Static(frame.values, expansion.dims, expansion.findings), indices, None, expansion)


def index(name: str, here: Surroundings) -> Index:
    return next(one for one in here.scope if one.name == name)


@pytest.mark.parametrize(
    ("text", "alone"), [("t", "t"), ("m - 0", "m"), ("t - 1", None), ("-m", None), ("3", None), ("t - m + m", "t")]
)
def test_an_index_alone(text: str, alone: str | None) -> None:
    found = written_sum(expression(text), around()).alone
    assert (None if found is None else found.name) == alone


@pytest.mark.parametrize(
    ("text", "mirrored", "meant"),
    [
        ("t - 1", "", "t-1"),
        ("t - 1", "t", "t+1"),
        ("t - m", "t", "t+m"),
        ("t - m", "tm", "t-m+4"),
        ("2", "t", "-2"),
    ],
)
def test_mirror_images(text: str, mirrored: str, meant: str) -> None:
    here = around(mirrored=frozenset(mirrored))
    own = index("t", here)
    point = expression(text)
    found = affine(written_sum(point, here), here, point.span, own if here.mirrors(own) else None)
    assert str(found) == meant


def test_a_place_that_is_no_point_of_a_mirrored_index_keeps_its_direction() -> None:
    here = around(mirrored=frozenset("m"))
    point = expression("m + 1")
    m = index("m", here)
    assert affine(written_sum(point, here), here, point.span) == Affine(((m, -1),), 5)
    assert m.kind is Kind.RANGE
    assert m.high == Size.of(3)


def test_what_is_no_sum_is_reported() -> None:
    for text in ("2 * t", "tanh(t)", "q", "n"):
        here = around()
        if text == "n":
            assert written_sum(expression(text), here).offset == Size.of("n")
            continue
        with pytest.raises(ReportedError):
            written_sum(expression(text), here)


def test_points_that_depend_on_data_are_looked_up() -> None:
    (found,) = mistakes(grove("input one : point(s)\nh = u[one]\noutput h"))
    assert found.code == "RNN490"
    assert "`sum(h[s] if s == one else 0 over s)`" in found.help
    assert codes(grove("h[t] = u[p[t]]\noutput h[t]")) == ["RNN190"]
