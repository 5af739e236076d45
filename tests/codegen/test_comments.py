"""Comments name equation, file and line, print the equation from the graph, and can never end early."""

import itertools
import re
from dataclasses import replace

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.codegen.comments import LONGEST, Comments
from rnndsl.compiler import build, check
from rnndsl.diagnostics.span import Span
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.ops import Op
from tests.codegen.emitting import graph_of, text_of
from tests.codegen.programs import body, compile_small

RNN = ("input x[t] : n", "param W", "h[t] : n = tanh(W @ h[t-1] + x[t])", "loss sum(h[t] @ h[t] over t)")


def with_file(graph: RecurrenceGraph, file: str, text: str) -> RecurrenceGraph:
    """Return a graph whose equations stand in another file and print as another text."""

    def moved(span: Span) -> Span:
        return replace(span, file=file) if span.line else span

    nodes = {number: replace(node, span=moved(node.span)) for number, node in graph.nodes.items()}
    equations = {name: replace(e, span=moved(e.span), text=text) for name, e in graph.equations.items()}
    return replace(graph, nodes=nodes, equations=equations)


def test_the_equation_is_printed() -> None:
    graph = graph_of(*RNN)
    line = graph.equations["h"].span.line
    assert Comments(graph).before(graph.equations["h"].node) == f"<text>:{line}  h[t] = tanh(W @ h[t-1] + x[t])"


def test_its_parts_belong_to_it_and_sources_to_none() -> None:
    graph = graph_of(*RNN)
    comments = Comments(graph)
    (read,) = [n for n, node in graph.nodes.items() if node.op is Op.READ]
    assert comments.before(read) == comments.before(graph.equations["h"].node)


def test_gradients_say_of_what() -> None:
    graph = differentiate(graph_of(*RNN))
    said = {Comments(graph).before(n) for n, node in graph.nodes.items() if node.adjoint and node.op is Op.CONTRACT}
    assert any(text.startswith("gradient of <text>:") and "h[t] = tanh(" in text for text in said)


def test_nothing_can_end_a_comment() -> None:
    for hostile in ("a\nimport os", "b\rimport os", 'c"""', "d\\", "e\u2028f", "g\x0ch", "i\x00", "é", "{x} %s"):
        graph = with_file(graph_of(*RNN), hostile, hostile)
        text = Comments(graph).before(graph.equations["h"].node)
        assert text
        assert text.isascii()
        assert text.isprintable()
        assert len(text.splitlines()) == 1


def test_only_the_files_name_is_shown() -> None:
    graph = with_file(graph_of(*RNN), "/home/someone/secret/net.rnn", "h[t] = x[t]")
    assert Comments(graph).before(graph.equations["h"].node).startswith("net.rnn:")


def test_long_equations_are_cut() -> None:
    text = text_of("input x[t] : n", f"z[t] = {' + '.join(['x[t]'] * 100)}", "output z[t]")
    graph = build(check(text))
    assert len(Comments(graph).before(graph.equations["z"].node)) == LONGEST
    lines = body(compile_small(text).source, "forward").splitlines()
    assert max(map(len, lines)) <= 120


def test_a_comment_is_said_once_for_a_run_of_statements() -> None:
    lines = body(compile_small(text_of(*RNN)).source, "forward").splitlines()
    said = [line.strip() for line in lines if "h[t] = tanh(" in line]
    assert len(said) <= 2


TWICE = """
cell Gated(n):
    index t : sequence
    input x[t]
    param W, U
    z[t] : n = sigmoid(W @ x[t] + U @ h[t-1])
    h[t] : n = z[t] * h[t-1] + (1 - z[t]) * x[t]
    output h[t]

model Net(n):
    index t : sequence
    input x[t] : n
    f[t] = Gated(n)(x[t])
    g[t] = Gated(n)(sin(f[t])) backward over t
    output g[t]
    loss sum(g[t] @ g[t] over t)
"""


def owners(lines: list[str]) -> list[str]:
    """Return of every loop whose equations its comments name."""
    found = []
    for first in [k for k, line in enumerate(lines) if line.startswith("    for ")]:
        inside = itertools.takewhile(lambda line: line.startswith("        "), lines[first + 1 :])
        found.append("".join(sorted(set(re.findall(r"<text>:[67]  ([fg])[.\[]", "\n".join(inside))))))
    return found


def test_of_equations_at_one_place_the_nearest_is_printed() -> None:
    """A cell that is called twice has two equations in a line; the gradient of f begins with what that of g gives."""
    source = compile_small(TWICE).source
    assert owners(body(source, "forward").splitlines()) == ["f", "g"]
    assert owners(body(source, "loss_and_grad").splitlines()) == ["f", "g", "g", "fg"]
