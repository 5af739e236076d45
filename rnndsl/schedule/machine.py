"""Machines: how long work takes, by a handful of constants."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum

from rnndsl.schedule.products import Product
from rnndsl.schedule.work import Kind, Work


@dataclass(frozen=True, slots=True)
class Machine:
    """Seconds on one core, in float32; the defaults are those of an AMD EPYC with AVX-512 (2025).

    Attributes:
        call: A call of a NumPy function, without what it does with numbers.
        view: A part of an array that gets a name.
        light, tanh, exp, power, move: A number, by what is done with it, in the cache.
        row: A row inside of a call where rows do not lie side by side.
        far: A byte that does not stay in the cache.
        operation: A multiplication or addition of a large matrix product.
        streamed: A number of the larger matrix, where the smaller one has a row or two.
        packed: The same, where it has less than 48.
        small: A matrix product inside of a call with many.
        lock: A call that needs Python's lock back while other threads compute.
    """

    call: float = 0.45e-6
    view: float = 0.15e-6
    light: float = 0.13e-9
    tanh: float = 0.40e-9
    exp: float = 0.48e-9
    power: float = 1.0e-9
    move: float = 1.4e-9
    row: float = 9e-9
    far: float = 1 / 80e9
    operation: float = 1 / 97e9
    streamed: float = 0.033e-9
    packed: float = 0.10e-9
    small: float = 0.12e-6
    lock: float = 9e-6

    def product(self, product: Product) -> float:
        """Return the seconds of matrix products."""
        short, long = sorted((product.rows, product.columns))
        extra = self.streamed if short <= 2 else self.packed if short < 48 else 0.0
        small = self.small if product.count > product.calls else 0.0
        return product.operations * self.operation + product.count * (extra * product.inner * long + small)

    def seconds(self, work: Work) -> float:
        return (work.calls*self.call + work.views*self.view + fsum(n*getattr(self, k) for k,n in work.numbers.items())
            + work.rows*self.row + work.far*self.far + (self.product(work.product) if work.product else 0.0))
