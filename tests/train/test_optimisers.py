"""Optimisers against their papers' formulas."""

import numpy as np
import pytest

from rnndsl.train.optimisers import SGD, Adam, make_optimiser


def test_adam_is_the_papers_algorithm() -> None:
    random = np.random.default_rng(0)
    params = {"W": random.normal(size=(3, 2))}
    expected, m, v = params["W"].copy(), np.zeros((3, 2)), np.zeros((3, 2))
    adam = Adam()
    for k in range(1, 6):
        grad = random.normal(size=(3, 2))
        adam.step(params, {"W": grad}, 0.1)
        m = 0.9 * m + 0.1 * grad
        v = 0.999 * v + 0.001 * grad**2
        expected -= 0.1 * (m / (1 - 0.9**k)) / (np.sqrt(v / (1 - 0.999**k)) + 1e-8)
    np.testing.assert_allclose(params["W"], expected, rtol=1e-12)


def test_momentum_sums_gradients() -> None:
    params = {"w": np.array([1.0])}
    sgd = SGD(0.5)
    for _ in range(2):
        sgd.step(params, {"w": np.array([1.0])}, 0.1)
    assert params["w"][0] == pytest.approx(1.0 - 0.1 * 1.0 - 0.1 * 1.5)


@pytest.mark.parametrize("name", ["adam", "sgd"])
def test_a_restored_optimiser_goes_on_bit_for_bit(name: str) -> None:
    random = np.random.default_rng(0)
    grads = [{"w": random.normal(size=4).astype(np.float32)} for _ in range(6)]
    whole, parted = make_optimiser(name, 0.9), make_optimiser(name, 0.9)
    first, second = {"w": np.zeros(4, np.float32)}, {"w": np.zeros(4, np.float32)}
    for grad in grads:
        whole.step(first, grad, 0.1)
    for grad in grads[:3]:
        parted.step(second, grad, 0.1)
    resumed = make_optimiser(name, 0.9)
    resumed.restore(parted.state())
    for grad in grads[3:]:
        resumed.step(second, grad, 0.1)
    assert first["w"].tobytes() == second["w"].tobytes()


@pytest.mark.parametrize("name", ["adam", "sgd"])
def test_arrays_are_changed_in_place_and_keep_their_dtype(name: str) -> None:
    stacked = np.ones((2, 3), np.float32)
    params = {"a": stacked[0], "b": stacked[1]}  # parameters may be views of one array
    make_optimiser(name, 0.9).step(params, {"a": np.ones(3, np.float32)}, 0.5)
    assert (stacked[0] < 1).all()
    assert (stacked[1] == 1).all()
    assert params["a"].base is stacked


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(ValueError, match="adam, sgd"):
        make_optimiser("adma", 0.0)
