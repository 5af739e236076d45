"""Sizes and the union-find they live in."""

from itertools import pairwise

from rnndsl.diagnostics.span import NOWHERE, Span
from rnndsl.semantics.shapes_constraints import MATRIX, VECTOR, Constraint, Kind, Variable
from rnndsl.semantics.shapes_sizes import SIZE_RULES, Sizes, Source, unify_sizes
from rnndsl.sizes import Size

N, K = Size.of("n"), Size.of("k")


def vector(sizes: Sizes, size: Size | None = None) -> Variable:
    variable = Variable("a", NOWHERE, VECTOR)
    variable.axes = (sizes.new(),)
    if size is not None:
        sizes.assign(variable.axes[0], Source(size, str(size), NOWHERE))
    return variable


def constraint(kind: Kind, *variables: Variable, sizes: tuple[Size, ...] = ()) -> Constraint:
    return Constraint(kind, variables[:-1], variables[-1], NOWHERE, "?", sizes=sizes)


def test_a_size_reaches_all_that_are_equal() -> None:
    sizes = Sizes()
    chain = [vector(sizes) for _ in range(50)]
    unify_sizes(sizes, [constraint(Kind.EQUAL, a, b) for a, b in pairwise(chain)])
    assert sizes.size(chain[0].axes[0]) is None
    sizes.assign(chain[-1].axes[0], Source(N, "said", Span("f", 3, 1, 3, 2)))
    assert {sizes.size(variable.axes[0]) for variable in chain} == {N}
    assert sizes.nearest(chain[0].axes[0]).text == "said"
    assert len(sizes.all_nearest()) == 50


def test_a_clash_has_both_sources_and_changes_nothing() -> None:
    sizes = Sizes()
    a, b = vector(sizes, N), vector(sizes, K)
    both = constraint(Kind.EQUAL, a, b)
    unify_sizes(sizes, [both])
    (clash,) = sizes.clashes
    assert (clash.left.size, clash.right.size, clash.constraint) == (N, K, both)
    assert (sizes.size(a.axes[0]), sizes.size(b.axes[0])) == (N, K)


def test_joined_vectors_add_up_in_any_order_of_writing() -> None:
    for turned in (False, True):
        sizes = Sizes()
        first, one = vector(sizes, N), vector(sizes, Size.of(1))
        chain = [first, *(vector(sizes) for _ in range(20))]
        joins = [constraint(Kind.CONCAT, a, one, b) for a, b in pairwise(chain)]
        unify_sizes(sizes, joins[::-1] if turned else joins)
        assert sizes.size(chain[-1].axes[0]) == N + 20


def test_a_missing_part_follows_from_the_whole() -> None:
    sizes = Sizes()
    part, whole = vector(sizes), vector(sizes, 2 * N + K)
    unify_sizes(sizes, [constraint(Kind.CONCAT, part, vector(sizes, K), part, whole)])
    assert sizes.size(part.axes[0]) == N


def test_a_part_and_its_whole() -> None:
    sizes = Sizes()
    whole, part = vector(sizes), vector(sizes, N)
    unify_sizes(sizes, [constraint(Kind.PART, whole, part, sizes=(Size.of(1), Size.of(4)))])
    assert sizes.size(whole.axes[0]) == 4 * N


def test_product_of_a_matrix() -> None:
    sizes = Sizes()
    matrix = Variable("W", NOWHERE, MATRIX)
    matrix.axes = (sizes.new(), sizes.new())
    unify_sizes(sizes, [constraint(Kind.PRODUCT, matrix, vector(sizes, N), vector(sizes, K))])
    assert tuple(sizes.size(axis) for axis in matrix.axes) == (K, N)


def test_every_kind_has_a_rule() -> None:
    assert set(SIZE_RULES) == set(Kind)
