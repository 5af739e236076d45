"""Properties of models that read their own targets back: what they draw, choose and find when they generate."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rnndsl.compiler import Checked, assemble, build
from rnndsl.graph.graph import InputInfo, RecurrenceGraph
from rnndsl.graph.interpret import interpret
from rnndsl.ops import Op
from rnndsl.runtime.generation import sequence_of, targets
from rnndsl.runtime.program import Program
from rnndsl.verify.cases import Case
from rnndsl.verify.report import EXACT, Line, difference

Array = NDArray[Any]
Data = dict[str, list[Array]]

#: How many sequences an exhaustive search looks at, at most.
SEARCHED: Final = 1500
#: Examples and points of the draws whose frequencies are counted.
EXAMPLES: Final = 1000
POINTS: Final = 100
#: How many standard deviations a frequency may be off: one model in a million fails by chance.
DEVIATIONS: Final = 4.75
#: Tokens that are expected less often are counted together.
RARE: Final = 5.0


@dataclass(frozen=True)
class Generator:
    """A program that generates, its graph in mode "sample", and a case without targets."""

    program: Program
    graph: RecurrenceGraph
    case: Case

    @property
    def given(self) -> Data:
        """The data of everything that is not drawn."""
        drawn = {info.name for info in targets(self.program.graph)}
        return {name: arrays for name, arrays in self.case.data.items() if name not in drawn}

    @property
    def token(self) -> InputInfo | None:
        """The one target, if it is one of tokens or points along a sequence, drawn by their scores."""
        graph, drawn = self.program.graph, targets(self.program.graph)
        fits = len(drawn) == 1 and drawn[0].whole and sequence_of(drawn[0].domain) is not None
        return drawn[0] if fits and f"{drawn[0].name}.logits" in graph.outputs else None

    def options(self, token: InputInfo, example: int) -> int:
        """Return among how many tokens or points an example's target is chosen."""
        if token.token is not None:
            return token.token.evaluate(self.case.dims)
        index = "" if token.point is None else token.point.name
        if index in self.case.lengths:
            return int(self.case.lengths[index][example])
        return len(self.case.structure[index][example])

    def sample(self, data: Data | None = None, **how: Any) -> dict[str, Array]:
        """Draw the case's points."""
        given = {**self.given, **(data or {})}
        found: dict[str, Array] = self.program.sample(self.case.params, given, **self.case.points, **how)
        return found

    def own(self, name: str, drawn: Mapping[str, Array]) -> list[Array]:
        """Return the own points of every example of a drawn target, shaped as the case's."""
        shapes = [np.shape(array) for array in self.case.data[name]]
        return [np.asarray(drawn[name][e][tuple(slice(0, n) for n in shape)]) for e, shape in enumerate(shapes)]


def feeds_back(graph: RecurrenceGraph) -> bool:
    """Whether a target is read at other points, so that what is drawn there depends on what was drawn before."""
    names = {info.name for info in targets(graph)}
    reads = (node.operands[0] for node in graph.nodes.values() if node.op is Op.READ)
    return any(graph.nodes[n].op is Op.INPUT and graph.nodes[n].attr in names for n in reads)


def generating_lines(checked: Checked, case: Case) -> Iterator[Line]:
    """Check a model that feeds back, on a case with all its dimensions."""
    observed, sampled = build(checked), build(checked, "sample")
    others = {"sample": sampled}
    token = Generator(assemble(observed, dtype="float64"), sampled, case).token
    if token is not None:
        others["beam"] = build(checked, "beam")
    generator = Generator(assemble(observed, dtype="float64", others=others), sampled, case)
    yield _line("a sample's score = its log-probabilities", _scores(generator))
    yield _line("greedy = interpreter", _greedy(generator))
    yield _line("prompt and continuation = whole", _continued(generator))
    yield _line("what one draws alone = in a batch", _alone(generator))
    if token is None:
        return
    yield _line("greedy = step by step", _stepwise(generator, token))
    yield _line("beam of 1 = greedy", _narrow(generator, token))
    if _sequences(generator, token) <= SEARCHED:
        yield _line("wide beam = exhaustive search", _wide(generator, token))
    if observed.outputs[f"{token.name}.logits"].domain == token.domain:  # a vocabulary, alike for all examples
        ratio = _frequencies(generator, token)
        yield Line("frequencies of draws (chi-square over its limit)", ratio, ratio <= 1.0)


