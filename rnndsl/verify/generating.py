"""Properties of models that read their own targets back: what they draw, choose and find when they generate."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rnndsl.compiler import Checked, assemble, build
from rnndsl.graph.graph import InputInfo, RecurrenceGraph
from rnndsl.graph.interpret import interpret
from rnndsl.indices import Kind
from rnndsl.ops import Op
from rnndsl.runtime.axes import axes
from rnndsl.runtime.generation import sequence_of, targets
from rnndsl.runtime.program import Program
from rnndsl.semantics.model import Random
from rnndsl.verify.cases import Case
from rnndsl.verify.distributions import likeliest
from rnndsl.verify.frequencies import DRAWS, frequencies
from rnndsl.verify.module import NUMPY, Module
from rnndsl.verify.observed import counts_of, inside, parameters_of
from rnndsl.verify.report import EXACT, Line, difference
from rnndsl.verify.streaming import drawn_in_chunks

Array = NDArray[Any]
Data = dict[str, list[Array]]

#: How many sequences an exhaustive search looks at, at most.
SEARCHED: Final = 1500


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
        return _token(self.program.graph)

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


def _token(graph: RecurrenceGraph) -> InputInfo | None:
    drawn = targets(graph)
    fits = len(drawn) == 1 and drawn[0].whole and sequence_of(drawn[0].domain) is not None
    return drawn[0] if fits and f"{drawn[0].name}.logits" in graph.outputs else None


def generating_lines(checked: Checked, case: Case, draws: int = DRAWS, module: Module = NUMPY) -> Iterator[Line]:
    """Check a model that has targets, on a case with all its dimensions; so many draws of each are counted."""
    observed, sampled = build(checked), build(checked, "sample")
    others, randoms = {"sample": sampled}, checked.model.model.randoms
    token = _token(observed)
    beams = token is not None and feeds_back(observed)
    if beams:
        others["beam"] = build(checked, "beam")
    generator = Generator(assemble(observed, dtype="float64", others=others, **module), sampled, case)
    yield _line("a sample's score = its log-probabilities", _scores(generator))
    yield _line("greedy = interpreter", _greedy(generator))
    yield _line("prompt and continuation = whole", _continued(generator))
    yield _line("what one draws alone = in a batch", _alone(generator))
    yield _line("greedy = step by step", _stepwise(generator, randoms))
    if "sample" in generator.program.carrying:
        yield _line("drawn in chunks = drawn as a whole", drawn_in_chunks(generator.program, case, generator.given))
    if beams and token is not None:
        yield _line("beam of 1 = greedy", _narrow(generator, token))
        if _sequences(generator, token) <= SEARCHED:
            yield _line("wide beam = exhaustive search", _wide(generator, token))
    ratio = frequencies(generator.program, generator.case, randoms, draws)
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
    prompts = {}
    for info in targets(generator.program.graph):
        ragged = next((axis for axis, index in enumerate(axes(info.domain)) if index.kind is Kind.SEQUENCE), None)
        if ragged is not None:
            own = generator.own(info.name, drawn)
            prompts[info.name] = [np.take(a, range((a.shape[ragged] + 1) // 2), axis=ragged) for a in own]
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


def _stepwise(generator: Generator, randoms: Sequence[Random]) -> float:
    """Choose what is likeliest under what was chosen so far, until nothing changes: then all points had their turn."""
    case, program, counts = generator.case, generator.program, counts_of(generator.case, generator.program.graph)
    expected = {random.target: generator.sample(greedy=True)[random.target] for random in randoms}
    chosen = {name: np.full_like(value, -1 if value.dtype.kind == "i" else np.nan) for name, value in expected.items()}
    own = {r.target: inside(expected[r.target].shape, r.domain, counts) for r in randoms}
    for _ in range(1 + sum(mask[0].size for mask in own.values())):
        before = {name: value.copy() for name, value in chosen.items()}
        found = program.run(case.params, {**generator.given, **chosen}, **case.points)
        for random in randoms:
            best, mask = likeliest(random.distribution, parameters_of(random, found, case, program)), own[random.target]
            shape = chosen[random.target][mask].shape
            chosen[random.target][mask] = best.reshape(best.shape + (1,) * (len(shape) - best.ndim))
        if all(difference(chosen[name], before[name]) == 0 for name in chosen):
            break
    return max(difference(expected[name][mask], chosen[name][mask]) for name, mask in own.items())


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
