"""What the arrays of an example have to agree in: lengths of sequences, nodes and edges, and the points they name."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from rnndsl.data.dataset import Array, Examples
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import InputInfo
from rnndsl.indices import Index
from rnndsl.runtime.axes import axes, noun, place
from rnndsl.runtime.structure import check_structure

Counts = dict[str, NDArray[np.intp]]
Name = Callable[[int], str]


def check_agreement(
    examples: Examples, inputs: Mapping[str, InputInfo], trees: Mapping[Index, bool], name: Name
) -> None:
    """Check examples whose arrays hold no padding; `name` calls an example in messages.

    Raises:
        DataError: RNN604 (other numbers of points), RNN615 to RNN617 (structure), RNN618 (no such point).
    """
    counts = {index: np.array(lengths, np.intp) for index, lengths in examples.lengths.items()}
    for tree, rooted in trees.items():
        edges = check_structure(tree, examples.structure[tree.name], rooted=rooted, where=name)
        counts[tree.name] = edges.nodes
        counts |= {i.name: edges.sums for info in inputs.values() for i in info.domain if i.of == tree}
    for info in inputs.values():
        for axis, index in enumerate(axes(info.domain)):
            if index.ragged:
                own = np.array([array.shape[axis] for array in examples.arrays[info.name]], np.intp)
                _agree(info, index, own, counts, name)
    for info in inputs.values():
        if info.point is not None and info.point.name in counts:
            _require_points(info, info.point, examples.arrays[info.name], counts[info.point.name], name)


def _agree(info: InputInfo, index: Index, own: NDArray[np.intp], counts: Counts, name: Name) -> None:
    known = counts.setdefault(index.name, own)
    if (own != known).any():
        example = int(np.argmax(own != known))
        held = f"{own[example]} {noun(index)} along `{index.name}`"
        raise DataError.of("RNN604", f"{name(example)}: `{info.name}` has {held}, expected {known[example]}")


def _require_points(
    info: InputInfo, index: Index, arrays: Sequence[Array], counts: NDArray[np.intp], name: Name
) -> None:
    for example, (array, limit) in enumerate(zip(arrays, counts.tolist(), strict=True)):
        if array.size and int(array.max()) >= limit:
            where = np.unravel_index(int(np.argmax(array >= limit)), array.shape)
            message = f"{name(example)}{place(info.domain, where)}: `{info.name}` is {int(array[where])}"
            way = "points count from 0; a negative number means that none is named"
            raise DataError.of("RNN618", f"{message}, but `{index.name}` has {limit} {noun(index)}", help=way)
