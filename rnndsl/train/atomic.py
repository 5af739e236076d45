"""Writing a file so that at every moment its name stands for the whole old content or the whole new one."""

import os
import sys
from itertools import count
from pathlib import Path
from typing import Final

ENDING: Final = ".tmp"


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside `path`, sync, check by reading back, and rename.

    Raises:
        OSError: the disk is full or the folder cannot be written; `path` is untouched then.
    """
    temporary, descriptor = _create_beside(path)
    try:
        try:
            _write_all(descriptor, content)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        _require_same(temporary, content)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed process left half written in a folder that no other process writes to."""
    for path in sorted(folder.glob(f".*{ENDING}")):
        path.unlink(missing_ok=True)


def _create_beside(path: Path) -> tuple[Path, int]:
    """Create a new file; a name that exists, even as a link, is never opened."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    for attempt in count():
        temporary = path.with_name(f".{path.name}.{os.getpid()}-{attempt}{ENDING}")
        try:
            return temporary, os.open(temporary, flags, 0o666)
        except FileExistsError:
            continue
    raise AssertionError("counting does not end")


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _require_same(path: Path, content: bytes) -> None:
    if path.read_bytes() != content:
        raise OSError(f"{path} reads back differently")


def _sync_folder(folder: Path) -> None:
    """Make the renaming itself durable, where the system can."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
