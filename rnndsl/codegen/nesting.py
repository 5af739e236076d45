"""Walks inside the steps of others, as arguments of `Rows`: in which of all steps the points of a layout are met."""

from collections.abc import Mapping

from rnndsl.codegen.context import Context
from rnndsl.indices import Index
from rnndsl.schedule.plan import Inner, Layout, Walk


def nested_walks(c: Context, layout: Layout, lines: list[str]) -> tuple[Mapping[Index, str], str]:
    """Return the weights of a layout's indices, and how many steps there are and where they begin, as text.

    How many steps walks take, example by example, is said in `lines` that stand before.
    """
    lasting = _Lasting(c, lines)
    weights: dict[Index, str] = {}
    before: list[str] = []
    outer, inside, spot = Inner(layout.walk), layout.inside, layout.spot
    while True:
        weights |= lasting.weights(outer, inside)
        before += [lasting.walk(inner) for inner in inside[: spot[0]]]
        if len(spot) == 1:
            break
        outer, spot = inside[spot[0]], spot[1:]
        inside = outer.inside
    begin = f", begin=in_turn({', '.join(before)}) - 1" if before else ""
    return weights, f", steps={lasting.whole(layout)}{begin}"


class _Lasting:
    """Names for how many steps walks take, and what is inside their steps."""

    def __init__(self, c: Context, lines: list[str]) -> None:
        """Write the lines that bind the names into `lines`, each once in a function."""
        self.c, self.lines = c, lines

    def named(self, key: object, wish: str, text: str) -> str:
        """Return the name of a number of steps."""
        name = self.c.names(("steps", key), wish)
        line = f"{name} = {text}"
        if name not in self.c.counted:
            self.c.counted.add(name)
            self.lines.append(line)
        return name

    def walk(self, inner: Inner) -> str:
        """Return how many steps a walk takes at one point of those around it."""
        return self.named(
            (inner.walk, inner.inside), f"{_named(inner.walk)}_steps", self.product(inner.walk, inner.inside)
        )

    def product(self, walk: Walk, inside: tuple[Inner, ...]) -> str:
        """Return how many steps a walk takes, with those inside every one of its own."""
        c = self.c
        sources = [c.tree(i) if i.structured else c.points(Layout((i,), ((i, 1),), sliced=True)) for i, _ in walk]
        given = [f"({source}, {weight})" for source, (_, weight) in zip(sources, walk, strict=True)]
        return f"turns({', '.join(given)})" + (f" * {self.step(inside)}" if inside else "")

    def step(self, inside: tuple[Inner, ...]) -> str:
        """Return how many steps the walks inside one step of another take together."""
        wish = "_".join([*(_named(inner.walk) for inner in inside), "in_turn"])
        return self.named(inside, wish, f"in_turn({', '.join(map(self.walk, inside))})")

    def whole(self, layout: Layout) -> str:
        """Return how many steps a loop takes in all."""
        text = f"int(({self.product(layout.walk, layout.inside)}).max(initial=0))"
        return self.named((layout.walk, layout.inside), f"{_named(layout.walk)}_loop_steps", text)

    def weights(self, inner: Inner, inside: tuple[Inner, ...]) -> dict[Index, str]:
        """Return how many steps lie between the points of the indices of a walk."""
        found = {}
        for index, weight in inner.walk:
            signed = weight if inner.forward else -weight
            factor = {1: "", -1: "-"}.get(signed, f"{signed} * ")
            found[index] = f"{factor}{self.step(inside)}" if inside else str(signed)
        return found


def _named(walk: Walk) -> str:
    return "_".join(index.name.rsplit(".", 1)[-1] for index, _ in walk)
