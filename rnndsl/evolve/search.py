"""The search: a pool of the best individuals, and one after the other a mutant of one of them (steady state).

As Jozefowicz, Zaremba & Sutskever (2015) search, without their second kind of step, in which a member of the pool is
tried again with other hyper-parameters. Chance has no state: what number n is depends on the seed, on n and on what the
results before it were, so a search goes on after any interruption as if there had been none.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.evolve.genome import identity
from rnndsl.evolve.mutant import NO_DIMS, Dims, Mutant, mutate, seeded
from rnndsl.evolve.mutations import Random
from rnndsl.evolve.results import Individual, Results
from rnndsl.evolve.trials import StoppedError
from rnndsl.evolve.verdict import Verdict

#: How many mutants are drawn until one is new; then the last one is tried, though it says what another one said.
FRESH: Final = 20


@dataclass(frozen=True, slots=True)
class Origin:
    """A spec with which the search begins, as one text that imports nothing."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """How a search goes on, and how long: so many individuals in all, so many minutes from now, until it is stopped."""

    seed: int = 0
    pool: int = 100
    individuals: int | None = None
    minutes: float | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """An individual before its trial."""

    name: str
    text: str
    parent: int | None = None
    mutation: str = ""


class Judge(Protocol):
    """Tries a spec."""

    def __call__(self, text: str, stopped: Callable[[], bool]) -> Verdict:
        """Return what came of it; raise StoppedError when the user wants to stop."""
        ...


class Mutator(Protocol):
    """Makes a mutant of a spec's text, its descent in words, and a source of chance."""

    def __call__(self, text: str, descent: str, random: Random, *, dims: Dims) -> Mutant:
        """Return a mutant that is valid with the dimensions given."""
        ...


@dataclass(frozen=True)
class Search:
    """A search that begins with `origins` and keeps its results; what is stored of them already is not done again."""

    origins: Sequence[Origin]
    results: Results
    judge: Judge
    plan: Plan
    told: Callable[[Individual, bool], None] = lambda one, best: None
    stopped: Callable[[], bool] = lambda: False
    mutate: Mutator = mutate
    dims: Dims = field(default_factory=lambda: NO_DIMS)

    def run(self) -> bool:
        """Search until the plan is done; return False if it was stopped before."""
        until = None if self.plan.minutes is None else time.monotonic() + 60 * self.plan.minutes
        while not self._done(until):
            number = self.results.count
            proposal = self.propose(number)
            try:
                verdict = self.judge(proposal.text, self.stopped)
            except StoppedError:
                return False
            self._keep(number, proposal, verdict)
            if self.stopped():
                return False
        return True

    def propose(self, number: int) -> Proposal:
        """Return individual `number`: one of the origins, or a mutant of a member of the pool that is new.

        Raises:
            DataError: RNN751, no member of the pool has a valid mutant.
        """
        if number < len(self.origins):
            origin = self.origins[number]
            return Proposal(origin.name, origin.text)
        drawn: list[Proposal] = []
        failures: list[DataError] = []
        for attempt in range(FRESH):
            try:
                drawn.append(self._drawn(number, attempt))
            except DataError as error:  # a member that has no valid mutant; others have
                failures.append(error)
            else:
                if not self.results.knows(identity(drawn[-1].text)):
                    return drawn[-1]
        if not drawn:
            raise failures[0]
        return drawn[-1]

    def _drawn(self, number: int, attempt: int) -> Proposal:
        random = seeded(self.plan.seed, number, attempt)
        pool = self.results.pool(self.plan.pool) or self.results.ranked(len(self.origins))
        parent = pool[int(random.integers(len(pool)))]
        stem = parent.name if parent.parent is None else parent.name.rpartition("-")[0]
        name = f"{stem}-{number}"
        mutant = self.mutate(parent.spec, f"{name}, a mutant of {parent.name}", random, dims=self.dims)
        return Proposal(name, mutant.text, parent.number, mutant.mutation)

    def _keep(self, number: int, proposal: Proposal, verdict: Verdict) -> None:
        best = self.results.pool(1)
        one = Individual(
            number, proposal.name, proposal.text, identity(proposal.text), proposal.parent, proposal.mutation,
            verdict.fitness, verdict.reason, verdict.parameters, verdict.seconds, str(self.plan.seed),
        )  # fmt: skip
        self.results.add(one)
        self.told(one, one.finite and (not best or one.fitness > best[0].fitness))

    def _done(self, until: float | None) -> bool:
        late = until is not None and time.monotonic() >= until
        return late or (self.plan.individuals is not None and self.results.count >= self.plan.individuals)
