"""Generated source is checked, run, and kept at hand for tracebacks."""

import linecache

import pytest

from rnndsl.runtime.allow import ForbiddenCodeError
from rnndsl.runtime.load import load_source

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
