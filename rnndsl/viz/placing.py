"""Where the vertices of a picture stand: time from left to right, grids as grids, trees by height, in inches.

A quantity over one index is a row of points, or, where a grid has that index downward, a column beside it: an attention
has its encoder below and its decoder on the right. In a grid the quantities lie behind one another like sheets.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from rnndsl.graph.instances import Structure
from rnndsl.indices import Domain, Index
from rnndsl.viz.picture import Picture, Vertex

Position = tuple[float, float]

#: Widths of a letter, of what is around a label, of gaps between vertices, and the least of a vertex; a line's height.
LETTER: Final = 0.09
AROUND: Final = 0.24
GAP: Final = 0.4
NARROW: Final = 0.5
LINE: Final = 0.7
#: A sheet of a grid lies so much farther to the right than the one before, in widths of a vertex, and higher.
BEHIND: Final = 0.66
ABOVE: Final = 0.5
#: Vertices of one step that could be told apart by nothing but their line stand so many widths beside one another.
ASIDE: Final = 0.55


class Group(NamedTuple):
    """A quantity: its vertices, and how many others lead to it at one point; `base` lacks indices of children."""

    name: str
    base: Domain
    level: int
    vertices: tuple[Vertex, ...]

    @property
    def data(self) -> bool:
        """Whether it is given."""
        return self.vertices[0].kind in {"input", "target"}


def place_vertices(picture: Picture) -> dict[str, Position]:
    """Return a position for every vertex; none with every operation shown, which is for Graphviz to lay out."""
    if any(vertex.kind == "operator" for vertex in picture.vertices.values()):
        return {}
    plan = _Plan(picture, find_groups(picture))
    for base in plan.stacked():
        plan.stack(base)
    for base in plan.groups:
        if len(base) == 1 and base[0] in plan.rows:
            plan.add_columns(base[0])
    plan.add_single()
    return plan.placed


def rank_of(picture: Picture, vertex: Vertex) -> tuple[str, int] | None:
    """Return what a vertex shares with those beside it: the step of its first index, the height of its node."""
    if not vertex.point:
        return None
    index, point = vertex.indices[0], vertex.point[0]
    if index.structured:
        return index.name, heights(picture.structure[index.name])[point - 1]
    return index.name, point


def heights(nodes: Structure) -> list[int]:
    """Return how far every node is from the leaves below it."""
    known: dict[int, int] = {}
    stack = list(range(len(nodes)))
    while stack:
        node = stack[-1]
        below = [child for child in nodes[node] if child not in known]
        stack.extend(below)
        if not below:
            known[node] = 1 + max((known[child] for child in nodes[node]), default=-1)
            stack.pop()
    return [known[node] for node in range(len(nodes))]


# Levels ---------------------------------------------------------------------------------------------------------------


def find_groups(picture: Picture) -> dict[Domain, list[Group]]:
    """Return the quantities by their indices, each in the order of its levels."""
    levels = find_levels(picture)
    members: dict[str, list[Vertex]] = {name: [] for name in levels}
    for vertex in picture.vertices.values():
        members[vertex.name].append(vertex)
    groups: dict[Domain, list[Group]] = {}
    for name, level in sorted(levels.items(), key=lambda each: (each[1], picture.names.index(each[0]))):
        base = tuple(index for index in members[name][0].indices if index.of is None)
        groups.setdefault(base, []).append(Group(name, base, level, tuple(members[name])))
    return groups


def find_levels(picture: Picture) -> dict[str, int]:
    """Return for every quantity the longest way to it at one point; what needs nothing is as near as it can be."""
    below: dict[str, dict[str, None]] = {vertex.name: {} for vertex in picture.vertices.values()}
    users: dict[str, set[str]] = {name: set() for name in below}
    needy = set()
    for source, target in picture.edges:
        one, other = picture.vertices[source], picture.vertices[target]
        users[one.name].add(other.name)
        needy.add(other.name)
        if one.name != other.name and not differ(one, other):
            below[other.name][one.name] = None
    levels = _longest(below, needy)
    for name in set(levels) - needy:
        levels[name] = max(0, min((levels[user] for user in users[name]), default=0) - 1)
    return levels


def _longest(below: Mapping[str, Collection[str]], needy: Collection[str]) -> dict[str, int]:
    """Return the length of the longest way to every name; what closes a circle does not count."""
    levels: dict[str, int] = {}
    begun: set[str] = set()
    stack = list(below)[::-1]
    while stack:
        name = stack[-1]
        waiting = [each for each in below[name] if each not in levels and each not in begun]
        begun.add(name)
        stack.extend(waiting)
        if not waiting:
            known = [1 + levels[each] for each in below[name] if each in levels]
            levels.setdefault(name, max(known, default=int(name in needy)))
            stack.pop()
    return levels


def differ(one: Vertex, other: Vertex) -> bool:
    """Tell whether two vertices are at different points of an index that both have."""
    there = dict(zip(one.indices, one.point, strict=True))
    return any(there.get(index, point) != point for index, point in zip(other.indices, other.point, strict=True))


# Blocks ---------------------------------------------------------------------------------------------------------------


@dataclass
class _Plan:
    """Blocks of vertices, stacked upwards; `columns` and `rows` say where the first points of indices stand."""

    picture: Picture
    groups: Mapping[Domain, list[Group]]
    placed: dict[str, Position] = field(default_factory=dict)
    columns: dict[Index, float] = field(default_factory=dict)
    rows: dict[Index, float] = field(default_factory=dict)
    top: float = 0.0

    def __post_init__(self) -> None:
        """Measure: all columns of a picture are equally wide, and all rows of its grids equally high."""
        sheets = max((self.sheets(base) for base in self.groups if len(base) > 1), default=1)
        longest = max((len(label) for label in self.picture.vertices), default=1)
        self.width = max(NARROW, LETTER * longest + AROUND)
        self.behind = BEHIND * self.width
        self.across = (sheets - 1) * self.behind + self.width + GAP
        self.down = (sheets - 1) * ABOVE + LINE
        self.middle = ((sheets - 1) * self.behind / 2, (sheets - 1) * ABOVE / 2)

    def sheets(self, base: Domain) -> int:
        """Return how many sheets a grid has: quantities, times points of all indices but the last two."""
        return len(self.groups[base]) * len({vertex.point[:-2] for g in self.groups[base] for vertex in g.vertices})

    def low(self, index: Index) -> int:
        """Return the first point of an index."""
        return min(
            vertex.point[vertex.indices.index(index)]
            for vertex in self.picture.vertices.values()
            if index in vertex.indices
        )

    def right(self) -> float:
        """Return where there is room on the right of everything."""
        return max((x for x, _ in self.placed.values()), default=-self.width - GAP) + self.width + GAP

    def stacked(self) -> list[Domain]:
        """Return the blocks that stand above one another, what is needed first at the bottom."""
        downward = {base[-2] for base in self.groups if len(base) > 1}
        chosen = [base for base in self.groups if base and (len(base) > 1 or base[0] not in downward)]
        return sorted(chosen, key=lambda base: max(group.level for group in self.groups[base]))

    def stack(self, base: Domain) -> None:
        """Place a block above those before."""
        if len(base) > 1:
            self.add_grid(base)
        elif base[0].structured:
            self.add_tree(base[0])
        else:
            self.add_rows(base[0])
        self.top = max(y for _, y in self.placed.values()) + 1.4 * LINE

    def add_grid(self, base: Domain) -> None:
        """Place quantities over two indices, or more, as sheets; one beside another that has the same rows."""
        groups = self.groups[base]
        down, across = base[-2:]
        beside = down in self.rows
        count = len({vertex.point[-2] for group in groups for vertex in group.vertices})
        self.columns.setdefault(across, self.right() if beside else 0.0)
        self.rows.setdefault(down, self.top + (count - 1) * self.down)
        left, first = self.low(across), self.low(down)
        depths = sorted({vertex.point[:-2] for group in groups for vertex in group.vertices})
        for place, group in enumerate(groups):
            for vertex in group.vertices:
                depth = len(groups) * depths.index(vertex.point[:-2])  # to the left, while sheets go to the right
                sideways = place + len(groups) * (len(depths) - 1) - depth
                x = self.columns[across] + (vertex.point[-1] - left) * self.across + sideways * self.behind
                y = self.rows[down] - (vertex.point[-2] - first) * self.down + (place + depth) * ABOVE
                self.placed[vertex.label] = (x, y)

    def add_rows(self, index: Index) -> None:
        """Place quantities over one index as rows of points, under or over the columns of a grid that has it."""
        shift = self.middle[0] if index in self.columns else 0.0
        first = self.low(index)
        for place, (group, aside) in enumerate(_spread(self.groups[index,])):
            for vertex in group.vertices:
                x = self.columns.get(index, 0.0) + (vertex.point[0] - first) * self.across + shift
                self.placed[vertex.label] = (x + aside * self.width, self.top + place * LINE)

    def add_columns(self, index: Index) -> None:
        """Place quantities over one index as columns, beside the rows of the grid that has it."""
        left, first = self.right(), self.low(index)
        for place, (group, aside) in enumerate(_spread(self.groups[index,])):
            for vertex in group.vertices:
                y = self.rows[index] - (vertex.point[0] - first) * self.down + self.middle[1]
                self.placed[vertex.label] = (left + place * (self.width + GAP), y + aside * LINE)

    def add_single(self) -> None:
        """Place what has no points: before the points that need it, else after; beside a grid, else in a column."""
        points = [label for label, vertex in self.picture.vertices.items() if vertex.point]
        leading = {source for source, target in self.picture.edges if target in points}
        xs, ys = [x for x, _ in self.placed.values()] or [0.0], [y for _, y in self.placed.values()] or [0.0]
        middle = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
        groups = self.groups.get((), [])
        before = [group for group in groups if group.vertices[0].label in leading]
        after = [group for group in groups if group not in before]
        sides = (((min(xs) - self.width - GAP, min(ys) - LINE), before[::-1], -1), ((self.right(), self.top), after, 1))
        for (side, end), chosen, way in sides:
            for place, (group, aside) in enumerate(_spread(chosen)):
                if self.rows:
                    at = (side + way * place * (self.width + GAP), middle[1] + aside * LINE)
                else:
                    at = (middle[0] + aside * self.width, end + way * place * LINE)
                self.placed[group.vertices[0].label] = at

    def add_tree(self, index: Index) -> None:
        """Place the quantities of every node together, level by level, and the nodes by height."""
        nodes = self.picture.structure[index.name]
        levels = sorted({group.level for group in self.groups[index,]})
        cells: dict[int, list[list[str]]] = {node: [[] for _ in levels] for node in range(len(nodes))}
        for group in self.groups[index,]:
            for vertex in sorted(group.vertices, key=lambda vertex: vertex.point):
                cells[vertex.point[vertex.indices.index(index)] - 1][levels.index(group.level)].append(vertex.label)
        wide = [max(map(len, cells[node])) * (self.width + GAP / 2) for node in range(len(nodes))]
        high = heights(nodes)
        pitch = (len(levels) + 0.8) * LINE
        for node, x in enumerate(spread_nodes(nodes, high, wide)):
            for line, labels in enumerate(cells[node]):
                for place, label in enumerate(labels):
                    aside = (place - (len(labels) - 1) / 2) * (self.width + GAP / 2)
                    self.placed[label] = (x + aside, self.top + high[node] * pitch + line * LINE)


def _spread(groups: Sequence[Group]) -> list[tuple[Group, float]]:
    """Return how far aside each quantity stands, so that what leads past those of its level does not lead through.

    Data stands aside of equations, one equation in the middle.
    """
    found = []
    for group in groups:
        same = [each for each in groups if each.level == group.level]
        equations = [each.name for each in same if not each.data]
        if not group.data:
            aside = equations.index(group.name) - (len(equations) - 1) / 2
        else:
            aside = -(len(equations) + 1) / 2 - [each.name for each in same if each.data].index(group.name)
        found.append((group, ASIDE * aside if equations else 0.0))
    return found


def spread_nodes(nodes: Structure, high: Sequence[int], wide: Sequence[float]) -> list[float]:
    """Return where nodes stand from left to right: leaves in order, others over their children, none over another."""
    known: dict[int, float] = {}
    edge: dict[int, float] = {}
    above = {child for children in nodes for child in children}
    leaves = _leaves(nodes, [node for node in range(len(nodes)) if node not in above])
    order = sorted((node for node in range(len(nodes)) if nodes[node]), key=lambda node: high[node])
    for height in sorted({0, *high}):
        here = leaves if height == 0 else [node for node in order if high[node] == height]
        wished = {node: sum(known[c] for c in nodes[node]) / len(nodes[node]) if nodes[node] else 0.0 for node in here}
        for node in sorted(here, key=lambda node: wished[node]):
            known[node] = max(wished[node], edge.get(height, -wide[node]) + wide[node] / 2)
            edge[height] = known[node] + wide[node] / 2 + GAP
    return [known[node] for node in range(len(nodes))]


def _leaves(nodes: Structure, roots: Sequence[int]) -> list[int]:
    """Return the nodes without children, each once, from left to right."""
    found: dict[int, None] = {}
    seen: set[int] = set()
    stack = list(roots[::-1])
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack.extend(reversed(nodes[node]))
            if not nodes[node]:
                found[node] = None
    return list(found)
