"""CuPy, where there is a GPU for it to compute on; where there is none, what is missing, said in one line."""

from importlib.util import find_spec
from typing import Any, Final

from rnndsl.diagnostics.diagnostic import DataError

INSTALL: Final = 'pip install "rnndsl[cuda13]" (or "rnndsl[cuda12]", by the driver)'


def why_no_gpu() -> str:
    """Return what keeps CuPy from computing here, and the way out, in one line; "" if nothing does."""
    if find_spec("cupy") is None:
        return f"backend cupy needs CuPy, which is not installed: {INSTALL}"
    import cupy  # noqa: PLC0415 (slow to import, and only needed here)

    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        return f"backend cupy needs an NVIDIA GPU with its driver, and CuPy finds none ({error}): {INSTALL}"
    return "" if count else f"backend cupy needs an NVIDIA GPU, and CuPy finds none: {INSTALL}"


class Missing:
    """Stands where CuPy cannot compute, so that a module can be loaded and read: says why when it is asked to."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        self.reason = reason

    def __getattr__(self, name: str) -> Any:
        """Refuse.

        Raises:
            DataError: RNN613, with the reason.
        """
        raise DataError.of("RNN613", self.reason)


def array_library() -> Any:
    """Return what generated modules call `cp`."""
    reason = why_no_gpu()
    if reason:
        return Missing(reason)
    import cupy  # noqa: PLC0415 (slow to import, and only needed here)

    return cupy
