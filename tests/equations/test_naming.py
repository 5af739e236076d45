"""What gets a name, and which."""

from rnndsl.equations.naming import Naming
from rnndsl.equations.operators import RULES
from tests.equations.graphs import writer_of
from tests.equations.printed import printed

HEAD = "model A(n = 3):\n    index t : sequence\n    input x[t] : n\n    param W, U : n, n\n    param b : n\n"


def naming() -> Naming:
    """Return the names of a small model."""
    found = writer_of("h[t] : n = tanh(C @ h[t-1] + x[t]) * 2\nloss sum(h[t] @ h[t] over t)").naming
    found.start()
    return found


def test_author_names_stay() -> None:
    found = naming()
    number = found.graph.equations["h"].node
    assert (found.names[number].text, found.names[number].given) == ("h", True)
    assert found.weight(number) == 1
    assert found.free("h") == "h_2"
    assert found.free("h") == "h_3"


def test_weight_counts_quantities() -> None:
    found = naming()
    loss = found.graph.outputs["loss"].node
    assert found.weight(loss) >= 2
    tanh = next(n for n, node in found.graph.nodes.items() if node.op.value == "tanh")
    assert found.weight(tanh) == 3
    assert found.owner(tanh) == "h"
    assert found.name(tanh).text == "a_h"
    assert found.made == [tanh]
    assert set(RULES) >= {node.op for node in found.graph.nodes.values()}


def test_short_expressions_are_repeated() -> None:
    text = printed(
        f"{HEAD}    c[t] : n = W @ x[t]\n    h[t] = tanh(c[t]) * (1 - c[t])\n    loss sum(h[t] @ h[t] over t)\n"
    ).text
    assert "    h[t] = tanh(c[t]) * (1 - c[t])\n" in text
    assert "e_1" not in text


def test_outer_expressions_have_the_plainer_name() -> None:
    text = printed(f"{HEAD}    h[t] : n = tanh(W @ sigmoid(U @ x[t] + b) + b)\n    loss sum(h[t] @ h[t] over t)\n").text
    assert "    a_h[t]   = W @ a_h_2[t] + b\n" in text
    assert "    a_h_2[t] = sigmoid(a_h_3[t])\n" in text


def test_common_factors() -> None:
    text = printed(f"{HEAD}    h[t] : n = normalize(exp(W @ x[t]))\n    loss sum(h[t] @ (U @ h[t]) over t)\n").text
    assert "    e_1[t] " in text
    assert text.count("e_1[t]") >= 3


def test_deep_expressions_are_cut() -> None:
    text = printed(f"{HEAD}    loss sum({'sigmoid(' * 40}b{')' * 40} * (U @ b))\n").text
    assert max(line.count("sigmoid(") for line in text.splitlines()[8:] if "a_" in line) <= 20
    assert max(line.count("(") for line in text.splitlines()) < 60
    assert "c = " in printed(f"{HEAD}    c = {'W @ ' * 60}b\n    loss c @ (U @ b)\n").text
