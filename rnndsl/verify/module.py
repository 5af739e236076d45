"""Which of the modules that a spec is compiled to is verified."""

from typing import Final, TypedDict


class Module(TypedDict, total=False):
    """How the module is made and called, beside its numbers, which are float64.

    Attributes:
        backend: What computes, as in `rnndsl.compile`.
        threads: In how many parts a batch is computed at the same time.
    """

    backend: str
    threads: int


#: The NumPy module, batch by batch.
NUMPY: Final[Module] = {}


def times_of(module: Module) -> tuple[int, ...]:
    """Return how many times as many examples as usual the cases have that it is verified on.

    With numba, a loop over few examples is one compiled function, and over many it is not. Both are verified; the many
    are so many in each of two parts of a batch, too, if it is computed in parts.
    """
    return (1, 2 * min(module.get("threads", 1), 2)) if module.get("backend") == "numba" else (1,)
