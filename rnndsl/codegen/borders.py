"""What crosses the border of a chunk on several indices: of a grid, the last rows of the chunk before."""

from rnndsl.codegen.context import Context
from rnndsl.codegen.text import quoted
from rnndsl.schedule.crossing import goes_back
from rnndsl.schedule.plan import Layout


def border_of(c: Context, layout: Layout) -> str | None:
    """Return the variable of the points before a layout's first along the stream; None where none are needed."""
    return c.names(("border", layout), f"{c.points(layout)}_before") if layout in c.borders else None


def border_line(c: Context, layout: Layout) -> list[str]:
    """Return the line that makes room for these points, right after that of the layout itself."""
    name, stream = border_of(c, layout), c.schedule.stream
    if name is None or stream is None:
        return []
    depth = c.schedule.halos.get(stream, 0)
    return [f"{name} = {c.helper('Border')}({c.points(layout)}, {quoted(stream.name)}, {depth})"]


def halo_owner(c: Context, layout: Layout) -> str:
    """Return the variable that fills the margins of a layout's buffers, and collects what they hand on."""
    return border_of(c, layout) or c.points(layout)


def crosses(c: Context, number: int) -> bool:
    """Tell reads of earlier points along the stream of what lies on other ragged indices, too."""
    stream, operands = c.schedule.stream, c.node(number).operands
    if stream is None or not operands or c.source(operands[0]) not in c.schedule.crossing:
        return False
    return goes_back(c.schedule.graph, number, stream)
