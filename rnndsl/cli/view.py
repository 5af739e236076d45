"""What `rnndsl unfold` is to show: how many points every index has, and which quantities."""

import functools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any, Final

import click

from rnndsl.diagnostics.suggest import nearest
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.instances import Structure
from rnndsl.graph.node import ReadAt
from rnndsl.indices import Affine, Child, Index, Kind
from rnndsl.runtime.structure import check_structure, trees

#: The most points that are drawn: of a sequence, a grid, a tree.
MOST: Final = 1000
#: How many points a sequence has unless said.
USUAL: Final = 4
#: A node with two users: the smallest dag that is no tree, with a leaf more.
DIAMOND: Final = ((1, 2), (3,), (3, 4), (), ())
#: Up to so many children by position, the usual tree is two levels high; of more, one.
BUSHY: Final = 3

PAIR: Final = re.compile(r"([A-Za-z][A-Za-z0-9_.]*)=([0-9]+)")


@dataclass(frozen=True, slots=True)
class View:
    """What the options say; a number of `steps` under no name is that of all sequences that are not named."""

    steps: Mapping[str | None, int] = field(default_factory=dict)
    structure: Mapping[str, Any] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    cells: bool = False
    ranges: bool = False
    everything: bool = False


def viewing(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say what is shown; the command takes them all as `view`."""

    @functools.wraps(command)
    def with_view(*values: Any, steps: Any, structure: Any, only: tuple[str, ...], **others: Any) -> Any:
        flags = {name: others.pop(name) for name in ("cells", "ranges", "everything")}
        return command(*values, view=View(steps, structure, only, **flags), **others)

    options = (
        click.option(
            "--steps",
            default=str(USUAL),
            show_default=True,
            metavar="NUMBER|NAME=NUMBER,...",
            callback=_steps,
            help="Points of every sequence, or of each: t=3,s=4.",
        ),
        click.option(
            "--structure",
            multiple=True,
            metavar="NAME=JSON",
            callback=_structure,
            help="A tree or dag: the children of every node, as positions from 0: 'n=[[1,2],[],[]]'."
            "  [default: a small one]",
        ),
        click.option("--only", multiple=True, metavar="NAME", help="Show this quantity and no others. Repeatable."),
        click.option("--cells", is_flag=True, help="Show the equations inside cells, too."),
        click.option("--ranges", is_flag=True, help="Show families point by point, not as one: M@(1,2) for M@1."),
        click.option("--all", "everything", is_flag=True, help="Show every operation, not only what has a name."),
    )
    for option in reversed(options):
        with_view = option(with_view)
    return with_view


# Options --------------------------------------------------------------------------------------------------------------


def _steps(ctx: click.Context, param: click.Parameter, value: str) -> dict[str | None, int]:
    found: dict[str | None, int] = {}
    for part in value.split(","):
        match = PAIR.fullmatch(part.strip())
        name, number = (match[1], match[2]) if match else (None, part.strip())
        if not re.fullmatch("[0-9]{1,9}", number):
            raise click.BadParameter(f"{part!r} is neither a number nor NAME=NUMBER, such as 4 or t=3,s=4", ctx, param)
        if not 1 <= int(number) <= MOST:
            raise click.BadParameter(f"{number} is not in the range 1<=x<={MOST}.", ctx, param)
        if name in found:
            raise click.BadParameter(f"{name or 'the number of all sequences'} is given twice", ctx, param)
        found[name] = int(number)
    return found


def _structure(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for value in values:
        name, equals, text = value.partition("=")
        name = name.strip()
        if not equals or not name:
            raise click.BadParameter(f"{value!r} is not NAME=JSON, such as 'n=[[1,2],[],[]]'", ctx, param)
        if name in found:
            raise click.BadParameter(f"{name} is given twice", ctx, param)
        try:
            found[name] = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            reason = f"{error.msg} at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else "deep"
            raise click.BadParameter(f"{text!r} is not JSON ({reason})", ctx, param) from None
    return found


# Points ---------------------------------------------------------------------------------------------------------------


def lengths_of(graph: RecurrenceGraph, view: View) -> dict[str, list[int]]:
    """Return the number of points of every sequence of a model, for the one example that is drawn.

    Raises:
        UsageError: there is no sequence of a name.
    """
    sequences = [index.name for index in graph.indices if index.kind is Kind.SEQUENCE]
    structured = {index.name: index for index in graph.indices if index.structured}
    for name in view.steps:
        if name in structured:
            way = f"give it as --structure '{name}=[[1,2],[],[]]'"
            raise click.UsageError(f"--steps: `{name}` is a {structured[name].kind}; {way}")
        if name is not None and name not in sequences:
            raise click.UsageError(f"--steps: {_unknown(name, sequences, 'sequence', graph)}")
    return {name: [view.steps.get(name, view.steps.get(None, USUAL))] for name in sequences}


def structure_of(graph: RecurrenceGraph, view: View) -> dict[str, list[Structure]]:
    """Return the children of the nodes of every tree and dag of a model, for the one example that is drawn.

    Raises:
        UsageError: there is no tree or dag of a name.
        DataError: RNN615 to RNN617, what is given is no tree, or no dag.
    """
    known = {index.name: (index, rooted) for index, rooted in trees(graph).items()}
    for name in view.structure:
        if name not in known:
            raise click.UsageError(f"--structure: {_unknown(name, list(known), 'tree or dag', graph)}")
    found: dict[str, list[Structure]] = {}
    for name, (index, rooted) in known.items():
        given = view.structure.get(name)
        if given is not None:
            check_structure(index, [given], rooted=rooted, where=lambda _: "--structure")
        found[name] = [usual_structure(graph, index) if given is None else given]
    return found


def usual_structure(graph: RecurrenceGraph, index: Index) -> Structure:
    """Return a small tree or dag: balanced, with as many children as the model reads by their positions."""
    if index.kind is Kind.DAG:
        return DIAMOND
    arity = max(2, *(_last_slot(graph, child) for child in _children(graph, index)), 0)
    inner = 1 + arity if arity <= BUSHY else 1
    return tuple(
        tuple(range(arity * node + 1, arity * node + arity + 1)) if node < inner else ()
        for node in range(inner * arity + 1)
    )


def _children(graph: RecurrenceGraph, index: Index) -> list[Child]:
    attrs = [node.attr for node in graph.nodes.values() if isinstance(node.attr, ReadAt)]
    accesses = [access for attr in attrs for _, access in attr.at]
    return [access for access in accesses if isinstance(access, Child) and access.of == index and not access.sure]


def _last_slot(graph: RecurrenceGraph, child: Child) -> int:
    """Return the largest position of a child that is read, 0 where it is not known."""
    slot: Affine = child.slot
    known = {name: value for name, value in graph.dims.items() if value is not None}
    last = slot.offset
    for index, sign in slot.terms:
        end = index.high if sign > 0 else index.low
        if end is None or not end.dims <= known.keys():
            return 0
        last += sign * end.evaluate(known)
    return last


def check_points(
    graph: RecurrenceGraph, lengths: Mapping[str, list[int]], structure: Mapping[str, list[Structure]]
) -> None:
    """Refuse what nobody can look at.

    Raises:
        UsageError: a quantity has more points than are drawn.
    """
    sizes = {name: values[0] for name, values in lengths.items()}
    sizes |= {name: len(values[0]) for name, values in structure.items()}
    for node in graph.nodes.values():
        ragged = [index for index in node.domain if index.name in sizes]
        count = prod(sizes[index.name] for index in ragged)
        if count > MOST:
            product = " x ".join(str(sizes[index.name]) for index in ragged)
            domain = ", ".join(index.name for index in ragged)
            shown = f"{product} = {count}" if len(ragged) > 1 else product
            raise click.UsageError(f"{shown} points of [{domain}] are too many to draw; the most are {MOST}")


def _unknown(name: str, known: list[str], what: str, graph: RecurrenceGraph) -> str:
    near = nearest(name, known)
    if near:
        return f"{graph.name} has no {what} `{name}`. Did you mean `{near}`?"
    listed = ", ".join(f"`{each}`" for each in known)
    return f"{graph.name} has no {what} `{name}`" + (f"; it has {listed}" if known else "; it has none")
