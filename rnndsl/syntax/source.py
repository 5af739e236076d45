"""Bytes to text: reading a spec from disk, strictly."""

import stat
from pathlib import Path

from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.diagnostics.span import Span
from rnndsl.syntax.limits import MAX_BYTES

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read_source(path: str | Path, name: str | None = None) -> str:
    """Return the text of the spec at `path`; in messages the file is called `name`.

    Only regular files up to 1 MB in UTF-8 are read.

    Raises:
        SpecError: the file cannot be read, is no regular file, is too large, or is not UTF-8.
    """
    shown = name if name is not None else str(path)
    try:
        # Asked before opening: opening a FIFO would wait for a writer.
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode):
            raise _refuse("RNN511", f"{shown!r} is {_kind(status.st_mode)}", "give the path of a `.rnn` file", shown)
        if status.st_size > MAX_BYTES:
            raise _too_large(shown)
        with Path(path).open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise _refuse("RNN510", f"cannot read {shown!r}: {reason}", "check the path", shown) from None
    except ValueError:
        # A path with a NUL character.
        raise _refuse("RNN510", f"cannot read {shown!r}: no such path", "check the path", shown) from None
    return decode_source(raw, shown)


def decode_source(raw: bytes, name: str) -> str:
    """Return the text of a spec given as bytes (standard input, an archive); see `read_source`."""
    if len(raw) > MAX_BYTES:
        raise _too_large(name)
    if raw.startswith(_UTF16_MARKS):
        raise _refuse("RNN512", f"{name!r} is UTF-16, not UTF-8", "save it as UTF-8", name)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"{name!r} is not UTF-8: byte {error.start} is 0x{raw[error.start]:02x}"
        line = raw.count(b"\n", 0, error.start) + 1
        line_start = raw.rfind(b"\n", 0, error.start) + 1
        column = len(raw[line_start : error.start].decode("utf-8", "replace")) + 1
        span = Span(name, line, column, line, column + 1)
        raise SpecError([Diagnostic("RNN512", message, span, help="save it as UTF-8")]) from None


def _too_large(name: str) -> SpecError:
    way = "generate repeated parts with `for`, families and cells"
    return _refuse("RNN504", f"{name!r} is larger than {MAX_BYTES:,} bytes", way, name)


def _refuse(code: str, message: str, way: str, name: str) -> SpecError:
    return SpecError([Diagnostic(code, message, Span(name, 1, 1, 1, 1), help=way)])


def _kind(mode: int) -> str:
    for test, kind in ((stat.S_ISDIR, "a directory"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket")):
        if test(mode):
            return kind
    return "a device"
