"""The task of a user's data: the held-out score after a short training."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from rnndsl.choice import Choice
from rnndsl.data.symbols import Level
from rnndsl.evolve.verdict import Budget, OverBudgetError, Verdict
from rnndsl.fitting import Prepared, Reading, prepare
from rnndsl.runtime.memory import entries
from rnndsl.train import Diverged, Limit, RunFolder, Settings, Silent, Trainer

#: Steps between two measurements: only the one at the end is wanted.
NEVER: Final = 1 << 60


@dataclass(frozen=True, slots=True)
class Text:
    """A spec that is only a text."""

    text: str
    name: str = "<individual>"

    @property
    def source(self) -> str:
        """What the compiler takes."""
        return f"{self.text.rstrip()}\n"


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Fitness is minus the measure of `rnndsl train` on the part of the data that is held out: bits, or the loss.

    All individuals are trained alike: from the same seed, on the same batches, with `settings` (the fields of
    `Settings`), until `steps` are done (None: any number) or the budget's seconds are over.
    """

    data: str
    level: Level = "char"
    dims: Mapping[str, int | float] = field(default_factory=dict)
    dtype: str = "float32"
    settings: Mapping[str, Any] = field(default_factory=dict)
    steps: int | None = None

    def prepared(self, text: str) -> Prepared:
        """Join a spec with the data.

        Raises:
            SpecError: the spec has mistakes.
            DataError: RNN601 to RNN618.
        """
        return prepare(Text(text), Choice(self.dims, dtype=self.dtype), Path(self.data), Reading(self.level))

    def judge(self, text: str, budget: Budget) -> Verdict:
        """Train a spec and score it.

        Raises:
            SpecError: the spec has mistakes.
            DataError: RNN601 to RNN618.
            OverBudgetError: it has too many parameters.
        """
        prepared = self.prepared(text)
        count = parameters(prepared)
        if count > budget.parameters:
            raise OverBudgetError(f"{count:,} parameters, more than {budget.parameters:,}")
        measure = prepared.measure().label
        limit = Limit(steps=self.steps, minutes=budget.seconds / 60)
        job = prepared.job(Settings(**self.settings), limit, {"model": prepared.program.name}, NEVER)
        try:
            with TemporaryDirectory(prefix="rnndsl-") as folder:
                finished = Trainer(job, RunFolder(Path(folder)), Silent()).run()
        except Diverged as diverged:
            return Verdict(math.nan, f"diverged: {diverged}", count, measure=measure)
        reason = "" if math.isfinite(finished.last) else f"the held-out {measure} are {finished.last}"
        return Verdict(-finished.last, reason, count, finished.seconds, measure)


def parameters(prepared: Prepared) -> int:
    """Return how many numbers a program learns or holds frozen, before any is made."""
    program = prepared.program
    return sum(entries(info, program.dims) for info in program.params.values())
