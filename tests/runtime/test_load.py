"""Generated source is checked, run, and kept at hand for tracebacks."""

import linecache
import sys
from inspect import unwrap
from pathlib import Path

import numpy as np
import pytest

from rnndsl.codegen.dialect import NUMPY
from rnndsl.codegen.kernels import JIT
from rnndsl.codegen.prelude_text import pieces
from rnndsl.runtime.allow import ForbiddenCodeError
from rnndsl.runtime.load import load_source
from tests.codegen.interpreted import interpret

SOURCE = '''"""A module."""

import numpy as np


def twice(x):
    """Double."""
    return np.multiply(x, 2)
'''


def test_functions_run() -> None:
    namespace, _ = load_source(SOURCE)
    assert namespace["twice"](4) == 8


def test_lines_are_at_hand() -> None:
    _, file = load_source(SOURCE)
    assert linecache.getline(file, 8) == "    return np.multiply(x, 2)\n"
    linecache.checkcache(file)
    assert linecache.getline(file, 6) == "def twice(x):\n"


def test_each_loading_has_a_namespace_of_its_own() -> None:
    first, file = load_source(SOURCE)
    second, same = load_source(SOURCE)
    assert file == same
    assert first is not second
    assert first["twice"] is not second["twice"]


def test_other_source_has_another_file() -> None:
    assert load_source(SOURCE)[1] != load_source(SOURCE.replace("2)", "3)"))[1]


def test_forbidden_source_does_not_run() -> None:
    with pytest.raises(ForbiddenCodeError, match="line 10: an import"):
        load_source(f"{SOURCE}\nimport os\n")


def test_a_module_with_kernels_is_a_file_and_can_be_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    interpret(monkeypatch, tmp_path)
    source = f"{SOURCE}\n{JIT}\n\n@jit\ndef thrice(x):\n    return x * 3\n".replace("\n\n", "\n\nimport numba\n", 1)
    module, file = load_source(source)
    assert Path(file).read_text(encoding="utf-8") == source
    assert module["thrice"](4) == 12
    assert unwrap(module["thrice"]).__code__.co_filename == file
    assert sys.modules[module["__name__"]].__dict__ is module


# Helpers --------------------------------------------------------------------------------------------------------------

WITH_HELPERS = f'''"""A module."""

import numpy as np


{NUMPY.text(pieces()["power"])}

{NUMPY.text(pieces()["Workspace"])}

def square(x):
    """Square."""
    return power(x, 2, np.empty_like(x))
'''


def test_helpers_are_compiled_once_for_all_modules() -> None:
    first, file = load_source(WITH_HELPERS)
    second, other = load_source(WITH_HELPERS.replace("Square.", "To the power of two."))
    assert file != other
    assert first["square"](np.array([3.0])) == second["square"](np.array([3.0])) == 9
    assert first["power"].__code__ is second["power"].__code__
    assert first["power"] is not second["power"]  # each in its own namespace
    assert first["Workspace"] is not second["Workspace"]


def test_a_helper_with_another_text_is_another_helper() -> None:
    namespace, _ = load_source(
        WITH_HELPERS.replace("np.power(base, exponent, out=out)", "np.add(base, exponent, out=out)")
    )
    assert namespace["square"](np.array([3.0])) == 5
    assert load_source(WITH_HELPERS)[0]["square"](np.array([3.0])) == 9


def test_lines_behind_helpers_keep_their_numbers() -> None:
    namespace, file = load_source(WITH_HELPERS)
    line = WITH_HELPERS.splitlines().index("    return power(x, 2, np.empty_like(x))") + 1
    assert namespace["square"].__code__.co_filename == file
    assert namespace["square"].__code__.co_firstlineno == line - 2
    assert linecache.getline(file, line) == "    return power(x, 2, np.empty_like(x))\n"


@pytest.mark.parametrize("name", ["power", "Workspace"])
def test_what_bears_the_name_of_a_helper_is_checked_too(name: str) -> None:
    forged = f"def {name}(x):\n    import os\n    return os\n" if name == "power" else f"class {name}:\n    x = eval\n"
    with pytest.raises(ForbiddenCodeError):
        load_source(f"import numpy as np\n\n\n{forged}")
