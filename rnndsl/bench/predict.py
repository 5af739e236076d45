"""What the cost model says of a program and a batch: how long a call takes, what of, and in how many threads.

Nothing is run: the program's schedules are made again, and what their statements do for a batch of these sizes is
counted (`rnndsl/schedule/counting.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import fsum
from typing import Final

import numpy as np

from rnndsl.choice import Choice
from rnndsl.codegen.comments import Comments
from rnndsl.codegen.prelude_trees import Tree
from rnndsl.codegen.segments import only
from rnndsl.compiler import optimise
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.runtime.binding import Given, bind
from rnndsl.runtime.program import Program
from rnndsl.schedule.counting import count_work
from rnndsl.schedule.extents import Extents
from rnndsl.schedule.fused import fuse
from rnndsl.schedule.machine import Machine
from rnndsl.schedule.plan import Schedule
from rnndsl.schedule.schedule import make_schedule
from rnndsl.schedule.work import Work
from rnndsl.verify.cases import Case

#: Which share of the time with one thread several have to take at most: the model is sure of no smaller gain.
GAIN: Final = 0.8


@dataclass(frozen=True)
class Prediction:
    """What a call does, and what that takes on a machine."""

    schedule: Schedule
    work: Sequence[Work]
    machine: Machine
    fused: bool = False

    @cached_property
    def seconds(self) -> float:
        """How long a call takes with one thread."""
        return self.machine.seconds(self.work)

    @cached_property
    def shares(self) -> Mapping[str, float]:
        """What it takes that time for, as shares of 1."""
        parts = {
            "matrix products": self.machine.multiplying,
            "other arithmetic": self.machine.arithmetic,
            "moving data": self.machine.moving,
            "calls of NumPy": self.machine.interpreting,
        }
        return {what: fsum(map(part, self.work)) / self.seconds for what, part in parts.items()}

    @cached_property
    def parts(self) -> Mapping[str, float]:
        """How long it takes by the comment of the statements, `""` for what has none.

        Kernels are no such parts: each stands for several equations.
        """
        if self.fused:
            return {}
        comments, found = Comments(self.schedule.graph), dict[str, float]()
        for one in self.work:
            part = "" if one.node is None else comments.before(one.node)
            found[part] = found.get(part, 0.0) + self.machine.seconds([one])
        return found


def predict(program: Program, case: Case, choice: Choice, machine: Machine) -> Mapping[str, Prediction]:
    """Return what is predicted of a call forward, and, of a model with a loss, of one with the gradient ("training").

    Raises:
        DataError: the program does not take the batch.
    """
    extents = extents_of(program, case)
    machine = machine.of_width(extents.width)
    return {
        name: Prediction(schedule, _work(schedule, extents, choice), machine, choice.backend == "numba")
        for name, schedule in _schedules(program.graph, choice).items()
    }


def choose_threads(
    program: Program, case: Case, choice: Choice, machine: Machine, counts: Iterable[int]
) -> tuple[int, float]:
    """Return in how many threads a batch is computed fastest, one or some of `counts`, and the time over that of one.

    Python's lock is waited for after every call, and the less a call does, the longer that is than itself.

    Raises:
        DataError: the program does not take the batch.
    """
    extents = extents_of(program, case)
    machine = machine.of_width(extents.width)
    schedule = list(_schedules(program.graph, choice).values())[-1]
    whole = _work(schedule, extents, choice)
    ratios = {1: 1.0}
    for count in counts:
        if count <= extents.examples:
            part = _work(schedule, replace(extents, examples=extents.examples / count), choice)
            seconds = machine.seconds([whole[0], *part[1:]]) + machine.waiting(part, count)
            ratios[count] = seconds / machine.seconds(whole)
    best = min(ratios, key=lambda count: (ratios[count], count))
    return (best, ratios[best]) if ratios[best] <= GAIN else (1, 1.0)


def _work(schedule: Schedule, extents: Extents, choice: Choice) -> list[Work]:
    found = count_work(schedule, extents)
    return list(fuse(schedule, found) if choice.backend == "numba" else found)


def _schedules(graph: RecurrenceGraph, choice: Choice) -> dict[str, Schedule]:
    """Return the schedules of a call forward and of one with the gradient of all parameters."""
    model, gradient = optimise(graph, choice.choices)
    graphs = {"forward": model}
    if "loss" in graph.outputs:
        inputs = {f"d loss/d {name}" for name in graph.inputs}
        trained = [o for o in gradient.outputs.values() if o.name not in inputs and _is_of_training(o.name)]
        graphs["training"] = only(gradient, trained)
    numba = choice.backend == "numba"
    return {name: make_schedule(own, clustered=numba, choices=choice.choices) for name, own in graphs.items()}


def _is_of_training(output: str) -> bool:
    return output == "loss" or output.endswith((".nll", ".weight")) or output.startswith("d loss/d ")


def extents_of(program: Program, case: Case) -> Extents:
    """Return the sizes of a batch.

    Raises:
        DataError: the program does not take the batch.
    """
    graph = program.graph
    bound = bind(graph, program.dtype, case.params, case.data, Given(**case.points), ())
    counts = {name: np.asarray(own, float) for name, own in bound.lengths.items()}
    points = {name: float(own.mean()) for name, own in counts.items()}
    lengths = {name: int(own.max()) for name, own in counts.items()}
    trees = {name: Tree(structure) for name, structure in bound.structure.items()}
    lengths |= {name: int(tree.step.max()) + 1 for name, tree in trees.items()}
    children = {name: float(tree.arity.mean()) for name, tree in trees.items()}
    inner = {name: float((tree.arity > 0).mean()) for name, tree in trees.items()}
    width = np.dtype(program.dtype).itemsize
    return Extents({**program.dims, **bound.dims}, case.examples, points, children, lengths, inner, width)
