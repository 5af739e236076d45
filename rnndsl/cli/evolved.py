"""The results of a search as a table, as CSV, or the best spec."""

import math
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rnndsl.cli.output import Output
from rnndsl.cli.specs import FileProblem
from rnndsl.evolve.export import as_csv
from rnndsl.evolve.results import FILE, Individual, Results


def show(folder: Path, output: Output, *, csv: bool, best: bool) -> None:
    """Show the results in a folder.

    Raises:
        DataError: RNN753, there are none that can be read.
        FileProblem: the best one is asked for, and there is none.
    """
    with Results.open(folder / FILE) as results:
        ranked, settings = results.ranked(), results.settings
    chosen = [one for one in ranked if one.finite][:1] if best else ranked
    if best and not chosen:
        raise FileProblem(f"{folder}: none of {len(ranked)} individuals has a fitness yet")
    if output.json:
        content = {"measure": settings["measure"], "individuals": [as_json(one) for one in chosen]}
        output.document({"ok": True, "exit_code": 0, **content})
    elif csv:
        sys.stdout.write(as_csv(chosen))
    elif best:
        sys.stdout.write(chosen[0].spec)
    else:
        output.say("\n".join(table(chosen, settings["measure"])))


def as_json(one: Individual) -> dict[str, Any]:
    """Return an individual as JSON, which has no number for a fitness that is not finite."""
    return {**asdict(one), "fitness": one.fitness if one.finite else None, "failed": fate(one)}


def fate(one: Individual) -> str:
    """Say in a word what became of an individual that has no fitness."""
    return "" if one.finite else ("diverged" if math.isnan(one.fitness) else "failed")


def table(individuals: Sequence[Individual], measure: str) -> list[str]:
    """Return the individuals as lines, best first, as wide as the terminal."""
    names = {one.number: one.name for one in individuals}
    head = ("", measure, "parameters", "s", "name", "parent", "mutation, or why it has no fitness")
    rows = [
        (
            str(rank),
            f"{-one.fitness:.4f}" if one.finite else fate(one),
            "" if one.parameters is None else f"{one.parameters:,}",
            f"{one.seconds:.1f}",
            one.name,
            "" if one.parent is None else names[one.parent],
            one.reason or one.mutation,
        )
        for rank, one in enumerate(individuals, 1)
    ]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head) - 1)]
    wide = max(shutil.get_terminal_size((160, 24)).columns, 80)
    return [_row(row, widths)[:wide].rstrip() for row in (head, *rows)]


def _row(row: Sequence[str], widths: Sequence[int]) -> str:
    numbers = [text.rjust(width) for text, width in zip(row[:4], widths, strict=False)]
    words = [text.ljust(width) for text, width in zip(row[4:], [*widths[4:], 0], strict=True)]
    return "  ".join([*numbers, *words])
