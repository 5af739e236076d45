"""What is known of the BLAS that NumPy multiplies with."""

from functools import cache
from typing import Any, Final

from threadpoolctl import ThreadpoolController

#: Kernels of OpenBLAS that multiply small matrices without copying them: those for AVX-512.
DIRECT: Final = frozenset({"SkylakeX", "Cooperlake", "SapphireRapids"})


def is_faster_with_panels(*, alone: bool) -> bool:
    """Tell whether matrices are better cut into panels: a BLAS of one thread (`alone`: it will be) has such kernels.

    With several threads BLAS shares a large product out, and a small one not.
    """
    found = _libraries()
    direct = bool(found) and all(library.architecture in DIRECT for library in found)
    return direct and (alone or all(library.num_threads == 1 for library in found))


@cache
def _libraries() -> list[Any]:
    """Return what tells of every OpenBLAS that is loaded: NumPy's, and SciPy's if that is there."""
    found: list[Any] = ThreadpoolController().select(internal_api="openblas").lib_controllers
    return found
