"""What a notebook shows of a model: its picture."""

from dataclasses import dataclass, field

from rnndsl.semantics.model import TypedModel


@dataclass(frozen=True)
class Drawn:
    """What was made from a checked spec, `typed`, and is shown as its folded graph; None if it was made without one."""

    typed: TypedModel | None = field(default=None, repr=False, compare=False, kw_only=True)

    def _repr_svg_(self) -> str | None:
        """Return the picture; None leaves a notebook to the usual text."""
        if self.typed is None:
            return None
        from rnndsl.viz.svg import draw_svg  # noqa: PLC0415 (slow to import, and seldom needed)

        return draw_svg(self.typed)
