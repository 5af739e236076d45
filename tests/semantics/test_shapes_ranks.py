"""Narrowing ranks."""

from itertools import pairwise, product

import pytest

from rnndsl.diagnostics.span import NOWHERE
from rnndsl.semantics.shapes_constraints import ANY, MATRIX, SCALAR, VECTOR, Constraint, Kind, Variable
from rnndsl.semantics.shapes_ranks import PRODUCTS, RANK_RULES, Ranks, narrow_elementwise, narrow_table

RANKS = (SCALAR, VECTOR, MATRIX)


def fits(ranks: tuple[int, ...]) -> bool:
    *operands, result = ranks
    return result == max(operands) and all(rank in {SCALAR, result} for rank in operands)


@pytest.mark.parametrize("masks", list(product(range(1, 8), repeat=3)))
def test_elementwise_keeps_exactly_what_is_possible(masks: tuple[int, ...]) -> None:
    possible = [ranks for ranks in product(RANKS, repeat=3) if fits(ranks)]
    possible = [ranks for ranks in possible if all(m & r for m, r in zip(masks, ranks, strict=True))]
    expected = [0, 0, 0]
    for ranks in possible:
        expected = [mask | rank for mask, rank in zip(expected, ranks, strict=True)]
    assert narrow_elementwise(masks) == expected


def test_product() -> None:
    assert narrow_table((MATRIX, VECTOR | MATRIX, ANY), PRODUCTS) == [MATRIX, VECTOR | MATRIX, VECTOR | MATRIX]
    assert narrow_table((VECTOR, ANY, SCALAR), PRODUCTS) == [VECTOR, VECTOR, SCALAR]
    assert narrow_table((SCALAR, ANY, ANY), PRODUCTS) == [0, 0, 0]


def link(kind: Kind, *variables: Variable) -> Constraint:
    constraint = Constraint(kind, variables[:-1], variables[-1], NOWHERE, "?")
    for variable in dict.fromkeys(variables):
        variable.watchers.append(constraint)
    return constraint


def test_knowledge_runs_along_a_chain() -> None:
    chain = [Variable(str(k), NOWHERE) for k in range(100)]
    constraints = [link(Kind.EQUAL, a, b) for a, b in pairwise(chain)]
    ranks = Ranks()
    ranks.add(constraints)
    ranks.propagate()
    assert chain[0].open
    ranks.decide(chain[-1], VECTOR, "said")
    assert {variable.mask for variable in chain} == {VECTOR}
    assert chain[-1].origin == "said"
    assert chain[0].cause is constraints[0]


def test_what_cannot_hold_is_put_aside() -> None:
    left, right, result = Variable("a", NOWHERE, MATRIX), Variable("b", NOWHERE, VECTOR), Variable("c", NOWHERE)
    constraint = link(Kind.ELEMENTWISE, left, right, result)
    ranks = Ranks()
    ranks.add([constraint])
    ranks.propagate()
    assert ranks.broken == [constraint]
    assert (left.mask, right.mask, result.mask) == (MATRIX, VECTOR, ANY)


def test_every_kind_has_a_rule() -> None:
    assert set(RANK_RULES) == set(Kind)
