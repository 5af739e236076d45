"""Reading a data file of any kind that rnndsl knows."""

import gzip
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Final

from rnndsl.data.dataset import Dataset
from rnndsl.data.json_lines import read_json_lines
from rnndsl.data.numpy_archive import read_archive
from rnndsl.data.symbols import Level, Symbols
from rnndsl.data.text import as_stream
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import InputInfo
from rnndsl.indices import Index

#: The largest file that is read, in bytes after unpacking: all data is held in memory.
LARGEST: Final = 4 << 30
#: How much of a file is read at a time: to ask for LARGEST at once would reserve as much memory.
BLOCK: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class Loaded:
    """Data, and the table of symbols when it is text."""

    dataset: Dataset
    symbols: Symbols | None


def load(
    path: Path,
    inputs: Mapping[str, InputInfo],
    *,
    trees: Mapping[Index, bool] = MappingProxyType({}),
    level: Level = "char",
    symbols: Symbols | None = None,
) -> Loaded:
    """Read the data of a model from a `.npz`, `.jsonl` or text file (text and JSON lines also with `.gz`).

    Args:
        path: the file.
        inputs: the model's inputs and targets by name.
        trees: the model's trees and dags; those that are true must have one root.
        level: whether a text's symbols are characters or words.
        symbols: the table of symbols of an earlier run; None makes one of the text.

    Raises:
        DataError: RNN601 to RNN618, the file cannot be read or does not fit the model.
    """
    ending = Path(path.stem).suffix if path.suffix == ".gz" else path.suffix
    match ending.lower():
        case ".jsonl":
            return Loaded(read_json_lines(read_text(path), inputs, path.name, trees), None)
        case _ if trees:
            tree = next(iter(trees))
            message = f"{path.name} has no place for the structure of the {tree.kind} `{tree.name}`"
            way = f'give .jsonl, one example per line, with the children of every node: "{tree.name}": [[1, 2], [], []]'
            raise DataError.of("RNN615", message, help=way)
        case ".npz":
            return Loaded(read_archive(path, inputs), None)
        case _:
            text = read_text(path)
            known = symbols or Symbols.of(text, level)
            return Loaded(as_stream(known.encode(text), inputs), known)


def read_text(path: Path) -> str:
    """Return a file's text, unpacked if its name ends in `.gz`.

    Raises:
        DataError: RNN607, the file is missing, a folder, damaged, too large or not UTF-8.
    """
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            content = _read_bounded(file)
        if len(content) > LARGEST:
            raise DataError.of("RNN607", f"{path.name} is larger than {LARGEST >> 30} GiB", help="give a part of it")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"{path.name} is not text: byte {error.start} is not UTF-8"
        raise DataError.of("RNN607", message, help="give a text in UTF-8, or .npz or .jsonl") from None
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError.of("RNN607", f"{path} cannot be read: {reason}") from None


def _read_bounded(file: BinaryIO | gzip.GzipFile) -> bytes:
    """Return what a file holds, or a little more than LARGEST bytes of it."""
    blocks: list[bytes] = []
    while sum(map(len, blocks)) <= LARGEST and (block := file.read(BLOCK)):
        blocks.append(block)
    return b"".join(blocks)
