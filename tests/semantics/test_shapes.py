"""The shapes of whole specs."""

from pathlib import Path

import pytest

from rnndsl.diagnostics.codes import CODES
from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.semantics.expand import expand
from rnndsl.semantics.model import Type, TypedModel
from rnndsl.semantics.shapes import infer_shapes
from rnndsl.semantics.shapes_findings import show_shape
from rnndsl.sizes import Size
from rnndsl.syntax.parse import parse
from tests.growth import doubled
from tests.semantics.specs import expanded, grove

GOOD = Path(__file__).parents[1] / "cases" / "semantics" / "good"

HEADER = """model Net(n, k):
    index  t : sequence
    index  i : 1..k
    input  x[t] : n
    input  v[t] : token(k)
    input  a[t] : scalar
"""
HEAD = """cell Head(width, slots):
    index t : sequence
    index m : cyclic(slots)
    index j : -1..1
    input h[t], memory[t, m]
    param K, k, b, b0, g, g0, c, c0, s[j], s0[j]
    key[t] : width = tanh(K @ h[t] + k)
    strength[t]    = softplus(b @ h[t] + b0)
    gate[t]        = sigmoid(g @ h[t] + g0)
    sharpness[t]   = 1 + softplus(c @ h[t] + c0)
    shift[t, j]    = softmax(s[j] @ h[t] + s0[j] over j)
    content[t, m]  = softmax(strength[t] * cosine(key[t], memory[t, m]) over m)
    mixed[t, m]    = gate[t] * content[t, m] + (1 - gate[t]) * w[t-1, m]
    moved[t, m]    = sum(mixed[t, m-j] * shift[t, j] over j)
    w[t, m]        = normalize(moved[t, m] ^ sharpness[t] over m)
    output w[t, m]
"""
NTM = (
    "from cells import LSTM\n\n"
    + HEAD
    + """
model NTM(bits, slots = 128, width = 20, hidden = 100):
    index  t : sequence
    index  m : cyclic(slots)
    input  x[t] : bits + 1
    target y[t] : bits
    param  M0[m] : width ~ normal(0.1)
    param  E, e, A, a, V, b
    h[t]        = LSTM(hidden)(concat(x[t], r[t-1]))
    read[t, m]  = Head(width, slots)(h[t], M[t-1, m])
    write[t, m] = Head(width, slots)(h[t], M[t-1, m])
    r[t]        = sum(read[t, m] * M[t-1, m] over m)
    M[t, m] : width = M[t-1, m] * (1 - write[t, m] * sigmoid(E @ h[t] + e)) + write[t, m] * tanh(A @ h[t] + a)
    init M[t, m] = M0[m]
    y[t] ~ bernoulli(V @ concat(h[t], r[t]) + b)
"""
)


def typed(text: str) -> TypedModel:
    model, _ = expand(parse(text, "net.rnn"))
    return infer_shapes(model)


def net(*lines: str) -> str:
    return HEADER + "".join(f"    {line}\n" for line in lines)


def shapes(text: str) -> dict[str, str]:
    return {name: show_shape(kind.shape, token=kind.token) for name, kind in typed(text).quantities.items()}


