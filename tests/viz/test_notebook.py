"""Pictures in notebooks."""

import rnndsl
from rnndsl.compiler import assemble, build, check
from rnndsl.viz.svg import draw_svg
from tests.cli.pictures import SPECS

ELMAN = SPECS / "models/elman.rnn"


def test_a_program_shows_its_folded_graph() -> None:
    program = rnndsl.compile(ELMAN, dims={"vocab": 5, "hidden": 3})
    svg = program._repr_svg_()
    assert svg is not None
    assert svg.startswith("<svg ")
    assert svg == draw_svg(check(ELMAN, dims={"vocab": 5, "hidden": 3}).model)
    assert "state, shape hidden" in svg


def test_a_program_without_a_spec_is_left_to_its_text() -> None:
    assert assemble(build(check(ELMAN)))._repr_svg_() is None
