"""Generated source becomes functions, after a check; its lines stay at hand for tracebacks."""

import hashlib
import linecache
from types import CodeType
from typing import Any

from rnndsl.runtime.allow import check_source


def load_source(source: str) -> tuple[dict[str, Any], str]:
    """Run a generated module and return its namespace and the file name that tracebacks show.

    Raises:
        ForbiddenCodeError: the source holds what generated code may not.
    """
    digest = hashlib.sha256(source.encode()).hexdigest()[:16]
    file = f"<rnndsl:{digest}>"
    code: CodeType = compile(check_source(source), file, "exec", dont_inherit=True)
    namespace: dict[str, Any] = {"__name__": f"rnndsl_{digest}"}
    exec(code, namespace)  # noqa: S102 - the source is ours and has been checked node by node
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    return namespace, file
