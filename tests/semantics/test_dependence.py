"""Edges between equations, with their intervals of offsets."""

from rnndsl.semantics.dependence import ANYWHERE, CHILD, HERE, PARENT, Dependence, Edge, find_dependence
from rnndsl.semantics.dims import Dims
from rnndsl.semantics.findings import Findings
from tests.semantics.specs import expanded, grove, net


def graph(body: str) -> Dependence:
    return find_dependence(expanded(net(body)), Dims(Findings()))


def named(edge: Edge) -> dict[str, tuple[float, float]]:
    return {index.name: interval for index, interval in edge.offsets.items()}


def test_offsets_are_intervals() -> None:
    body = "index k : 1..3\nh[t] = x[t] + sum(h[t-k] over k)\ng[t] = h[t+2]\nz = sum(g[t] over t)\noutput z"
    edges = graph(body).edges
    assert [(edge.producer, named(edge)) for edge in edges["h"]] == [("h", {"t": (-3, -1)})]
    assert [(edge.producer, named(edge)) for edge in edges["g"]] == [("h", {"t": (2, 2)})]
    (whole,) = edges["z"]
    assert named(whole) == {"t": ANYWHERE}
    assert (whole.why, whole.bounded, whole.here) == ("sum", False, False)


def test_inits_are_nodes_of_their_own() -> None:
    body = "index m : 1..3\nparam w[m]\nh[t, m] = x[t] * h[t-1, m]\ng[m] = w[m]\ninit h[t, m] = g[m]\noutput h[t, m]"
    found = graph(body)
    assert [(edge.producer, named(edge)) for edge in found.edges["h"]] == [
        ("h", {"t": (-1, -1), "m": HERE}),
        ("init h", {"t": (-1, -1), "m": HERE}),
    ]
    assert [edge.producer for edge in found.edges["init h"]] == ["g"]


def test_reads_at_one_point_need_no_init_and_stand_once() -> None:
    found = graph("h[t] = h[t-1] + x[t]\ninit h = 1\ng[t] = h[t] + h[t] * 2\noutput g[t]")
    assert [edge.producer for edge in found.edges["g"]] == ["h"]
    assert found.edges["g"][0].here


def test_targets_that_are_drawn_depend_on_their_distributions() -> None:
    body = (
        "index m : 1..2\nparam a[m]\ntarget y[t] : scalar\nh[t, m] = a[m] * y[t-1]\n"
        "y[t] ~ mixture(h[t, m], normal(h[t-1, m]) over m) weight 2 * h[t+1, 1]\ninit y[t] = 3"
    )
    assert set(graph(body).edges) == {"h", "init y", "log_prob y"}
    found = find_dependence(expanded(net(body)), Dims(Findings()), drawn=True)
    assert [(edge.producer, edge.why, named(edge)) for edge in found.edges["y"]] == [
        ("h", "mixture", {"t": HERE, "m": ANYWHERE}),
        ("h", "mixture", {"t": (-1, -1), "m": ANYWHERE}),
    ]
    assert [(edge.producer, named(edge)) for edge in found.edges["h"]] == [
        ("y", {"t": (-1, -1)}),
        ("init y", {"t": (-1, -1)}),
    ]


def test_wrapping_and_fixed_points_have_no_distance() -> None:
    body = "index m : cyclic(3)\nh[t, m] = x[t] + h[t-1, m-1] + h[t-2, 2]\noutput h[t, m]"
    assert [named(edge) for edge in graph(body).edges["h"]] == [
        {"t": (-1, -1), "m": ANYWHERE},
        {"t": (-2, -2), "m": ANYWHERE},
    ]


def test_children_are_behind_and_parents_ahead() -> None:
    body = "f[v, k] = a[k]\na[v] = z[v] + sum(f[v, k] * a[k] over k) + a[child(v, 2)]\nb[v] = a[v] + b[parent(v)]\n"
    edges = find_dependence(
        expanded(grove(body + "y = root(b) + mean(b[k] over v, k)\noutput y")), Dims(Findings())
    ).edges
    assert [(edge.producer, named(edge)) for edge in edges["f"]] == [("a", {"v": CHILD})]
    assert [(edge.producer, named(edge)) for edge in edges["a"]] == [
        ("f", {"v": HERE, "k": ANYWHERE}),
        ("a", {"v": CHILD}),
    ]
    assert [(edge.producer, named(edge)) for edge in edges["b"]] == [("a", {"v": HERE}), ("b", {"v": PARENT})]
    assert [(edge.why, named(edge)) for edge in edges["y"]] == [("root", {"v": ANYWHERE})]


def test_inside_uses_a_node_is_a_parent() -> None:
    body = "f[v, k] = z[v] * a[k]\na[v] = z[v]\nb[v] = uses(f[v, k] * b[v] * a[k] over k)\noutput b[v]"
    edges = find_dependence(expanded(grove(body)), Dims(Findings())).edges
    assert [(edge.producer, named(edge)) for edge in edges["b"]] == [
        ("f", {"v": PARENT, "k": ANYWHERE}),
        ("b", {"v": PARENT}),
        ("a", {"v": ANYWHERE}),
    ]
