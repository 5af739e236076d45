"""Where pictures go."""

from pathlib import Path

import click
import pytest

from rnndsl.cli.drawn import ENDINGS, kind_of, put
from rnndsl.cli.output import Output


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
