"""Reading files."""

import os
from pathlib import Path

import pytest

from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.syntax.parse import parse
from rnndsl.syntax.source import decode_source, read_source

SPEC = "model M(n):\n    a = n\n"


def refused(path: Path | str) -> Diagnostic:
    with pytest.raises(SpecError) as error:
        read_source(path, "shown.rnn")
    (found,) = error.value.diagnostics
    assert found.span.file == "shown.rnn"
    assert found.help
    return found


def test_reads_text(tmp_path: Path) -> None:
    path = tmp_path / "a.rnn"
    path.write_text(SPEC, encoding="utf-8")
    assert read_source(path) == SPEC
    assert read_source(str(path)) == SPEC


@pytest.mark.parametrize("raw", [SPEC.encode(), b"\xef\xbb\xbf" + SPEC.encode(), SPEC.replace("\n", "\r\n").encode()])
def test_marks_and_line_ends_do_not_matter(raw: bytes) -> None:
    tree = parse(decode_source(raw, "a.rnn"), "a.rnn")
    assert [block.name for block in tree.blocks] == ["M"]
    assert tree.blocks[0].body[0].span.line == 2


def test_missing_file(tmp_path: Path) -> None:
    found = refused(tmp_path / "missing.rnn")
    assert (found.code, found.message) == ("RNN510", "cannot read 'shown.rnn': no such file or directory")


def test_directory(tmp_path: Path) -> None:
    found = refused(tmp_path)
    assert (found.code, found.message) == ("RNN511", "'shown.rnn' is a directory")


def test_device() -> None:
    assert refused("/dev/zero").code == "RNN511"


def test_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.rnn"
    os.mkfifo(path)
    found = refused(path)
    assert (found.code, found.message) == ("RNN511", "'shown.rnn' is a pipe")


@pytest.mark.parametrize("path", ["a\x00b", "a" * 5000])
def test_impossible_path(path: str) -> None:
    assert refused(path).code == "RNN510"


def test_size(tmp_path: Path) -> None:
    path = tmp_path / "large.rnn"
    path.write_bytes(b"#" * 1_000_001)
    assert refused(path).code == "RNN504"
    with pytest.raises(SpecError, match="RNN504"):
        decode_source(b"#" * 1_000_001, "a.rnn")


@pytest.mark.parametrize(
    ("raw", "message", "place"),
    [
        (b"model M:\n    \xff", "byte 13 is 0xff", (2, 5)),
        ("é = \ud800".encode("utf-8", "surrogatepass"), "byte 5 is 0xed", (1, 5)),
        (SPEC.encode("utf-16"), "UTF-16", (1, 1)),
    ],
)
def test_other_encodings(raw: bytes, message: str, place: tuple[int, int]) -> None:
    with pytest.raises(SpecError) as error:
        decode_source(raw, "a.rnn")
    (found,) = error.value.diagnostics
    assert found.code == "RNN512"
    assert message in found.message
    assert (found.span.line, found.span.column) == place
