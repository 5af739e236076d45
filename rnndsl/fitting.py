"""Joining a spec with data: the program, its dimensions, its batches."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from rnndsl.building import Spec, compiled
from rnndsl.choice import Choice
from rnndsl.data import (
    Dataset,
    ExampleBatches,
    Loaded,
    Stream,
    StreamBatches,
    Symbols,
    check_sizes,
    load,
    open_dimensions,
)
from rnndsl.data.symbols import Level
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import InputInfo
from rnndsl.runtime.program import Program
from rnndsl.runtime.structure import trees
from rnndsl.train import Job, Limit, Measure, Settings
from rnndsl.train.protocols import Batches

#: The place of a text's alphabet in words.
NOUNS: Mapping[Level, str] = {"char": "character", "word": "word"}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A program with all its dimensions, and its data."""

    program: Program
    dims: dict[str, int | float]
    dataset: Dataset
    symbols: Symbols | None

    def batches(self, dataset: Dataset, settings: Settings) -> Batches:
        """Return training batches: chunks of parallel streams, or examples shuffled anew in every epoch."""
        if isinstance(dataset, Stream) and self.program.carries is None:
            return StreamBatches(dataset, settings.batch, settings.chunk)
        examples = dataset.windows(settings.chunk) if isinstance(dataset, Stream) else dataset
        return ExampleBatches(examples, settings.batch, seed=settings.seed, bucket=settings.bucket)

    def all_batches(self, dataset: Dataset, settings: Settings) -> Batches:
        """Return batches that hold every point once, in order, for scoring."""
        if isinstance(dataset, Stream) and self.program.carries is None:
            return StreamBatches(dataset, settings.batch, settings.chunk, whole=True)
        examples = dataset.windows(settings.chunk) if isinstance(dataset, Stream) else dataset
        return ExampleBatches(examples, settings.batch)

    def job(self, settings: Settings, limit: Limit, about: Mapping[str, Any], eval_every: int) -> Job:
        """Return a run on the data: what is held out is only scored; `about` describes it for the checkpoints."""
        train, held_out = self.dataset.split(settings.held_out)
        return Job(
            self.program,
            self.program.init(settings.seed),
            self.batches(train, settings),
            self.all_batches(held_out, settings) if held_out.points else None,
            settings,
            limit,
            self.measure(),
            about,
            eval_every,
        )

    def measure(self) -> Measure:
        """Return what runs are judged by: the bits of the one target if it is a token, otherwise the loss."""
        targets = [info for info in self.program.inputs.values() if info.role == "target"]
        if len(targets) != 1 or targets[0].token is None:
            return Measure()
        noun = NOUNS[self.symbols.level] if self.symbols else "token"
        return Measure(f"bits per {noun}", targets[0].name)

    def about(self, spec: Spec, choice: Choice) -> dict[str, Any]:
        """Describe model and data for checkpoints, so that the model can be rebuilt from them alone."""
        symbols = self.symbols and {"level": self.symbols.level, "entries": list(self.symbols.entries)}
        return {
            "model": self.program.name,
            "spec": spec.text,
            "spec_name": spec.name,
            "spec_sha256": sha256(spec.text.encode()).hexdigest(),
            "dims": self.dims,
            "dtype": choice.dtype,
            "backend": choice.backend,
            "threads": choice.threads,
            "choices": asdict(choice.choices),
            "data": self.dataset.digest(),
            "symbols": symbols,
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """How a text is read, and the modes of the program that it is for."""

    level: Level = "char"
    symbols: Symbols | None = None
    modes: tuple[str, ...] = ("observe",)


def prepare(spec: Spec, choice: Choice, data: Path, reading: Reading) -> Prepared:
    """Compile a spec, read its data, take open dimensions from it, and check that both fit.

    Raises:
        SpecError: the spec has mistakes.
        DataError: RNN601 to RNN618.
    """
    program = compiled(spec, choice)
    loaded = load(data, program.inputs, trees=trees(program.graph), level=reading.level, symbols=reading.symbols)
    count = len(loaded.symbols.entries) if loaded.symbols else None
    dims = _all_dims(program, choice, loaded, count)
    if dims != dict(choice.dims) or reading.modes != program.modes:
        program = compiled(spec, replace(choice, dims=dims), reading.modes)
    known = {name: value for name, value in program.graph.dims.items() if value is not None}
    check_sizes(program.inputs, known, loaded.dataset, count)
    return Prepared(program, dims, loaded.dataset, loaded.symbols)


def _all_dims(program: Program, choice: Choice, loaded: Loaded, count: int | None) -> dict[str, int | float]:
    inputs: Mapping[str, InputInfo] = program.inputs
    dims = {**choice.dims, **open_dimensions(inputs, program.graph.dims, loaded.dataset, count)}
    still_open = [name for name, value in program.graph.dims.items() if value is None and name not in dims]
    if still_open:
        settings = " ".join(f"--set {name}=..." for name in still_open)
        message = f"{program.name} leaves {', '.join(still_open)} open, and the data does not show it"
        raise DataError.of("RNN610", message, help=f"say {settings}")
    return dims
