"""Helpers for trees and dags, their nodes and edges: copied into the generated modules that need them.

Like those of `prelude`, they are ordinary code, tested here.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnndsl.codegen.places import device
from rnndsl.codegen.prelude_rows import Box, Rows, gather
from rnndsl.codegen.prelude_segments import Segments, sort_stably

Array = np.ndarray[Any, np.dtype[Any]]


class Tree:
    """The nodes of one tree or dag per example, one after another; an edge leads from a node to one of its children.

    `first` and `first_edge` say where the nodes of an example, and the edges of a node, begin.
    """

    def __init__(self, structure: Any) -> None:
        """Take for every example the list of its nodes' children (places from 0), or `flattened`; refuse cycles."""
        self.box: Box = None
        flat = structure if isinstance(structure, dict) else flattened(structure)
        self.lengths, self.arity, self.child = flat["nodes"], flat["children"], flat["places"]
        self.batch, count = len(self.lengths), len(self.arity)
        self.first = np.cumsum(self.lengths) - self.lengths
        self.example = np.repeat(np.arange(self.batch), self.lengths)
        self.first_edge = np.cumsum(self.arity) - self.arity
        self.owner = np.repeat(np.arange(count), self.arity)
        self.slot = np.arange(len(self.child)) - self.first_edge[self.owner]
        self.edges = np.bincount(self.example[self.owner], minlength=self.batch)
        self.edges_before = np.cumsum(self.edges) - self.edges
        self.target = self.child + self.first[self.example[self.owner]]
        self.above = np.full(count, -1)
        self.above[self.target[::-1]] = self.owner[::-1]
        self.by_child = sort_stably(self.target, count)
        self.uses = np.bincount(self.target, minlength=count)
        self.first_use = np.cumsum(self.uses) - self.uses
        self.step, self.leaf_steps = self.steps(self.heights())
        self.top = np.full(self.batch, -1)  # every example's last step
        np.maximum.at(self.top, self.example, self.step)

    def steps(self, height: Array, widest: int = 384) -> tuple[Array, int]:
        """Return every node's step in a walk from the leaves up, and how many steps the leaves take.

        Nodes of one height are divided into steps of no more than `widest`, so that what a step makes stays in caches.
        """
        counts = np.bincount(height)
        parts = -(-counts // widest)
        order = sort_stably(height, len(counts))
        place = np.empty_like(order)
        place[order] = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
        first = np.cumsum(parts) - parts
        return first[height] + place * parts[height] // counts[height], int(parts[:1].sum())

    def heights(self) -> Array:
        """Return the longest way down to a leaf, node by node (Kahn 1962, all nodes of a height in one round)."""
        height = np.full(len(self.arity), -1)
        waiting, front, level = self.arity.copy(), np.flatnonzero(self.arity == 0), 0
        shared, mark = self.uses.max(initial=0) > 1, np.empty_like(height)
        while front.size:
            height[front] = level
            parents = self.above[front]
            if shared:
                parents = self.owner[self.by_child[spans(self.first_use[front], self.uses[front])]]
            parents = parents[parents >= 0]
            np.subtract.at(waiting, parents, 1)
            front = parents[waiting[parents] == 0]
            number = np.arange(len(front))
            mark[front] = number
            front = front[mark[front] == number]  # every node once
            level += 1
        if height.min(initial=0) < 0:
            node = int(np.argmin(height))
            example = int(self.example[node])
            place = node - int(self.first[example])
            raise ValueError("a node is below itself: node " + str(place) + " of example " + str(example))
        return height

    def children(self, example: Array, place: Array, slot: Any) -> Array:
        """Return the places of nodes' children number `slot` (from 0), -1 where there is none."""
        node = self.first[example] + place
        inside = (slot >= 0) & (slot < self.arity[node])
        found = np.append(self.child, -1)
        return np.asarray(found[np.where(inside, self.first_edge[node] + slot, -1)])

    def parent(self, example: Array, place: Array) -> Array:
        """Return the places of nodes' parents, -1 for a root."""
        node = self.above[self.first[example] + place]
        return np.where(node < 0, -1, node - self.first[example])

    def root(self, example: Array) -> Array:
        """Return the place of the first node of an example that is nobody's child."""
        roots = np.flatnonzero(self.above < 0)
        place = np.full(self.batch, -1)
        place[self.example[roots[::-1]]] = (roots - self.first[self.example[roots]])[::-1]
        return np.asarray(place[example])

    def edge(self, example: Array, place: Array, slot: Array) -> Array:
        """Return the number of an edge in its example, -1 where there is none."""
        node = self.first[example] + place
        inside = (place >= 0) & (slot >= 0) & (slot < self.arity[node])
        return np.where(inside, self.first_edge[node] + slot - self.edges_before[example], -1)

    def ends(self, example: Array, edge: Array) -> tuple[Array, Array]:
        """Return the places of the nodes that edges begin at, and the children's numbers there."""
        number = self.edges_before[example] + edge
        return self.owner[number] - self.first[example], self.slot[number]

    def front(self, example: Array, place: Array, weight: Any) -> Array:
        """Return the step of a walk from the leaves up, with a negative weight from the roots down."""
        step = self.step[self.first[example] + place]
        if np.ndim(weight) == 0 and weight > 0:
            return np.asarray(weight * step)
        return np.asarray(np.where(weight < 0, -weight * (self.last_front(1)[example] - step), weight * step))

    def last_front(self, weight: int) -> Array:
        """Return every example's last step."""
        return np.where(self.top < 0, -1, max(weight, -weight) * self.top)


def flattened(structure: Sequence[Sequence[Sequence[int]]]) -> dict[str, Array]:
    """Count every example's nodes and every node's children, and make one list of the children's places."""
    children = [one for nodes in structure for one in nodes]
    counts = np.array([len(one) for one in children], dtype=np.intp)
    places = np.array([place for one in children for place in one], dtype=np.intp)
    return {"nodes": np.array([len(nodes) for nodes in structure], dtype=np.intp), "children": counts, "places": places}


class Uses:
    """For every row of a layout over the nodes of trees or dags the edges that lead to its node.

    A use is (`example`, `place` of the parent, `slot` among its children); those of one row stand together, in order.
    """

    def __init__(self, rows: Rows, name: str, tree: Tree, slot: int | None = None) -> None:
        """Collect the uses of index `name`; with `slot` only those as that child (from 0)."""
        node = tree.first[rows.example] + rows.place[name]
        edge = tree.by_child[spans(tree.first_use[node], tree.uses[node])]
        group = np.repeat(np.arange(rows.size), tree.uses[node])
        if slot is not None:
            edge, group = edge[tree.slot[edge] == slot], group[tree.slot[edge] == slot]
        self.group, self.slot, self.example = group, tree.slot[edge], rows.example[group]
        self.place = tree.owner[edge] - tree.first[self.example]
        self.single = not (group[1:] == group[:-1]).max(initial=False)
        self.offsets, self.ends = rows.offsets, np.searchsorted(group, rows.offsets).tolist()
        self.at = [slice(a, b) for a, b in zip(self.ends, self.ends[1:], strict=False)]

    def table(self, rows: Array) -> Array:
        """Return where `pull` takes values from: one row (or -1) for every use, or for every node if none has two."""
        if not self.single:
            return rows
        found = np.full(self.offsets[-1], -1)
        found[self.group] = rows
        return found

    def pull(self, values: Array, table: Array, out: Array, step: int | None = None) -> Array:
        """Sum for each node (of a step, or all) the rows of `values` that use it."""
        if self.single:
            at = slice(None) if step is None else slice(self.offsets[step], self.offsets[step + 1])
            return gather(values, device(table[at]), out)
        at = slice(None) if step is None else self.at[step]
        group, rows = self.group[at] - (0 if step is None else self.offsets[step]), table[at]
        group, rows = group[rows >= 0], rows[rows >= 0]
        out[...] = 0
        if group.size:
            Segments(group, len(out)).total(values[device(rows)], out)
        return out


def spans(starts: Array, counts: Array) -> Array:
    """Return the numbers `start`, `start + 1`, ... of every span, one span after another."""
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(int(counts.sum()))
