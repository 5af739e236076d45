"""Where words go: results to stdout, findings and progress to stderr, and with `--json` one document on stdout."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO


@dataclass(frozen=True, slots=True)
class Output:
    """How the user wants to be told: `color` is `auto`, `always` or `never`.

    `sources` gathers the texts of specs by the names that messages give them, for excerpts.
    """

    json: bool = False
    color: str = "auto"
    traceback: bool = False
    sources: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, arguments: Sequence[str]) -> "Output":
        """Read the manner from raw arguments, before they are parsed: even a usage error obeys it."""
        words = list(arguments)
        if "--" in words:
            words = words[: words.index("--")]
        color = _value(words, "--color") or "auto"
        as_json = "--json" in words or _value(words, "--output-format") == "json"
        return cls(as_json, color, "--traceback" in words)

    def colored(self, stream: TextIO) -> bool:
        """Whether to colour what goes to a stream: NO_COLOR and a stream that is no terminal say no."""
        match self.color:
            case "always":
                return True
            case "never":
                return False
            case _:
                return not os.environ.get("NO_COLOR") and stream.isatty() and os.environ.get("TERM") != "dumb"

    def say(self, text: str = "") -> None:
        """Write a result for people to stdout; nothing with `--json`."""
        if not self.json:
            _write(sys.stdout, text)

    def tell(self, text: str = "") -> None:
        """Write a finding or progress to stderr."""
        _write(sys.stderr, text)

    def document(self, content: dict[str, Any]) -> None:
        """Write the one JSON document to stdout; nothing without `--json`."""
        if self.json:
            _write(sys.stdout, json.dumps(content, indent=2, ensure_ascii=True, allow_nan=False))


def _value(words: Sequence[str], option: str) -> str:
    """Return the last value that is given to an option, as `--color=never` or as `--color never`."""
    found = ""
    for place, word in enumerate(words):
        if word.startswith(f"{option}="):
            found = word.removeprefix(f"{option}=")
        elif word == option and place + 1 < len(words):
            found = words[place + 1]
    return found


def _write(stream: TextIO, text: str) -> None:
    """Write a line; what the stream's encoding lacks is written as an escape."""
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    stream.flush()
