"""Walks: a whole loop over a sequence as one compiled function, for batches so small that each step is little work.

A loop can be compiled as a whole if its steps consist of kernels, products of two matrices, and views. Its statements
stay as they are, but that products are loops of their own: what BLAS gains does not pay for its call here.
"""

import re
from collections.abc import Sequence
from typing import Final

from rnndsl.codegen.block import Block
from rnndsl.codegen.context import Context
from rnndsl.codegen.kernels import IDENTIFIER, KNOWN, Fusing
from rnndsl.ops import Op
from rnndsl.schedule.plan import Loop

#: Up to how many examples, side by side, a walk is faster than calls of BLAS.
SMALL: Final = 4

#: `x_t = x[at]`, and `ring[...] = x_t`; what is in brackets calls nothing.
PLACES: Final = r"(\[(?:(?<!\w)\(|[\w\s:.,+*%)-])*\])?"
VIEW: Final = re.compile(rf"\w+ = \w+{PLACES}")
COPY: Final = re.compile(rf"\w+{PLACES}\[\.\.\.\] = \w+")
PRODUCT: Final = re.compile(r"(?:xp\.matmul|multiply)\((\w+), (\w+), (?:out=)?(\w+)\)")
KERNEL: Final = re.compile(r"fused_\w+\([\w, ]*\)")
BOUND: Final = re.compile(r"(\w+) = ")


def walk_call(c: Context, fusing: Fusing, loop: Loop, block: Block) -> str:
    """Return the call of a walk that does the same as a loop, or "" where there is none."""
    layout = loop.layout(loop.indices)
    if not loop.sliced or any(own not in {None, layout} or kind == "each" for kind, own, _ in block.feeds):
        return ""
    body = [_translated(fusing, line) for line in [*block.rebind, *block.lines, *block.closing] if line[0] != "#"]
    if "" in body or not any(KERNEL.match(line) for line in body):
        return ""
    counter = block.feeds.get(("k", None, ""), "") or c.names(("walk", loop.number), "k")
    points, heads, lists = (
        c.points(layout),
        ["live = counts[{k}]"],
        {"counts": f"np.array({c.points(layout)}.counts, np.intp)"},
    )
    for (kind, _, detail), name in block.feeds.items():
        if kind in {"at", "back"}:
            heads.append(f"{name} = slice({name}_starts[{{k}}], {name}_starts[{{k}}] + live)")
            lists[f"{name}_starts"] = f"starts_of({points}.{'at' if kind == 'at' else f'back({detail})'})"
    live = block.feeds.get(("live", layout, ""), "live")
    heads = [head.replace("live", live).replace("{k}", counter) for head in heads]
    given = _given(c, fusing, [*heads, *body], {counter, *lists})
    span = "range(len(counts))" if loop.forward else "range(len(counts) - 1, -1, -1)"
    text = [f"for {counter} in {span}:", *(f"    {line}" for line in [*heads, *body])]
    wish = "walk_" + next(line for line in reversed(body) if KERNEL.match(line)).split("(")[0].removeprefix("fused_")
    name = fusing.kernels.add(c.names, wish, ", ".join([*lists, *given]), text)
    return f"{name}({', '.join([*lists.values(), *given])})"


def _translated(fusing: Fusing, line: str) -> str:
    """Return a statement as a walk has it, "" if it can have none such."""
    product = PRODUCT.fullmatch(line)
    if product:
        second = fusing.wide.get(product[2], product[2])  # it reads as many columns as the result has
        return f"small_product({product[1]}, {second}, {product[3]})" if line in fusing.products else ""
    return line if any(kind.fullmatch(line) for kind in (VIEW, COPY, KERNEL)) else ""


def _given(c: Context, fusing: Fusing, lines: Sequence[str], own: set[str]) -> list[str]:
    """Return the names that lines use and do not bind; parameters among them have to be plain arrays."""
    bound = {found[1] for line in lines if (found := BOUND.match(line))}
    used = dict.fromkeys(name for line in lines for name in IDENTIFIER.findall(line))
    given = [name for name in used if name not in bound | own | fusing.kernels.texts.keys() and name not in KNOWN]
    params = {c.label(number): number for number, node in c.graph_nodes.items() if node.op is Op.PARAM}
    fusing.plain.update(params[name] for name in given if name in params)
    return given
