"""`pytest --update-golden` writes the golden files of tests/cases/ anew; look at the difference before you keep it."""

from collections.abc import Callable
from pathlib import Path

import pytest

CASES = Path(__file__).parent / "cases"

Golden = Callable[[str, str], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption("--update-golden", action="store_true", help="write golden files instead of comparing with them")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Return a function that compares a text with the golden file of a name, or writes it."""
    update = bool(request.config.getoption("--update-golden"))

    def compare(name: str, text: str) -> None:
        path = CASES / name
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.is_file(), f"no golden file {name}: make it with pytest --update-golden"
        assert text == path.read_text(encoding="utf-8"), f"{name} differs: keep the change with pytest --update-golden"

    return compare
