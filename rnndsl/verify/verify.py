"""The properties that make a compiled spec right, each checked in float64 against something independent of it."""

from collections.abc import Iterator, Mapping
from os import PathLike
from typing import Any, Final, Unpack

import numpy as np
from numpy.typing import NDArray

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.compiler import assemble, build, check
from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.interpret import Result, interpret
from rnndsl.runtime.binding import Given, bind, check_points
from rnndsl.runtime.generation import targets
from rnndsl.runtime.program import Program
from rnndsl.verify.cases import Case, draw_case, small_dims
from rnndsl.verify.frequencies import DRAWS
from rnndsl.verify.generating import generating_lines
from rnndsl.verify.loss import with_loss
from rnndsl.verify.module import Module, times_of
from rnndsl.verify.report import EXACT, Line, Report, difference
from rnndsl.verify.streaming import segment_lines, streaming_lines
from rnndsl.verify.unwritten import full_of_nan

Array = NDArray[Any]

GRADIENT: Final = 1e-7
STEP: Final = 1e-30  # of the complex step: the derivative is exact to rounding (Squire & Trapp 1998)


def verify(
    spec: str | PathLike[str],
    *,
    dims: Mapping[str, int | float] | None = None,
    model: str | None = None,
    seed: int = 0,
    draws: int = DRAWS,
    **module: Unpack[Module],
) -> Report:
    """Check a spec on small random ragged batches; see the lines of the report for the properties.

    The gradients of a model without a loss, such as a cell alone, are checked by those of a function of its outputs.
    So many `draws` of every target are counted. `module` says which of the modules that a spec is compiled to it is.

    Raises:
        SpecError: the spec does not compile.
        DataError: RNN612, it takes a maximum over the children of leaves.
    """
    given = dict(dims or {})
    chosen = {**small_dims(build(check(spec, dims=given, model=model)), given), **given}
    checked = check(spec, dims=chosen, model=model)
    program = assemble(with_loss(build(checked)), dtype="float64", **module)
    stated, rounds = bool(checked.model.model.losses), []
    for times in times_of(module):
        case, expected = _finite_case(program.graph, seed, times)
        rounds.append((*_lines(program, case, expected), *segment_lines(program, case, module, stated=stated)))
    lines = tuple(max(same, key=lambda line: line.error) for same in zip(*rounds, strict=True))
    notes = _unmoved(program, case)
    try:
        generating = tuple(generating_lines(checked, case, draws, module)) if targets(program.graph) else ()
    except SpecError as error:
        return Report(lines, (*notes, *(f"cannot generate: {found.message}" for found in error.diagnostics)))
    return Report((*lines, *generating), notes)


def _unmoved(program: Program, case: Case) -> tuple[str, ...]:
    """Say of which parameters nothing was seen: their gradients are 0 in these cases."""
    if "loss" not in program.graph.outputs:
        return ()
    _, grads = program.loss_and_grad(case.params, case.data, **case.points)
    names = [f"`{name}`" for name, array in grads.items() if array.size and not array.any()]
    return (f"in these short cases nothing depends on {', '.join(names)}",) if names else ()


def _finite_case(graph: RecurrenceGraph, seed: int, times: int) -> tuple[Case, dict[str, Result]]:
    """Draw a case whose outputs are finite: with positive numbers where others are outside a function's domain.

    Return it with its outputs, as the interpreter finds them.
    """
    case = draw_case(graph, seed, times=times)
    check_points(graph, bind(graph, "float64", case.params, case.data, Given(**case.points), ()))
    results = interpret(graph, case.params, case.data, dims=case.dims, **case.points)
    arrays = [one for value in results.values() for one in (value if isinstance(value, list) else [value])]
    if all(np.isfinite(array).all() for array in arrays):
        return case, results
    case = draw_case(graph, seed, positive=True, times=times)
    return case, interpret(graph, case.params, case.data, dims=case.dims, **case.points)


def _lines(program: Program, case: Case, expected: Mapping[str, Result]) -> Iterator[Line]:
    yield _line("optimised = interpreter", _values(program, case, expected), EXACT)
    if "loss" in program.graph.outputs:
        yield _line("adjoint = complex step", _directions(program, case), GRADIENT)
        yield _line("folded adjoint = unfolded adjoint", _unfolded(program, case), EXACT)
    yield _line("ragged batch = one by one", _one_by_one(program, case), EXACT)
    yield _line("padding changes no bit", _padding(program, case), 0.0)
    yield _line("nothing is read before it is written", _unwritten(program, case), 0.0)
    yield from streaming_lines(program, case)


def _line(name: str, error: float, limit: float) -> Line:
    return Line(name, error, error <= limit)


def _cut(padded: Array, example: int, like: Array) -> Array:
    """Return an example's own points of a padded result."""
    return np.asarray(padded[example][tuple(slice(0, n) for n in np.shape(like))])


def _values(program: Program, case: Case, expected: Mapping[str, Result]) -> float:
    graph = program.graph
    ours = program.run(case.params, case.data, **case.points)
    errors = [_against(ours[name], expected[name], case.examples) for name in ours]
    if "loss" in graph.outputs:
        loss = program.loss(case.params, case.data, **case.points)
        errors.append(difference(loss, expected["loss"]))
        for name, pair in loss.terms.items():
            errors.append(difference(pair, (expected[f"{name}.nll"], expected[f"{name}.weight"])))
    return max(errors, default=0.0)


