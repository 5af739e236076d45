"""How a spec is to be compiled."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Choice:
    """What `--set`, `--model`, `--backend` and `--dtype` say."""

    dims: Mapping[str, int | float] = field(default_factory=dict)
    model: str | None = None
    backend: str = "numpy"
    dtype: str = "float32"