def _line(name: str, error: float) -> Line:
    return Line(name, error, error <= EXACT)


def _scores(generator: Generator) -> float:
    """Give what was drawn as data: its points have the log-probabilities that they were drawn with."""
    drawn = generator.sample(seed=1)
    names = [info.name for info in targets(generator.program.graph)]
    data = {**generator.given, **{name: generator.own(name, drawn) for name in names}}
    expected = interpret(
        generator.graph, generator.case.params, data, dims=generator.case.dims, **generator.case.points
    )
    terms = generator.program.loss(generator.case.params, data, **generator.case.points).terms
    errors = []
    for name in names:
        ours = drawn[f"{name}.log_prob"]
        for example, theirs in enumerate(expected[f"{name}.log_prob"]):
            errors.append(difference(ours[example][tuple(slice(0, n) for n in np.shape(theirs))], theirs))
        nll, weight = terms[name]
        if weight == sum(np.size(theirs) for theirs in expected[f"{name}.log_prob"]):  # all points count once
            errors.append(difference(nll, -ours.sum()))
    return max(errors)


def _greedy(generator: Generator) -> float:
    """Without random numbers the interpreter draws what is most likely."""
    drawn, case = generator.sample(greedy=True), generator.case
    names = [info.name for info in targets(generator.program.graph)]
    absent = {name: [np.full_like(a, -1 if a.dtype.kind == "i" else np.nan) for a in case.data[name]] for name in names}
    expected = interpret(generator.graph, case.params, {**generator.given, **absent}, dims=case.dims, **case.points)
    return max(
        difference(ours, theirs)
        for name in names
        for ours, theirs in zip(generator.own(name, drawn), expected[name], strict=True)
    )


