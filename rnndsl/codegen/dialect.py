"""How generated code is printed for an array library: the statements are the same, and some words of them differ.

Emitters and helpers of the prelude write structure, such as the rows of points, in NumPy (`np`), and values with a
library that they call `xp`. More words say where arrays are:

- `device(a)` takes an array of the host, or a number, to where values are computed, `devices(a)` a tuple of them;
- `host(a)` brings values to the host;
- `fetched(a)` brings values to the host as an array that nobody else has;
- a line that ends in `# NumPy alone` stands for what only NumPy can do, or has any use of.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

#: A pattern that begins with letters is searched for by them, so the look at what stands before comes after the first.
WORDS: Final = re.compile(r"(d(?<![\w.]d)evices?|h(?<![\w.]h)ost|f(?<![\w.]f)etched)\(")
LIBRARY: Final = re.compile(r"xp(?<!\wxp)\.")
ALONE: Final = re.compile(r"(?m)  # NumPy alone$")
#: An array by its name, whole or a part of it.
NAMED: Final = r"[\w.{}]+(?:\[[^\[\]]*\])?"


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """An array library as generated code uses it.

    `library` is its name there, `means` what the module's first line says, `moves` the text of `device`, `host` and
    the like by word, `rewrites` what is written in another way than NumPy has it. Where the library has memory of its
    own (`apart`), tables of rows are taken there once.
    """

    library: str
    imports: str
    means: str
    moves: Mapping[str, str]
    rewrites: tuple[tuple[re.Pattern[str], str], ...] = ()
    apart: bool = False

    def text(self, code: str) -> str:
        """Print code of emitters or of the prelude, one line or many."""
        if self.rewrites or ALONE.search(code):
            code = "".join(map(self._line, code.splitlines(keepends=True)))
        return LIBRARY.sub(f"{self.library}.", self._moved(code))

    def _line(self, line: str) -> str:
        """Leave out what is for NumPy alone, or only the remark, and write what the library has no `out` for."""
        if ALONE.search(line):
            return "" if self.apart else ALONE.sub("", line)
        for pattern, replacement in self.rewrites:
            line = pattern.sub(replacement, line)
        return line

    def _moved(self, code: str) -> str:
        """Print the words that say where arrays are, the innermost last."""
        start = 0
        while found := WORDS.search(code, start):
            start, end = found.start(), _closing(code, found.end())
            moved = self.moves[found[1]].format(code[found.end() : end])
            code = f"{code[:start]}{moved}{code[end + 1 :]}"
        return code


def _closing(code: str, start: int) -> int:
    """Return the place of the bracket that closes the one before `start`; strings in code hold no brackets."""
    depth, place = 1, start
    while depth:
        depth += {"(": 1, ")": -1}.get(code[place], 0)
        place += 1
    return place - 1


NUMPY: Final = Dialect(
    "np",
    "import numpy as np\n",
    "in NumPy alone",
    {"device": "{}", "devices": "{}", "host": "{}", "fetched": "np.array({})"},
)

#: numba compiles what stands in its kernels; around them is NumPy.
NUMBA: Final = Dialect("np", "import numba\nimport numpy as np\n", "in NumPy and numba", NUMPY.moves)

#: CuPy has no `mode` of `take` (rows that do not exist are overwritten later), no `out` of `einsum`, and no `reduce` of
#: ufuncs but that of `add`; its arrays begin with a line of the cache; `vecdot` is written with what all versions have.
#: Where `gather` looks whether something is outside, the host would wait for the GPU.
CUPY: Final = Dialect(
    "cp",
    "import cupy as cp\nimport numpy as np\n",
    "in CuPy, with NumPy for the structure of batches",
    {
        "device": "cp.asarray({})",
        "devices": "tuple(cp.asarray(one) for one in {})",
        "host": "cp.asnumpy({})",
        "fetched": "cp.asnumpy({})",
    },
    (
        (re.compile(r', mode="clip"\)'), ")"),
        (re.compile(rf"xp\.vecdot\(({NAMED}), ({NAMED}), out=(.*)\)$"), r"xp.sum(\1 * \2, axis=-1, out=\3)"),
        (re.compile(r"xp\.vecdot\("), 'xp.einsum("...a,...a->...", '),
        (re.compile(r"xp\.einsum\((.*), out=(.*)\)$"), r"xp.copyto(\2, xp.einsum(\1))"),
        (re.compile(r"\boutside\.max\(initial=False\)"), "len(outside)"),
        (
            re.compile(r"out\[outside\] = (.*) else init\[outside\]"),
            r"xp.copyto(out.T, \1 else init.T, where=outside.T)",
        ),
        (re.compile(r"return buffer\[start : .*\]\.view\(dtype\)"), "return xp.empty(size, dtype)"),
        (re.compile(r"xp\.add\.reduce\b"), "xp.sum"),
        (re.compile(r"xp\.maximum\.reduce\b"), "xp.max"),
    ),
    apart=True,
)

DIALECTS: Final[Mapping[str, Dialect]] = {"numpy": NUMPY, "numba": NUMBA, "cupy": CUPY}
