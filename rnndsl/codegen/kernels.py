"""Kernels: compiled functions, each for a run of elementwise steps; the module's collection of them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from rnndsl.codegen.context import Context
from rnndsl.codegen.fusion import frame_of, is_kept, nodes_of
from rnndsl.codegen.kernel_text import KernelText, Target
from rnndsl.codegen.lanes import plan_stages
from rnndsl.codegen.prelude_text import PRELUDE_NAMES
from rnndsl.codegen.text import wrapped
from rnndsl.schedule.plan import Evaluate, Step

IDENTIFIER: Final = re.compile(r"(?<![\w.])[A-Za-z_]\w*")

#: Names that mean the same in every kernel.
KNOWN: Final = PRELUDE_NAMES | {"np", "for", "in", "if", "else", "or", "and", "not", "len", "range", "max"}


@dataclass
class Kernels:
    """The kernels of a module, by name. Runs that differ in names only share one."""

    texts: dict[str, str] = field(default_factory=dict)
    known: dict[str, list[str]] = field(default_factory=dict)

    def add(self, c: Context, wish: str, signature: str, body: Sequence[str]) -> str:
        """Return the name of the kernel with this body, which no value of the calling function bears."""
        same = alike(signature, body)
        for name in self.known.get(same, []):
            if c.names(("kernel", name), name) == name:
                return name
        tried = (f"{wish}_{k}" if k else wish for k in count())
        name = next(name for name in tried if name not in self.texts and c.names(("kernel", name), name) == name)
        self.known.setdefault(same, []).append(name)
        lines = [f"def {name}({signature}):", *(f"    {line}" for line in body)]
        self.texts[name] = "\n".join(["@jit", *(part for line in lines for part in wrapped(line))]) + "\n"
        return name


def alike(signature: str, body: Sequence[str]) -> str:
    """Return a kernel's text with its own names numbered in order, and without comments."""
    numbers: dict[str, str] = {}
    code = "\n".join([signature, *(line for line in body if not line.lstrip().startswith("#"))])

    def numbered(found: re.Match[str]) -> str:
        name = found[0]
        return name if name in KNOWN else numbers.setdefault(name, f"${len(numbers)}")

    return IDENTIFIER.sub(numbered, code)


def emit_fused(
    c: Context, run: Sequence[Step], body: Sequence[Step], comment: Callable[[int], str], target: Target
) -> list[int]:
    """Write the call of a kernel for a run of the steps of a body; return the nodes that it stores."""
    kernels = c.kernels
    if not isinstance(kernels, Kernels):
        raise TypeError("a module without kernels fuses nothing")
    numbers = [step.node for step in run if isinstance(step, Evaluate)]
    nodes = [number for number in numbers if frame_of(c, number)]
    here, inside = nodes_of(body), frozenset(numbers)
    stages = plan_stages(c, nodes)
    kept = {number for number in nodes if is_kept(c, number, inside, here)}
    text = KernelText(c, stages, kept, target)
    lines = text.print(comment)
    last = [number for number in nodes if number in kept][-1]
    name = kernels.add(c, f"fused_{c.label(last)}", ", ".join([*text.dims, *text.arrays.values()]), lines)
    c.line(f"{name}({', '.join([*text.dims, *text.arrays])})")
    return [number for number in nodes if number in text.kept]
