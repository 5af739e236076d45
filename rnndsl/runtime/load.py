"""Generated source becomes functions, after a check; its lines stay at hand for tracebacks."""

import ast
import hashlib
import linecache
import re
import sys
from functools import cache
from types import CodeType, ModuleType
from typing import Any, Final

from rnndsl.codegen.prelude_text import pieces
from rnndsl.runtime.allow import check_source
from rnndsl.runtime.cache import stored_source
from rnndsl.runtime.gpu import array_library

PIECES: Final = re.compile(r"(?m)^(?=@jit(?:_walk)?\n|class |(?<!@jit\n)(?<!@jit_walk\n)def )")
JIT: Final = "\n@jit\n"
CUPY: Final = "\nimport cupy as cp\n"
NAMED: Final = re.compile(r"(?:class|def) (\w+)")


@cache
def _helper(text: str) -> CodeType:
    """Return the code of a helper: many modules carry the same, so it is checked and compiled once."""
    tree = check_source(f"import numpy as np\n{text}", tuple(pieces()))
    return compile(tree, f"<rnndsl {text.partition('(')[0].partition(':')[0]}>", "exec", dont_inherit=True)


def load_source(source: str) -> tuple[dict[str, Any], str]:
    """Run a generated module and return its namespace and the file name that tracebacks show.

    CuPy is bound, not imported, so that the module of one who has no GPU can be looked at.

    Raises:
        ForbiddenCodeError: the source holds what generated code may not.
    """
    digest = hashlib.sha256(source.encode()).hexdigest()[:16]
    module = ModuleType(f"rnndsl_{digest}")
    file = f"<rnndsl:{digest}>"
    if JIT in source:
        file = stored_source(source, digest)
        sys.modules[module.__name__] = module  # where numba looks for what belongs to machine code from its cache
    namespace = module.__dict__
    own = []
    for piece in PIECES.split(source):
        if NAMED.match(piece) and NAMED.match(piece)[1] in pieces():  # type: ignore[index]
            exec(_helper(piece), namespace)  # noqa: S102 - checked node by node
            own.append("\n" * piece.count("\n"))  # lines keep their numbers
        else:
            own.append(piece)
    tree = check_source("".join(own), tuple(pieces()))
    if CUPY in source:
        namespace["cp"] = array_library()
        tree.body = [node for node in tree.body if not isinstance(node, ast.Import) or node.names[0].asname != "cp"]
    code = compile(tree, file, "exec", dont_inherit=True)
    exec(code, namespace)  # noqa: S102 - the source is ours and has been checked node by node
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    return namespace, file
