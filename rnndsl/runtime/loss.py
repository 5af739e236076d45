"""A loss that knows what it is made of."""

from collections.abc import Mapping
from typing import Self


class Loss(float):
    """A loss, with what it is made of.

    `terms` gives for every random equation (sum of weight times nll in nats, sum of weights).
    """

    terms: Mapping[str, tuple[float, float]]

    def __new__(cls, value: float, terms: Mapping[str, tuple[float, float]]) -> Self:
        """Make a float with terms."""
        loss = super().__new__(cls, value)
        loss.terms = dict(terms)
        return loss

    @property
    def value(self) -> float:
        """The plain number."""
        return float(self)
