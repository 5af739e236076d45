"""The prelude's pieces as modules carry them: the same code without its annotations."""

import ast

import numpy as np

from rnndsl.codegen import prelude
from rnndsl.codegen.prelude_text import PRELUDE_NAMES, SOURCE, pieces


def test_every_piece_is_there_in_order() -> None:
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    wanted = [node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef)]
    assert list(pieces()) == wanted
    assert set(wanted) - {"neighbours"} <= PRELUDE_NAMES


def test_nothing_is_annotated() -> None:
    for name, text in pieces().items():
        (definition,) = ast.parse(text).body
        for node in ast.walk(definition):
            assert not isinstance(node, ast.AnnAssign)
            if isinstance(node, ast.FunctionDef):
                assert node.returns is None, name
                assert node.name == "__init__" or ast.get_docstring(node), name
                assert [arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg) and arg.annotation] == []


class Unannotated(ast.NodeTransformer):
    """Drops annotations from a syntax tree."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.Assign:
        assert node.value is not None
        return ast.Assign([node.target], self.visit(node.value))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        self.generic_visit(node)
        return node


def test_the_code_is_the_same() -> None:
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            (ours,) = ast.parse(pieces()[node.name]).body
            assert ast.unparse(ours) == ast.unparse(ast.fix_missing_locations(Unannotated().visit(node)))


def test_pieces_run_without_rnndsl() -> None:
    namespace: dict[str, object] = {"np": np}
    for text in pieces().values():
        exec(compile(text, "prelude", "exec"), namespace)  # noqa: S102 - our own text
    made = namespace["Points"]
    assert callable(made)
    assert made([2, 3], 1).counts == prelude.Points([2, 3], 1).counts


def test_lines_are_short_and_plain() -> None:
    for text in pieces().values():
        assert text.isascii()
        assert text.endswith("\n")
        assert max(map(len, text.splitlines())) <= 120
        assert "fmt:" not in text
        assert "noqa" not in text
