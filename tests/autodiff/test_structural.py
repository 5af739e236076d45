"""Rules of products, folds, components and tokens: what they are made of (that they are right is in `test_rules`)."""

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Node
from rnndsl.ops import Op
from rnndsl.sizes import Size
from tests.autodiff.complex_step import check_gradients
from tests.graph.examples import EXAMPLES, HIDDEN, VOCAB, Net, T


def _gradient(graph: RecurrenceGraph, name: str) -> Node:
    adjoint = differentiate(graph)
    return adjoint.nodes[adjoint.outputs[f"d loss/d {name}"].node]


def test_the_gradient_of_a_recurrent_matrix_is_one_contraction_over_all_points() -> None:
    for name, parameter in (("elman", "W"), ("lstm", "U_f"), ("backward", "Z"), ("delay", "W")):
        node = _gradient(EXAMPLES[name](), parameter)
        assert (node.op, node.attr) == (Op.CONTRACT, Labels(("i", "j"), "ij"))
        assert (node.domain, node.batch) == ((), False)


def test_the_gradient_of_a_look_up_is_a_scatter() -> None:
    node = _gradient(EXAMPLES["elman"](), "U")
    assert (node.op, node.attr, node.domain, node.batch) == (Op.SCATTER, 1, (), False)
    assert node.shape == (HIDDEN, VOCAB)


def test_axes_that_were_summed_alone_are_repeated() -> None:
    net = Net("Alone")
    w, x = net.param("W", HIDDEN, VOCAB), net.input("x", (T,), HIDDEN)
    rows = net.builder.product(Labels(("ij",), "i"), w)
    columns = net.builder.product(Labels(("ij",), "j"), w)
    graph = net.finish(net.add(net.total(net.mul(rows, x)), net.total(net.op(Op.SIN, columns))))
    adjoint = check_gradients(graph)
    ones = [node.attr for node in adjoint.nodes.values() if node.op is Op.SEGMENTS]
    assert ((1.0, VOCAB),) in ones
    assert ((1.0, HIDDEN),) in ones


def test_slices_and_places_are_each_others_adjoints() -> None:
    net = Net("Parts")
    part = net.builder.shaped(Op.SLICE, net.param("w", VOCAB), shape=(Size.of(2),), attr=Size.of(1))
    node = _gradient(net.finish(net.dot(part, part)), "w")
    assert (node.op, node.attr, node.shape) == (Op.PLACE, Size.of(1), (VOCAB,))
