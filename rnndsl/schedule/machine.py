"""Machines: how long work takes, by a handful of constants."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from math import fsum
from typing import Final

from rnndsl.schedule.products import Product
from rnndsl.schedule.work import MOVE, Work

#: How many rows the smaller matrix of a product has at most while the larger one is streamed, or packed for few uses.
STREAMED: Final = 2
PACKED: Final = 47

#: Bytes of a number that the constants are of, and which of them grow with it.
SINGLE: Final = 4
BY_WIDTH: Final = ("light", "tanh", "exp", "power", "operation", "streamed", "packed")


@dataclass(frozen=True, slots=True)
class Machine:
    """Seconds on one core, in float32; the defaults are those of an AMD EPYC with AVX-512 (2026).

    Attributes:
        call: A call of a NumPy function on small arrays.
        view: A part of an array that gets a name.
        light: A number that is added, multiplied, or copied, in the cache.
        tanh: A number, of the function of this name.
        exp: The same.
        power: The same.
        move: A number that is copied from anywhere.
        row: A row inside of a call, where rows do not lie side by side.
        far: A byte that does not stay in the cache.
        operation: A multiplication or addition of a product of large matrices.
        streamed: A number of the larger matrix, where the smaller one has a row or two.
        packed: The same, where it has less than 48.
        small: A product of matrices inside of a call with many.
        lock: A call, to get Python's lock back while another thread computes.
    """

    call: float = 0.45e-6
    view: float = 0.15e-6
    light: float = 0.13e-9
    tanh: float = 0.40e-9
    exp: float = 0.48e-9
    power: float = 1.0e-9
    move: float = 1.4e-9
    row: float = 9e-9
    far: float = 0.0125e-9
    operation: float = 0.0103e-9
    streamed: float = 0.033e-9
    packed: float = 0.10e-9
    small: float = 0.12e-6
    lock: float = 3e-6

    def of_width(self, width: int) -> "Machine":
        """Return what numbers of so many bytes take: a vector of the processor holds half as many of twice the size."""
        wider = width / SINGLE
        return replace(self, **{name: wider * getattr(self, name) for name in BY_WIDTH})

    def seconds(self, work: Iterable[Work]) -> float:
        """Return how long work takes in one thread."""
        parts = (self.interpreting, self.arithmetic, self.moving, self.multiplying)
        return fsum(part(one) for one in work for part in parts)

    def interpreting(self, work: Work) -> float:
        """Return how long calls take, however large arrays are."""
        return work.calls * self.call + work.views * self.view

    def arithmetic(self, work: Work) -> float:
        """Return how long it takes to compute numbers, but for matrix products."""
        numbers = fsum(count * float(getattr(self, kind)) for kind, count in work.numbers.items() if kind is not MOVE)
        return numbers + work.rows * self.row

    def moving(self, work: Work) -> float:
        """Return how long it takes to bring numbers from where they are, beyond what is in the cache and in order."""
        return work.numbers.get(MOVE, 0.0) * self.move + work.far * self.far

    def multiplying(self, work: Work) -> float:
        """Return how long matrix products take."""
        return 0.0 if work.product is None else self._product(work.product)

    def _product(self, product: Product) -> float:
        short, long = sorted((product.rows, product.columns))
        number = self.streamed if short <= STREAMED else self.packed if short <= PACKED else 0.0
        each = number * product.inner * long + (self.small if product.count > product.calls else 0.0)
        return product.operations * self.operation + product.count * each

    def waiting(self, work: Iterable[Work], threads: int) -> float:
        """Return for how long a thread of several waits for Python's lock."""
        return self.lock * (threads - 1) * fsum(one.calls for one in work if one.node is not None)
