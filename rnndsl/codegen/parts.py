"""Functions that compute a part of a batch while others compute the rest: they take `part`, and tell their shares."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from rnndsl.codegen.function import Function
from rnndsl.codegen.text import as_tuple, quoted
from rnndsl.graph.parts import Shares, find_shares, is_many

#: A beam takes its examples over from one another, and a segment's weights are given.
ABLE: Final = ("forward", "loss_and_grad", "sample")


def in_parts(function: Function) -> Function:
    """Return a function that takes `part`, if it is one of those that can."""
    if function.name not in ABLE:
        return function
    return replace(function, shares=find_shares(function.schedule.graph))


def common_text(functions: Sequence[Function]) -> list[str]:
    """Return the constant that names the results that every part of a batch has whole, if any function takes parts."""
    able = [(function.name, _common(function, function.shares)) for function in functions if function.shares]
    lines = [f"    {quoted(name)}: {as_tuple(found) if found else '()'}," for name, found in able]
    return (
        ["COMMON = {  # results that every part of a batch has whole; of the others it has its share", *lines, "}"]
        if lines
        else []
    )


def _common(function: Function, shares: Shares) -> list[str]:
    graph = function.schedule.graph
    found = [o for o in graph.outputs.values() if not is_many(graph.nodes[o.node]) and o.node not in shares.shares]
    return [quoted(output.name.removeprefix("d loss/d ")) for output in found]