def _against(ours: Array, theirs: Any, examples: int) -> float:
    if not isinstance(theirs, list):
        theirs = [theirs] * examples
    return max(difference(_cut(ours, e, theirs[e]), theirs[e]) for e in range(examples))


def _directions(program: Program, case: Case) -> float:
    """Compare all gradients along a random direction with the interpreter's derivative by a complex step.

    The direction moves every entry of every array, so a wrong one shows with probability 1, at the price of a single
    evaluation. Every entry by itself is compared with the unfolded adjoint.
    """
    _, grads = program.loss_and_grad(case.params, case.data, wrt="all", **case.points)
    rng = np.random.default_rng(1)
    moved = {name: [rng.normal(size=np.shape(array)) for array in _arrays(case, name)] for name in grads}
    return difference(_along(grads, case, moved), _slope(program, case, moved))


def _arrays(case: Case, name: str) -> list[Array]:
    return [case.params[name]] if name in case.params else case.data[name]


def _along(grads: Mapping[str, Array], case: Case, moved: Mapping[str, list[Array]]) -> float:
    """Return the derivative along a direction, by the gradients."""
    total = 0.0
    for name, ways in moved.items():
        parts = [grads[name]] if name in case.params else [_cut(grads[name], e, way) for e, way in enumerate(ways)]
        total += sum(float(np.sum(part * way)) for part, way in zip(parts, ways, strict=True))
    return total


def _slope(program: Program, case: Case, moved: Mapping[str, list[Array]]) -> float:
    """Return the derivative of the loss along a direction, by a complex step of the interpreter."""
    steps = {n: [a + 1j * STEP * w for a, w in zip(_arrays(case, n), ways, strict=True)] for n, ways in moved.items()}
    params = {**case.params, **{name: arrays[0] for name, arrays in steps.items() if name in case.params}}
    data = {**case.data, **{name: arrays for name, arrays in steps.items() if name in case.data}}
    value = interpret(program.graph, params, data, dims=case.dims, **case.points, outputs=["loss"])["loss"]
    return float(np.imag(value)) / STEP


def _unfolded(program: Program, case: Case) -> float:
    """Compare all gradients with the interpreter's evaluation of the adjoint graph, unfolded."""
    _, grads = program.loss_and_grad(case.params, case.data, wrt="all", **case.points)
    adjoint = differentiate(program.graph)
    wanted = [f"d loss/d {name}" for name in grads]
    expected = interpret(adjoint, case.params, case.data, dims=case.dims, outputs=wanted, **case.points)
    errors = [0.0]
    for name, grad in grads.items():
        theirs = expected[f"d loss/d {name}"]
        errors.append(_against(grad, theirs, case.examples) if name in case.data else difference(grad, theirs))
    return max(errors)


def _one_by_one(program: Program, case: Case) -> float:
    together = program.run(case.params, case.data, **case.points)
    errors = [0.0]
    sums: dict[str, Array] = {}
    for e in range(case.examples):
        alone = case.example(e)
        for name, value in program.run(alone.params, alone.data, **alone.points).items():
            errors.append(difference(_cut(together[name], e, value[0]), value[0]))
        if "loss" in program.graph.outputs:
            terms = program.loss(alone.params, alone.data, **alone.points).terms
            sums = {name: sums.get(name, np.zeros(2)) + np.array(pair) for name, pair in terms.items()}
    if sums:
        loss = program.loss(case.params, case.data, **case.points)
        errors += [difference(pair, sums[name]) for name, pair in loss.terms.items()]
    return max(errors)


def _padded(arrays: list[Array], filler: float) -> Array:
    """Return a padded batch; the padding of tokens is a token of no vocabulary."""
    shape = np.max([np.shape(array) for array in arrays], axis=0).astype(int).tolist()
    whole = arrays[0].dtype.kind == "i"
    out = np.full([len(arrays), *shape], -(2**40) if whole and filler != 0 else 0 if whole else filler, arrays[0].dtype)
    for example, array in enumerate(arrays):
        place: tuple[int | slice, ...] = (example, *(slice(0, n) for n in array.shape))
        out[place] = array
    return out


def _padding(program: Program, case: Case) -> float:
    """Fill the caller's padding with zeros and with NaN: results and gradients have the same bits."""
    return _apart(*(_everything(program, case, filler) for filler in (0.0, np.nan)))


def _unwritten(program: Program, case: Case) -> float:
    """Fill the module's buffers with NaN: results and gradients have the same bits."""
    return _apart(_everything(full_of_nan(program), case), _everything(program, case))


def _everything(program: Program, case: Case, filler: float = 0.0) -> dict[str, Array]:
    """Return all results and gradients, of data that are padded."""
    data = {name: _padded(arrays, filler) for name, arrays in case.data.items()}
    found = dict(program.run(case.params, data, **case.points))
    if "loss" in program.graph.outputs:
        _, grads = program.loss_and_grad(case.params, data, wrt="all", **case.points)
        found |= {f"d {name}": grad for name, grad in grads.items()}
    return found


def _apart(one: Mapping[str, Array], other: Mapping[str, Array]) -> float:
    return max((difference(one[name], other[name]) for name in one), default=0.0)
