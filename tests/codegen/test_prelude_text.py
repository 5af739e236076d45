"""The prelude's pieces as modules carry them: the same code without its annotations, and without unused methods."""

import ast
import re

import numpy as np

from rnndsl.codegen import prelude
from rnndsl.codegen.prelude_text import PRELUDE_NAMES, SOURCES, pieces, without_unused
from tests.codegen.programs import PROGRAMS, compile_small


def definitions() -> dict[str, ast.ClassDef | ast.FunctionDef]:
    """Return what the modules of the prelude define, in order."""
    body = [node for source in SOURCES for node in ast.parse(source.read_text(encoding="utf-8")).body]
    return {node.name: node for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef)}


def test_every_piece_is_there_in_order() -> None:
    assert list(pieces()) == list(definitions())
    assert set(pieces()) <= PRELUDE_NAMES


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
    for name, node in definitions().items():
        (ours,) = ast.parse(pieces()[name].removeprefix("@jit\n")).body
        assert ast.unparse(ours) == ast.unparse(ast.fix_missing_locations(Unannotated().visit(node)))


def test_pieces_run_without_rnndsl() -> None:
    namespace: dict[str, object] = {"np": np, "jit": lambda function: function}
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


# Unused methods -------------------------------------------------------------------------------------------------------

ROOM = """class Room:
    \"\"\"A room.\"\"\"

    def __init__(self):
        \"\"\"Make it.\"\"\"
        self.size = self.measured()

    def measured(self):
        \"\"\"Needed to make it.\"\"\"
        return 1

    def open(self):
        \"\"\"Needed by what is asked for.\"\"\"
        return self.windows() + 1

    def windows(self):
        \"\"\"Needed by `open` only.\"\"\"
        return 2

    def maximum(self):
        \"\"\"Called as numpy's function is.\"\"\"
        return 3

    def walls(self):
        \"\"\"Needed by another helper.\"\"\"
        return 4
"""
PAINT = "def paint(room):\n    return room.walls()\n"


def kept(code: str, *helpers: str) -> list[str]:
    """Return the methods of ROOM that are left for some code."""
    room, *others = without_unused([ROOM, *helpers], code)
    assert others == list(helpers)
    compile(room, "room", "exec")
    return re.findall(r"def (\w+)", room)


def test_methods_are_kept_that_something_kept_calls() -> None:
    assert kept("Room()\n") == ["__init__", "measured"]
    assert kept("Room().open()\n") == ["__init__", "measured", "open", "windows"]
    assert kept("Room()\n", PAINT) == ["__init__", "measured", "walls"]


def test_functions_of_numpy_are_no_methods() -> None:
    assert "maximum" not in kept("np.maximum(Room().size, 0)\n")
    assert "maximum" in kept("Room().maximum()\n")


def test_a_class_is_not_changed_where_all_is_used() -> None:
    code = "Room().open() + Room().walls() + Room().maximum()\n"
    assert without_unused([ROOM], code) == [ROOM]


def test_modules_carry_no_method_that_they_do_not_call() -> None:
    for name in ("ChildSum", "LoopAttention", "Diagonal", "Delays"):
        source = compile_small(PROGRAMS[name]).source
        calls = set(re.findall(r"(?<!\bnp)\.(\w+)\(", source)) | {"__init__", "__call__"}
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef):
                methods = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
                assert methods <= calls, (name, node.name)
