"""Unrolling loops and conditions."""

from tests.semantics.specs import codes, expanded, net


def names(body: str, header: str = "model Net(n):") -> list[str]:
    return list(expanded(net(body + "\noutput x[t]", header=header)).equations)


def test_loops_over_ranges_and_words() -> None:
    assert names("for l in 2..4:\n    h_{l}[t] = x[t]") == ["h_2", "h_3", "h_4"]
    assert names("for k in {a, b}:\n    for l in 1..2:\n        {k}_{l}[t] = x[t]") == ["a_1", "a_2", "b_1", "b_2"]
    assert names("for l in 2..1:\n    h_{l}[t] = x[t]\ng[t] = x[t]") == ["g"]
    assert names("for l in 1..2:\n    a_{l} = 1\nfor l in 1..2:\n    b_{l} = 1") == ["a_1", "a_2", "b_1", "b_2"]


def test_inner_bounds_may_use_outer_variables() -> None:
    body = "for i in 1..3:\n    for j in i..3:\n        a_{i}{j} = 1"
    assert names(body) == ["a_11", "a_12", "a_13", "a_22", "a_23", "a_33"]


def test_conditions_choose() -> None:
    body = "if k > 2:\n    a = 1\nelif k == 2 and not n > 1:\n    b = 1\nelse:\n    c = 1"
    assert names(body, "model Net(n = 1, k = 3):") == ["a"]
    assert names(body, "model Net(n = 1, k = 2):") == ["b"]
    assert names(body, "model Net(n = 2, k = 2):") == ["c"]


def test_a_block_that_cannot_be_chosen_excuses_unknown_names() -> None:
    assert codes(net("if x > 1:\n    h[t] = x[t]\ng[t] = h[t]\noutput g[t]")) == ["RNN221"]
    assert codes(net("for l in 1..q:\n    h_{l}[t] = x[t]\noutput h_1[t]")) == ["RNN221"]


def test_loop_variables_have_names_of_their_own() -> None:
    assert codes(net("for t in 1..2:\n    a_{t} = 1\noutput x[t]")) == ["RNN203"]
    assert codes(net("for l in 1..2:\n    for l in 1..2:\n        a_{l} = 1\noutput a_1")) == ["RNN203"]


def test_expansion_is_bounded() -> None:
    loops = "".join(f"{'    ' * i}for v{i} in 1..10:\n" for i in range(10))
    assert codes(net(f"{loops}{'    ' * 10}a = 1\noutput x[t]")) == ["RNN505"]
    assert codes(net("for i in 1..1000000000:\n    a_{i} = 1\noutput x[t]")) == ["RNN505"]
