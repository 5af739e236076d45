"""What goes wrong inside generated code is reported at the equation of the spec that it came from."""

import linecache
import traceback


class RunError(RuntimeError):
    """Generated code failed; the message names the equation, its file and line."""


def located(error: Exception, file: str) -> Exception:
    """Return the error to raise for one that came out of a generated module: with the equation, if one is near."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    if not frames:
        return error
    for line in range(frames[-1].lineno or 0, 0, -1):
        text = linecache.getline(file, line).strip()
        if text.startswith("def "):
            break
        if text.startswith("# ") and ":" in text:
            return RunError(f"{text[2:]}: {error}")
    return RunError(f"{error}")
