"""Kernels: the compiled functions of a module, and what is noted for them while a function is written."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from rnndsl.codegen.names import Names
from rnndsl.codegen.prelude_text import PRELUDE_NAMES
from rnndsl.codegen.text import wrapped

IDENTIFIER: Final = re.compile(r"(?<![\w.])[A-Za-z_]\w*")

#: Names that mean the same in every kernel.
KNOWN: Final = PRELUDE_NAMES | {"np", "for", "in", "if", "else", "or", "and", "not", "len", "range", "max", "slice"}

#: What kernels compute with that every float type has of its own, and the limits of each.
TYPED: Final = ("exp_parts", "log_parts", "artanh_series")
LIMITS: Final[Mapping[str, str]] = {
    "float32": "EXP_LOW, EXP_HIGH, TINY = -87.0, 89.0, 1.1754943508222875e-38",
    "float64": "EXP_LOW, EXP_HIGH, TINY = -708.0, 710.0, 2.2250738585072014e-308",
}

#: How a module's kernels are compiled, and its walks.
JIT: Final = '''
FAST = {"afn": True, "arcp": True, "contract": True, "nsz": True, "reassoc": True}  # NaN and infinity are still there


def apart(typing, target, library, given, returned, flags, variables):
    """Compile a function that writes no array which overlaps another one: LLVM need not compare where they are."""
    flags.noalias = True
    return numba.core.compiler.Compiler(typing, target, library, given, returned, flags, variables)


jit = numba.njit(pipeline_class=apart, cache=True, nogil=True, error_model="numpy", fastmath=FAST)
jit_walk = numba.njit(cache=True, nogil=True, error_model="numpy", fastmath=FAST)  # a step reads what another one wrote
'''


@dataclass
class Kernels:
    """The kernels of a module, by name. Runs that differ in names only share one."""

    texts: dict[str, str] = field(default_factory=dict)
    known: dict[str, list[str]] = field(default_factory=dict)

    def add(self, names: Names, wish: str, signature: str, body: Sequence[str], jit: str = "jit") -> str:
        """Return the name of the kernel with this body, which no value of the calling function bears."""
        same = alike(signature, body, self.texts)
        for name in self.known.get(same, []):
            if names(("kernel", name), name) == name:
                return name
        tried = (f"{wish}_{k}" if k else wish for k in count())
        name = next(name for name in tried if name not in self.texts and names(("kernel", name), name) == name)
        self.known.setdefault(same, []).append(name)
        lines = [f"def {name}({signature}):", *(f"    {line}" for line in body)]
        self.texts[name] = "\n".join([f"@{jit}", *(part for line in lines for part in wrapped(line))]) + "\n"
        return name


def alike(signature: str, body: Sequence[str], kernels: Collection[str] = ()) -> str:
    """Return a kernel's text with its own names numbered in order, and without comments; it may call others."""
    numbers: dict[str, str] = {}
    code = "\n".join([signature, *(line for line in body if not line.lstrip().startswith("#"))])

    def numbered(found: re.Match[str]) -> str:
        name = found[0]
        return name if name in KNOWN or name in kernels else numbers.setdefault(name, f"${len(numbers)}")

    return IDENTIFIER.sub(numbered, code)


@dataclass
class Fusing:
    """What is noted while a function is written that may call kernels: the module's, and of its statements.

    `plain` are nodes that kernels read, `aliases` views by name as they were written, `products` statements that
    multiply two matrices, `wide` by name the contiguous buffers of matrices whose rows stand apart, `small` what stands
    for a statement in the walk of a small batch.
    """

    kernels: Kernels
    plain: set[int] = field(default_factory=set)
    aliases: dict[str, str] = field(default_factory=dict)
    products: set[str] = field(default_factory=set)
    wide: dict[str, str] = field(default_factory=dict)
    small: dict[str, tuple[str, ...]] = field(default_factory=dict)


def typed_text(typed: Collection[str], dtype: str) -> str:
    """Return what says which helpers are those of a float type."""
    return "\n".join([*(f"{name} = {name}_{dtype}" for name in TYPED if name in typed), LIMITS[dtype]]) if typed else ""
