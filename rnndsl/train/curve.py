"""The loss curve as a picture."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rnndsl.train.atomic import write_atomically
from rnndsl.train.metrics import Measurement

TRAIN: Final = "#9aa7b5"
HELD_OUT: Final = "#0b6e99"
INK: Final = "#30373d"


def draw_curve(path: Path, measurements: Sequence[Measurement], label: str, title: str) -> None:
    """Draw training and held-out curves over the steps as a PNG; `label` is the measure on the vertical axis.

    Raises:
        OSError: the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 (200 ms, and only needed here)
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(7.2, 4.2), dpi=150, layout="constrained")
    axes = figure.add_subplot()
    steps = [m.step for m in measurements]
    shown = "o-" if len(steps) < 2 else "-"
    axes.plot(steps, [m.train for m in measurements], shown, color=TRAIN, linewidth=1.6, label="training")
    held = [(m.step, m.held_out) for m in measurements if m.held_out is not None]
    if held:
        axes.plot([s for s, _ in held], [v for _, v in held], shown, color=HELD_OUT, linewidth=2.2, label="held out")
        best = min(held, key=lambda point: point[1])
        axes.plot(*best, "o", color=HELD_OUT, markersize=5)
        axes.annotate(
            f"{best[1]:.3f}", best, (4, 9), textcoords="offset points", color=HELD_OUT, ha="right", fontweight="bold"
        )
    axes.set_title(title, loc="left", color=INK, fontsize=12, fontweight="bold")
    axes.set_xlabel("step", color=INK)
    axes.set_ylabel(label, color=INK)
    axes.tick_params(colors=INK, labelsize=9)
    axes.grid(visible=True, color="#e6e9ec", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.02)
    axes.legend(frameon=False, labelcolor=INK)
    content = io.BytesIO()
    FigureCanvasAgg(figure)
    figure.savefig(content, format="png")
    write_atomically(path, content.getvalue())
