"""Variables and constraints."""

from rnndsl.diagnostics.span import NOWHERE
from rnndsl.semantics.shapes_constraints import ANY, MASK_OF, RANK_OF, VECTOR, Constraint, Kind, Variable


def test_ranks_and_masks() -> None:
    assert [RANK_OF[mask] for mask in MASK_OF] == [0, 1, 2]
    variable = Variable("a", NOWHERE)
    assert variable.open
    assert variable.mask == ANY
    assert variable.rank == 0
    variable.mask = VECTOR
    assert not variable.open
    assert variable.rank == 1


def test_all_variables_of_a_constraint() -> None:
    a, b, c = (Variable(name, NOWHERE) for name in "abc")
    assert Constraint(Kind.PRODUCT, (a, b), c, NOWHERE, "@").variables == (a, b, c)
