"""What every failure becomes: a message, a JSON document if asked for, and an exit code."""

import os
import sys
import traceback
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

import click

from rnndsl.cli.findings import as_json, show
from rnndsl.cli.output import Output
from rnndsl.diagnostics.diagnostic import DataError, Diagnostic, SpecError
from rnndsl.version import VERSION

CLEAN: Final = 0
FINDINGS: Final = 1
USAGE: Final = 2
DIVERGED: Final = 3
INTERNAL: Final = 70
INTERRUPTED: Final = 130


def report(error: BaseException, output: Output, arguments: Sequence[str]) -> int:
    """Tell the user about an error and return the exit code."""
    if output.traceback and not isinstance(error, click.ClickException | BrokenPipeError):
        traceback.print_exception(error)
    match error:
        case BrokenPipeError():
            return _close_pipe()
        case click.exceptions.Exit():
            return error.exit_code
        case click.UsageError():
            where = f"{error.ctx.get_usage()}\n" if error.ctx else ""
            hint = f"\nTry '{error.ctx.command_path} --help'." if error.ctx else ""
            return _fail(output, USAGE, error.format_message(), f"{where}Error: {error.format_message()}{hint}")
        case click.ClickException():
            return _fail(output, error.exit_code, error.format_message())
        case SpecError():
            return _findings(output, FINDINGS, error.diagnostics)
        case DataError():
            return _findings(output, USAGE, [error.diagnostic])
        case KeyboardInterrupt() | click.Abort():
            return _fail(output, INTERRUPTED, "interrupted", "Interrupted.")
        case OSError():
            return _fail(output, USAGE, _reason(error))
        case _:
            return _internal(error, output, arguments)


def _fail(output: Output, code: int, message: str, text: str | None = None) -> int:
    output.document({"ok": False, "exit_code": code, "error": message, "diagnostics": []})
    output.tell(text or f"Error: {message}")
    return code


def _findings(output: Output, code: int, diagnostics: Sequence[Diagnostic]) -> int:
    content: dict[str, Any] = {"ok": False, "exit_code": code, "error": diagnostics[0].message}
    output.document(content | {"diagnostics": as_json(diagnostics)})
    if not output.json:
        output.tell(show(diagnostics, output.sources, color=output.colored(sys.stderr)))
    return code


def _internal(error: BaseException, output: Output, arguments: Sequence[str]) -> int:
    what = f"{type(error).__name__}: {error}".split("\n")[0][:300]
    text = (
        f"Internal error in rnndsl {VERSION}: {what}\n"
        f"  command: rnndsl {' '.join(arguments)}\n"
        f"{_hashes(output)}"
        "This is a mistake of rnndsl, not yours. Please report it with the spec and the output of --traceback."
    )
    return _fail(output, INTERNAL, f"internal error: {what}", text)


def _hashes(output: Output) -> str:
    """Return a line for each spec that was read, so that a report can be matched with the file that it came with."""
    digests = {name: sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for name, text in output.sources.items()}
    return "".join(f"  spec: {name}, SHA-256 {digest[:16]}\n" for name, digest in digests.items())


def _close_pipe() -> int:
    """Nobody reads stdout any more: end in silence, also when Python flushes it at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return CLEAN


def _reason(error: OSError) -> str:
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else reason
