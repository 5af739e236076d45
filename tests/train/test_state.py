"""The state of a run."""

import math

import numpy as np
import pytest

from rnndsl.train.checkpoint import Checkpoint
from rnndsl.train.errors import CheckpointError
from rnndsl.train.optimisers import SGD, Adam
from rnndsl.train.state import RunState, fresh_noise, learned


def test_a_state_survives_its_checkpoint() -> None:
    state = RunState({"w": np.ones(2)}, Adam(), step=7, seconds=1.5, best=0.5, recent=[1.0, 2.0])
    state.carry = {"t": {"h": np.full((1, 2), 3.0)}, "count": 4}
    state.optimiser.step(state.params, {"w": np.ones(2)}, 0.1)
    other = RunState({"w": np.zeros(2)}, Adam())
    array = other.params["w"]
    other.restore(state.checkpoint({"model": "M"}))
    assert other.params["w"] is array, "restored in place"
    assert (array == state.params["w"]).all()
    assert (other.step, other.seconds, other.best, other.recent) == (7, 1.5, 0.5, [1.0, 2.0])
    assert other.carry["t"]["h"].tolist() == [[3.0, 3.0]]
    assert other.optimiser.state().keys() == state.optimiser.state().keys()


def test_a_checkpoint_that_lacks_something_is_refused() -> None:
    with pytest.raises(CheckpointError, match="RNN702: the checkpoint lacks 'params/w'"):
        RunState({"w": np.zeros(2)}, SGD()).restore(Checkpoint({"step": 1, "state": {}}, {}))


def test_noise_differs_from_step_to_step_and_from_seed_to_seed() -> None:
    assert fresh_noise(1, 2) == fresh_noise(1, 2)
    assert len({fresh_noise(seed, step) for seed in range(10) for step in range(10)}) == 100


def test_means_and_selection() -> None:
    assert math.isnan(RunState({}, SGD()).train_value())
    assert RunState({}, SGD(), recent=[1.0, 3.0]).train_value() == 2.0
    assert list(learned({"a": np.zeros(1), "b": np.zeros(1)}, frozenset({"b"}))) == ["a"]
