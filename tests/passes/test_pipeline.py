"""The passes together: they keep the meaning of every graph, twice is once, and adjoints end in few products."""

from collections import Counter

import pytest

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels
from rnndsl.ops import Op
from rnndsl.passes import AFTER, BEFORE, run
from rnndsl.passes.loops import find_loops
from tests.graph.trees import TREES
from tests.passes.cells import GRAPHS
from tests.passes.checks import assert_pure, assert_same, meaning

ALL = {**GRAPHS, **TREES}
PASSES = {each.__name__: each for each in (*BEFORE, *AFTER)}


# Meaning --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_passes_on_models_keep_the_meaning(name: str) -> None:
    graph = ALL[name]()
    expected = meaning(graph)
    for each in PASSES.values():
        changed = assert_pure(graph, each)
        if changed is not graph:
            assert_same(expected, meaning(changed))
    assert_same(expected, meaning(run(graph, BEFORE)))


@pytest.mark.parametrize("name", ALL)
def test_passes_on_adjoints_keep_the_meaning(name: str) -> None:
    graph = differentiate(ALL[name]())
    expected = meaning(graph)
    for each in PASSES.values():
        changed = assert_pure(graph, each)
        if changed is not graph:
            assert_same(expected, meaning(changed))


@pytest.mark.parametrize("name", ALL)
def test_the_whole_pipeline_keeps_the_gradients(name: str) -> None:
    graph = ALL[name]()
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
    for make in ALL.values():
        once = run(differentiate(run(make(), BEFORE)), AFTER)
        assert run(once, AFTER).nodes == once.nodes


def test_no_pass_is_no_change() -> None:
    graph = GRAPHS["gru"]()
    assert run(graph, ()) is graph


def test_every_pass_is_the_one_function_of_its_module() -> None:
    assert all(each.__module__ == f"rnndsl.passes.{name}" for name, each in PASSES.items())


# Adjoints of gated cells: one product in the loop, one for each gradient ----------------------------------------------


def _trained(name: str) -> RecurrenceGraph:
    return run(differentiate(run(GRAPHS[name](), BEFORE)), AFTER)


def _products(graph: RecurrenceGraph, *, adjoint: int, looped: bool) -> Counter[str]:
    """Count contractions with a matrix in them by their labels."""
    loops = find_loops(graph.nodes)
    return Counter(
        ",".join(node.attr.operands) + "->" + node.attr.out
        for number, node in graph.nodes.items()
        if node.op is Op.CONTRACT and isinstance(node.attr, Labels) and node.adjoint == adjoint
        if (number in loops) is looped and len(set("".join(node.attr.operands))) == 2
    )


@pytest.mark.parametrize(
    ("name", "inner", "gradients"),
    [
        ("lstm_on_vectors", 1, 2),  # U' da in the loop; dU, dW
        ("peephole", 1, 2),
        ("gru", 2, 3),  # the candidate's own matrix
        ("reset_after_gru", 1, 2),
        ("two_layers", 2, 4),
        ("bidirectional", 2, 3),  # both directions read x
        ("multiplicative", 1, 2),
    ],
)
def test_products_of_an_adjoint(name: str, inner: int, gradients: int) -> None:
    graph = _trained(name)
    assert _products(graph, adjoint=1, looped=True) == {"i,ij->j": inner}
    outer = _products(graph, adjoint=1, looped=False)
    assert outer["i,j->ij"] == gradients
    assert outer["i,ij->j"] == (2 if name == "two_layers" else 1)  # to the input, and to the layer below


def test_gradients_of_look_ups_are_one() -> None:
    graph = _trained("lstm")
    assert Counter(node.op for node in graph.nodes.values())[Op.SCATTER] == 1


def test_no_placement_is_left_where_parts_tile() -> None:
    for name in ("lstm_on_vectors", "peephole", "gru", "reset_after_gru", "bidirectional"):
        assert not any(node.op is Op.PLACE for node in _trained(name).nodes.values()), name


def test_biases_sum_what_is_made_anyhow() -> None:
    graph = _trained("two_layers")
    sums = [n for n in graph.nodes.values() if n.op is Op.CONTRACT and isinstance(n.attr, Labels) and n.attr.out == "i"]
    biases = [n for n in sums if n.adjoint and not n.domain and n.attr == Labels(("i",), "i")]
    assert len(biases) == 2
    assert all(graph.nodes[n.operands[0]].op is Op.MUL for n in biases)
