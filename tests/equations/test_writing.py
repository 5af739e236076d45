"""What may be written at another point, and what has to have a name there."""

from rnndsl.indices import Affine, here
from rnndsl.sizes import Size
from tests.equations.graphs import writer_of


def test_what_is_the_authors_does_not_vanish() -> None:
    writer = writer_of("h[t] : n = tanh(C @ h[t-1] + x[t])\nloss sum(h[t] @ h[t] over t)")
    writer.naming.start()
    number = writer.graph.equations["h"].node
    assert writer.vanishes(number) == frozenset()
    assert writer.write(number, {}).text() == "h[t]"
    (t,) = writer.graph.nodes[number].domain
    moved = {t: Affine(((t, 1),), 1)}
    assert writer.write(number, moved).text() == "h[t+1]"
    assert writer.define(number, moved).text() == "tanh(C @ h[t] + x[t+1])"
    assert writer.moved(moved, {t: Affine(((t, 1),), -1)}) == {t: here(t)}
    assert writer.stays(number, t)
    assert not writer.stays(writer.graph.nodes[number].operands[0], t)


def test_division_may_be_no_number_outside() -> None:
    writer = writer_of("h[t] : n = 1 / x[t]\nloss sum(h[t] @ h[t] over t)")
    assert writer.vanishes(writer.graph.equations["h"].node) is None


def test_constants_ranges_and_children_are_made_once() -> None:
    writer = writer_of("loss sum(b)")
    writer.naming.start()
    size = Size.of("n")
    assert [writer.constant(size, value).text for value in (0.0, 1.0, 0.5, 0.0)] == ["zero", "one", "constant", "zero"]
    assert [writer.range(size, place).name for place in (0, 1, 0)] == ["i_2", "j", "i_2"]
    assert [index.name for index in writer.indices] == ["i_2", "j"]


def test_facts_hold_at_their_points_only() -> None:
    writer = writer_of("h[t] : n = x[t] if s[t] > 0 else b\nloss sum(h[t] @ h[t] over t)")
    number = next(n for n, node in writer.graph.nodes.items() if node.op.value == "less")
    (t,) = writer.graph.nodes[number].domain
    writer.known[number] = True
    assert writer.without([t]).known == {}
    assert writer.without([]).known == {number: True}
