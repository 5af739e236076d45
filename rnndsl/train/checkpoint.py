"""The checkpoint format: a safetensors file whose one metadata entry is a JSON text, with a sum over everything.

Reading trusts nothing: the header's names, shapes and dtypes are compared with the model before an array is read, and
the SHA-256 sum is compared before anything is used.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from rnndsl.train.errors import CheckpointError
from rnndsl.train.protocols import Array, Arrays

#: The number of this format; readers refuse higher ones.
FORMAT: Final = 1
#: The one metadata key: with two or more the bytes would not be the same on every run.
KEY: Final = "rnndsl"
#: How many differences between a checkpoint and a model are told one by one.
LISTED: Final = 6
#: What every metadata object holds, and its type.
FIELDS: Final[Mapping[str, type]] = {"model": str, "spec": str, "dims": dict, "dtype": str, "step": int, "state": dict}


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything that a run needs to go on, or a model to be rebuilt.

    `about` is JSON: `model`, `spec` (the whole text), `dims`, `dtype`, `symbols`, `settings`, `step`, `state` and more;
    `arrays` has names such as `params/W`, `optimiser/mean W` and `carry/0`.
    """

    about: dict[str, Any]
    arrays: Arrays = field(default_factory=dict)

    @property
    def params(self) -> Arrays:
        """The parameters by name."""
        return self.part("params/")

    def part(self, prefix: str) -> Arrays:
        """Return the arrays whose names begin with `prefix`, without it."""
        return {name.removeprefix(prefix): array for name, array in self.arrays.items() if name.startswith(prefix)}


def to_bytes(checkpoint: Checkpoint) -> bytes:
    """Return a checkpoint as the bytes of its file, the same on every run.

    Raises:
        CheckpointError: RNN705, a parameter is not finite.
    """
    for name, array in checkpoint.params.items():
        if not np.isfinite(array).all():
            raise CheckpointError.of("RNN705", f"`{name}` is not finite, so it is not saved")
    arrays = {name: np.asarray(array, order="C") for name, array in checkpoint.arrays.items()}
    about = {"format": FORMAT, **checkpoint.about}
    text = json.dumps(about | {"sha256": _digest(about, arrays)}, sort_keys=True, allow_nan=False)
    return save(arrays, metadata={KEY: text})


def read(path: Path, expected: Mapping[str, Array] | None = None) -> Checkpoint:
    """Read a checkpoint; with `expected` (the model's parameters) its header is compared before any array is read.

    Raises:
        CheckpointError: RNN701 to RNN705.
    """
    about, arrays = _contents(path, expected)
    stated = about.pop("sha256", None)
    if stated != _digest(about, arrays):
        raise CheckpointError.of("RNN702", f"{path.name} is damaged: its SHA-256 sum does not match")
    _check_fields(about, path)
    checkpoint = Checkpoint(about, arrays)
    bad = [name for name, array in checkpoint.params.items() if not np.isfinite(array).all()]
    if bad:
        raise CheckpointError.of("RNN705", f"{path.name} holds parameters that are not finite: {', '.join(bad)}")
    return checkpoint


