"""What the author may have meant."""

import pytest

from rnndsl.diagnostics.suggest import nearest


@pytest.mark.parametrize(
    ("name", "candidates", "expected"),
    [
        ("hiden", ["hidden", "vocab"], "hidden"),
        ("tahn", ["tan_h", "tanh"], "tanh"),
        ("modle", ["model", "mode"], "model"),
        ("Hidden", ["hidden", "hidde"], "hidden"),
        ("w", ["W", "x"], "W"),
        ("x", ["y", "z"], None),
        ("abc", ["xyz"], None),
        ("abc", [], None),
        ("abc", ["abc"], None),
        ("ab", ["", "b"], "b"),
        ("a" * 5000, ["a" * 64], "a" * 64),
    ],
)
def test_nearest(name: str, candidates: list[str], expected: str | None) -> None:
    assert nearest(name, candidates) == expected


def test_order_does_not_matter() -> None:
    assert nearest("bat", ["cat", "hat"]) == nearest("bat", ["hat", "cat"]) == "cat"
