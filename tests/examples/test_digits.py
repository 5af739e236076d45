"""Digits are drawn by a pen after their image."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from matplotlib.image import imread

from rnndsl.verify import verify
from tests.examples.conftest import ROOT, Shortly


@pytest.fixture
def digits(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "path", [str(ROOT / "examples"), *sys.path])
    return import_module("digits")


def test_digits_of_other_people_are_drawn(tmp_path: Path, shortly: Shortly) -> None:
    read, losses = shortly("digits", "digits.png")
    assert read > 30.0, "per cent; chance is 10"
    assert losses[-1] < losses[0] - 2.0, "nats"
    picture = imread(tmp_path / "digits.png")
    assert picture.shape[:2] == (600, 1000), "six rows, and a column for every digit"
    assert all(np.ptp(row[..., :3]) > 0.9 for row in np.split(picture, 6)), "black on white in every row"


def test_its_spec_verifies() -> None:
    report = verify(ROOT / "examples" / "digits.rnn", seed=0)
    assert report.ok, "\n".join(str(line) for line in report.lines)


def test_an_image_is_dark_where_the_path_is(digits: ModuleType) -> None:
    path = np.array([[-1, 1], [-1, 1], [0, 1], [1, 1], [1, 0], [1, -1], [1, -1], [1, -1]], np.float32)
    (image,) = digits.images_of(path[None]).reshape(-1, digits.SIDE, digits.SIDE)
    assert image[0].min() > 0.9, "from the upper left to the upper right"
    assert image[:, -1].min() > 0.9, "and down"
    assert image[2:, :-2].max() == 0.0


def test_the_nearest_path_tells_the_digit(digits: ModuleType) -> None:
    known = np.random.default_rng(0).normal(size=(5, 8, 2))
    assert digits.read_digits(known[[3, 0]] + 0.01, known, np.array([9, 8, 7, 6, 5])).tolist() == [6, 9]
