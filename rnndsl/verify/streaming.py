"""Properties of models that can be run chunk by chunk, or point by point: both give what the whole gives."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rnndsl.compiler import assemble, segments_of
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.indices import Domain
from rnndsl.runtime.axes import axes
from rnndsl.runtime.program import Program
from rnndsl.verify.cases import Case
from rnndsl.verify.module import NUMPY, Module
from rnndsl.verify.report import EXACT, Line, difference

Array = NDArray[Any]

#: Where chunks begin and end, along a sequence of four points.
CHUNKS: Final = ((0, 1), (1, 3), (3, 4))
POINTS: Final = 4

#: Where a chunk begins and ends along the sequence, example by example.
Chunk = Sequence[tuple[int, int]]


def streaming_lines(program: Program, case: Case) -> Iterator[Line]:
    """Check a model that has a sequence to go along; all examples get four points of it.

    Targets that name its points are left out: a chunk does not have them all.
    """
    if not program.stream:
        return
    named = {
        n for n, info in program.graph.inputs.items() if info.point is not None and info.point.name == program.stream
    }
    case = replace(case, data={name: own for name, own in case.data.items() if name not in named})
    data = {name: [_points(program, name, one, range(POINTS)) for one in own] for name, own in case.data.items()}
    beside = {name: own for name, own in case.lengths.items() if name != program.stream}
    even = Case(case.dims, case.params, data, {**beside, program.stream: [POINTS] * case.examples}, case.structure)
    error = max(
        _chunks(program, even, [[chunk] * case.examples for chunk in CHUNKS]),
        _chunks(program, case, ragged(case.lengths[program.stream])),
    )
    yield Line("in chunks with carry = whole", error, error <= EXACT)
    error = _steps(program, even)
    yield Line("step by step = whole", error, error <= EXACT)


def ragged(lengths: Sequence[int]) -> list[Chunk]:
    """Return three chunks that differ from example to example; in each some examples may have no point."""
    cuts = [sorted([(2 * k + 1) % (n + 1), (3 * k + 2) % (n + 1)]) for k, n in enumerate(lengths)]
    ends = [(0, *cut, n) for cut, n in zip(cuts, lengths, strict=True)]
    return [[(own[k], own[k + 1]) for own in ends] for k in range(3)]


def segment_lines(program: Program, case: Case, module: Module = NUMPY) -> Iterator[Line]:
    """Check gradients with checkpoints of a model that can be cut into segments."""
    try:
        segments = segments_of(program.graph)
    except DataError:
        return
    cut = assemble(program.graph, dtype=program.dtype, segments=segments, **module)
    loss, grads = program.loss_and_grad(case.params, case.data, **case.points)
    ours, found = cut.loss_and_grad(case.params, case.data, checkpoint=2, **case.points)
    error = max([difference(ours, loss), *(difference(found[name], grads[name]) for name in grads)])
    yield Line("gradients by segments = whole", error, error <= EXACT)


def _chunks(program: Program, case: Case, chunks: Sequence[Chunk]) -> float:
    """Compare chunks with the whole; of what belongs to the whole example, the last one's, if all have points there."""
    whole = program.run(case.params, case.data, **case.points)
    carry: dict[str, Array] = {}
    errors = [0.0]
    for chunk in chunks:
        part = cut(program, case, chunk)
        out, carry = program.run(part.params, part.data, **part.points, carry=carry)
        last = chunk is chunks[-1] and all(begin < end for begin, end in chunk)
        errors += [_apart(program, name, value, whole[name], chunk, last=last) for name, value in out.items()]
    return max(errors)


def cut(program: Program, case: Case, chunk: Chunk) -> Case:
    """Return the part of a case that lies in a chunk."""
    places = [range(*ends) for ends in chunk]
    data = {
        name: [_points(program, name, one, own) for one, own in zip(arrays, places, strict=True)]
        for name, arrays in case.data.items()
    }
    return replace(case, data=data, lengths={**case.lengths, program.stream: [len(own) for own in places]})


def _apart(program: Program, name: str, value: Array, whole: Array, chunk: Chunk, *, last: bool) -> float:
    """Return how far the results of a chunk are from those of the whole."""
    axis = _axis(_domain(program, name), program.stream)
    if axis is None:
        return difference(value, whole) if last else 0.0
    errors = [0.0]
    for one, other, (begin, end) in zip(value, whole, chunk, strict=True):
        errors.append(difference(one.take(range(end - begin), axis), other.take(range(begin, end), axis)))
    return max(errors)


def _steps(program: Program, case: Case) -> float:
    whole = program.run(case.params, case.data, **case.points)
    carry: dict[str, Array] = {}
    again: dict[str, Array] = {}  # the same with prepared parameters, without lengths: checked at the first step only
    prepared, alone = program.prepare(case.params), set(case.lengths) == {program.stream}
    lengths = {**case.lengths, program.stream: [1] * case.examples}
    errors, structure = [0.0], case.structure or None
    for point in range(POINTS):
        own = {name: [_point(program, name, one, point) for one in arrays] for name, arrays in case.data.items()}
        out, carry = program.step(case.params, own, carry, lengths=lengths, structure=structure)
        if alone and own and not structure:
            joined = {name: np.stack(arrays) for name, arrays in own.items()}
            found, again = program.step(prepared, joined, again)
            errors += [difference(found[name], value) for name, value in out.items()]
        for name, value in out.items():
            axis = _axis(program.graph.outputs[name].domain, program.stream)
            if axis is not None:
                errors.append(difference(value, whole[name].take(point, axis + 1)))
            elif point == POINTS - 1:  # of what belongs to the whole example the last value so far
                errors.append(difference(value, whole[name]))
    return max(errors)


def drawn_in_chunks(program: Program, case: Case, given: Mapping[str, list[Array]]) -> float:
    """Compare what is drawn chunk by chunk with what is drawn as a whole, by the same seed."""
    drawing = replace(case, data=dict(given))
    whole = program.sample(case.params, drawing.data, **drawing.points, seed=4)
    carry: dict[str, Array] = {}
    errors = [0.0]
    for chunk in ragged(case.lengths[program.stream]):
        part = cut(program, drawing, chunk)
        out, carry = program.sample(part.params, part.data, **part.points, carry=carry, seed=4)
        errors += [_apart(program, name, value, whole[name], chunk, last=False) for name, value in out.items()]
    return max(errors)


def _domain(program: Program, name: str) -> Domain:
    """Return the domain of what a call returns: a target that is drawn, its log-probability, or an output."""
    target = name.removesuffix(".log_prob")
    return program.inputs[target].domain if target in program.inputs else program.graph.outputs[name].domain


def _axis(domain: Domain, stream: str) -> int | None:
    """Return the place of a sequence in an example's array, None if it does not run along it."""
    names = [index.name for index in axes(domain)]
    return names.index(stream) if stream in names else None


def _points(program: Program, name: str, array: Array, places: range) -> Array:
    """Return an example's points at `places`, counted round and round."""
    axis = _axis(program.inputs[name].domain, program.stream)
    return array if axis is None else np.take(array, np.asarray(places, np.intp) % array.shape[axis], axis=axis)


def _point(program: Program, name: str, array: Array, place: int) -> Array:
    axis = _axis(program.inputs[name].domain, program.stream)
    return array if axis is None else np.asarray(array.take(place, axis))