CASES: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
    (("param W, b", "h[t] : k = tanh(W @ x[t] + b)"), {"W": "k, n", "b": "k", "h": "k"}),
    (("param W, b", "h[t] : k = tanh(x[t] @ W + b)"), {"W": "n, k", "b": "k"}),
    (("param W : k, 3", "param b", "h[t] = W @ (b + a[t])"), {"b": "3", "h": "k"}),
    (("param w, b", "h[t] = sigmoid(w @ x[t] + b)"), {"w": "n", "b": "scalar", "h": "scalar"}),
    (("param w, b", "h[t] = sigmoid(w @ x[t] + b) * x[t]"), {"b": "scalar", "h": "n"}),
    (("param w, b", "h[t] = (w @ x[t] + b) * x[t]"), {"b": "scalar", "h": "n"}),
    (("param U, u, b", "h[t] : k = tanh(U @ h[t-1] + u * a[t] + b)"), {"u": "k", "b": "k"}),
    (("param u, b", "h[t] : k = tanh(u * a[t] + b)"), {"u": "k", "b": "k"}),
    (("param u, b", "h[t] = u * a[t] + b"), {"u": "scalar", "b": "scalar", "h": "scalar"}),
    (("param P", "h[t] = x[t] * P"), {"P": "n", "h": "n"}),
    (("param p", "h[t] = (1 - p) * x[t]"), {"p": "n"}),
    (("param p : scalar", "h[t] = (1 - p) * x[t]"), {"p": "scalar", "h": "n"}),
    (("h[t] = h[t-1] + 1",), {"h": "scalar"}),
    (("h[t] = h[t-1] * 0.9 + x[t]",), {"h": "n"}),
    (("h[t] = concat(x[t], a[t], v[t])",), {"h": "n + k + 1"}),
    (("param b", "h[t] : 3*n = concat(x[t], b, b)"), {"b": "n"}),
    (("h[t] = part(concat(x[t], x[t]), 1, 2)",), {"h": "n"}),
    (("param b", "h[t] : n = part(b, 1, 4)"), {"b": "4*n"}),
    (("h[t] = slice(x[t], 2, 4)",), {"h": "3"}),
    (("h[t] = stack(a[t] * i over i)",), {"h": "k"}),
    (("h[t] = stack(x[t] * i over i)",), {"h": "k, n"}),
    (("h[t] = outer(x[t], v[t])",), {"h": "n, k"}),
    (("h[t] = transpose(outer(x[t], v[t]))",), {"h": "k, n"}),
    (("param h0", "h[t] = h[t-1] + x[t]", "init h[t] = h0"), {"h0": "n"}),
    (("h[t] : n = 1",), {"h": "n"}),
    (("h[t] = v[t-1]",), {"h": "token(k)"}),
    (("h[t] = v[t] if t > 1 else v[t-1]",), {"h": "token(k)"}),
    (("h[t] = v[t] * 1",), {"h": "k"}),
    (("param c", "h[t] = x[t] if a[t] > 0 else c"), {"c": "n", "h": "n"}),
    (("param W[i], b[i]", "h[t, i] : 4 = W[i] @ x[t] + b[i]"), {"W": "4, n", "b": "4"}),
    (("h[t] = mean(x[t]) + norm(x[t]) + max(x[t]) + cosine(x[t], x[t])",), {"h": "scalar"}),
)


@pytest.mark.parametrize(("lines", "expected"), CASES)
def test_shapes(lines: tuple[str, ...], expected: dict[str, str]) -> None:
    last = next(line for line in reversed(lines) if line.startswith("h["))
    found = shapes(net(*lines, f"output {last.split(']')[0]}]"))
    assert {name: found[name] for name in expected} == expected


def test_neural_turing_machine() -> None:
    found = shapes(NTM)
    assert found["h.W_f"] == "hidden, width + bits + 1"
    assert (found["read.K"], found["read.b"], found["read.b0"]) == ("width, hidden", "hidden", "scalar")
    assert (found["read.s"], found["read.s0"]) == ("hidden", "scalar")
    assert {found[f"write.{name}"] for name in ("strength", "gate", "sharpness", "shift", "mixed")} == {"scalar"}
    assert (found["read"], found["r"], found["V"], found["e"]) == ("scalar", "width", "bits, width + hidden", "width")


def test_thousands_of_equations_in_a_row() -> None:
    def chained(count: int) -> str:
        chain = [f"h{k}[t] = tanh(h{k - 1}[t])" for k in range(count, 0, -1)]
        return shapes(net(*chain, "h0[t] = x[t]", f"output h{count}[t]"))[f"h{count}"]

    assert chained(2999) == "n"
    assert doubled(chained, 200) < 2.3


