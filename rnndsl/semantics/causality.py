"""Which models are legal: every cycle must move, in total, one way along some index.

For each strongly connected component of the dependence graph, the indices that all its nodes have are tried in turn.
An index is a direction when no cycle has a positive total offset along it (or none a negative one): difference
constraints, solved by Bellman and Ford's algorithm, tell. A tree or dag is walked from the leaves or from the root:
there every single step has to go one way, since a child of the parent is not the node itself. Cycles that stand still
along a direction are what remains, and must move along another index that all their nodes have. (If an index is a
direction at all, trying it first never spoils the rest, so there is no search among orders.)
"""

import math
from collections.abc import Iterable
from dataclasses import replace

from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.indices import Index
from rnndsl.semantics.cycle_reports import report_cycle
from rnndsl.semantics.cycles import Edges, Worst, components, find_levels, restrict
from rnndsl.semantics.dependence import Dependence, find_dependence
from rnndsl.semantics.dims import Dims
from rnndsl.semantics.findings import Findings
from rnndsl.semantics.model import Model


def check_causality(model: Model, dims: Dims, findings: Findings) -> None:
    """Report every component of the dependence graph with a cycle that no order of evaluation fits."""
    graph = find_dependence(model, dims)
    for members in components(graph.edges):
        _check_component(graph, members, findings)


def check_generation(model: Model) -> None:
    """Check a legal model once more for when it draws its targets itself, so that reads of them are reads of it.

    Raises:
        SpecError: the points of a target have no order in which they can be drawn.
    """
    dims = Dims(Findings())
    for name, dim in model.dims.items():
        dims.declare(name, dim.value, dim.span)
    graph = find_dependence(model, dims, drawn=True)
    targets, mistakes = {random.target for random in model.randoms}, list[Diagnostic]()
    for members in components(graph.edges):
        findings = Findings()
        _check_component(graph, members, findings)
        drawn = ", ".join(f"`{name}`" for name in members if name in targets)
        mistakes += [_about_generating(finding, drawn) for finding in findings.all]
    if mistakes:
        raise SpecError(mistakes)


def _about_generating(finding: Diagnostic, drawn: str) -> Diagnostic:
    message = f"generating needs the points of {drawn} in order, and {finding.message}"
    way = f"read {drawn} only at points before the own one, such as `t-1`, or use the mode observe alone"
    return replace(finding, message=message, help=way)


def _check_component(graph: Dependence, members: list[str], findings: Findings) -> None:
    """Check one component; what stands still along one direction is checked along the others that all of it has."""
    waiting = [(restrict(graph.edges, members), frozenset[Index]())]
    while waiting:
        current, taken = waiting.pop()
        left = _shared(graph, current, taken)
        for index in left:
            still = _standing(current, index)
            if still is not None:
                waiting.extend((restrict(still, members), taken | {index}) for members in components(still))
                break
        else:
            report_cycle(current, left, findings)


def _shared(graph: Dependence, names: Iterable[str], taken: frozenset[Index]) -> list[Index]:
    common = frozenset.intersection(*(frozenset(graph.domains[name]) for name in names)) - taken
    return sorted(common, key=lambda index: index.sort_key)


def _standing(edges: Edges, index: Index) -> Edges | None:
    """Return the edges of cycles that stand still along `index`, None if cycles go both ways."""
    for sign in (1, -1):
        worst = Worst(index, sign)
        hardest = max(worst(edge) for leaving in edges.values() for edge in leaving)
        if hardest == math.inf or (index.structured and hardest > 0):
            continue
        found = find_levels(edges, worst)
        if found.cycle is None:
            return {
                name: [edge for edge in leaving if found.level[name] == found.level[edge.producer] + worst(edge)]
                for name, leaving in edges.items()
            }
    return None
