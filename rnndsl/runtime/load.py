"""Generated source becomes functions, after a check; its lines stay at hand for tracebacks."""

import hashlib
import linecache
from functools import cache
from types import CodeType
from typing import Any

from rnndsl.codegen.prelude_text import pieces
from rnndsl.runtime.allow import check_source


@cache
def _prelude() -> dict[str, tuple[str, CodeType]]:
    """Return the helpers' text and code: they are the same in all modules, checked and compiled once."""
    found = {}
    for name, text in pieces().items():
        tree = check_source(f"import numpy as np\n{text}", tuple(pieces()))
        found[name] = (text, compile(tree, f"<rnndsl {name}>", "exec", dont_inherit=True))
    return found


def load_source(source: str) -> tuple[dict[str, Any], str]:
    """Run a generated module and return its namespace and the file name that tracebacks show.

    Raises:
        ForbiddenCodeError: the source holds what generated code may not.
    """
    digest = hashlib.sha256(source.encode()).hexdigest()[:16]
    file = f"<rnndsl:{digest}>"
    namespace: dict[str, Any] = {"__name__": f"rnndsl_{digest}"}
    own = source
    for name, (text, code) in _prelude().items():
        if text in own:
            own = own.replace(text, "\n" * text.count("\n"))  # lines keep their numbers
            exec(code, namespace)  # noqa: S102 - the helper is ours, word for word
            namespace.setdefault(name, None)
    code = compile(check_source(own, tuple(_prelude())), file, "exec", dont_inherit=True)
    exec(code, namespace)  # noqa: S102 - the source is ours and has been checked node by node
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    return namespace, file
