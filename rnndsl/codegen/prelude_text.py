"""The text of the prelude, piece by piece and without type annotations, as generated modules carry it."""

import ast
import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from pathlib import Path
from typing import Final

SOURCES: Final = tuple(
    Path(__file__).with_name(f"prelude{part}.py") for part in ("_trees", "_rows", "", "_decode", "_jit")
)

#: Of which of them the functions are compiled.
JIT: Final = "prelude_jit.py"

SPECIAL: Final = frozenset({"__init__", "__call__"})

#: Calls of methods; numpy's functions are none.
CALLED: Final = re.compile(r"(?<!\bnp)\.(\w+)\(")

#: Helpers that generated code may name; nothing of the author's may bear these names there.
PRELUDE_NAMES = frozenset(
    {
        "Points", "Rows", "Tree", "Uses", "Segments", "gather", "spans", "structure", "Workspace", "lookup",
        "scatter", "pick", "put", "first_max", "softmax", "logsumexp", "softplus", "power", "glorot", "he",
        "orthogonal", "identity", "measure", "dropout", "borrow", "POOLS", "DTYPE", "DIMS", "PARAMS", "INPUTS",
        "OUTPUTS", "READS", "SEQUENCES", "CARRIES", "NAME", "init", "forward", "loss_and_grad", "step",
        "carrying", "scored", "Beam", "draws", "temper", "widened", "MODES", "sample", "beam", "chosen",
        "temperature", "top_k", "top_p", "greedy", "width", "end", "normalise", "best", "mix", "numba", "jit",
        "fast_exp", "fast_tanh", "fast_sigmoid", "exp_parts", "exp_parts_float32", "exp_parts_float64", "EXP_LOW",
        "EXP_HIGH", "small_product", "starts_of",
    }
)  # fmt: skip


@cache
def pieces() -> dict[str, str]:
    """Return every class and function of the prelude by name, as text without annotations."""
    found: dict[str, str] = {}
    for source in SOURCES:
        own = _pieces(source.read_text(encoding="utf-8"))
        found |= {name: f"@jit\n{text}" for name, text in own.items()} if source.name == JIT else own
    return found


def _pieces(text: str) -> dict[str, str]:
    tree = ast.parse(text)
    cuts = sorted((cut for node in ast.walk(tree) for cut in _cuts(node, text)), reverse=True)
    lines = text.splitlines(keepends=True)
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    found = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.end_lineno is not None:
            begin, end = starts[node.lineno - 1], starts[node.end_lineno]
            piece = text[begin:end]
            for cut_begin, cut_end in (cut for cut in cuts if begin <= cut[0] < end):
                piece = piece[: cut_begin - begin] + piece[cut_end - begin :]
            piece = re.sub(r"(\w+) = (\w+)(?=[,)].*:\n)", r"\1=\2", piece)  # defaults without annotations: no spaces
            found[node.name] = piece.replace("  # fmt: skip", "").rstrip() + "\n"
    return found


def helpers_of(code: str, named: AbstractSet[str]) -> list[str]:
    """Return the helpers that code names, and those that they need in turn, each without methods nobody uses."""
    wanted = set(named) | set(re.findall(r"(?<![.\w])\w+(?=\()", code)) & pieces().keys()
    while True:
        texts = without_unused([text for name, text in pieces().items() if name in wanted], code)
        words = set(re.findall(r"\w+(?=\()", "\n".join(texts)))
        if words & pieces().keys() <= wanted:
            return texts
        wanted |= words & pieces().keys()


def without_unused(helpers: Sequence[str], code: str) -> list[str]:
    """Return classes without the methods that neither `code` nor another helper names."""
    kept = [_methods(helper) for helper in helpers]
    heads = "\n".join(head for head, _ in kept)
    wanted: set[str] = set()
    reached = code + heads + "\n".join(text for _, methods in kept for n, text in methods.items() if n in SPECIAL)
    while True:
        called = set(CALLED.findall(reached))
        named = {n for _, methods in kept for n in methods if n in SPECIAL | called}
        if named == wanted:
            return [head + "\n".join(t for n, t in methods.items() if n in wanted) for head, methods in kept]
        reached += "\n".join(text for _, methods in kept for n, text in methods.items() if n in named - wanted)
        wanted = named


def _methods(helper: str) -> tuple[str, dict[str, str]]:
    """Return a class's text up to its first method, and the methods by name; a function has no methods."""
    if not helper.startswith("class "):
        return helper, {}
    first, *rest = re.split(r"(?m)^(?=    def )", helper)
    return first, {text.split("(")[0].removeprefix("    def "): text for text in (one.rstrip() + "\n" for one in rest)}


def _cuts(node: ast.AST, text: str) -> list[tuple[int, int]]:
    """Return ranges of characters that hold annotations."""
    lines = text.splitlines(keepends=True)

    def at(line: int, column: int) -> int:
        return sum(len(one) for one in lines[: line - 1]) + column

    def end(part: ast.expr) -> int:
        return at(part.end_lineno or part.lineno, part.end_col_offset or part.col_offset)

    if isinstance(node, ast.arg) and node.annotation is not None:
        return [(at(node.lineno, node.col_offset) + len(node.arg), end(node.annotation))]
    if isinstance(node, ast.AnnAssign) and node.value is not None:
        return [(end(node.target), end(node.annotation))]
    if isinstance(node, ast.FunctionDef) and node.returns is not None:
        begin = text.rindex("->", 0, at(node.returns.lineno, node.returns.col_offset))
        return [(begin - 1, end(node.returns))]
    return []
