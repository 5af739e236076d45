"""Writing a file whole or not at all."""

import errno
import os
from pathlib import Path

import pytest

from rnndsl.train.atomic import remove_leftovers, write_atomically


def test_content_replaces_content(tmp_path: Path) -> None:
    for content in (b"first", b"second " * 100_000):
        write_atomically(tmp_path / "a", content)
        assert (tmp_path / "a").read_bytes() == content
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("call", ["write", "fsync", "open"])
def test_any_failing_call_leaves_the_old_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def fail(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, fail)
        with pytest.raises(OSError, match="No space left"):
            write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_short_writes_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: whole(descriptor, content[:3]))
    write_atomically(tmp_path / "a", b"0123456789")
    assert (tmp_path / "a").read_bytes() == b"0123456789"


def test_a_link_at_the_temporary_name_is_not_followed(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    (tmp_path / f".a.{os.getpid()}-0.tmp").symlink_to(victim)
    write_atomically(tmp_path / "a", b"new")
    assert victim.read_bytes() == b"precious"
    assert (tmp_path / "a").read_bytes() == b"new"


def test_leftovers_are_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in (".a.1-0.tmp", "a.tmp", "a"):
        (tmp_path / name).touch()
    remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "a.tmp"]
