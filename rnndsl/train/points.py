"""Scores by point: every point's log-likelihood, its weight, and whether the likeliest choice is the right one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, overload

import numpy as np

from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import OutputInfo, RecurrenceGraph
from rnndsl.graph.node import Over
from rnndsl.ops import Op
from rnndsl.train.protocols import Array, Arrays, Batches, BatchLike, Carry, Data, Lengths, Structure


class Runnable(Protocol):
    """A compiled program whose graph has the outputs that `with_points` adds."""

    @overload
    def run(
        self, params: Mapping[str, Array], data: Data, *, lengths: Lengths = None, structure: Structure = None
    ) -> Arrays: ...

    @overload
    def run(
        self, params: Mapping[str, Array], data: Data, *, lengths: Lengths = None, carry: Carry
    ) -> tuple[Arrays, Carry]: ...


@dataclass(frozen=True, slots=True)
class Points:
    """The scores of one target in one example, or in one chunk of it: arrays over the points of the target.

    `start` is the number of the first point. Where nothing is scored, `log_prob` and `weight` are 0; `correct` is 1 or
    0, None unless something is chosen.
    """

    target: str
    example: int
    start: int
    values: Array
    log_prob: Array
    weight: Array
    correct: Array | None


@dataclass
class Tally:
    """The weight of what was chosen rightly, and of everything."""

    right: float = 0.0
    total: float = 0.0

    def add(self, points: Points) -> None:
        """Count the points of an example."""
        if points.correct is not None:
            self.right += float((points.correct * points.weight).sum())
            self.total += float(points.weight.sum())

    @property
    def accuracy(self) -> float | None:
        """The share of right choices, None if nothing was chosen."""
        return self.right / self.total if self.total else None


def with_points(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return a model's graph whose outputs are, of every scored target, `log_prob`, `point_weight` and `correct`."""
    builder, outputs = Builder.of(graph), []
    for name, info in graph.inputs.items():
        if info.role != "target" or f"{name}.nll" not in graph.outputs:
            continue
        (weight,) = graph.nodes[graph.outputs[f"{name}.weight"].node].operands
        (surprise,) = (n for n in graph.nodes[graph.outputs[f"{name}.nll"].node].operands if n != weight)
        nothing, zero = builder.apply(Op.EQUAL, weight, builder.const(0)), builder.const(0)
        log_prob = builder.apply(Op.WHERE, nothing, zero, builder.apply(Op.NEG, surprise))
        found = {"log_prob": log_prob, "point_weight": weight}
        if info.whole:
            found["correct"] = _correct(builder, graph, name)
        outputs += [OutputInfo(f"{name}.{what}", node, info.domain) for what, node in found.items()]
    kept = [info for info in graph.outputs.values() if info.name.endswith((".nll", ".weight")) or info.name == "loss"]
    return finish(builder, graph, [*kept, *outputs], graph.equations)


def _correct(builder: Builder, graph: RecurrenceGraph, name: str) -> int:
    """Return 1 where the first of the largest logits is the target's, otherwise 0."""
    logits, target = graph.outputs[f"{name}.logits"], graph.inputs[name]
    over = tuple(index for index in logits.domain if index not in target.domain)
    chosen = builder.apply(Op.NUMBER, builder.apply(Op.TOP, logits.node, attr=Over(over)))
    same = builder.apply(Op.EQUAL, chosen, builder.apply(Op.NUMBER, builder.input(target)))
    return builder.apply(Op.WHERE, same, builder.const(1), builder.const(0))


def score_points(program: Runnable, params: Mapping[str, Array], batches: Batches) -> Iterator[Points]:
    """Yield the points of every example and target, in the order of the data."""
    carry: Carry = {}
    examples, start = 0, 0
    for number in range(batches.count):
        batch = batches.batch(0, number)
        if batches.chunked:
            given = carry if batch.carried else {}
            found, carry = program.run(params, batch.data, lengths=batch.lengths, carry=given)
        else:
            found = program.run(params, batch.data, lengths=batch.lengths, structure=batch.structure)
        for name in batch.data:
            if f"{name}.log_prob" in found:
                yield from _examples(name, batch, found, (examples, start))
        size = next(iter(batch.data.values()), [])
        examples, start = (0, start + np.shape(size)[1]) if batches.chunked else (examples + len(size), 0)


def _examples(name: str, batch: BatchLike, found: Arrays, before: tuple[int, int]) -> Iterator[Points]:
    log_prob, weight, correct = (found.get(f"{name}.{what}") for what in ("log_prob", "point_weight", "correct"))
    if log_prob is None or weight is None:
        raise KeyError(name)
    for example, given in enumerate(batch.data[name]):
        values = np.asarray(given)
        own = tuple(
            slice(0, n) for n in values.shape[: log_prob.ndim - 1]
        )  # what the components add up to is one score
        right = None if correct is None else correct[example][own]
        number, start = before
        yield Points(name, number + example, start, values, log_prob[example][own], weight[example][own], right)
