"""The picture of an unfolded model, as data: its quantities at their points, and which of them each one needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from rnndsl.graph.instances import Structure
from rnndsl.indices import Domain
from rnndsl.viz.lettering import text_width

#: The size of a vertex's letters, and how wide it is at least.
VERTEX: Final = 14.0
LEAST: Final = 38.0


class Vertex(NamedTuple):
    """A quantity at a point, its indices in the order of its brackets.

    Kinds: input, target, state (what a recurrence remembers), equation, likelihood, output, loss; with every operation
    also operator and parameter. `cycle` numbers the recurrence that it is part of.
    """

    label: str
    name: str
    kind: str
    indices: Domain
    point: tuple[int, ...]
    cycle: int | None = None


@dataclass(frozen=True)
class Picture:
    """Vertices by label in an order of evaluation, edges from what is needed to what needs it.

    `names` are those of the quantities in the order of the model.
    """

    name: str
    names: tuple[str, ...]
    vertices: Mapping[str, Vertex]
    edges: tuple[tuple[str, str], ...]
    lengths: Mapping[str, int] = field(default_factory=dict)
    structure: Mapping[str, Structure] = field(default_factory=dict)


def written(vertex: Vertex, name: str = "") -> str:
    """Return what stands on a vertex: its name, or a shorter one, with its point in brackets."""
    return (name or vertex.name) + (f"[{', '.join(map(str, vertex.point))}]" if vertex.point else "")


def vertex_width(vertex: Vertex) -> float:
    """Return how wide the box of a vertex is, in pixels."""
    return max(LEAST, text_width(written(vertex), VERTEX) + 14)
