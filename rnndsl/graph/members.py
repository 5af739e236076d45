"""The members of a beam: one more index, of everything that depends on what they choose.

What depends on none of it, an encoder for instance, has no such index, so it is computed once for every example.
"""

from dataclasses import replace

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Choice
from rnndsl.indices import Domain, Index, Kind, ordered
from rnndsl.sizes import Size


def member_of(target: str) -> Index:
    """Return the index of the members of a beam; it stands before all ranges, and its extent comes with the call."""
    name = f"{target}.beam"  # nothing in a model is called so: a target has no parts
    return Index(name, Kind.RANGE, -1, high=Size.of(f"{name}.width"))


def find_members(graph: RecurrenceGraph) -> Index | None:
    """Return the index of the members of the graph's beam, if it has one."""
    return next((node.attr.member for node in graph.nodes.values() if isinstance(node.attr, Choice)), None)


def spread_members(graph: RecurrenceGraph) -> RecurrenceGraph:
    """Return a graph in which everything that depends on the choices of a beam varies over its members.

    What does so already stays.
    """
    member = find_members(graph)
    if member is None:
        return graph
    found = {number for number, node in graph.nodes.items() if isinstance(node.attr, Choice)}
    stack = list(found)
    while stack:
        new = set(graph.users[stack.pop()]) - found
        found |= new
        stack += new

    def grown(number: int, domain: Domain) -> Domain:
        return ordered((*domain, member)) if number in found else domain

    return replace(
        graph,
        indices=tuple(dict.fromkeys((*graph.indices, member))),
        nodes={n: replace(node, domain=grown(n, node.domain)) for n, node in graph.nodes.items()},
        outputs={name: replace(out, domain=grown(out.node, out.domain)) for name, out in graph.outputs.items()},
        equations={name: replace(eq, domain=grown(eq.node, eq.domain)) for name, eq in graph.equations.items()},
    )
