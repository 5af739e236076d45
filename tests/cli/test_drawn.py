"""Where pictures go."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import pytest

from rnndsl.cli.drawn import ENDINGS, foldable, kind_of, put
from rnndsl.cli.output import Output
from rnndsl.compiler import check
from tests.cli.pictures import SPECS


def test_an_option_counts_more_than_a_name() -> None:
    assert kind_of("dot", "a.svg", ("svg", "dot")) == "dot"
    assert kind_of(None, "a.gv", ("svg", "dot")) == "dot"
    assert kind_of(None, "a.png", ("svg", "dot")) == "svg"
    assert kind_of(None, "-", ("text", "svg")) == "text"
    assert kind_of(None, "a.html", ("svg", "dot")) == "svg"
    assert set(ENDINGS.values()) == {"svg", "dot", "mermaid", "text", "html"}


def test_a_file_is_written_with_its_last_newline(tmp_path: Path) -> None:
    put(Output(), str(tmp_path / "a.svg"), "<svg/>", {})
    assert (tmp_path / "a.svg").read_bytes() == b"<svg/>\n"
    with pytest.raises(click.UsageError, match="is a folder"):
        put(Output(), str(tmp_path), "<svg/>", {})


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as pool:
        read = pool.submit(pipe.read_text)
        put(Output(), str(pipe), "<svg/>", {})
        assert read.result(timeout=10) == "<svg/>\n"
    assert pipe.is_fifo()


def test_what_nobody_can_look_at_is_refused_with_a_way_out() -> None:
    deep = check(SPECS / "models/char_lstm.rnn", dims={"layers": 100}).model
    with pytest.raises(click.UsageError, match="602 quantities are too many to draw, the most are 500: take --format"):
        foldable(deep)
    assert len(foldable(check(SPECS / "models/elman.rnn").model, params=True).items) == 10
