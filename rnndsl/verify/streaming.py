"""Properties of models that can be run chunk by chunk, or point by point: both give what the whole gives."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rnndsl.compiler import assemble, segment_of
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.indices import Domain
from rnndsl.runtime.axes import axes
from rnndsl.runtime.program import Program
from rnndsl.verify.cases import Case
from rnndsl.verify.report import EXACT, Line, difference

Array = NDArray[Any]

#: Where chunks begin and end, along a sequence of four points.
CHUNKS: Final = ((0, 1), (1, 3), (3, 4))
POINTS: Final = 4


def streaming_lines(program: Program, case: Case) -> Iterator[Line]:
    """Check a model that has a sequence to go along; all examples get four points of it."""
    if not program.stream:
        return
    data = {name: [_points(program, name, one, range(POINTS)) for one in own] for name, own in case.data.items()}
    beside = {name: own for name, own in case.lengths.items() if name != program.stream}
    even = Case(case.dims, case.params, data, {**beside, program.stream: [POINTS] * case.examples}, case.structure)
    whole = program.run(even.params, even.data, **even.points)
    for name, error in (("in chunks with carry", _chunks), ("step by step", _steps)):
        found = error(program, even, whole)
        yield Line(f"{name} = whole", found, found <= EXACT)


def segment_lines(program: Program, case: Case, *, stated: bool) -> Iterator[Line]:
    """Check gradients with checkpoints of a model that can be cut into segments; `stated`: it has `loss` statements."""
    try:
        others = {"checkpoint": segment_of(program.graph, stated=stated)}
    except DataError:
        return
    cut = assemble(program.graph, dtype=program.dtype, others=others)
    loss, grads = program.loss_and_grad(case.params, case.data, **case.points)
    ours, found = cut.loss_and_grad(case.params, case.data, checkpoint=2, **case.points)
    error = max([difference(ours, loss), *(difference(found[name], grads[name]) for name in grads)])
    yield Line("gradients by segments = whole", error, error <= EXACT)


def _chunks(program: Program, case: Case, whole: dict[str, Array]) -> float:
    carry: dict[str, Array] = {}
    parts: list[dict[str, Array]] = []
    for chunk in CHUNKS:
        own = {n: [_points(program, n, one, range(*chunk)) for one in arrays] for n, arrays in case.data.items()}
        lengths = {**case.lengths, program.stream: [chunk[1] - chunk[0]] * case.examples}
        out, carry = program.run(case.params, own, lengths=lengths, structure=case.structure or None, carry=carry)
        parts.append(out)
    errors = [0.0]
    for name, value in whole.items():
        axis = _axis(program.graph.outputs[name].domain, program.stream)
        found = parts[-1][name] if axis is None else np.concatenate([part[name] for part in parts], axis + 1)
        errors.append(difference(found, value))
    return max(errors)


def _steps(program: Program, case: Case, whole: dict[str, Array]) -> float:
    carry: dict[str, Array] = {}
    lengths = {**case.lengths, program.stream: [1] * case.examples}
    errors, structure = [0.0], case.structure or None
    for point in range(POINTS):
        own = {name: [_point(program, name, one, point) for one in arrays] for name, arrays in case.data.items()}
        out, carry = program.step(case.params, own, carry, lengths=lengths, structure=structure)
        for name, value in out.items():
            axis = _axis(program.graph.outputs[name].domain, program.stream)
            if axis is not None:
                errors.append(difference(value, whole[name].take(point, axis + 1)))
            elif point == POINTS - 1:  # of what belongs to the whole example the last value so far
                errors.append(difference(value, whole[name]))
    return max(errors)


def drawn_in_chunks(program: Program, case: Case, given: Mapping[str, list[Array]]) -> float:
    """Compare what is drawn chunk by chunk with what is drawn as a whole, by the same seed."""
    data = {name: [_points(program, name, one, range(POINTS)) for one in own] for name, own in given.items()}
    lengths, structure = {**case.lengths, program.stream: [POINTS] * case.examples}, case.structure or None
    whole = program.sample(case.params, data, lengths=lengths, structure=structure, seed=4)
    carry: dict[str, Array] = {}
    errors = [0.0]
    for begin, end in CHUNKS:
        own = {n: [_points(program, n, one, range(begin, end)) for one in arrays] for n, arrays in data.items()}
        lengths = {**case.lengths, program.stream: [end - begin] * case.examples}
        part, carry = program.sample(case.params, own, lengths=lengths, structure=structure, carry=carry, seed=4)
        for name, value in part.items():
            domain = _drawn_domain(program, name)
            axis = _axis(domain, program.stream)
            if axis is not None:
                errors.append(difference(value, whole[name].take(range(begin, end), axis + 1)))
    return max(errors)


def _drawn_domain(program: Program, name: str) -> Domain:
    """Return the domain of what `sample` returns: a target, its log-probability, or an output."""
    target = name.removesuffix(".log_prob")
    return program.inputs[target].domain if target in program.inputs else program.graph.outputs[name].domain


def _axis(domain: Domain, stream: str) -> int | None:
    """Return the place of a sequence in an example's array, None if it does not run along it."""
    names = [index.name for index in axes(domain)]
    return names.index(stream) if stream in names else None


def _points(program: Program, name: str, array: Array, places: range) -> Array:
    """Return an example's points at `places`, counted round and round."""
    axis = _axis(program.inputs[name].domain, program.stream)
    return array if axis is None else np.take(array, np.asarray(places) % array.shape[axis], axis=axis)


def _point(program: Program, name: str, array: Array, place: int) -> Array:
    axis = _axis(program.inputs[name].domain, program.stream)
    return array if axis is None else np.asarray(array.take(place, axis))
