"""Work: the costs of operators are those of the statements that are written for them."""

import re

from rnndsl.codegen.elementwise import STATEMENTS
from rnndsl.ops import Op
from rnndsl.schedule.extents import Extents
from rnndsl.schedule.work import EXP, LIGHT, ONCE, OPERAND, RESULT, TANH, cost_of_activations
from rnndsl.sizes import Size

NOWHERE = Extents({"n": 10}, 1, {}, {}, {}, {})
#: What helpers and functions are that go over numbers in another way than by sums and copies.
SLOW = re.compile(r"xp\.(tanh|exp|log|sin|cos|mod)\(|power\(|where=")


def test_operators_cost_what_their_statements_say() -> None:
    for op, statements in STATEMENTS.items():
        cost = RESULT.get(op, ONCE)
        assert cost.calls >= len(statements), op
        light = sum(not SLOW.search(statement) for statement in statements)
        assert op is Op.SOFTPLUS or cost.times.get(LIGHT, 0) == light, op
        assert (cost.times.get(TANH, 0) == 1) == any("xp.tanh" in statement for statement in statements), op


def test_no_operator_has_two_costs() -> None:
    assert not RESULT.keys() & OPERAND.keys()


def test_one_tanh_does_for_all_gates() -> None:
    n = Size.of("n")
    gates = cost_of_activations(((Op.SIGMOID, n * 3), (Op.TANH, n)), NOWHERE)
    assert gates.times == {LIGHT: 3 * 0.75, TANH: 1.0}
    assert gates.calls == RESULT[Op.SIGMOID].calls
    assert gates.on(40) == {LIGHT: 90, TANH: 40}
    mixed = cost_of_activations(((Op.EXP, n), (Op.RELU, n)), NOWHERE)
    assert (mixed.calls, mixed.times) == (2, {EXP: 0.5, LIGHT: 0.5})
