"""The results of a run: one SQLite file, written individual by individual, so that nothing is lost.

Names, specs and reasons are the user's or made from them: they reach the database as bound parameters only.
"""

import json
import math
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any, Final, Self

from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.version import VERSION

#: Marks a file of results ("rnns" in ASCII), and the version of its tables; readers refuse higher ones.
APPLICATION: Final = 0x726E6E73
FORMAT: Final = 1
FILE: Final = "results.sqlite"
#: How long to wait for another process that reads or writes, in seconds.
PATIENCE: Final = 30.0

TABLES: Final = f"""
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {FORMAT};
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL, seed TEXT NOT NULL, version TEXT NOT NULL, settings TEXT NOT NULL
);
CREATE TABLE individuals (
    number INTEGER PRIMARY KEY, name TEXT NOT NULL, spec TEXT NOT NULL, identity TEXT NOT NULL, parent INTEGER,
    mutation TEXT NOT NULL, fitness REAL, reason TEXT NOT NULL, parameters INTEGER, seconds REAL NOT NULL,
    seed TEXT NOT NULL, run INTEGER NOT NULL REFERENCES runs
);
CREATE INDEX identities ON individuals (identity);
"""
#: Best first; what is not a number (NULL in SQLite) comes last, whatever the rest.
RANKING: Final = "ORDER BY fitness IS NULL, fitness DESC, number"


@dataclass(frozen=True, slots=True)
class Individual:
    """One row: what it is, where it comes from, and what came of its trial.

    `number` counts from 0 in the order of the trials; `parent` is one, None for those that the user gave. `identity` is
    the same for specs that say the same. `seed` is text, since it may have 64 bits.
    """

    number: int
    name: str
    spec: str
    identity: str
    parent: int | None
    mutation: str
    fitness: float
    reason: str
    parameters: int | None
    seconds: float
    seed: str

    @property
    def finite(self) -> bool:
        """Whether it has a fitness that it can be chosen for."""
        return math.isfinite(self.fitness)


COLUMNS: Final = ", ".join(one.name for one in fields(Individual))
PLACES: Final = ", ".join("?" for _ in fields(Individual))


class Results:
    """An open file of results."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        """Use an open connection; `Results.new` and `Results.open` make one."""
        self._connection = connection
        self.path = path

    @classmethod
    @contextmanager
    def new(cls, path: Path, name: str, seed: int, settings: Mapping[str, Any]) -> Iterator[Self]:
        """Make the file of a new run; `settings` is JSON.

        Raises:
            DataError: RNN708, the file is there already; RNN753, it cannot be written.
        """
        if path.exists():
            way_out = "go on with --resume, or choose another folder with --out"
            raise DataError.of("RNN708", f"{path.parent} already holds a run", help=way_out)
        with _opened(path, "rwc") as connection:
            connection.executescript(TABLES)
            row = (name, str(seed), VERSION, json.dumps(dict(settings), allow_nan=False))
            with connection:
                connection.execute("INSERT INTO runs (name, seed, version, settings) VALUES (?, ?, ?, ?)", row)
            yield cls(connection, path)

    @classmethod
    @contextmanager
    def open(cls, path: Path, *, write: bool = False) -> Iterator[Self]:
        """Open the file of an earlier run, to look at or, with `write`, to go on.

        Raises:
            DataError: RNN753, it is not there, not rnndsl's, damaged or of a newer version.
        """
        if not path.is_file():
            way_out = "name the folder that an earlier `rnndsl evolve --out` made"
            raise DataError.of("RNN753", f"{path.parent} holds no results of evolution", help=way_out)
        with _opened(path, "rw") as connection:
            if not write:  # not mode "ro": after a crash SQLite itself has to undo what was half written
                connection.execute("PRAGMA query_only = ON")
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if application != APPLICATION:
                raise DataError.of("RNN753", f"{path} is not a file of rnndsl's results")
            if version > FORMAT:
                message = f"{path} has format {version}; this version of rnndsl reads up to {FORMAT}"
                raise DataError.of("RNN753", message, help="update rnndsl")
            yield cls(connection, path)

    @property
    def settings(self) -> dict[str, Any]:
        """How the run began."""
        (text,) = self._connection.execute("SELECT settings FROM runs ORDER BY id LIMIT 1").fetchone()
        found: dict[str, Any] = json.loads(text)
        return found

    @property
    def count(self) -> int:
        """How many individuals have been tried; the next one has this number."""
        (count,) = self._connection.execute("SELECT COUNT(*) FROM individuals").fetchone()
        return int(count)

    def add(self, one: Individual) -> None:
        """Store an individual; afterwards it is on the disk, whatever happens.

        Raises:
            DataError: RNN753, the disk is full, say: those before it are untouched.
        """
        with _told(self.path), self._connection:
            command = f"INSERT INTO individuals ({COLUMNS}, run) VALUES ({PLACES}, 1)"  # noqa: S608 (names of columns)
            self._connection.execute(command, astuple(one))

    def ranked(self, most: int | None = None) -> list[Individual]:
        """Return the individuals, the best first; NaN comes last."""
        command = f"SELECT {COLUMNS} FROM individuals {RANKING} LIMIT ?"  # noqa: S608 (names of columns)
        return [_individual(row) for row in self._connection.execute(command, (-1 if most is None else most,))]

    def pool(self, size: int) -> list[Individual]:
        """Return the best individuals that have a finite fitness."""
        return [one for one in self.ranked(size) if one.finite]

    def knows(self, identity: str) -> bool:
        """Tell whether a spec that says the same has been tried."""
        command = "SELECT EXISTS (SELECT 1 FROM individuals WHERE identity = ?)"
        return bool(self._connection.execute(command, (identity,)).fetchone()[0])


def _individual(row: tuple[Any, ...]) -> Individual:
    found = dict(zip((one.name for one in fields(Individual)), row, strict=True))
    return Individual(**{**found, "fitness": math.nan if found["fitness"] is None else found["fitness"]})


@contextmanager
def _opened(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    with _told(path):
        place = f"{path.resolve().as_uri()}?mode={mode}"
        with closing(sqlite3.connect(place, timeout=PATIENCE, uri=True)) as connection:
            yield connection


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Turn what SQLite has to say into a finding."""
    try:
        yield
    except sqlite3.Error as error:
        raise DataError.of("RNN753", f"{path} cannot be used: {error}") from None
