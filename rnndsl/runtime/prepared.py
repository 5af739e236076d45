"""Parameters that nobody writes into any more: what a program makes of them alone is made once for many calls."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from numpy.typing import NDArray

from rnndsl.graph.graph import ParamInfo, RecurrenceGraph

Array = NDArray[Any]


class Prepared(Mapping[str, Array]):
    """Parameters of a program, copied, checked and in its float type; read-only, and read like any dictionary of them.

    Another program reads them as it reads any other parameters.
    """

    def __init__(
        self, infos: Mapping[str, ParamInfo], dtype: str, arrays: Mapping[str, Array], dims: Mapping[str, int]
    ) -> None:
        """Copy checked `arrays`; `infos` say whose they are, `dims` are the dimensions that they show."""
        self._infos, self._dtype = infos, dtype
        self.arrays = {name: array.copy() for name, array in arrays.items()}
        self.dims = dict(dims)
        self._made: dict[Callable[[Mapping[str, Array]], Any], Any] = {}
        self.fitting: set[object] = set()  # what calls that fitted looked like

    def __getitem__(self, name: str) -> Array:
        """Return a parameter as a view that cannot be written to."""
        view = self.arrays[name].view()
        view.flags.writeable = False
        return view

    def __iter__(self) -> Iterator[str]:
        """Iterate over names."""
        return iter(self.arrays)

    def __len__(self) -> int:
        """Count them."""
        return len(self.arrays)

    def fits(self, graph: RecurrenceGraph, dtype: str) -> bool:
        """Tell whether these are parameters of this graph in this float type, so that checks are done."""
        return self._infos is graph.params and self._dtype == dtype

    def made(self, prepare: Callable[[Mapping[str, Array]], Any]) -> Any:
        """Return what a generated function makes of the parameters; if two threads both make it, it is the same."""
        found = self._made.get(prepare)
        if found is None:
            found = self._made[prepare] = prepare(self.arrays)
        return found
