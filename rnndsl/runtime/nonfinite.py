"""Results of a call that are not finite: refused where that was asked for, with the equation that made them so."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.interpret import machine_for
from rnndsl.graph.nonfinite import Origin, find_origin
from rnndsl.indices import Kind
from rnndsl.runtime.axes import own_points
from rnndsl.runtime.binding import Bound

_WAY: Final = "keep its arguments where it has a value (`maximum(a, 1e-6)`, `clip`), or scale what grows"


def require_finite(graph: RecurrenceGraph, bound: Bound, result: Any, *, resumed: bool = False) -> Any:
    """Return the result of a call, if it is finite or `infinity` in the spec makes it infinite.

    The graph is evaluated again by the interpreter, slowly, to find the first equation that gave a number which is not
    finite out of finite ones; what a `resumed` call carries on from it does not know.

    Raises:
        DataError: RNN619.
    """
    if all(np.isfinite(array).all() for array in _arrays(result)):
        return result
    origin = None if resumed else _find(graph, bound)
    if origin is None and not any(np.isnan(array).any() for array in _arrays(result)):
        return result
    if origin is None:
        raise DataError.of("RNN619", "the result holds NaN", help=_WAY)
    equation = origin.equation or "the loss or a gradient"
    where = f" at {origin.place}" if origin.place else ""
    raise DataError.of("RNN619", f"{equation} gave {origin.gave}{where}", help=_WAY)


def _arrays(result: Any) -> Iterator[Any]:
    match result:
        case Mapping():
            for one in result.values():
                yield from _arrays(one)
        case tuple() | list():
            for one in result:
                yield from _arrays(one)
        case None:
            return
        case _:
            yield np.asarray(result)


def _find(graph: RecurrenceGraph, bound: Bound) -> Origin | None:
    found = _search(graph, bound)
    if found is None and "loss" in graph.outputs:
        found = _search(differentiate(graph), bound)
    return found


def _search(graph: RecurrenceGraph, bound: Bound) -> Origin | None:
    data = {
        name: [
            own_points(np.asarray(array), graph.inputs[name].domain, bound.lengths, example)
            for example, array in enumerate(value)
        ]
        for name, value in bound.data.items()
    }
    sequences = {index.name for index in graph.indices if index.kind is Kind.SEQUENCE}
    lengths = {name: [int(n) for n in counts] for name, counts in bound.lengths.items() if name in sequences}
    structure = {
        name: [[list(map(int, children)) for children in example] for example in nodes]
        for name, nodes in bound.structure.items()
    }
    machine = machine_for(graph, bound.params, data, dims=bound.dims, lengths=lengths, structure=structure)
    known = [name for name, info in graph.outputs.items() if _has_data(graph, info.node, data)]
    return find_origin(machine, known)


def _has_data(graph: RecurrenceGraph, node: int, data: Mapping[str, Any]) -> bool:
    """Tell whether all inputs that a node depends on are there: `run` needs no targets."""
    waiting, seen = [node], {node}
    while waiting:
        current = graph.nodes[waiting.pop()]
        if str(current.attr) in graph.inputs and current.op == "input" and str(current.attr) not in data:
            return False
        fresh = [one for one in current.operands if one not in seen]
        seen.update(fresh)
        waiting += fresh
    return True
