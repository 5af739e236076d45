"""The house rules that a test can hold: size, names, mirrored tests, no cycles, no global state (ARCHITECTURE.md)."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import networkx as nx

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "rnndsl"
SOURCES = sorted(PACKAGE.rglob("*.py"))
EVERYTHING = SOURCES + sorted(path for path in (ROOT / "tests").rglob("*.py") if "cases" not in path.parts)

MODULE_LINES, FUNCTION_LINES, INIT_LINES = 400, 40, 40
SAY_NOTHING = frozenset({"utils", "util", "helpers", "helper", "misc", "common", "core", "base", "impl", "tools"})
SIZE_RULES = re.compile(r"#\s*noqa:.*\b(C901|PLR0912|PLR0913|PLR0915|PLR0917|PLR1702)\b")
MUTABLE_CALLS = frozenset({"dict", "list", "set", "defaultdict", "deque", "OrderedDict", "Counter", "bytearray"})
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef
READ_ONLY = re.compile(r"^(typing\.)?(Final|Mapping|Sequence|Collection|Iterable|AbstractSet)\b")


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in SOURCES}


# Size and names -------------------------------------------------------------------------------------------------------


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def lines_of(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def test_modules_are_short() -> None:
    assert {named(path): n for path in EVERYTHING if (n := len(lines_of(path))) > MODULE_LINES} == {}


def test_functions_are_short() -> None:
    functions = [(path, node) for path in EVERYTHING for node in ast.walk(parsed(path)) if isinstance(node, FUNCTIONS)]
    sizes = {f"{named(path)}:{f.lineno} {f.name}": (f.end_lineno or 0) - f.lineno + 1 for path, f in functions}
    assert {name: lines for name, lines in sizes.items() if lines > FUNCTION_LINES} == {}


def test_size_rules_have_no_exemption() -> None:
    found = [
        f"{named(path)}: {line.strip()}" for path in EVERYTHING for line in lines_of(path) if SIZE_RULES.search(line)
    ]
    assert found == []


def test_names_say_something() -> None:
    assert [named(path) for path in EVERYTHING if SAY_NOTHING & set(path.relative_to(ROOT).with_suffix("").parts)] == []


def test_init_only_names_what_the_package_offers() -> None:
    inits = [path for path in SOURCES if path.name == "__init__.py"]
    assert {named(path): n for path in inits if (n := len(lines_of(path))) > INIT_LINES} == {}
    assert [named(path) for path in inits if any(isinstance(node, ast.ClassDef) for node in parsed(path).body)] == []


# Tests mirror the package ---------------------------------------------------------------------------------------------


def mirror(path: Path) -> Path:
    """Return where the test of a module stands."""
    inside = path.relative_to(PACKAGE)
    return ROOT / "tests" / inside.parent / f"test_{inside.name}"


def says_only_its_signature(function: ast.FunctionDef) -> bool:
    """Tell the methods of a protocol: a docstring, or three dots."""
    return all(isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) for line in function.body)


def declares_only(path: Path) -> bool:
    """Tell modules of classes and tables without a line of behaviour: there is nothing in them to test."""
    nodes = list(ast.walk(parsed(path)))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    return all(map(says_only_its_signature, functions)) and not any(isinstance(node, ast.Lambda) for node in nodes)


def test_every_module_has_its_test() -> None:
    modules = [path for path in SOURCES if path.name != "__init__.py" and not declares_only(path)]
    assert [named(mirror(path)) for path in modules if not mirror(path).is_file()] == []


def test_every_test_has_its_module() -> None:
    folders = {path.parent.relative_to(PACKAGE) for path in SOURCES} - {Path()}
    expected = {mirror(path) for path in SOURCES}
    # a package of tables (rnndsl/diagnostics/codes/) may be tested as one: tests/diagnostics/test_codes.py
    expected |= {ROOT / "tests" / folder.parent / f"test_{folder.name}.py" for folder in folders}
    found = {test for folder in folders for test in (ROOT / "tests" / folder).glob("test_*.py")}
    assert sorted(str(test.relative_to(ROOT)) for test in found - expected) == []


# Imports --------------------------------------------------------------------------------------------------------------


def imports(path: Path) -> Iterator[str]:
    """Yield the full names that a module imports, in functions too: `a.b` and, of `from a import b`, `a.b`."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def inner_module(name: str) -> str | None:
    """Return the module of this package that an imported name lives in."""
    if name in MODULES:
        return name
    parent = name.rpartition(".")[0]
    return parent if parent in MODULES else None


def test_no_import_cycles_deferred_ones_included() -> None:
    graph: nx.DiGraph[str] = nx.DiGraph()
    for name, path in MODULES.items():
        graph.add_edges_from((name, target) for imported in imports(path) if (target := inner_module(imported)))
    cycles = [sorted(component) for component in nx.strongly_connected_components(graph) if len(component) > 1]
    assert cycles == []
    assert list(nx.selfloop_edges(graph)) == []


def test_what_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declared = {re.split(r"[<>=!~\[ ]", requirement)[0] for requirement in project["dependencies"]}
    optional = {"cupy"}
    roots = {name.partition(".")[0] for path in SOURCES for name in imports(path)}
    foreign = roots - set(sys.stdlib_module_names) - {"rnndsl"}
    assert foreign <= declared | optional
    assert declared - foreign == set(), "declared and never imported"


# State ----------------------------------------------------------------------------------------------------------------


def is_mutable(value: ast.expr | None) -> bool:
    """Tell literals and calls that make something that can be changed."""
    match value:
        case ast.Dict() | ast.List() | ast.Set() | ast.DictComp() | ast.ListComp() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in MUTABLE_CALLS
        case _:
            return False


def loose_state(node: ast.stmt) -> bool:
    """Tell statements that make something mutable under a name that says neither Final nor read-only."""
    match node:
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            return False
        case ast.Assign(value=value):
            return is_mutable(value)
        case ast.AnnAssign(annotation=annotation, value=value):
            return is_mutable(value) and not READ_ONLY.match(ast.unparse(annotation))
        case _:
            return False


def test_no_mutable_module_state() -> None:
    found = [f"{named(path)}:{node.lineno}" for path in SOURCES for node in parsed(path).body if loose_state(node)]
    assert found == [], "annotate it as Mapping, Sequence or Final, or make it a tuple or a frozenset"


def test_no_global_statement() -> None:
    assert [named(path) for path in SOURCES if any(isinstance(n, ast.Global) for n in ast.walk(parsed(path)))] == []
