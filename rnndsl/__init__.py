"""rnndsl: recurrent networks as equations, compiled to readable NumPy.

`rnndsl.compile("net.rnn")` gives a `Program`; everything is imported when it is first used, so that `import rnndsl`
and `rnndsl --help` stay quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from rnndsl.diagnostics.diagnostic import DataError, Diagnostic, SpecError
from rnndsl.version import VERSION

if TYPE_CHECKING:
    from rnndsl.compiler import compile  # noqa: A004 - the name that users expect
    from rnndsl.runtime.loss import Loss
    from rnndsl.runtime.program import Program
    from rnndsl.semantics.check import check

__version__ = VERSION

__all__ = ["DataError", "Diagnostic", "Loss", "Program", "SpecError", "__version__", "check", "compile"]

_HOMES = (
    ("check", "rnndsl.semantics.check"),
    ("compile", "rnndsl.compiler"),
    ("Loss", "rnndsl.runtime.loss"),
    ("Program", "rnndsl.runtime.program"),
)


def __getattr__(name: str) -> object:
    """Import what is asked for."""
    for known, home in _HOMES:
        if known == name:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'rnndsl' has no attribute {name!r}")
