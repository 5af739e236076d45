"""Examples from a NumPy archive: one array per input, batch first, padded, with lengths beside them."""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np

from rnndsl.data.agreement import check_agreement
from rnndsl.data.arrays import as_data, check_count, check_rank, cut, require_names
from rnndsl.data.dataset import Array, Examples
from rnndsl.data.lengths import length_of, sequences_without_data
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import InputInfo

#: The most bytes that an archive may claim to hold.
LARGEST: Final = 16 << 30


def read_archive(path: Path, inputs: Mapping[str, InputInfo]) -> Examples:
    """Read the arrays `NAME` `[examples, points, size]` and, for ragged data, `lengths` or `NAME_lengths` `[examples]`.

    `lengths` serves a model with one sequence; `NAME` of `NAME_lengths` is an input or a sequence. Pickled objects are
    never loaded.

    Raises:
        DataError: RNN601 to RNN607.
    """
    members = _members(path)
    lengths = {name: members.pop(name) for name in list(members) if name == "lengths" or name.endswith("_lengths")}
    require_names(members, {name: info.role for name, info in inputs.items()}, path.name)
    arrays = {name: as_data(members[name], inputs[name], f"`{name}`") for name in inputs}
    count = check_count({**arrays, **lengths})
    for name, array in arrays.items():
        check_rank(
            array[0] if count else array.reshape(array.shape[1:] or ()),
            inputs[name],
            f"`{name}`, after the examples' axis,",
        )
    known = {name: length_of(info, lengths, arrays[name], inputs) for name, info in inputs.items()}
    parts = {name: cut(arrays[name], inputs[name], known[name]) for name in inputs}
    examples = Examples(parts, sequences_without_data(lengths, inputs), count)
    check_agreement(examples, inputs, {}, (path.name + ", example {}").format)
    return examples


def _members(path: Path) -> dict[str, Array]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if len(set(names)) != len(names):
                raise DataError.of("RNN607", f"{path.name} holds two arrays of one name")
            if sum(member.file_size for member in archive.infolist()) > LARGEST:
                raise DataError.of(
                    "RNN607", f"{path.name} holds more than {LARGEST >> 30} GiB", help="give a part of it"
                )
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, EOFError, ValueError, MemoryError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or str(error).split("\n")[0]
        hint = "save arrays of numbers with numpy.savez; pickled objects are not loaded"
        raise DataError.of("RNN607", f"{path} cannot be read: {reason}", help=hint) from None
