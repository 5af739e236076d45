"""CuPy, where there is a GPU for it to compute on; where there is none, what is missing, said in one line."""

from importlib.util import find_spec
from typing import Any, Final

from rnndsl.diagnostics.diagnostic import DataError

INSTALL: Final = 'pip install "rnndsl[cuda13]" (or "rnndsl[cuda12]", by the driver)'


def why_no_gpu() -> str:
    """Return what keeps CuPy from computing here, and the way out, in one line; "" if nothing does."""
    if find_spec("cupy") is None:
        return f"backend cupy needs CuPy, which is not installed: {INSTALL}"
    try:
        import cupy  # noqa: PLC0415 (slow to import, and only needed here)
    except ImportError as error:
        return f"backend cupy needs CuPy, which does not load here ({_line(error)}): {INSTALL}"
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except cupy.cuda.runtime.CUDARuntimeError as error:
        return f"backend cupy needs an NVIDIA GPU with its driver, and CuPy finds none ({_line(error)}): {INSTALL}"
    return "" if count else f"backend cupy needs an NVIDIA GPU, and CuPy finds none: {INSTALL}"


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def require_gpu() -> None:
    """Refuse to go on where CuPy cannot compute.

    Raises:
        DataError: RNN613, with what is missing.
    """
    reason = why_no_gpu()
    if reason:
        raise DataError.of("RNN613", reason)


def gpus() -> tuple[str, ...]:
    """Return what CuPy can compute on: names and free memory."""
    if why_no_gpu():
        return ()
    import cupy  # noqa: PLC0415 (slow to import, and only needed here)

    found = []
    for number in range(cupy.cuda.runtime.getDeviceCount()):
        name = cupy.cuda.runtime.getDeviceProperties(number)["name"].decode()
        free, total = cupy.cuda.Device(number).mem_info
        found.append(f"{name} ({free / 2**30:.1f} of {total / 2**30:.1f} GiB are free)")
    return tuple(found)


def synchronise() -> None:
    """Wait until the GPU has done all that it was told: calls of CuPy return before."""
    import cupy  # noqa: PLC0415 (slow to import, and only needed here)

    cupy.cuda.get_current_stream().synchronize()


class Missing:
    """Stands where CuPy cannot compute, so that a module can be loaded and read: says why when it is asked to."""

    def __init__(self, reason: str) -> None:
        """Keep the reason."""
        self.reason = reason

    def __getattr__(self, name: str) -> Any:
        """Refuse; what Python asks of every object is not asked of CuPy.

        Raises:
            DataError: RNN613, with the reason.
        """
        if name.startswith("__"):
            raise AttributeError(name)
        raise DataError.of("RNN613", self.reason)


def array_library() -> Any:
    """Return what generated modules call `cp`."""
    reason = why_no_gpu()
    if reason:
        return Missing(reason)
    import cupy  # noqa: PLC0415 (slow to import, and only needed here)

    return cupy
