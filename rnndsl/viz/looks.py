"""How the kinds of quantities look, and the colours of everything else."""

from collections.abc import Mapping
from typing import Final, NamedTuple


class Look(NamedTuple):
    """How a kind of quantity is drawn: filled and framed in which colours, how heavy, with round corners or not."""

    fill: str
    frame: str
    weight: float = 1.2
    round: bool = True
    dash: str = ""


#: How kinds look; blue is what is computed, darker what a recurrence remembers, orange what is minimised.
LOOKS: Final[Mapping[str, Look]] = {
    "input": Look("#f1f1ef", "#77756e", round=False),
    "target": Look("#f1f1ef", "#77756e", round=False, dash="4 3"),
    "parameter": Look("#fdf6d8", "#b39b32", round=False),
    "equation": Look("#e9f1fb", "#7b9cc4"),
    "state": Look("#b9d3f5", "#1f4e9c", 2.0),
    "operator": Look("#ffffff", "#999999"),
    "output": Look("#e3f2e1", "#5b9455", 1.6),
    "likelihood": Look("#fbe3cf", "#c8742b"),
    "loss": Look("#f6c9a4", "#b3571c", 2.0),
}
INK: Final = "#1d1d1b"
PALE: Final = "#6b6b66"
LINE: Final = "#55544f"
BACK: Final = "#1f4e9c"
BOXED: Final = ("#fafbfd", "#b7c3d3")
#: What keeps words apart from the lines behind them.
RIM: Final = 'stroke="#ffffff" stroke-width="3" stroke-opacity="0.85" paint-order="stroke"'
