"""Rewriting in place keeps a graph hash-consed and its users right."""

from rnndsl.graph.node import Node
from rnndsl.ops import Op
from rnndsl.passes.rewriting import Rewriting, rewrite
from tests.graph.examples import HIDDEN, Net, T
from tests.passes.checks import describe


def test_users_that_become_equal_are_merged() -> None:
    net = Net("Twins")
    x, y = net.input("x", (T,), HIDDEN), net.input("y", (T,), HIDDEN)
    net.output("a", net.op(Op.EXP, net.op(Op.TANH, x)))
    net.output("b", net.op(Op.EXP, net.op(Op.TANH, y)))
    graph = net.finish(net.total(net.mul(x, y)))
    work = Rewriting.start(graph)
    work.forward(y, x)
    result = work.result(graph)
    assert result.outputs["a"].node == result.outputs["b"].node
    assert describe(result, "loss") == "contract(mul(x, x); i->)"
    assert len(result.nodes) == 5


def test_what_nobody_needs_is_no_user() -> None:
    net = Net("Users")
    x, y = net.input("x", (T,), HIDDEN), net.input("y", (T,), HIDDEN)
    inner = net.op(Op.TANH, x)
    outer = net.op(Op.EXP, inner)
    net.output("y", y)
    graph = net.finish(net.total(net.add(outer, net.op(Op.SIN, inner))))
    work = Rewriting.start(graph)
    assert not work.alone(inner)
    work.forward(outer, y)
    assert work.alone(inner)
    assert work.find(Op.EXP, inner) is None
    assert work.find(Op.SIN, inner) is not None


def test_rules_are_applied_until_none_applies() -> None:
    net = Net("Tower")
    value = net.input("x", (T,))
    for _ in range(10):
        value = net.op(Op.NEG, value)
    net.output("out", value)

    def drop(work: Rewriting, _: int, node: Node) -> int | None:
        inner = work.nodes[node.operands[0]]
        return inner.operands[0] if inner.op is Op.NEG else None

    graph = net.finish(net.total(value))
    result = rewrite(graph, {Op.NEG: (drop,)})
    assert describe(result, "out") == "x"
    assert rewrite(result, {Op.NEG: (drop,)}) is result
