"""How well a program predicts data: the mean minus log-likelihood, in nats, in bits, as a perplexity."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from rnndsl.train.protocols import Array, Batches, BatchLike, Carry, LossLike, Trainable
from rnndsl.train.settings import Measure


@dataclass(frozen=True, slots=True)
class TermScore:
    """The score of one target: `nll` is the mean in nats per point, `count` the sum of the points' weights."""

    nll: float
    count: float

    @property
    def bits(self) -> float:
        """The mean in bits per point."""
        return self.nll / math.log(2)

    @property
    def perplexity(self) -> float:
        """The exponential of the mean; infinite beyond the largest float."""
        try:
            return math.exp(self.nll)
        except OverflowError:
            return math.inf


@dataclass(frozen=True, slots=True)
class Score:
    """The loss over a whole dataset, and the score of every target."""

    loss: float
    terms: Mapping[str, TermScore]

    def measured(self, measure: Measure) -> float:
        """Return the number that a run is judged by."""
        return self.loss if measure.target is None else self.terms[measure.target].bits


def score(program: Trainable, params: Mapping[str, Array], batches: Batches) -> Score:
    """Score all batches of an epoch, with the state carried on where the batches are chunks of streams.

    The loss is the mean over the batches, each weighted by its points (the sum of its weights; 1 without targets).
    """
    total, weight = 0.0, 0.0
    sums: dict[str, tuple[float, float]] = {}
    carry: Carry | None = {} if batches.chunked else None
    for number in range(batches.count):
        batch = batches.batch(0, number)
        loss, carry = _loss(program, params, batch, carry)
        for name, (nll, count) in loss.terms.items():
            before = sums.get(name, (0.0, 0.0))
            sums[name] = (before[0] + nll, before[1] + count)
        points = sum(count for _, count in loss.terms.values()) or (0.0 if loss.terms else 1.0)
        total += points * float(loss.value)
        weight += points
    terms = {name: TermScore(nll / count if count else 0.0, count) for name, (nll, count) in sums.items()}
    return Score(total / weight if weight else 0.0, terms)


def measured(loss: LossLike, measure: Measure) -> float:
    """Return one batch's number in the run's measure."""
    if measure.target is None:
        return float(loss.value)
    nll, count = loss.terms[measure.target]
    return float(nll) / max(float(count), 1e-30) / math.log(2)


def _loss(
    program: Trainable, params: Mapping[str, Array], batch: BatchLike, carry: Carry | None
) -> tuple[LossLike, Carry | None]:
    if carry is None:
        return program.loss(params, batch.data, lengths=batch.lengths, structure=batch.structure), None
    loss, after = program.loss(params, batch.data, lengths=batch.lengths, carry=carry if batch.carried else {})
    return loss, after
