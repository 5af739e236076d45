"""Sequences as SVG."""

import re

from rnndsl.cli.view import View
from rnndsl.viz.tile_sheet import tile_sheet
from tests.cli.pictures import library_picture


def test_a_sheet_has_bands_boxes_knots_and_short_names() -> None:
    picture = library_picture("models/char_lstm.rnn", View({None: 3}, cells=True))
    body = "\n".join(tile_sheet(picture, {}, {"h_1": "LSTM", "h_2": "LSTM"}).body)
    assert re.findall(r">(t = \d)<", body) == ["t = 1", "t = 2", "t = 3"]
    assert body.count("h_1 : LSTM") == 3
    assert body.count('class="knot"') == 4, "one in each cell but in the first step"
    assert re.findall(r'data-label="h_1\.c@2"><title>h_1\.c\[2\]</title>', body)
    assert '>c<tspan fill="#6b6b66" class="pale">[2]</tspan>' in body
    needs = [need for needs in re.findall(r'data-needs="([^"]*)"', body) for need in needs.split("|")]
    assert {tuple(need.replace("&gt;", ">").split(">")) for need in needs} == set(picture.edges)


def test_what_moves_on_is_blue_and_what_crosses_is_pale() -> None:
    body = "\n".join(tile_sheet(library_picture("models/ntm.rnn", View({None: 3})), {}, {}).body)
    assert re.search(r'class="line back" data-needs="h@1&gt;h@2"', body)
    assert re.search(r'data-needs="scored@2&gt;loss">.{0,200}stroke-opacity', body)
