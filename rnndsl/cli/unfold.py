"""`rnndsl unfold`: show what a spec is over a few steps."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

import click

from rnndsl.cli.choice import Choice
from rnndsl.cli.options import choosing, reporting, spec_argument
from rnndsl.cli.output import Output
from rnndsl.cli.specs import read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.cli.training import compiled
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.instances import Instance
from rnndsl.graph.unfold import unfold
from rnndsl.ops import Op


class Unfolded(Protocol):
    """An unfolded graph, as far as it is read here."""

    @property
    def nodes(self) -> Mapping[Instance, Mapping[str, Any]]:
        """What is known of every instance: its `label`."""
        ...

    def __iter__(self) -> Iterator[Instance]:
        """Go over the instances."""
        ...

    def predecessors(self, n: Instance) -> Iterable[Instance]:
        """Return what an instance needs."""
        ...


#: What dimensions without a value are taken to be: the picture depends on them in fixed ranges only.
SMALL: Final = 2
#: The most steps that are drawn.
MOST: Final = 1000


@click.command(
    "unfold",
    cls=TeachingCommand,
    short_help="Show a spec unfolded over a few steps.",
    examples=(
        "rnndsl unfold char_lstm --steps 3",
        "rnndsl unfold net.rnn --format dot | dot -Tsvg > net.svg",
    ),
)
@spec_argument
@click.option("--steps", type=click.IntRange(1, MOST), default=4, show_default=True, help="Points of every sequence.")
@click.option("--format", "kind", type=click.Choice(["text", "dot"]), default="text", show_default=True)
@click.option("--all", "everything", is_flag=True, help="Show every operation, not only what has a name.")
@choosing
@reporting
@click.pass_obj
def command(
    output: Output,
    spec: str,
    steps: int,
    kind: str,
    *,
    everything: bool,
    choice: Choice,
) -> None:
    """Unfold SPEC over time into a graph without cycles: every quantity at every point, and what it needs."""
    graph = compiled(read_spec(spec, output), choice).graph
    known = {name: SMALL if value is None else value for name, value in graph.dims.items()}
    lengths = {index.name: [steps] for index in graph.indices if index.ragged}
    edges = named_edges(unfold(graph, lengths, known, 1), graph, everything=everything)
    output.document({"ok": True, "exit_code": 0, "model": graph.name, "steps": steps, "edges": edges})
    if kind == "dot":
        output.say(_dot(graph.name, edges))
    else:
        for source, target in edges:
            output.say(f"{source} -> {target}")


def named_edges(unfolded: "Unfolded", graph: RecurrenceGraph, *, everything: bool) -> list[tuple[str, str]]:
    """Return who needs whom, by labels such as `h@3`, in order of evaluation where the graph has one.

    Operations without a name of their own are passed through, unless `everything` is wanted.
    """
    names = {info.node: info.name for info in graph.outputs.values()}
    names |= {number: str(node.attr) for number, node in graph.nodes.items() if node.op is Op.INPUT}
    names |= {info.node: _equation(info.name, graph) for info in graph.equations.values()}
    edges: list[tuple[tuple[object, ...], str, str]] = []
    for at in unfolded:
        if everything or at.node in names:
            sources = _sources(unfolded, at, names, everything=everything)
            edges += [
                (_place(source, at), _label(unfolded, source, names), _label(unfolded, at, names)) for source in sources
            ]
    return list(dict.fromkeys((source, target) for _, source, target in sorted(edges)))


def _equation(name: str, graph: RecurrenceGraph) -> str:
    """Return an equation's name; that of a random one is its target's, which is data here, so it is called its nll."""
    return f"{name}.nll" if name in graph.inputs else name


def _sources(unfolded: "Unfolded", at: Instance, names: Mapping[int, str], *, everything: bool) -> list[Instance]:
    """Walk back from an instance to the nearest ones that are shown."""
    found: dict[Instance, None] = {}
    seen = set()
    stack = list(unfolded.predecessors(at))
    while stack:
        source = stack.pop()
        if everything or source.node in names:
            found[source] = None
        elif source not in seen:
            seen.add(source)
            stack.extend(unfolded.predecessors(source))
    return list(found)


def _label(unfolded: "Unfolded", at: Instance, names: Mapping[int, str]) -> str:
    label = str(unfolded.nodes[at]["label"])
    name, separator, place = label.partition("@")
    return f"{names.get(at.node, name)}{separator}{place}"


def _place(source: Instance, target: Instance) -> tuple[object, ...]:
    """Order by point, then by node; what has no point, such as the loss, comes last."""
    return (not target.point, target.point, target.node, source.point, source.node)


def _dot(name: str, edges: Sequence[tuple[str, str]]) -> str:
    lines = [f"  {json.dumps(source)} -> {json.dumps(target)};" for source, target in edges]
    return "\n".join([f"digraph {name} {{", "  rankdir=LR;", "  node [shape=box, style=rounded];", *lines, "}"])
