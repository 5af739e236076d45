"""What a rule sees."""

from rnndsl.autodiff.site import Site
from rnndsl.graph.node import Labels
from rnndsl.ops import Op
from rnndsl.sizes import Size
from tests.graph.examples import HIDDEN, Net, T


def _sites() -> tuple[Net, Site, Site, int]:
    net = Net("Site")
    x, w = net.input("x", (T,), HIDDEN), net.param("w", HIDDEN)
    product, dot = net.mul(x, w), net.dot(x, w)
    return net, Site(net.builder, product), Site(net.builder, dot, guarded=True), net.input("g", (T,))


def test_operands_and_values() -> None:
    net, site, _, g = _sites()
    assert site.node == net.builder.nodes[site.number]
    assert site.operand(1) == net.builder.nodes[site.node.operands[1]]
    assert (site.value(0, g), site.result(g)) == (site.node.operands[0], site.number)


def test_values_are_guarded_where_there_may_be_poles() -> None:
    net, _, site, g = _sites()
    node = net.builder.nodes[site.value(1, g)]
    condition, one, value = node.operands
    assert (node.op, value) == (Op.WHERE, site.node.operands[1])
    assert net.builder.nodes[condition].operands == (g, site.const(0))
    assert one == site.const(1)


def test_a_contraction_is_guarded_by_its_whole_cotangent() -> None:
    net, product, _, _ = _sites()
    outer = net.builder.product(Labels(("i", "j"), "ij"), *product.node.operands)
    site = Site(net.builder, outer, guarded=True)
    condition = net.builder.nodes[net.builder.nodes[site.value(0, outer)].operands[0]]
    assert net.builder.nodes[condition.operands[0]].attr == Labels(("ij",), "")
    elementwise = Site(net.builder, product.number, guarded=True)
    condition = net.builder.nodes[net.builder.nodes[elementwise.value(0, product.number)].operands[0]]
    assert condition.operands[0] == product.number


def test_products_leave_ones_out() -> None:
    _, site, _, g = _sites()
    one = site.const(1)
    assert site.mul(one, g) == site.mul(g, one) == site.mul(g) == g
    assert site.mul(one, one) == one
    assert site.builder.nodes[site.mul(g, site.number)].op is Op.MUL
    assert site.is_const(site.size(Size.of(1)), 1)
    assert not site.is_const(g, 1)
