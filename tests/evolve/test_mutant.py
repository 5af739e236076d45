"""Mutants are valid, differ from their parents, and say what they are."""

import numpy as np
import pytest

import rnndsl
from rnndsl.cli.specs import find_spec
from rnndsl.diagnostics.diagnostic import DataError, SpecError
from rnndsl.evolve import mutant as mutants
from rnndsl.evolve.anatomy import Anatomy
from rnndsl.evolve.genome import ORIGIN, identity, self_contained
from rnndsl.evolve.mutant import mutate, seeded
from rnndsl.evolve.mutations import MUTATIONS
from rnndsl.semantics.check import check
from rnndsl.syntax.parse import parse
from rnndsl.syntax.printer import format_tree
from tests.evolve.cells import ELMAN, GRU, WHOLE

NAMES = ("lstm", "gru", "cells/elman", "mut3", "char_lstm", "translate", "tree_lstm", "four_way", "no_input")


def contained(name: str) -> str:
    path = find_spec(name)
    return self_contained(path.read_text(encoding="utf-8"), path)


@pytest.mark.parametrize("name", NAMES)
def test_every_mutant_is_a_valid_spec_in_the_canonical_layout(name: str) -> None:
    """Three generations of each: checked without new warnings, printed as `rnndsl fmt` prints, parsed to the same."""
    text = contained(name)
    warnings = {one.code for one in check(text).warnings}
    for generation in range(3):
        child = mutate(text, f"generation {generation}", seeded(generation)).text
        assert identity(child) != identity(text)
        assert format_tree(parse(child, "<text>")) == child
        assert {one.code for one in check(child).warnings} <= warnings
        text = child


@pytest.mark.parametrize("seed", range(3))
def test_mutants_compile_and_have_right_gradients(seed: int) -> None:
    """The derivative along a random direction is that of a central difference."""
    text = mutate(WHOLE, "a mutant", seeded(seed)).text
    program = rnndsl.compile(text, dims={"vocab": 4, "hidden": 3}, dtype="float64")
    rng = np.random.default_rng(seed)
    params = {name: array + rng.normal(size=array.shape) / 3 for name, array in program.init(seed).items()}
    data = {"y": rng.integers(0, 4, (2, 5))}
    grads = program.loss_and_grad(params, data)[1]
    way = {name: rng.normal(size=array.shape) for name, array in params.items()}
    ends = [program.loss({k: v + h * way[k] for k, v in params.items()}, data).value for h in (1e-6, -1e-6)]
    slope = sum(float(np.vdot(grads[name], way[name])) for name in params)
    assert slope == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-5, abs=1e-9)


def test_the_same_seed_gives_the_same_mutant() -> None:
    first, again, other = (mutate(GRU, "a", seeded(*key)).text for key in ((3, 1), (3, 1), (3, 2)))
    assert first == again != other


def test_a_mutant_names_its_parent_and_its_mutations() -> None:
    found = mutate(f"# Elman (1990).\n{ELMAN}", "elman-7, a mutant of elman", seeded(5), changes=2)
    head, _, rest = found.text.partition(ORIGIN)
    steps = found.mutation.split("; ")
    assert head.splitlines() == ["# elman-7, a mutant of elman:", *(f"#   {step}" for step in steps)]
    assert rest.startswith("# Elman (1990).\ncell Elman(n):\n")
    assert len(steps) == 2
    assert all(step.split()[0] in MUTATIONS and " in h[t]: " in step and " becomes " in step for step in steps)


@pytest.mark.parametrize("changes", [1, 4])
def test_the_number_of_mutations_can_be_given(changes: int) -> None:
    assert mutate(GRU, "a", seeded(1), changes=changes).mutation.count("; ") == changes - 1


def test_without_a_number_it_is_one_to_three() -> None:
    counts = {mutate(ELMAN, "a", seeded(seed)).mutation.count("; ") for seed in range(18)}
    assert counts == {0, 1, 2}


def test_states_and_inputs_are_read_as_before() -> None:
    for seed in range(12):
        text = mutate(ELMAN, "a", seeded(seed), changes=3).text
        cell = Anatomy(parse(text, "<text>").blocks[0])
        assert cell.states == {"h"}
        assert "x[t]" in {cell.text(one) for one in cell.expressions}


def test_every_mutation_occurs() -> None:
    found = {mutate(GRU, "a", seeded(seed), changes=1).mutation.split()[0] for seed in range(36)}
    assert found == set(MUTATIONS)


def test_of_several_cells_it_says_which_one() -> None:
    steps = [mutate(f"{GRU}\n{WHOLE}", "a", seeded(seed), changes=1).mutation for seed in range(4)]
    assert all(" of Elman: " in step or " of GRU: " in step for step in steps)


def test_a_model_without_cells_evolves_itself() -> None:
    text = mutate(contained("models/elman"), "a", seeded(2)).text
    assert "y[t] ~ categorical(" in text
    assert "model Elman(vocab, hidden = 128):" in text


def test_dimensions_that_the_structure_needs_can_be_given() -> None:
    text = WHOLE.replace("hidden = 6", "k").replace("h[t] = ", "for l in 1..k:\n        h_{l}[t] = ")
    text = text.replace("Elman(hidden)", "Elman(5)").replace("V @ h[t]", "V @ h_{k}[t]")
    with pytest.raises(SpecError, match="RNN2"):
        mutate(text, "a", seeded(0))
    assert mutate(text, "a", seeded(0), dims={"k": 2}).text


def test_what_cannot_be_mutated_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    copy = "cell Copy(n):\n    index t : sequence\n    input x[t] : n\n    a[t] = x[t]\n    output a[t]\n"
    with pytest.raises(DataError, match=r"RNN751: .* none gives a valid spec"):
        mutate(copy, "a", seeded(0))
    long = copy.replace("= x[t]", f"= {' + '.join(['x[t]'] * 150)}")
    with pytest.raises(DataError, match="RNN751: Copy is too large"):
        mutate(long, "a", seeded(0))
    monkeypatch.setattr(mutants, "MOST_NODES", 4)
    with pytest.raises(DataError, match="RNN751: Elman is too large"):
        mutate(ELMAN, "a", seeded(0))
    with pytest.raises(SpecError):
        mutate("cell A(n):\n    a = b\n    output a\n", "a", seeded(0))
