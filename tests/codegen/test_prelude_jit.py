"""What kernels compute with is within the errors that the module states, as Python and as machine code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray

from rnndsl.codegen import prelude_jit
from rnndsl.codegen.module import EXPONENTS, JIT
from rnndsl.codegen.prelude_text import pieces
from rnndsl.runtime.load import load_source

Array = NDArray[Any]

#: Of one more number than fit into vectors, so that both kinds of turns of a loop are there.
NUMBERS: Final = np.concatenate(
    [np.linspace(-60, 60, 20_001), np.logspace(-30, 1.7, 5000), -np.logspace(-30, 1.7, 5000), [0.0, 86.9, -86.9]]
)
EXACT: Final[dict[str, Callable[[Any], Any]]] = {
    "fast_exp": np.exp,
    "fast_tanh": np.tanh,
    "fast_sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}


def errors(name: str, x: Array, found: Array) -> Array:
    """Return how many eps values are off: of their own size, of a sigmoid of 1."""
    exact = EXACT[name](x.astype(np.longdouble))
    scale = np.ones_like(exact) if name == "fast_sigmoid" else np.maximum(np.abs(exact), np.finfo(x.dtype).tiny)
    off: Array = np.abs(found - exact) / scale / np.finfo(x.dtype).eps
    return off


def allowed(name: str, x: Array) -> Array | float:
    return 2 + np.abs(x) / 4 if name == "fast_exp" else {"fast_tanh": 2, "fast_sigmoid": 1}[name]


SPECIAL: Final = {
    "fast_exp": {np.nan: np.nan, np.inf: np.inf, -np.inf: 0.0, 1000.0: np.inf, -1000.0: 0.0, 0.0: 1.0},
    "fast_tanh": {np.nan: np.nan, np.inf: 1.0, -np.inf: -1.0, 0.0: 0.0, 1000.0: 1.0},
    "fast_sigmoid": {np.nan: np.nan, np.inf: 1.0, -np.inf: 0.0, 0.0: 0.5},
}


@pytest.mark.parametrize("name", EXACT)
def test_as_python(name: str) -> None:
    function = getattr(prelude_jit, name)
    x = NUMBERS[::50]
    with np.errstate(over="ignore", invalid="ignore"):
        found = np.array([function(number) for number in x])
        special = [function(np.float64(number)) for number in SPECIAL[name]]
    assert (errors(name, x, found) <= allowed(name, x)).all()
    np.testing.assert_array_equal(special, list(SPECIAL[name].values()))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_as_machine_code(dtype: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba", reason='numba is not installed: pip install "rnndsl[jit]"')
    monkeypatch.setenv("RNNDSL_CACHE", str(tmp_path))
    names = [f"exp_parts_{dtype}", *EXACT]
    loops = [
        f"@jit\ndef all_{name}(x, y):\n    for j in range(len(x)):\n        y[j] = {name}(x[j])\n" for name in EXACT
    ]
    head = f"import numba\nimport numpy as np\n\nDTYPE = np.{dtype}\n{JIT}"
    module, _ = load_source("\n\n".join([head, *map(pieces().__getitem__, names), EXPONENTS[dtype], *loops]))
    x = NUMBERS.astype(dtype)
    for name in EXACT:
        found = np.empty_like(x)
        module[f"all_{name}"](x, found)
        assert (errors(name, x, found) <= allowed(name, x)).all(), name
        given = np.array(list(SPECIAL[name]), dtype)
        found = np.empty_like(given)
        module[f"all_{name}"](given, found)
        np.testing.assert_array_equal(found, list(SPECIAL[name].values()), err_msg=name)


@pytest.mark.parametrize("inner", [0, 1, 4, 7])
def test_small_products(inner: int) -> None:
    rng = np.random.default_rng(0)
    a, b, out = rng.normal(size=(2, inner)), rng.normal(size=(inner, 3)), np.full((2, 3), np.nan)
    prelude_jit.small_product(a, b, out)
    np.testing.assert_allclose(out, a @ b, rtol=1e-12)


ROWS: Final = np.array([0, 2, 2, 0, 2])


def test_small_softmax_is_that_of_every_shared_row() -> None:
    values, out = np.array([1.0, 1e4, 1e4 - 1, 2.0, -np.inf]), np.full(5, np.nan)
    prelude_jit.small_softmax(values, ROWS, out)
    for row in (0, 2):
        own = row == ROWS
        expected = np.exp(values[own] - values[own].max())
        np.testing.assert_allclose(out[own], expected / expected.sum(), rtol=1e-12)
    nothing = np.array([-np.inf, -np.inf])
    prelude_jit.small_softmax(nothing, np.array([0, 0]), nothing)
    np.testing.assert_array_equal(nothing, 0)


def test_small_sums_and_dots_by_shared_rows() -> None:
    rng = np.random.default_rng(0)
    vectors, weights, out = rng.normal(size=(5, 3)), rng.normal(size=5), np.full((3, 5), 7.0)
    prelude_jit.small_sums(weights, vectors, ROWS, out, 1)
    expected = np.zeros((3, 3))
    np.add.at(expected, ROWS, weights[:, None] * vectors)
    np.testing.assert_allclose(out[:, 1:4], expected, rtol=1e-12)
    np.testing.assert_array_equal(out[:, [0, 4]], 7.0)
    dots = np.empty(5)
    prelude_jit.small_dots(vectors, out, ROWS, dots, 1)
    np.testing.assert_allclose(dots, (vectors * expected[ROWS]).sum(axis=1), rtol=1e-12)
