"""Each mutation does what it says: on small cells, everything that it can do is what is expected, and nothing else."""

import re
from itertools import product

import numpy as np
import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.evolve.edits import tidy
from rnndsl.evolve.mutations import MUTATIONS
from rnndsl.semantics.check import check
from tests.evolve.cells import ELMAN, GRU, anatomy, lines, printed

#: Its input has n components, so whatever is a vector fits everywhere.
SQUARE = ELMAN.replace("input x[t]", "input x[t] : n")


def outcomes(kind: str, text: str, draws: int) -> set[str]:
    """Return all values that h gets in so many draws; of linear maps with how they begin."""
    cell, found = anatomy(text), set()
    for seed in range(draws):
        change = MUTATIONS[kind](cell, np.random.default_rng(seed))
        if change is not None:
            body = lines(change.block)
            start = next((re.sub(r".*\(|\)", "", line) for line in body if "~ identity" in line), "0")
            (value,) = (line.partition("= ")[2] for line in body if line.startswith("h[t]"))
            found.add(value.replace("M_1", f"M_{start}") if "M_1" in value else value)
            assert change.before != change.after
    return found


def activations(
    operand: str, text: str, *, skip: str = "", linear: tuple[str, ...] = ("0", "1", "0.9", "1.1")
) -> set[str]:
    functions = {text.replace("?", f"{one}({operand})") for one in ("tanh", "sigmoid", "relu") if one != skip}
    inner = f"({operand})" if " " in operand else operand
    return functions | {text.replace("?", f"M_{a} @ {inner} + m_1") for a in linear}


def test_an_activation_becomes_another_one() -> None:
    expected = activations("W @ h[t-1] + U @ x[t] + b", "?", skip="tanh")
    expected |= activations("h[t-1]", "tanh(? + U @ x[t] + b)", linear=("1", "0.9", "1.1"))
    expected |= activations("x[t]", "tanh(W @ h[t-1] + (?) + b)", linear=("1", "0.9", "1.1"))
    expected = {re.sub(r"\(((tanh|sigmoid|relu)\(x\[t\]\))\)", r"\1", one) for one in expected}
    assert outcomes("activation", SQUARE, 300) == expected


def test_no_linear_map_where_the_size_is_open() -> None:
    """Of `U @ x[t]` the cell does not know the columns, so that there is no square matrix."""
    expected = activations("W @ h[t-1] + U @ x[t] + b", "?", skip="tanh")
    expected |= activations("h[t-1]", "tanh(? + U @ x[t] + b)", linear=("1", "0.9", "1.1"))
    expected |= activations("x[t]", "tanh(W @ h[t-1] + ? + b)", linear=())
    assert outcomes("activation", ELMAN, 300) == expected


def test_an_operation_becomes_another_one() -> None:
    expected = {"tanh(W @ h[t-1] - U @ x[t] + b)", "tanh((W @ h[t-1]) * (U @ x[t]) + b)"}
    assert outcomes("operation", ELMAN, 40) == expected, "a bias is not added by an operation of its own"
    product_ = ELMAN.replace("W @ h[t-1] + U @ x[t] + b", "1 - h[t-1] * (U @ x[t])").replace("W, U, b", "U")
    assert outcomes("operation", product_, 40) == {f"tanh(1 - (h[t-1] {sign} U @ x[t]))" for sign in "+-"}


def test_an_activation_is_inserted_before_any_operand() -> None:
    whole = "tanh(W @ h[t-1] + U @ x[t] + b)"
    places = ("W @ h[t-1] + U @ x[t] + b", "W @ h[t-1] + U @ x[t]", "W @ h[t-1]", "U @ x[t]", "h[t-1]", "x[t]")
    expected = set()
    for place, one in product(places, ("tanh", "sigmoid", "relu")):
        expected.add(whole.replace(place, f"{one}({place})"))
    found = outcomes("insertion", SQUARE, 600)
    linear = {one for one in found if "M_" in one}
    assert found - linear == expected
    assert len(linear) == 4 * len(places)
    assert "tanh(W @ h[t-1] + U @ (M_0.9 @ x[t] + m_1) + b)" in linear


