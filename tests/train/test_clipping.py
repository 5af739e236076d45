"""Clipping by the global norm."""

import math

import numpy as np
import pytest

from rnndsl.train.clipping import clip, global_norm


def test_the_norm_is_of_all_gradients_together() -> None:
    assert global_norm({"a": np.array([3.0]), "b": np.array([[0.0, 4.0]])}) == 5.0


def test_longer_gradients_are_scaled_together() -> None:
    grads = {"a": np.array([3.0]), "b": np.array([4.0])}
    clip(grads, 1.0, 5.0)
    assert global_norm(grads) == pytest.approx(1.0)
    assert grads["a"][0] / grads["b"][0] == pytest.approx(0.75)


@pytest.mark.parametrize("limit", [0.0, 5.0, 10.0])
def test_shorter_gradients_stay(limit: float) -> None:
    grads = {"a": np.array([3.0, 4.0])}
    clip(grads, limit, 5.0)
    assert grads["a"].tolist() == [3.0, 4.0]


def test_numbers_that_are_not_finite_are_seen_in_the_norm() -> None:
    assert math.isnan(global_norm({"a": np.array([np.nan])}))
    assert math.isinf(global_norm({"a": np.full(4, 1e38, np.float32)}))
