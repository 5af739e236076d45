"""Generating with a trained model: from a text's beginning, or from a file of inputs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from rnndsl.cli.trained import Trained
from rnndsl.data import Prompts, read_prompts
from rnndsl.data.load import read_text
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.indices import Kind
from rnndsl.runtime.axes import axes, own_points
from rnndsl.runtime.generation import Sampling, Search, targets
from rnndsl.runtime.structure import trees
from rnndsl.train.protocols import Array


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be generated: `length` points behind every prompt, `count` times; `search` means a beam search."""

    length: int | None = None
    count: int = 1
    sampling: Sampling = field(default_factory=Sampling)
    search: Search | None = None


@dataclass(frozen=True, slots=True)
class Start:
    """Where examples begin: data by name, one array per example, and the points that they have.

    `lead` are tokens of a text that stand before the target's first point: the input there is the last of them.
    """

    data: Mapping[str, Sequence[Array]]
    lengths: Mapping[str, Sequence[int]]
    structure: Mapping[str, Sequence[Any]]
    examples: int
    lead: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """What was generated of an example: the targets' own points, and the log-probability of all, prompts included."""

    example: int
    values: Mapping[str, Array]
    log_prob: float


#: How many points are drawn behind a prompt when nothing is said.
LENGTH: Final = 200


def from_text(trained: Trained, prompt: str, count: int = 1) -> Start:
    """Begin with a text; of models without symbols only the empty one will do.

    Where an input reads the text beside the target, the first symbol is the input's, and the target goes on from it.

    Raises:
        DataError: RNN608, the model does not read a text of its own; RNN611, a symbol is not among the model's.
    """
    graph = trained.program.graph
    drawn = targets(graph)
    fed = trained.program.feed
    inputs = [name for name in graph.inputs if name not in {info.name for info in drawn} | fed.keys()]
    if inputs or len(drawn) != 1 or trees(graph):
        message = f"{graph.name} cannot go on with a text: it reads {', '.join(f'`{name}`' for name in graph.inputs)}"
        way = "give its inputs with --data FILE.jsonl; a text is for models whose one target is read back, as `y[t-1]`"
        raise DataError.of("RNN608", message, help=way)
    if prompt and trained.symbols is None:
        raise DataError.of("RNN608", f"{graph.name} was not trained on text", help="leave --prompt out, or give --data")
    tokens = trained.symbols.encode(prompt) if trained.symbols else np.zeros(0, np.int64)
    return continued(trained, tokens, count)


def continued(trained: Trained, tokens: Array, count: int = 1, *, begun: bool = False) -> Start:
    """Begin with tokens of a text; once it has `begun`, an input that reads it knows them all from the target."""
    (target,) = (info.name for info in targets(trained.program.graph))
    if not len(tokens):
        return Start({}, {}, {}, count)
    if begun or not trained.program.feed:
        return Start({target: [tokens] * count}, {}, {}, count)
    (read,) = trained.program.feed
    data = {read: [tokens[:1]] * count, target: [tokens[1:]] * count}
    return Start(data, {}, {}, count, lead=(int(tokens[0]),))


def from_file(trained: Trained, path: Path, *, anew: bool) -> Start:
    """Begin with the inputs in a file of JSON lines, and with what it holds of targets unless they are drawn `anew`.

    Raises:
        DataError: RNN601 to RNN618.
    """
    graph = trained.program.graph
    found: Prompts = read_prompts(read_text(path), graph.inputs, path.name, trees(graph))
    examples = found.examples
    lengths = dict(examples.lengths)
    if anew:
        for name, arrays in found.targets.items():
            for axis, index in enumerate(axes(graph.inputs[name].domain)):
                lengths.setdefault(index.name, [np.shape(array)[axis] for array in arrays])
    given = {} if anew else found.targets
    return Start({**examples.arrays, **given}, lengths, examples.structure, examples.count)


def generate(trained: Trained, start: Start, wish: Wish) -> list[Sample]:
    """Generate all examples in one batch; with several per example, these are neighbours, the likeliest first.

    Raises:
        DataError: the data does not fit the model.
    """
    program = trained.program
    lengths = _lengths(trained, start, wish)
    if start.lead and not any(map(sum, lengths.values())):
        start = replace(start, data={})  # no point is asked for, so none reads the first symbol
    if wish.search is not None:
        found = program.beam(
            trained.params, start.data, lengths=lengths, structure=start.structure or None, **wish.search
        )
        (name,) = (info.name for info in targets(program.graph))
        return [
            Sample(example, {name: tokens[tokens >= 0]}, float(score))
            for example, (sequences, scores) in enumerate(zip(found[name], found["log_prob"], strict=True))
            for tokens, score in zip(sequences, scores, strict=True)
            if score > -math.inf
        ]
    data = {name: _repeated(arrays, wish.count) for name, arrays in start.data.items()}
    structure = {name: _repeated(one, wish.count) for name, one in start.structure.items()}
    many = {name: _repeated(own, wish.count) for name, own in lengths.items()}
    drawn = program.sample(trained.params, data, lengths=many, structure=structure or None, **wish.sampling)
    inputs = {name: info for name, info in program.graph.inputs.items() if name in data and info.role != "target"}
    counts = {
        index.name: np.array([np.shape(array)[axis] for array in data[name]])
        for name, info in inputs.items()
        for axis, index in enumerate(axes(info.domain))
        if index.kind is Kind.SEQUENCE
    }
    counts |= {name: np.array(own) for name, own in many.items()}
    return [_sample(trained, drawn, counts, k, k // wish.count) for k in range(start.examples * wish.count)]


def _sample(
    trained: Trained, drawn: Mapping[str, Array], counts: Mapping[str, Array], row: int, example: int
) -> Sample:
    values, total = {}, 0.0
    for info in targets(trained.program.graph):
        own = own_points(drawn[info.name][row], info.domain, counts, row)
        values[info.name] = own[own >= 0] if info.whole and own.ndim == 1 else own
        total += float(drawn[f"{info.name}.log_prob"][row].sum())
    return Sample(example, values, total)


def _lengths(trained: Trained, start: Start, wish: Wish) -> dict[str, list[int]]:
    """Return how long the sequences that no input runs over are to be: as the data says, or longer than the prompts."""
    graph = trained.program.graph
    drawn = targets(graph)
    free = [info.name for info in drawn] + list(trained.program.feed)
    carried = {i.name for info in graph.inputs.values() if info.name not in free for i in info.domain}
    found: dict[str, list[int]] = {}
    for index in graph.indices:
        if index.kind is not Kind.SEQUENCE or index.name in carried:
            continue
        if wish.length is None and index.name in start.lengths:
            found[index.name] = list(start.lengths[index.name])
            continue
        before = np.zeros(start.examples, np.int64)
        for info in drawn:
            if index in info.domain and info.name in start.data:
                axis = axes(info.domain).index(index)
                before = np.maximum(before, [np.shape(array)[axis] for array in start.data[info.name]])
        found[index.name] = (before + (LENGTH if wish.length is None else wish.length)).tolist()
    return found


def _repeated(values: Sequence[Any], count: int) -> list[Any]:
    return [value for value in values for _ in range(count)]
