"""The bundled library: its specs by name, and the paper that each names in its first lines."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rnndsl.locations import data_folder

#: The folders of the library with what their files hold.
KINDS: Final[Mapping[str, str]] = {"cells": "cell", "models": "model"}

#: `Elman`, `El Hihi`, `von Brecht`, `Van der Westhuizen`.
_AUTHOR: Final = r"(?:[a-z]+ )?[A-Z][\w'-]*(?: (?:[a-z]+ )?[A-Z][\w'-]*)*"
_CITATION: Final = re.compile(
    rf"(?P<authors>{_AUTHOR}(?:(?:, | & ){_AUTHOR})*(?: et al\.)?) \((?P<year>[12][0-9]{{3}})\)"
    r'(?:, "(?P<title>[^"]+)")?[,:;.]?(?P<about>.*)'
)


@dataclass(frozen=True, slots=True)
class Paper:
    """What a spec comes from; `about` is what else its header says."""

    authors: str
    year: int
    title: str | None
    about: str

    @property
    def short(self) -> str:
        """Authors and year as they are cited: `Tai et al. (2015)`."""
        first, *others = re.split(r", | & ", self.authors)
        return f"{self.authors if len(others) < 2 else f'{first} et al.'} ({self.year})"


@dataclass(frozen=True, slots=True)
class Entry:
    """A spec of the library: `name` is the shortest that means this file."""

    name: str
    path: Path

    @property
    def kind(self) -> str:
        """Whether it is a `cell` or a `model`."""
        return KINDS[self.path.parent.name]

    @property
    def text(self) -> str:
        """What the file holds."""
        return self.path.read_text(encoding="utf-8")


def entries() -> tuple[Entry, ...]:
    """Return the library, cells first, in alphabetical order."""
    known = spellings()
    names: dict[Path, str] = {}
    for name, path in known.items():
        names.setdefault(path, name)
    return tuple(Entry(name, path) for path, name in names.items())


def spellings() -> dict[str, Path]:
    """Return every name that means a spec: `ntm`, `models/ntm`, `models/ntm.rnn`, `specs/models/ntm.rnn`.

    Where a cell and a model share a name, it means the model.
    """
    paths = [path for folder in KINDS for path in sorted((data_folder("specs") / folder).glob("*.rnn"))]
    stems = {path.stem: path for path in paths}
    known: dict[str, Path] = {}
    for path in paths:
        long = f"{path.parent.name}/{path.stem}"
        short = {path.stem: path} if stems[path.stem] == path else {}
        known |= short | dict.fromkeys((long, f"{long}.rnn", f"specs/{long}.rnn"), path)
    return known


def header_of(text: str) -> str:
    """Return what the comment at the top of a spec says, as one line."""
    lines = text.splitlines()
    end = next((number for number, line in enumerate(lines) if not line.startswith("#")), len(lines))
    return " ".join(line.removeprefix("#").strip() for line in lines[:end])


def paper_of(text: str) -> Paper | None:
    """Return the paper with which the comment at the top of a spec begins: authors, year and, mostly, a title."""
    found = _CITATION.fullmatch(header_of(text))
    if found is None:
        return None
    return Paper(found["authors"], int(found["year"]), found["title"], found["about"].strip())