def test_a_node_with_one_operand_is_removed() -> None:
    assert outcomes("removal", ELMAN, 60) == {
        "tanh(W @ h[t-1] + U @ x[t])",
        "tanh(h[t-1] + U @ x[t] + b)",
        "tanh(W @ h[t-1] + x[t] + b)",
    }, "h is used twice: its root stays"
    used_once = GRU.replace("1 - z[t]", "1 - r[t]")
    assert "g[t] = W_g @ x[t] + U_g @ (r[t] * h[t-1]) + b_g" in removed(used_once)
    assert "h[t] : n = z[t] * h[t-1] + r[t] * g[t]" in removed(used_once)


def removed(text: str) -> set[str]:
    cell = anatomy(text)
    found = (MUTATIONS["removal"](cell, np.random.default_rng(seed)) for seed in range(80))
    return {line for change in found if change is not None for line in lines(change.block)}


def test_a_node_becomes_one_of_its_ancestors() -> None:
    inner = "W @ h[t-1] + U @ x[t]"
    expected = {f"{inner} + b", inner, "W @ h[t-1]", "U @ x[t]", "h[t-1]", "x[t]"}
    expected |= {f"tanh({one})" for one in (inner, "W @ h[t-1]", "U @ x[t]", "h[t-1]", "x[t]")}
    expected |= {f"tanh({one} + b)" for one in ("W @ h[t-1]", "U @ x[t]", "h[t-1]", "x[t]")}
    expected |= {"tanh(h[t-1] + U @ x[t] + b)", "tanh(W @ h[t-1] + x[t] + b)"}
    assert outcomes("ancestor", ELMAN, 300) == expected


def test_a_long_ancestor_of_another_equation_gets_a_name() -> None:
    cell, named = anatomy(GRU), 0
    for seed in range(200):
        change = MUTATIONS["ancestor"](cell, np.random.default_rng(seed))
        body = [] if change is None else lines(change.block)
        named += any(line.startswith("v_1[t] = ") for line in body)
        assert sum("v_1[t]" in line for line in body) in {0, 3}, "made once, read where it was and where it is needed"
    assert named > 5


def findings(text: str) -> set[str]:
    try:
        check(text)
    except SpecError as error:
        return {one.code for one in error.diagnostics}
    return set()


def test_combinations_are_of_ancestors_and_make_no_cycle() -> None:
    """Where all vectors have one size, every combination is valid at once, unless a size stays open (RNN303)."""
    cell, operators, valid = anatomy(GRU), set(), 0
    for seed in range(60):
        change = MUTATIONS["combination"](cell, np.random.default_rng(seed))
        if change is not None:
            codes = findings(printed(tidy(change.block)))
            assert codes <= {"RNN303"}
            valid += not codes
            operators |= set(re.findall(r" ([-+*]) ", change.after))
            assert change.after.partition(" - ")[0] != change.after.partition(" - ")[2]
    assert operators == {"+", "-", "*"}
    assert valid > 30


def test_combinations_of_the_smallest_cell_are_all_there() -> None:
    text = ELMAN.replace("tanh(W @ h[t-1] + U @ x[t] + b)", "tanh(x[t]) * h[t-1]").replace("    param W, U, b\n", "")
    # The nodes are the product, made from tanh(x[t]), x[t] and h[t-1], and tanh(x[t]), made from x[t].
    values = ("tanh(x[t])", "x[t]", "h[t-1]")
    whole = {f"{a} {sign} {b}" for a, sign, b in product(values, "+-*", values) if sign != "-" or a != b}
    inner = {f"(x[t] {sign} {b}) * h[t-1]" for sign, b in product("+-", values[1:])} - {"(x[t] - x[t]) * h[t-1]"}
    inner |= {"x[t] * x[t] * h[t-1]", "x[t] * h[t-1] * h[t-1]"}
    assert outcomes("combination", text, 900) == (whole | inner) - {"tanh(x[t]) * h[t-1]"}


@pytest.mark.parametrize("kind", MUTATIONS)
def test_where_there_is_nothing_to_change_nothing_is(kind: str) -> None:
    cell = anatomy("cell Copy(n):\n    index t : sequence\n    input x[t] : n\n    a[t] = x[t]\n    output a[t]\n")
    assert all(MUTATIONS[kind](cell, np.random.default_rng(seed)) is None for seed in range(5))
