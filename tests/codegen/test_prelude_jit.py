"""What kernels compute with is within the errors that the module states, as Python and as machine code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray

from rnndsl.codegen import prelude_jit
from rnndsl.codegen.kernels import JIT, TYPED, typed_text
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
    "fast_log": lambda x: np.log(np.abs(x)),
    "fast_softplus": lambda x: np.logaddexp(x, 0),
}


def errors(name: str, x: Array, found: Array) -> Array:
    """Return how many eps values are off: of their own size, of a sigmoid of 1."""
    exact = EXACT[name](x.astype(np.longdouble))
    scale = np.ones_like(exact) if name == "fast_sigmoid" else np.maximum(np.abs(exact), np.finfo(x.dtype).tiny)
    off: Array = np.abs(found - exact) / scale / np.finfo(x.dtype).eps
    return off


def allowed(name: str, x: Array) -> Array | float:
    grows = {"fast_exp": 2, "fast_softplus": 3}
    return grows[name] + np.abs(x) / 4 if name in grows else {"fast_tanh": 2, "fast_sigmoid": 1, "fast_log": 2}[name]


SPECIAL: Final = {
    "fast_exp": {np.nan: np.nan, np.inf: np.inf, -np.inf: 0.0, 1000.0: np.inf, -1000.0: 0.0, 0.0: 1.0},
    "fast_tanh": {np.nan: np.nan, np.inf: 1.0, -np.inf: -1.0, 0.0: 0.0, 1000.0: 1.0},
    "fast_sigmoid": {np.nan: np.nan, np.inf: 1.0, -np.inf: 0.0, 0.0: 0.5},
    "fast_log": {np.nan: np.nan, np.inf: np.inf, -1.0: np.nan, 0.0: -np.inf, 1.0: 0.0, -np.inf: np.nan},
    "fast_softplus": {np.nan: np.nan, np.inf: np.inf, -np.inf: 0.0, 1000.0: 1000.0, -1000.0: 0.0},
}
#: Powers with what they are, which NumPy agrees with.
POWERS: Final = (
    (0.0, 0.0), (0.0, 2.5), (0.0, -1.0), (-2.0, 3.0), (-2.0, 2.0), (-2.0, 0.5), (-3.0, -3.0), (np.nan, 0.0),
    (1.0, np.nan), (2.0, np.nan), (np.nan, 2.0), (np.inf, 0.5), (np.inf, -1.0), (0.5, np.inf), (2.0, -np.inf),
)  # fmt: skip


@pytest.mark.parametrize("name", EXACT)
def test_as_python(name: str) -> None:
    function = getattr(prelude_jit, name)
    x = np.abs(NUMBERS[::50]) if name == "fast_log" else NUMBERS[::50]
    x = x[x != 0]
    with np.errstate(over="ignore", invalid="ignore"):
        found = np.array([function(number) for number in x])
        special = [function(np.float64(number)) for number in SPECIAL[name]]
    assert (errors(name, x, found) <= allowed(name, x)).all()
    np.testing.assert_array_equal(special, list(SPECIAL[name].values()))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_as_machine_code(dtype: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba", reason='numba is not installed: pip install "rnndsl[jit]"')
    monkeypatch.setenv("RNNDSL_CACHE", str(tmp_path))
    names = [*(f"{name}_{dtype}" for name in TYPED), *EXACT]
    loops = [
        f"@jit\ndef all_{name}(x, y):\n    for j in range(len(x)):\n        y[j] = {name}(x[j])\n" for name in EXACT
    ]
    power = "@jit\ndef powers(x, y, z):\n    for j in range(len(x)):\n        z[j] = fast_power(x[j], y[j])\n"
    loops += [pieces()["fast_power"], power]
    head = f"import numba\nimport numpy as np\n\nDTYPE = np.{dtype}\n{JIT}"
    module, _ = load_source("\n\n".join([head, *map(pieces().__getitem__, names), typed_text(TYPED, dtype), *loops]))
    numbers = NUMBERS[NUMBERS != 0].astype(dtype)
    for name in EXACT:
        x = np.abs(numbers) if name == "fast_log" else numbers
        found = np.empty_like(x)
        module[f"all_{name}"](x, found)
        assert (errors(name, x, found) <= allowed(name, x)).all(), name
        given = np.array(list(SPECIAL[name]), dtype)
        found = np.empty_like(given)
        module[f"all_{name}"](given, found)
        np.testing.assert_array_equal(found, list(SPECIAL[name].values()), err_msg=name)
    _check_powers(module["powers"], np.dtype(dtype))


def _check_powers(powers: Callable[[Array, Array, Array], None], dtype: np.dtype[Any]) -> None:
    base, exponent = (
        array.ravel().astype(dtype) for array in np.meshgrid(np.logspace(-9, 9, 199), np.linspace(-4, 4, 99))
    )
    exact = base.astype(np.longdouble) ** exponent.astype(np.longdouble)
    inside = (exact > np.finfo(dtype).tiny) & (exact < np.finfo(dtype).max)
    found = np.empty_like(base)
    powers(base, exponent, found)
    off = np.abs(found - exact)[inside] / exact[inside] / np.finfo(dtype).eps
    assert (off <= 3 + 3 * np.abs(exponent * np.log(base))[inside]).all()
    special = np.array(POWERS, dtype)
    found = np.empty(len(special), dtype)
    powers(special[:, 0].copy(), special[:, 1].copy(), found)
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(found, special[:, 0] ** special[:, 1], rtol=20 * np.finfo(dtype).eps)


@pytest.mark.parametrize("inner", [0, 1, 4, 7])
def test_small_products(inner: int) -> None:
    rng = np.random.default_rng(0)
    a, b, out = rng.normal(size=(2, inner)), rng.normal(size=(inner, 3)), np.full((2, 3), np.nan)
    prelude_jit.small_product(a, b, out)
    np.testing.assert_allclose(out, a @ b, rtol=1e-12)


@pytest.mark.parametrize("count", [0, 1, 4, 7])
def test_sums_with_weights(count: int) -> None:
    rng = np.random.default_rng(0)
    weights, rows, out = rng.normal(size=count), rng.normal(size=(count, 3)), np.full(3, np.nan)
    prelude_jit.weighted_sum(weights, rows, out)
    np.testing.assert_allclose(out, weights @ rows, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(
    ("x", "y", "found"), [(1.0, 2.0, 2.0), (2.0, 1.0, 2.0), (-np.inf, 1.0, 1.0), (1.0, 1.0, 1.0), (np.inf, 1.0, np.inf)]
)
def test_the_larger_one(x: float, y: float, found: float) -> None:
    assert prelude_jit.larger(x, y) == found
    assert np.isnan(prelude_jit.larger(x, np.nan))
    assert np.isnan(prelude_jit.larger(np.nan, y))


def test_rows_are_turned_and_filled() -> None:
    row = np.arange(5.0)
    for ahead in range(5):
        out = np.full(5, np.nan)
        prelude_jit.turn(row, ahead, out)
        np.testing.assert_array_equal(out, np.roll(row, -ahead))
        np.testing.assert_array_equal(out, row[[prelude_jit.turned(k + ahead, 5) for k in range(5)]])
    prelude_jit.fill(row, -1.0)
    np.testing.assert_array_equal(row, [-1.0] * 5)


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
