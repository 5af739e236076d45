"""How a function binds its points: of sequences, of trees, and in the layouts of several indices."""

from collections.abc import Sequence

from rnndsl.codegen.borders import border_line
from rnndsl.codegen.context import Context
from rnndsl.codegen.nesting import nested_walks
from rnndsl.codegen.text import as_tuple, quoted
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.indices import Domain, Index, Kind
from rnndsl.schedule.plan import Layout


def chain(index: Index) -> Layout:
    """Return the layout of a sequence alone."""
    return Layout((index,), ((index, 1),), sliced=True)


def sequences(graph: RecurrenceGraph) -> list[Index]:
    """Return the sequences that a graph walks or counts."""
    return [index for index in graph.ragged if index.kind is Kind.SEQUENCE]


def structures(graph: RecurrenceGraph) -> list[Index]:
    """Return the trees and dags of a graph."""
    return [index for index in graph.ragged if index.structured]


def bind_points(c: Context, stream: str, reads: Sequence[str], condition: str) -> list[str]:
    """Bind the layout of every sequence, the trees, and the number of examples.

    A carry says where the `stream` goes on. Without any of these the number of examples is that of an input that is
    read, if need be of one that is read under a condition.
    """
    graph = c.schedule.graph
    lines = []
    for index in sequences(graph):
        axes = {n: data_axes(info.domain).index(index) for n, info in graph.inputs.items() if index in info.domain}
        start = f", carry.get({quoted(index.name)})" if index.name == stream else ""
        listed = f"{{{', '.join(f'{quoted(name)}: {axis}' for name, axis in axes.items())}}}"
        given = f"measure(data, {listed}, (lengths or {{}}).get({quoted(index.name)}))"
        lines.append(f"{c.points(chain(index))} = Points({given}, {c.schedule.halos.get(index, 0)}{start})")
    lines += [f"{c.tree(index)} = Tree(structure[{quoted(index.name)}])" for index in structures(graph)]
    counted = [c.points(chain(index)) for index in sequences(graph)] + [c.tree(i) for i in structures(graph)]
    if counted:
        return [*lines, f"batch = {counted[0]}.batch"]
    sized = next(iter([*reads, *graph.inputs]), None)
    given = f"len(data[{quoted(sized)}])"
    if sized is None:
        return ["batch = 1"]
    return [f"batch = {given}" if sized in reads or not condition else f"batch = {given} if {condition} else 1"]


def bind_rows(c: Context) -> list[str]:
    """Bind the layouts of several indices, or of trees, that the code has come to name."""
    lines: list[str] = []
    for layout, name in c.laid_out.items():
        if layout.chain:
            continue
        weights, nested = nested_walks(c, layout, lines) if layout.inside else (dict(layout.walk), "")
        factors = []
        for index in layout.indices:
            if index.kind is Kind.CHILDREN:
                continue
            below = [child for child in layout.indices if child.of == index]
            source = c.tree(index) if index.structured else c.points(chain(index))
            named = as_tuple([quoted(one.name) for one in (index, *below)])
            factors.append(f"({named}, {source}, {weights.get(index, 0)})")
        halo = f", {c.schedule.halos.get(layout.walk[0][0], 0)}" if layout.sliced else ""
        lines += [f"{name} = Rows([{', '.join(factors)}]{halo}{nested})", *border_line(c, layout)]
    return lines


def helpers_of_points(c: Context) -> set[str]:
    """Return the classes that the function's layouts are made of."""
    graph = c.schedule.graph
    used = {"Points", "measure"} if sequences(graph) else set()
    used |= {"Tree"} if structures(graph) else set()
    used |= {"Rows", "turns"} if any(not layout.chain for layout in c.laid_out) else set()
    used |= {"in_turn"} if any(layout.inside for layout in c.laid_out) else set()
    return used


def data_axes(domain: Domain) -> Domain:
    """Return the axes of data over a domain: nodes and their children are one axis, of edges."""
    return tuple(index for index in domain if index.of is None or index.of not in domain)
