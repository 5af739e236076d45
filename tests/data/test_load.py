"""Reading files."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from rnndsl.data.dataset import Examples, Stream
from rnndsl.data.load import load, read_text
from rnndsl.diagnostics.diagnostic import DataError
from tests.data.models import N, named, token, vector


def test_text_becomes_a_stream_with_its_symbols(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("abca", encoding="utf-8")
    loaded = load(path, named(token("y")))
    assert isinstance(loaded.dataset, Stream)
    assert loaded.dataset.arrays["y"].tolist() == [0, 1, 2, 0]
    assert loaded.symbols is not None
    again = load(path, named(token("y")), symbols=loaded.symbols)
    assert again.symbols is loaded.symbols


def test_gzip_is_unpacked_by_its_ending(tmp_path: Path) -> None:
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"\xef\xbb\xbfabc"))
    assert read_text(tmp_path / "a.txt.gz") == "abc"
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(b'{"x": [[1.0]]}'))
    assert isinstance(load(tmp_path / "b.jsonl.gz", named(vector("x"))).dataset, Examples)


def test_archives_are_known_by_their_ending(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", x=np.zeros((2, 3, 4)))
    dataset = load(tmp_path / "a.npz", named(vector("x"))).dataset
    assert isinstance(dataset, Examples)
    assert dataset.count == 2


def test_trees_come_as_json_lines_only(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"x": [1, 2], "n": [[1], []]}')
    dataset = load(tmp_path / "a.jsonl", named(token("x", index=N)), trees={N: True}).dataset
    assert isinstance(dataset, Examples)
    assert dataset.structure == {"n": [[[1], []]]}
    for name in ("a.npz", "a.txt", "a.txt.gz"):
        with pytest.raises(
            DataError, match=rf"RNN615: {name} has no place for the structure of the tree `n`"
        ) as caught:
            load(tmp_path / name, named(token("x", index=N)), trees={N: True})
        assert "jsonl" in caught.value.diagnostic.help


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"ab\xc3"])
def test_bytes_that_are_no_text_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(DataError, match=r"RNN607: a\.txt is not text: byte"):
        read_text(tmp_path / "a.txt")


def test_unreadable_files_are_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "bad.gz").write_bytes(b"no gzip at all")
    whole = gzip.compress(b"abc" * 1000)
    (tmp_path / "torn.gz").write_bytes(whole[: len(whole) // 2])
    for path in (tmp_path / "missing.txt", tmp_path, tmp_path / "bad.gz", tmp_path / "torn.gz"):
        with pytest.raises(DataError, match="RNN607") as caught:
            read_text(path)
        assert "\n" not in str(caught.value)
