"""What a notebook shows of a model: its picture."""

from dataclasses import dataclass, field

from rnndsl.semantics.model import TypedModel
from rnndsl.viz.svg import draw_svg


@dataclass(frozen=True)
class Drawn:
    """What was made from a checked spec, `typed`, and is shown as its folded graph; None if it was made without one."""

    typed: TypedModel | None = field(default=None, repr=False, compare=False, kw_only=True)

    def _repr_svg_(self) -> str | None:
        """Return the picture; None leaves a notebook to the usual text."""
        return None if self.typed is None else draw_svg(self.typed)
