"""How a spec is to be compiled."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rnndsl.schedule.choices import USUAL, Choices


@dataclass(frozen=True, slots=True)
class Choice:
    """What `--set`, `--model`, `--backend`, `--dtype` and `--threads` say, and what `--tune` found."""

    dims: Mapping[str, int | float] = field(default_factory=dict)
    model: str | None = None
    backend: str = "numpy"
    dtype: str = "float32"
    choices: Choices = USUAL
    threads: int = 1
