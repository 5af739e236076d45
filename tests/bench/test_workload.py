"""Batches of any size for timed calls."""

import numpy as np

import rnndsl
from rnndsl.bench.workload import USUAL, Sizes, draw_workload, unset
from rnndsl.locations import data_folder


def program_of(name: str, **dims: int) -> rnndsl.Program:
    return rnndsl.compile(data_folder("specs") / "models" / f"{name}.rnn", dims=dims)


def test_sequences_have_the_length_that_is_asked_for() -> None:
    program = program_of("tagger", words=5, tags=3, hidden=4)
    case = draw_workload(program, Sizes(batch=3, steps=7))
    assert case.lengths == {"t": [7, 7, 7]}
    assert {len(array) for array in case.data["y"]} == {7}
    assert all((array >= 0).all() for array in case.data["y"]), "nothing is absent"


def test_ragged_lengths_are_between_one_and_the_longest() -> None:
    program = program_of("tagger", words=5, tags=3, hidden=4)
    (lengths,) = draw_workload(program, Sizes(batch=200, steps=4, ragged=True)).lengths.values()
    assert set(lengths) == {1, 2, 3, 4}


def test_trees_are_binary_with_one_root() -> None:
    program = program_of("tree_lstm", vocab=9, size=4)
    case = draw_workload(program, Sizes(batch=2, leaves=6))
    for forest in case.structure.values():
        for children in forest:
            assert sorted(map(len, children)) == [0] * 6 + [2] * 5
            assert sorted(child for own in children for child in own) == list(range(10)), "all but the root"
    loss, _ = program.loss_and_grad(case.params, case.data, structure=case.structure)
    assert np.isfinite(loss)


def test_dimensions_without_a_value_get_one() -> None:
    program = program_of("char_lstm")
    assert unset(program.graph) == {"vocab": USUAL}


def test_models_without_sequences_have_examples_all_the_same() -> None:
    text = "model M(n = 3):\n    input x : n\n    param W : n, n\n    output y = W @ x\n"
    case = draw_workload(rnndsl.compile(text), Sizes(batch=5))
    assert (len(case.data["x"]), case.lengths, case.structure) == (5, {}, {})
