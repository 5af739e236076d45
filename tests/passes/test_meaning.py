"""Every pass alone, and all of them, keep the meaning of every graph; twice is once."""

import pytest

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.passes import AFTER, BEFORE, run
from tests.passes.cells import GRAPHS
from tests.passes.checks import assert_pure, assert_same, meaning

PASSES = {each.__name__: each for each in (*BEFORE, *AFTER)}


@pytest.mark.parametrize("name", GRAPHS)
def test_passes_on_models_keep_the_meaning(name: str) -> None:
    graph = GRAPHS[name]()
    expected = meaning(graph)
    for each in PASSES.values():
        changed = assert_pure(graph, each)
        if changed is not graph:
            assert_same(expected, meaning(changed))
    assert_same(expected, meaning(run(graph, BEFORE)))


@pytest.mark.parametrize("name", GRAPHS)
def test_passes_on_adjoints_keep_the_meaning(name: str) -> None:
    graph = differentiate(GRAPHS[name]())
    expected = meaning(graph)
    for each in PASSES.values():
        changed = assert_pure(graph, each)
        if changed is not graph:
            assert_same(expected, meaning(changed))


@pytest.mark.parametrize("name", GRAPHS)
def test_the_whole_pipeline_keeps_the_gradients(name: str) -> None:
    graph = GRAPHS[name]()
    expected = meaning(differentiate(graph))
    optimised = run(differentiate(run(graph, BEFORE)), AFTER)
    assert_same(expected, meaning(optimised))
    for each in AFTER:
        assert_pure(optimised, each)


def test_the_adjoint_of_an_optimised_adjoint_is_right() -> None:
    first = run(differentiate(run(GRAPHS["gru"](), BEFORE), wrt=["h0"]), AFTER)
    second = differentiate(first, "d loss/d h0", wrt=["b_c"])
    plain = differentiate(differentiate(GRAPHS["gru"](), wrt=["h0"]), "d loss/d h0", wrt=["b_c"])
    assert_same(meaning(plain), meaning(run(second, AFTER)))


def test_a_second_run_of_all_passes_changes_nothing() -> None:
    for make in GRAPHS.values():
        once = run(differentiate(run(make(), BEFORE)), AFTER)
        assert run(once, AFTER).nodes == once.nodes


def test_every_pass_is_the_one_function_of_its_module() -> None:
    assert all(each.__module__ == f"rnndsl.passes.{name}" for name, each in PASSES.items())
