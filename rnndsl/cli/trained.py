"""A trained model: what a checkpoint holds, made into a program again."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnndsl.building import compiled
from rnndsl.choice import Choice
from rnndsl.cli.specs import Spec
from rnndsl.compiler import build, check
from rnndsl.data import Symbols
from rnndsl.data.text import as_stream
from rnndsl.runtime.program import Program
from rnndsl.train import read, read_about


@dataclass(frozen=True, slots=True)
class Trained:
    """A program, its parameters, and the symbols of the text that it was trained on, if it was a text."""

    program: Program
    params: Mapping[str, NDArray[Any]]
    symbols: Symbols | None


def load_trained(checkpoint: Path, modes: tuple[str, ...]) -> Trained:
    """Compile the spec that a checkpoint holds, in the modes that are needed, and read the parameters.

    Where training on a text gave an input the symbol before the target's, generating does so, too.

    Raises:
        CheckpointError: RNN701 to RNN705.
        SpecError: the model has no such mode, or the spec imports files and has been changed.
        DataError: RNN613, the input that read the text is read ahead.
    """
    about = read_about(checkpoint)
    choice = Choice(about["dims"], about.get("run", {}).get("model"), dtype=about["dtype"])
    spec, symbols = saved_spec(about), saved_symbols(about)
    inputs = build(check(spec.source, dims=choice.dims, model=choice.model)).inputs
    read_text = list(as_stream(np.zeros(2, np.int64), inputs).arrays) if symbols else []
    feed = dict([read_text]) if len(read_text) > 1 else {}
    program = compiled(spec, choice, modes, feed)
    return Trained(program, program.prepare(read(checkpoint, program.init(0)).params), symbols)


def saved_spec(about: Mapping[str, Any]) -> Spec:
    """Return the spec that a checkpoint holds; the file it came from, if unchanged, so that its imports are found."""
    path = Path(str(about.get("spec_name", "spec")))
    unchanged = path.is_file() and path.read_bytes() == about["spec"].encode()
    return Spec(path.name, about["spec"], path if unchanged else None)


def saved_symbols(about: Mapping[str, Any]) -> Symbols | None:
    """Return the table of symbols that a checkpoint holds."""
    symbols = about.get("symbols")
    return Symbols(tuple(symbols["entries"]), symbols["level"]) if symbols else None
