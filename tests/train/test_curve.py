"""The loss curve."""

from pathlib import Path

import pytest

from rnndsl.train.curve import draw_curve
from rnndsl.train.metrics import Measurement


@pytest.mark.parametrize("count", [0, 1, 30])
@pytest.mark.parametrize("held_out", [False, True])
def test_a_png_is_drawn(tmp_path: Path, count: int, *, held_out: bool) -> None:
    measurements = [
        Measurement(k, k / 9, k, 6 / (k + 1), 6.1 / (k + 1) if held_out else None, 0.1, 1.0) for k in range(count)
    ]
    draw_curve(tmp_path / "loss.png", measurements, "bits per character", "A $strange_ title")
    content = (tmp_path / "loss.png").read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(content) > 5_000