def test_every_quantity_has_a_reason() -> None:
    found = typed(net("param W, b", "h[t] : k = tanh(W @ x[t] + b)", "output h[t]"))
    assert set(found.reasons) == set(found.quantities)
    assert found.reasons["h"] == "declared in line 8"
    assert found.reasons["W"].startswith("is a matrix, since its name begins with a capital letter; `k` because `h`")


def test_types_of_all_expressions() -> None:
    found = typed(net("h[t] = tanh(x[t]) * a[t]", "output h[t]"))
    assert {show_shape(kind.shape) for kind in found.expressions.values()} == {"n", "scalar"}


@pytest.mark.parametrize("code", [code for code in CODES if code.startswith("RNN30") and code != "RNN305"])
def test_example_of_a_code(code: str) -> None:
    with pytest.raises(SpecError) as caught:
        typed(CODES[code].bad)
    assert [diagnostic.code for diagnostic in caught.value.diagnostics] == [code]
    typed(CODES[code].good)


def shown(name: str, path: str) -> str:
    typed = infer_shapes(expanded((GOOD / f"{path}.rnn").read_text(encoding="utf-8")))
    return show_shape(typed.quantities[name].shape, token=typed.quantities[name].token)


@pytest.mark.parametrize(
    ("path", "shapes"),
    [
        (
            "translate",
            {
                "W": "align, hidden", "U": "align, 2*hidden", "W_d": "hidden, hidden", "V": "target_vocab, hidden",
                "e": "scalar", "alpha": "scalar", "context": "2*hidden", "d.x": "2*hidden + embed",
                "d.W_z": "hidden, 2*hidden + embed", "y": "token(target_vocab)",
            },
        ),
        (
            "tree_lstm",
            {"W_f": "size, vocab", "U_f": "size, size", "b_f": "size", "f": "size", "hs": "size", "V": "classes, size"},
        ),
        ("four_way", {"p.U": "n, channels", "s.W": "n, n", "r.x": "channels", "z": "4*n", "V": "classes, 4*n"}),
        ("pointer", {"u": "scalar", "seen": "size", "y": "scalar", "d.W": "hidden, size", "e.W": "hidden, size"}),
        ("binary_tree_lstm", {"U_f": "size, size", "b_f": "size", "h0": "size", "c": "size", "V": "classes, size"}),
        ("tree_over_time", {"up": "size", "down": "size"}),
    ],
)  # fmt: skip
def test_shapes_over_trees_and_several_sequences(path: str, shapes: dict[str, str]) -> None:
    assert {name: shown(name, path) for name in shapes} == shapes


def test_points_are_numbers_with_their_index() -> None:
    body = "target y[t] : point(s)\ne[t] = y[t-1]\ny[t] ~ categorical(s * e[t] + p[t] over s)"
    typed = infer_shapes(expanded(grove(body)))
    s = next(index for index in typed.model.indices if index.name == "s")
    pointed = {name for name, kind in typed.quantities.items() if kind.point is not None}
    assert pointed == {"y", "p"}
    assert typed.quantities["y"] == Type((), token=False, point=s)
    assert typed.quantities["e"] == Type(())
    read = typed.model.equations["e"].value
    assert typed.expressions[read] == Type((), token=False, point=s)


def test_a_cell_of_trees_alone() -> None:
    cell = "cell Up(n):\n    index v : tree\n    index k : children(v)\n    input x[v]\n    param W\n"
    cell += "    h[v] : n = W @ x[v] + sum(h[k] over k)\n    output h[v]\n"
    assert show_shape(infer_shapes(expanded(cell)).quantities["W"].shape) == "n, x_size"


def test_conditions_about_leaves_are_scalars() -> None:
    typed = infer_shapes(expanded(grove("h[v] = z[v] if leaf(v) else 0\ne[v] = leaf(v)\noutput h[v], e[v]")))
    assert typed.quantities["h"].shape == (Size.of("n"),)
    assert typed.quantities["e"].shape == ()
