"""What a model is to generate from: inputs, and the beginnings of targets, from JSON lines.

A target may be left out, or be given in part: what is `null`, negative or beyond its end is to be drawn.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import nan
from types import MappingProxyType

import numpy as np

from rnndsl.data.dataset import Array, Examples
from rnndsl.data.json_lines import fill_sizes, parse_line, read_json_lines, to_array
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import InputInfo
from rnndsl.indices import Index


@dataclass(frozen=True, slots=True)
class Prompts:
    """Examples with all inputs, and what is given of the targets, one array per example."""

    examples: Examples
    targets: Mapping[str, Sequence[Array]]


def read_prompts(
    text: str, inputs: Mapping[str, InputInfo], where: str, trees: Mapping[Index, bool] = MappingProxyType({})
) -> Prompts:
    """Read one example per line, as `read_json_lines` does; every line gives the same targets, or none.

    Raises:
        DataError: RNN601 to RNN607, RNN615 to RNN618, with the line.
    """
    drawn = {name: info for name, info in inputs.items() if info.role == "target"}
    rest, given, places = [], [], []
    for number, line in enumerate(text.splitlines(), start=1):
        place = f"{where}:{number}"
        example = parse_line(line, place) if line.strip() else {}
        found = {name: example.pop(name) for name in drawn if name in example}
        rest.append(json.dumps(example) if line.strip() else "")
        if line.strip():
            given.append(found)
            places.append(place)
    fixed = {name: info for name, info in inputs.items() if name not in drawn}
    examples = read_json_lines("\n".join(rest), fixed, where, trees)
    targets = {name: _column(info, given, places) for name, info in drawn.items() if any(name in one for one in given)}
    return Prompts(examples, targets)


def _column(info: InputInfo, given: Sequence[Mapping[str, object]], places: Sequence[str]) -> list[Array]:
    arrays = []
    for found, place in zip(given, places, strict=True):
        if info.name not in found:
            message = f"{place} lacks `{info.name}`, which other lines hold"
            raise DataError.of("RNN601", message, help="where all of it is to be drawn, give []")
        filler = -1 if info.whole else nan
        arrays.append(to_array(_without_null(found[info.name], filler), info, f"{place}: `{info.name}`"))
    return [np.asarray(array) for array in fill_sizes(arrays, info)]


def _without_null(value: object, filler: float) -> object:
    """Put numbers that mean "absent" in the place of `null`."""
    if isinstance(value, list):
        return [_without_null(one, filler) for one in value]
    return filler if value is None else value
