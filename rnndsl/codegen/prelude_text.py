"""The text of the prelude, piece by piece and without type annotations, as generated modules carry it."""

import ast
import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Final

SOURCES: Final = tuple(
    Path(__file__).with_name(f"prelude{part}.py")
    for part in ("_trees", "_rows", "_segments", "_border", "", "_softmax", "_panels", "_calls", "_decode", "_jit")
)

#: Of which of them the functions are compiled.
JIT: Final = "prelude_jit.py"

SPECIAL: Final = frozenset({"__init__", "__call__"})

#: Calls of methods; functions of array libraries are none.
CALLED: Final = re.compile(r"\.(?<!\b[nx]p\.)(\w++)\(")
#: Calls of functions.
NAMED: Final = re.compile(r"(?<![.\w])\w++(?=\()")

#: Helpers that generated code may name; nothing of the author's may bear these names there.
PRELUDE_NAMES = frozenset(
    {
        "Points", "Rows", "turns", "in_turn", "Tree", "Uses", "Segments", "gather", "spans", "structure", "Workspace",
        "lined_up", "lookup", "scatter", "pick", "put", "inserted", "first_max", "softmax", "logsumexp", "softplus",
        "power", "glorot", "he", "orthogonal", "identity", "measure", "dropout", "borrow", "POOLS", "DTYPE", "DIMS",
        "PARAMS", "INPUTS", "OUTPUTS", "READS", "SEQUENCES", "STREAM", "CARRIES", "NAME", "init", "forward",
        "loss_and_grad", "step", "carrying", "scored", "Beam", "draws", "temper", "first_largest", "MODES", "sample",
        "beam", "chosen", "Border", "temperature", "top_k", "top_p", "greedy", "width", "end", "normalise", "best",
        "mix", "numba", "jit", "fast_exp", "fast_tanh", "fast_sigmoid", "exp_parts", "exp_parts_float32",
        "exp_parts_float64", "EXP_LOW", "EXP_HIGH", "small_product", "starts_of", "followers", "COMMON", "prepared",
        "prepare_forward", "prepare_sample", "prepare_beam", "panels", "cut", "multiply", "at_once", "small_softmax",
        "multiplier", "over_rows", "transposed",
        "small_sums", "small_dots", "lookup_columns", "Draws", "shaped", "TINY", "fast_log", "fast_softplus",
        "fast_power", "log_parts", "log_parts_float32", "log_parts_float64", "artanh_series", "artanh_series_float32",
        "artanh_series_float64", "fill", "larger", "turn", "turned", "weighted_sum", "in_ring", "jit_walk", "apart",
        "multiply_all", "transpose", "boxed", "padded", "padded_room", "unpadded", "taken", "by_row", "sort_stably",
        "flattened",
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
    starts = [0, *accumulate(len(line) for line in text.splitlines(keepends=True))]
    found = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.end_lineno is not None:
            begin, end = starts[node.lineno - 1], starts[node.end_lineno]
            piece = text[begin:end]
            cuts = sorted((cut for part in ast.walk(node) for cut in _cuts(part, text, starts)), reverse=True)
            for cut_begin, cut_end in cuts:
                piece = piece[: cut_begin - begin] + piece[cut_end - begin :]
            piece = re.sub(r"(\w+) = (\w+)(?=[,)].*:\n)", r"\1=\2", piece)  # defaults without annotations: no spaces
            found[node.name] = piece.replace("  # fmt: skip", "").rstrip() + "\n"
    return found


def helpers_of(code: str, named: AbstractSet[str]) -> list[str]:
    """Return the helpers that code names, and those that they need in turn, each without methods nobody uses."""
    wanted = set(named) | set(NAMED.findall(code)) & pieces().keys()
    called = frozenset(CALLED.findall(code))
    while True:
        texts = _without_unused([text for name, text in pieces().items() if name in wanted], called)
        words = frozenset[str]().union(*(_words(part) for text in texts for part in text))
        if words & pieces().keys() <= wanted:
            return [_joined(text) for text in texts]
        wanted |= words & pieces().keys()


def without_unused(helpers: Sequence[str], code: str) -> list[str]:
    """Return classes without the methods that neither `code` nor another helper names."""
    return [_joined(parts) for parts in _without_unused(helpers, frozenset(CALLED.findall(code)))]


def _joined(parts: Sequence[str]) -> str:
    return parts[0] + "\n".join(parts[1:])


def _without_unused(helpers: Sequence[str], called: AbstractSet[str]) -> list[list[str]]:
    """Return what stays of helpers, part by part; `called` are the methods that other code calls."""
    kept = [_methods(helper) for helper in helpers]
    reached = called | frozenset[str]().union(*(_called(head) for head, _ in kept))
    wanted: set[str] = set()
    while True:
        named = {n for _, methods in kept for n in methods if n in SPECIAL or n in reached}
        if named == wanted:
            return [[head, *(text for n, text in methods.items() if n in wanted)] for head, methods in kept]
        reached |= frozenset[str]().union(
            *(_called(text) for _, m in kept for n, text in m.items() if n in named - wanted)
        )
        wanted = named


@cache
def _called(text: str) -> frozenset[str]:
    return frozenset(CALLED.findall(text))


@cache
def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+(?=\()", text))


@cache
def _methods(helper: str) -> tuple[str, dict[str, str]]:
    """Return a class's text up to its first method, and the methods by name; a function has no methods."""
    if not helper.startswith("class "):
        return helper, {}
    first, *rest = re.split(r"(?m)^(?=    def )", helper)
    return first, {text.split("(")[0].removeprefix("    def "): text for text in (one.rstrip() + "\n" for one in rest)}


def _cuts(node: ast.AST, text: str, starts: Sequence[int]) -> list[tuple[int, int]]:
    """Return ranges of characters that hold annotations; `starts` are the places where the lines begin."""

    def at(line: int, column: int) -> int:
        return starts[line - 1] + column

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
