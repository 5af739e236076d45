"""Changes of a block."""

from collections.abc import Callable

import pytest

from rnndsl.evolve.anatomy import Node
from rnndsl.evolve.edits import declare, extract, fresh, put, reference, tidy
from rnndsl.evolve.rewriting import plain
from rnndsl.semantics.check import check
from rnndsl.syntax.notation import print_expression
from rnndsl.syntax.tree import Block, Call, Reference
from tests.evolve.cells import ELMAN, GRU, anatomy, block_of, lines, printed


def changed(text: str, old: str, new: str) -> Block:
    assert old in text
    return block_of(text.replace(old, new))


def test_put_changes_one_place() -> None:
    cell = anatomy(GRU)
    place = next(one for one in cell.expressions if cell.text(one) == "1 - z[t]")
    text = printed(put(cell.block, place, reference("g", cell.equations["g"].target.indices)))
    assert text == printed(cell.block).replace("(1 - z[t]) * g[t]", "g[t] * g[t]")


def test_fresh_names_are_new() -> None:
    block = changed(ELMAN, "param W", "param M_1, M_2, W")
    assert fresh(block, "M") == "M_3"
    assert fresh(block, "m") == "m_1"


def test_parameters_are_declared_after_the_others() -> None:
    block = anatomy(ELMAN).block
    size = Reference(plain("n"), None, block.span)
    start = Call(plain("identity"), (), (), (), block.span)
    new = lines(declare(declare(block, "M_1", size, 2, start), "m_1", size, 1))
    assert new[3:7] == ["param W, U, b", "param M_1 : n, n ~ identity", "param m_1 : n", ""]


def test_an_extracted_node_has_a_name() -> None:
    cell = anatomy(GRU)
    place = next(one for one in cell.expressions if cell.text(one) == "r[t] * h[t-1]")
    block, read = extract(cell, cell.block, place)
    assert print_expression(read) == "v_1[t]"
    at = lines(block).index("v_1[t] = r[t] * h[t-1]")
    assert lines(block)[at + 1] == "g[t] = tanh(W_g @ x[t] + U_g @ v_1[t] + b_g)"
    check(printed(block))


@pytest.mark.parametrize(
    ("text", "old", "new", "gone"),
    [
        (GRU, "U_g @ (r[t] * h[t-1])", "U_g @ h[t-1]", ["r[t] =", "W_r", "{r,"]),
        (GRU, "tanh(W_g @ x[t] + U_g @ (r[t] * h[t-1]) + b_g)", "x[t]", ["g[t] =", "r[t] =", "{"]),
        (ELMAN, " + b)", ")", ["b"]),
    ],
)
def test_what_nothing_reads_is_taken_away(text: str, old: str, new: str, gone: list[str]) -> None:
    left = "\n".join(lines(tidy(changed(text, old, new))))
    assert all(word not in left.partition("index")[2] for word in gone), left
    assert not check(printed(tidy(changed(text, old, new)))).warnings


def test_a_list_of_one_name_is_the_name() -> None:
    block = changed(GRU, "tanh(W_g @ x[t] + U_g @ (r[t] * h[t-1]) + b_g)", "tanh(x[t])")
    assert "param W_z, U_z, b_z" in lines(tidy(block))


def test_no_gap_is_left() -> None:
    after = lines(tidy(changed(GRU, "(1 - z[t]) * g[t]", "(1 - z[t]) * x[t]")))
    assert [line.partition(" ")[0] for line in after[after.index("") + 1 :]] == ["z[t]", "h[t]", "output"]
    assert after.count("") == 1


def test_a_name_that_something_else_needs_stays() -> None:
    for keep in ("g[t] : n = x[t]", "g[t] = x[t]\n    init g[t] = b_r\n    k[t] = g[t-1]"):
        text = GRU.replace("g[t] = tanh(W_g @ x[t] + U_g @ (r[t] * h[t-1]) + b_g)", keep)
        text = text.replace("z[t] * h[t-1]", "z[t] * k[t]") if "k[t]" in text else text
        assert any(line.startswith("g[t]") for line in lines(tidy(block_of(text)))), keep
    output = GRU.replace("g[t] = tanh(W_g @ x[t] + U_g @ (r[t] * h[t-1]) + b_g)", "g[t] = x[t]")
    assert "g[t] = x[t]" in lines(tidy(block_of(output.replace("output h[t]", "output g[t], h[t]"))))


def test_what_a_loop_reads_stays() -> None:
    text = ELMAN.replace(
        "    output", "    for l in {a,b}:\n        k_{l}[t] = h[t] * b\n    output k_a[t]\n    output"
    )
    block = changed(text, "U @ x[t] + b)", "U @ x[t])")
    assert "param W, U, b" in lines(tidy(block))


@pytest.mark.parametrize(
    ("sum_", "expected"),
    [
        ("x[t] + (h[t-1] + b)", "x[t] + h[t-1] + b"),
        ("x[t] + (h[t-1] - b)", "x[t] + h[t-1] - b"),
        ("x[t] - (h[t-1] - b)", "x[t] - (h[t-1] - b)"),
        ("x[t] * (h[t-1] * b)", "x[t] * h[t-1] * b"),
        ("x[t] + m_1 + b", "x[t] + b"),
        ("x[t] + b + m_1", "x[t] + b"),
        ("x[t] + m_2 + m_1", "x[t] + m_1"),
        ("x[t] + m_1 + h[t-1]", "x[t] + m_1 + h[t-1]"),
        ("x[t] + W @ h[t-1] + c + b", "x[t] + W @ h[t-1] + c + b"),
    ],
)
def test_sums_are_one_chain_with_one_bias(sum_: str, expected: str) -> None:
    text = ELMAN.replace("W, U, b", "W, m_1, m_2, b, c").replace("x[t]\n", "x[t] : n\n", 1)
    block = block_of(text.replace("W @ h[t-1] + U @ x[t] + b", sum_))
    assert f"h[t] : n = tanh({expected})" in lines(tidy(block))


@pytest.mark.parametrize("text", [ELMAN, GRU])
@pytest.mark.parametrize("twice", [tidy, lambda block: tidy(tidy(block))])
def test_tidy_leaves_a_tidy_block_alone(text: str, twice: Callable[[Block], Block]) -> None:
    block = block_of(text)
    assert printed(twice(block)) == printed(block)
    assert Node("h") in anatomy(printed(twice(block))).expressions
