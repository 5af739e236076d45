"""The dimensions that parameters are made with, checked."""

from collections.abc import Mapping

from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.diagnostics.suggest import nearest
from rnndsl.graph.graph import RecurrenceGraph


def check_dims(graph: RecurrenceGraph, dims: Mapping[str, int]) -> None:
    """Refuse dimensions that are unknown, fixed, missing or not positive; `dims` are those that a call gives.

    Raises:
        DataError: RNN613.
    """
    for name, value in dims.items():
        if name not in graph.dims:
            near = nearest(name, list(graph.dims))
            way = f"did you mean `{near}`?" if near else f"its dimensions are {', '.join(graph.dims)}"
            raise DataError.of("RNN613", f"the model has no dimension `{name}`", help=way)
        if name in graph.fixed_dims and value != graph.dims[name]:
            message = f"`{name}` shapes the model itself and was compiled as {graph.dims[name]}"
            raise DataError.of("RNN613", message, help=f"compile again with dims={{'{name}': {value}}}")
        if type(value) is not int or value < 1:
            raise DataError.of("RNN613", f"`{name}` is {value!r}, expected a positive whole number")
    used = {d for info in graph.params.values() for s in info.shape for d in s.dims}
    used |= {d for info in graph.params.values() for i in info.domain for d in i.extent.dims}
    for name in graph.dims:
        if name in used and graph.dims[name] is None and name not in dims:
            raise DataError.of("RNN613", f"dimension `{name}` has no value", help=f"give it: init(seed, {name}=...)")
