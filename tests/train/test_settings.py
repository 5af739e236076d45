"""Settings and limits."""

from dataclasses import asdict

import pytest

from rnndsl.train.errors import CheckpointError
from rnndsl.train.settings import Limit, Settings


def test_a_limit_ends_with_whatever_comes_first() -> None:
    limit = Limit(steps=100, epochs=2, minutes=1)
    assert limit.done(50, 100, 3.0) == 0.5
    assert limit.done(50, 10, 3.0) == 2.5
    assert limit.done(50, 100, 45.0) == 0.75


def test_every_difference_is_listed() -> None:
    with pytest.raises(CheckpointError, match=r"RNN709.*batch was 32, now 16; seed was 0, now 1|RNN709.*seed was 0"):
        Settings(seed=1, batch=16).require_same(asdict(Settings()))
    Settings().require_same(asdict(Settings()))


def test_segments_are_points_or_a_root() -> None:
    given = {None: None, "sqrt": "sqrt", "12": 12}
    assert {text: Settings(checkpoint=text).segments for text in given} == given
