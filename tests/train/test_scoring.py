"""Scores over a dataset."""

import math

import numpy as np
import pytest

from rnndsl.data import ExampleBatches, StreamBatches
from rnndsl.data.dataset import Stream
from rnndsl.train.scoring import TermScore, score
from rnndsl.train.settings import Measure
from tests.train.elman import Elman, OfTrees, examples_of_trees


@pytest.mark.parametrize("chunk", [1, 7, 50, 1000])
def test_the_score_does_not_depend_on_the_chunks(chunk: int) -> None:
    program = Elman(dtype="float64")
    stream = Stream({"y": np.random.default_rng(0).integers(0, 5, 101)})
    whole = program.loss(program.init(3), {"y": stream.arrays["y"][None]})
    found = score(program, program.init(3), StreamBatches(stream, 1, chunk, whole=True))
    assert found.terms["y"].count == 101
    assert found.terms["y"].nll == pytest.approx(whole.value, rel=1e-12)
    assert found.loss == pytest.approx(whole.value, rel=1e-12)
    assert found.measured(Measure("bits per character", "y")) == pytest.approx(whole.value / math.log(2))
    assert found.measured(Measure()) == found.loss


def test_every_example_is_scored_with_its_own_tree() -> None:
    program, examples = OfTrees(), examples_of_trees(11)
    found = score(program, program.init(), ExampleBatches(examples, 4))
    assert found.terms["y"].count == 33
    assert program.heard == [len(tree) for tree in examples.structure["n"]]


def test_a_uniform_guess_costs_the_logarithm_of_the_vocabulary() -> None:
    program = Elman(8)
    params = {name: np.zeros_like(array) for name, array in program.init().items()}
    batches = StreamBatches(Stream({"y": np.arange(40) % 8}), 4, 8, whole=True)
    term = score(program, params, batches).terms["y"]
    assert term.bits == pytest.approx(3.0, rel=1e-6)
    assert term.perplexity == pytest.approx(8.0, rel=1e-6)


def test_a_hopeless_model_has_an_infinite_perplexity() -> None:
    assert TermScore(1e6, 1.0).perplexity == math.inf
