"""The page with both views of a model."""

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from rnndsl.cli.picture import make_picture
from rnndsl.cli.view import View
from rnndsl.compiler import build, check
from rnndsl.diagnostics.span import Span
from rnndsl.viz.fold import Folded, Item, fold
from rnndsl.viz.page import WEB, write_page
from rnndsl.viz.picture import Picture
from tests.cli.pictures import SPECS
from tests.viz.browser import driven, needs_browser, opened

SPEC = SPECS / "models/char_lstm.rnn"
EVIL = "</script><img src=x onerror=alert(1)>"


def page_of(spec: Path, view: View) -> str:
    checked = check(spec)
    picture = make_picture(build(checked), view)
    return write_page(fold(checked.model), picture, (str(spec), spec.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(page_of(SPEC, View({None: 3})), encoding="utf-8")
    return path


def data_of(text: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found
    content: dict[str, Any] = json.loads(found[1])
    return content


def test_a_page_holds_equations_shapes_and_lines(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    items = data_of(text)["items"]
    assert items["h_1.c"]["text"] == "h_1.c[t] = h_1.f[t] * h_1.c[t-1] + h_1.i[t] * h_1.g[t]"
    assert (items["h_1.c"]["shape"], items["h_1.c"]["place"]) == ("hidden", "cells/lstm.rnn:12")
    assert items["y.nll"]["line"] == 12
    assert text.count("<svg ") == 2


def test_a_page_asks_for_nothing(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert not re.findall(r'(?:src|href)="', text)
    assert set(re.findall(r'https?://[^"\s<]+', text)) == {"http://www.w3.org/2000/svg"}
    assert {path.suffix for path in WEB.iterdir()} == {".html", ".css", ".js"}


def test_what_comes_from_a_spec_cannot_break_out() -> None:
    item = Item(EVIL, EVIL, (), "equation", "", EVIL, EVIL, Span(EVIL, 1, 1, 1, 2))
    text = write_page(Folded(EVIL, {EVIL: item}, (), {}), Picture(EVIL, (), {}, ()), (EVIL, EVIL))
    assert "<img" not in text
    assert list(data_of(text)["items"]) == [EVIL]


@needs_browser
def test_a_page_opens_at_the_place_in_its_address_without_a_word_on_the_console(page: Path) -> None:
    document, console = opened(page, "#folded/h_1.c")
    assert console == []
    details = unescape(re.search(r"<aside.*?</aside>", document, re.DOTALL)[0])  # type: ignore[index]
    for words in ("h_1.c[t] = h_1.f[t] * h_1.c[t-1] + h_1.i[t] * h_1.g[t]", "hidden", "cells/lstm.rnn:12", "h_1.f"):
        assert words in details
    assert re.search(r'<g class="node state chosen" data-name="h_1\.c"', document)
    document, console = opened(page, "#unfolded/h_2@2")
    assert console == []
    assert 'data-view="unfolded"' in document
    assert re.search(r'<g class="node state chosen"[^>]*data-label="h_2@2"', document)


CLICKS = """
  const said = {};
  const at = (name) => document.querySelector(`#${document.body.dataset.view} [data-name="${name}"]`);
  const press = (target, key) => target.dispatchEvent(
    new KeyboardEvent("keydown", {key, bubbles: true, cancelable: true}));
  at("h_2").dispatchEvent(new MouseEvent("click", {bubbles: true}));
  said.clicked = document.querySelector("#details h2").textContent;
  said.lines = document.querySelectorAll("#folded .line.chosen").length;
  press(at("h_2"), "ArrowUp");
  said.up = document.querySelector("#details h2").textContent;
  said.focus = document.activeElement.dataset.name;
  said.source = document.querySelector("#details .here").textContent;
  document.getElementById("show-unfolded").click();
  const search = document.getElementById("search");
  search.value = "h_1@";
  search.dispatchEvent(new Event("input"));
  said.found = document.getElementById("found").textContent;
  said.dimmed = document.querySelectorAll("#unfolded.searching .node:not(.hit)").length > 0;
  press(search, "Enter"); press(search, "Enter");
  said.second = document.querySelector("#details h2").textContent;
  press(document.body, "Escape");
  said.quiet = document.querySelectorAll(".chosen, .hit").length;
  const before = document.querySelector("#unfolded svg").getAttribute("viewBox");
  press(document.body, "+");
  said.grew = before !== document.querySelector("#unfolded svg").getAttribute("viewBox");
  const theme = document.documentElement.dataset.theme;
  document.getElementById("theme").click();
  said.themes = [theme, document.documentElement.dataset.theme].sort();
  const nodes = [...document.querySelectorAll(".node")];
  said.named = nodes.every((node) => node.tabIndex === 0 && node.getAttribute("aria-label"));
  document.title = JSON.stringify(said);
"""


@needs_browser
def test_clicks_keys_and_search(page: Path) -> None:
    document, console = driven(page, CLICKS)
    assert console == []
    found = re.search(r"<title>({.*?})</title>", document)
    assert found, document[:500]
    assert json.loads(unescape(found[1])) == {
        "clicked": "h_2",
        "lines": 9,  # from o and c, to the square and from it to four gates, out through the border
        "up": "y.nll",
        "focus": "y.nll",
        "source": "    y[t] ~ categorical(V @ h_{layers}[t] + c)",
        "found": "3 found",
        "dimmed": True,
        "second": "h_1@2",
        "quiet": 0,
        "grew": True,
        "themes": ["dark", "light"],
        "named": True,
    }


@needs_browser
def test_fifty_steps_of_an_lstm_are_drawn_within_a_second(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(page_of(SPECS / "cells/lstm.rnn", View({None: 50}, cells=True)), encoding="utf-8")
    assert path.stat().st_size < 1_000_000
    document, console = driven(path, "document.title = String(Math.round(performance.now()))")
    assert console == []
    found = re.search(r"<title>(\d+)</title>", document)
    assert found
    assert int(found[1]) < 1000
