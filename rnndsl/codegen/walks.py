"""Walks: a whole loop over a sequence as one compiled function, for batches so small that each step is little work.

A loop can be compiled as a whole if its steps consist of kernels, products of two matrices, views, and a few others.
Its statements stay as they are, but that products, and what is done with lanes (`codegen/small_steps.py`), are loops of
their own: what BLAS gains does not pay for its call here.
"""

import re
from collections import Counter
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
COPY: Final = re.compile(rf"\w+{PLACES}\[\.\.\.(, [\w\s:+*]+)?\] = \w+")
UFUNC: Final = re.compile(r"xp\.(add|subtract|multiply)\((\w+), (\w*[a-z_]\w*), out=(\w+)\)")
PRODUCT: Final = re.compile(r"(?:xp\.matmul|multiply)\((\w+), (\w+), (?:out=)?(\w+)\)")
KERNEL: Final = re.compile(r"fused_\w+\([\w, ]*\)")
BOUND: Final = re.compile(r"(\w+) = ")


def walk_call(c: Context, fusing: Fusing, loop: Loop, block: Block) -> str:
    """Return the call of a walk that does the same as a loop, or "" where there is none."""
    if not loop.sliced or loop.inside:
        return ""
    lines = [line for line in [*block.rebind, *block.lines, *block.closing] if line[0] != "#"]
    found = [_translated(fusing, line) for line in lines]
    body = [line for each in found for line in each or ()]
    if None in found or not any(KERNEL.match(line) for line in body):
        return ""
    body = _without_unused(body)
    counter = block.feeds.get(("k", None, ""), "") or c.names(("walk", loop.number), "k")
    heads, lists = _feeds(c, loop, block, counter)
    given = _given(c, fusing, [*heads, *body], {counter, *lists})
    span = "range(len(counts))" if loop.forward else "range(len(counts) - 1, -1, -1)"
    text = [f"for {counter} in {span}:", *(f"    {line}" for line in [*heads, *body])]
    wish = "walk_" + next(line for line in reversed(body) if KERNEL.match(line)).split("(")[0].removeprefix("fused_")
    name = fusing.kernels.add(c.names, wish, ", ".join([*lists, *given]), text, "jit_walk")
    return f"{name}({', '.join([*lists.values(), *given])})"


def _feeds(c: Context, loop: Loop, block: Block, counter: str) -> tuple[list[str], dict[str, str]]:
    """Return the first lines of a step, which bind what runs with the loop, and the arrays they read, by name."""
    lead = loop.layout(loop.indices)
    lives = {lead: block.feeds.get(("live", lead, ""), "live")}
    lives |= {own: name for (kind, own, _), name in block.feeds.items() if kind == "live" and own is not None}
    lives |= {
        own: c.names(("live in walk", loop.number, own), f"live_{c.points(own)}")
        for kind, own, _ in block.feeds
        if kind in {"at", "back", "ring"} and own is not None and own not in lives
    }
    heads, lists = [], {}
    for own, live in lives.items():
        counts = "counts" if own == lead else f"counts_{c.points(own)}"
        heads.append(f"{live} = {counts}[{counter}]")
        lists[counts] = f"np.array({c.points(own)}.counts, np.intp)"
    for (kind, walked, detail), name in block.feeds.items():
        if kind in {"at", "back"} and walked is not None:
            heads.append(f"{name} = slice({name}_starts[{counter}], {name}_starts[{counter}] + {lives[walked]})")
            lists[f"{name}_starts"] = f"starts_of({c.points(walked)}.{'at' if kind == 'at' else f'back({detail})'})"
        elif kind == "ring" and walked is not None:
            slots, delay = detail.split(", ")
            start = f"({name}_first + {counter}) % {slots} * {name}_width"
            heads.append(f"{name} = slice({start}, {start} + {lives[walked]})")
            lists |= {
                f"{name}_first": f"{c.points(walked)}.halo - {delay}",
                f"{name}_width": f"{c.points(walked)}.widest",
            }
    return heads, lists


def _without_unused(lines: Sequence[str]) -> list[str]:
    """Drop the views that nothing reads here: every line takes its time to compile."""
    uses = Counter(name for line in lines for name in IDENTIFIER.findall(line))
    kept = [line for line in lines if not VIEW.fullmatch(line) or uses[line.split(" = ")[0]] > 1]
    return kept if len(kept) == len(lines) else _without_unused(kept)


def _translated(fusing: Fusing, line: str) -> tuple[str, ...] | None:
    """Return what a walk has for a statement, None if it can have none such."""
    if line in fusing.small:
        return fusing.small[line]
    product, ufunc = PRODUCT.fullmatch(line), UFUNC.fullmatch(line)
    if product and line in fusing.products:
        second = fusing.wide.get(product[2], product[2])  # it reads as many columns as the result has
        return (f"small_product({product[1]}, {second}, {product[3]})",)
    if ufunc:
        return (f"np.{ufunc[1]}({ufunc[2]}, {ufunc[3]}, {ufunc[4]})",)
    return (line,) if any(kind.fullmatch(line) for kind in (VIEW, COPY, KERNEL)) else None


def _given(c: Context, fusing: Fusing, lines: Sequence[str], own: set[str]) -> list[str]:
    """Return the names that lines use and do not bind; parameters among them have to be plain arrays."""
    bound = {found[1] for line in lines if (found := BOUND.match(line))}
    used = dict.fromkeys(name for line in lines for name in IDENTIFIER.findall(line))
    given = [name for name in used if name not in bound | own | fusing.kernels.texts.keys() and name not in KNOWN]
    params = {c.label(number): number for number, node in c.graph_nodes.items() if node.op is Op.PARAM}
    fusing.plain.update(params[name] for name in given if name in params)
    return given