def read_about(path: Path) -> dict[str, Any]:
    """Return the metadata of a checkpoint without reading its arrays (so without checking its sum).

    Raises:
        CheckpointError: RNN701 or RNN703.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            about = _metadata(file.metadata(), path)
    except (OSError, ValueError, SafetensorError, MemoryError) as error:
        raise _unreadable(path, error) from None
    _check_fields(about, path)
    return about


def require_fit(header: Mapping[str, tuple[tuple[int, ...], str]], expected: Mapping[str, Array], where: str) -> None:
    """Refuse parameters that are not those of the model, listing the first differences and how many there are.

    Raises:
        CheckpointError: RNN704.
    """
    wanted = {name: (array.shape, array.dtype.name) for name, array in expected.items()}
    differences = [f"`{name}` is missing" for name in wanted if name not in header]
    differences += [f"`{name}` is unexpected" for name in header if name not in wanted]
    differences += [
        f"`{name}` is {_shown(header[name])}, the model has {_shown(wanted[name])}"
        for name in wanted
        if name in header and header[name] != wanted[name]
    ]
    if differences:
        way_out = "use the spec, the --set and the --dtype that it was trained with"
        rest = f"; and {len(differences) - LISTED} more" if len(differences) > LISTED else ""
        message = f"{where} belongs to another model: {'; '.join(differences[:LISTED])}{rest}"
        raise CheckpointError.of("RNN704", message, help=way_out)


def _contents(path: Path, expected: Mapping[str, Array] | None) -> tuple[dict[str, Any], Arrays]:
    try:
        with safe_open(path, framework="numpy") as file:
            about = _metadata(file.metadata(), path)
            names = sorted(file.keys())
            if expected is not None:
                slices = {name: file.get_slice(name) for name in names if name.startswith("params/")}
                header = {
                    name.removeprefix("params/"): _entry(part.get_shape(), part.get_dtype())
                    for name, part in slices.items()
                }
                require_fit(header, expected, path.name)
            return about, {name: np.array(file.get_tensor(name)) for name in names}
    except (OSError, ValueError, SafetensorError, MemoryError, TypeError) as error:
        raise _unreadable(path, error) from None


def _metadata(metadata: Mapping[str, str] | None, path: Path) -> dict[str, Any]:
    """Parse the metadata; its format number is judged before anything else in it."""
    text = (metadata or {}).get(KEY)
    if text is None:
        raise CheckpointError.of("RNN701", f"{path.name} was not written by rnndsl train")
    try:
        about = json.loads(text, parse_constant=_refuse, object_pairs_hook=_without_twins)
    except (ValueError, RecursionError):
        raise CheckpointError.of("RNN702", f"{path.name} is damaged: its description is not JSON") from None
    if not isinstance(about, dict) or type(about.get("format")) is not int:
        raise CheckpointError.of("RNN701", f"{path.name} is not a checkpoint of rnndsl")
    if about["format"] > FORMAT:
        message = f"{path.name} has format {about['format']}; this version of rnndsl reads up to {FORMAT}"
        raise CheckpointError.of("RNN703", message, help="update rnndsl")
    return about


def _check_fields(about: Mapping[str, Any], path: Path) -> None:
    bad = [name for name, kind in FIELDS.items() if not isinstance(about.get(name), kind)]
    if bad:
        raise CheckpointError.of("RNN701", f"{path.name} lacks {', '.join(bad)}")


def _digest(about: Mapping[str, Any], arrays: Mapping[str, Array]) -> str:
    total = sha256(json.dumps(about, sort_keys=True).encode())
    for name in sorted(arrays):
        array = arrays[name]
        total.update(json.dumps([name, array.dtype.str, list(array.shape)]).encode())
        total.update(array.tobytes())
    return total.hexdigest()


#: How safetensors names the dtypes that parameters have.
DTYPES: Final[Mapping[str, str]] = {"F32": "float32", "F64": "float64"}


def _entry(shape: Sequence[int], dtype: str) -> tuple[tuple[int, ...], str]:
    return tuple(shape), DTYPES.get(dtype, dtype)


def _shown(entry: tuple[tuple[int, ...], str]) -> str:
    shape, dtype = entry
    return f"{dtype} {list(shape)} ({math.prod(shape)} numbers)"


def _unreadable(path: Path, error: Exception) -> CheckpointError:
    if path.is_dir():
        way_out = f"name a file in it: {path / 'best.safetensors'}"
        return CheckpointError.of("RNN701", f"{path} is a folder, not a checkpoint", help=way_out)
    reason = getattr(error, "strerror", None) or str(error).split("\n")[0] or type(error).__name__
    return CheckpointError.of("RNN701", f"{path} is not a readable checkpoint: {reason}")


def _refuse(word: str) -> NoReturn:
    raise ValueError(word)


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found