def _continued(generator: Generator) -> float:
    """Give the first half of what was drawn: with the same seed the second half is drawn again."""
    drawn = generator.sample(seed=2)
    names = [info.name for info in targets(generator.program.graph) if info.domain]
    prompts = {name: [own[: (len(own) + 1) // 2] for own in generator.own(name, drawn)] for name in names}
    again = generator.sample(prompts, seed=2)
    return max(difference(again[name], drawn[name]) for name in drawn)


def _alone(generator: Generator) -> float:
    """The first example is drawn alone; the others, whose random numbers belong to their places, greedily."""
    errors = []
    for how in ({"seed": 3}, {"greedy": True}):
        together = generator.sample(**how)
        for example in range(1 if "seed" in how else generator.case.examples):
            alone = Generator(generator.program, generator.graph, generator.case.example(example))
            for name, value in alone.sample(**how).items():
                own = together[name][example][tuple(slice(0, n) for n in value.shape[1:])]
                errors.append(difference(own, value[0]))
    return max(errors)


def _stepwise(generator: Generator, token: InputInfo) -> float:
    """Run on what was chosen so far, and choose the largest logit, point by point."""
    expected = generator.sample(greedy=True)[token.name]
    chosen = [np.full(np.shape(array), -1) for array in generator.case.data[token.name]]
    for step in range(max(len(own) for own in chosen)):
        data = {**generator.given, token.name: chosen}
        logits = generator.program.run(generator.case.params, data, **generator.case.points)[f"{token.name}.logits"]
        for example, own in enumerate(chosen):
            if step < len(own):
                own[step] = int(np.argmax(logits[example, step, : generator.options(token, example)]))
    return max(difference(expected[example, : len(own)], own) for example, own in enumerate(chosen))


def _beam(generator: Generator, **how: Any) -> dict[str, Array]:
    return generator.program.beam(generator.case.params, generator.given, **generator.case.points, **how)


def _narrow(generator: Generator, token: InputInfo) -> float:
    greedy, found = generator.sample(greedy=True), _beam(generator, width=1)
    scores = greedy[f"{token.name}.log_prob"].sum(axis=1)
    return max(difference(found[token.name][:, 0], greedy[token.name]), difference(found["log_prob"][:, 0], scores))


def _sequences(generator: Generator, token: InputInfo) -> int:
    """Return how many sequences an example of at most three points has, at most."""
    lengths = [len(y) for y in generator.case.data[token.name]]
    return max((generator.options(token, example) ** n for example, n in enumerate(lengths) if n <= 3), default=0)


def _wide(generator: Generator, token: InputInfo) -> float:
    """Score all sequences of the examples with at most three points: a beam that drops none finds the best."""
    errors = []
    for example, y in enumerate(generator.case.data[token.name]):
        if len(y) > 3:
            continue
        one = Generator(generator.program, generator.graph, generator.case.example(example))
        every = list(product(range(generator.options(token, example)), repeat=len(y)))
        scores = dict(zip(every, _score_all(one, token, every).tolist(), strict=True))
        best = _beam(one, width=len(every), best=min(3, len(every)))
        ranked = sorted(scores.values(), reverse=True)[: best["log_prob"].shape[1]]
        found = [scores.get(tuple(tokens), np.nan) for tokens in best[token.name][0].tolist()]
        errors += [difference(best["log_prob"][0], ranked), difference(found, ranked)]
    return max(errors)


def _score_all(one: Generator, token: InputInfo, every: Sequence[tuple[int, ...]]) -> Array:
    many = len(every)
    data: dict[str, Any] = {name: arrays * many for name, arrays in one.given.items()}
    lengths = {name: own * many for name, own in one.case.lengths.items()}
    structure = {name: own * many for name, own in one.case.structure.items()}
    given = {**data, token.name: [np.array(tokens, np.int64) for tokens in every]}
    found = one.program.sample(one.case.params, given, lengths=lengths, structure=structure)
    return np.asarray(found[f"{token.name}.log_prob"].sum(axis=1))


def _frequencies(generator: Generator, token: InputInfo) -> float:
    """Return Pearson's chi-square of 100,000 draws over its limit.

    Every draw has its own probabilities, those of the model after what was drawn before; the statistic then varies less
    than if all were equal, so the limit holds.
    """
    case, index = generator.case, token.domain[0]
    rows = [k % case.examples for k in range(EXAMPLES)]
    data: dict[str, Any] = {}
    for name, arrays in generator.given.items():
        domain = generator.program.inputs[name].domain
        axis = domain.index(index) if index in domain else None
        data[name] = [_round(arrays[row], axis) for row in rows]
    lengths = {name: [POINTS if name == index.name else own[row] for row in rows] for name, own in case.lengths.items()}
    structure = {name: [own[row] for row in rows] for name, own in case.structure.items()}
    points: dict[str, Any] = {"lengths": lengths, "structure": structure}
    drawn = generator.program.sample(case.params, data, seed=5, **points)[token.name]
    logits = generator.program.run(case.params, {**data, token.name: drawn}, **points)[f"{token.name}.logits"]
    shares = np.exp(logits - logits.max(axis=2, keepdims=True))
    expected = (shares / shares.sum(axis=2, keepdims=True)).sum(axis=(0, 1))
    return chi_square(np.bincount(drawn.reshape(-1), minlength=expected.size), expected)


def _round(array: Array, axis: int | None) -> Array:
    """Return an example's points, repeated round and round."""
    return array if axis is None else np.take(array, np.arange(POINTS) % array.shape[axis], axis=axis)


def chi_square(counted: Array, expected: Array) -> float:
    """Return Pearson's statistic over its limit (Wilson & Hilferty 1931); rare outcomes are counted as one."""
    rare = expected < RARE
    groups = [(counted[~rare], expected[~rare]), (counted[rare].sum(keepdims=True), expected[rare].sum(keepdims=True))]
    cells = [(c, e) for group in groups for c, e in zip(*group, strict=True) if e > RARE]
    freedom = max(1, len(cells) - 1)
    statistic = float(sum((c - e) ** 2 / e for c, e in cells))
    spread = 2.0 / (9.0 * freedom)
    return statistic / float(freedom * (1.0 - spread + DEVIATIONS * sqrt(spread)) ** 3)
