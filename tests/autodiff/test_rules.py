"""The rule table: total, and every rule right, once and twice, with operands that lack what others have."""

import pytest

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.autodiff.rules import FITTED, NO_GRADIENT, RULES
from rnndsl.ops import Op
from tests.autodiff.complex_step import check_gradients
from tests.autodiff.operators import CASES, Case, graph_of, probe

ALL = [pytest.param(case, id=f"{op}-{n}") for op, cases in CASES.items() for n, case in enumerate(cases)]


def test_every_operator_has_a_rule_or_is_declared_to_have_no_gradient() -> None:
    assert set(RULES) == set(Op)
    assert {op for op, rule in RULES.items() if rule is None} == set(NO_GRADIENT)
    assert set(Op) - set(NO_GRADIENT) >= FITTED


def test_every_rule_has_a_case() -> None:
    assert set(CASES) == set(Op) - set(NO_GRADIENT)


@pytest.mark.parametrize("case", ALL)
def test_rule_agrees_with_complex_steps(case: Case) -> None:
    check_gradients(graph_of(case))


@pytest.mark.parametrize("case", [case for case in ALL if not str(case.id).startswith("max-")])
def test_rule_agrees_with_complex_steps_on_empty_sequences(case: Case) -> None:
    """Of all but MAX: the largest of no values is an error in the data."""
    check_gradients(graph_of(case), lengths={"t": (0, 2, 1), "s": (1, 0, 2)})


@pytest.mark.parametrize("case", ALL)
def test_what_a_rule_makes_can_be_differentiated(case: Case) -> None:
    adjoint = differentiate(graph_of(case))
    for output in [name for name in adjoint.outputs if name.startswith("d ")][:3]:
        check_gradients(probe(adjoint, output), "probe")
