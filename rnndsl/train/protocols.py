"""What training needs of a program and of data; both are met by structure, so that neither package knows the other."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol, overload

from numpy.typing import NDArray

Array = NDArray[Any]
Arrays = dict[str, Array]
Data = Mapping[str, "Array | list[Array]"]
Lengths = Mapping[str, list[int]] | None
Structure = Mapping[str, Any] | None
Carry = Mapping[str, Any]


class LossLike(Protocol):
    """A loss and, for every random equation, the sums that it is made of: of nll and of weights."""

    @property
    def value(self) -> float:
        """The loss that is differentiated."""
        ...

    @property
    def terms(self) -> Mapping[str, tuple[float, float]]:
        """For every target (sum of weight times nll in nats, sum of weights)."""
        ...


class ParamLike(Protocol):
    """What is known of a parameter."""

    @property
    def frozen(self) -> bool:
        """Whether it stays as initialised."""
        ...


class Trainable(Protocol):
    """A compiled program, as far as training needs it."""

    @property
    def params(self) -> Mapping[str, ParamLike]:
        """Its parameters by name."""
        ...

    @property
    def carries(self) -> str | None:
        """None if it can be run in chunks, otherwise the reason why not."""
        ...

    def init(self, seed: int = 0, **dims: int) -> Arrays:
        """Make parameters."""
        ...

    @overload
    def loss(
        self,
        params: Mapping[str, Array],
        data: Data,
        *,
        lengths: Lengths = None,
        structure: Structure = None,
        carry: None = None,
    ) -> LossLike: ...

    @overload
    def loss(
        self, params: Mapping[str, Array], data: Data, *, lengths: Lengths = None, carry: Carry
    ) -> tuple[LossLike, Carry]: ...  # the loss and the new carry

    @overload
    def loss_and_grad(
        self,
        params: Mapping[str, Array],
        data: Data,
        *,
        lengths: Lengths = None,
        structure: Structure = None,
        carry: None = None,
        noise: int | None = None,
        mix: float = 0.0,
        checkpoint: Literal["sqrt"] | int | None = None,
    ) -> tuple[LossLike, Arrays]: ...

    @overload
    def loss_and_grad(
        self,
        params: Mapping[str, Array],
        data: Data,
        *,
        lengths: Lengths = None,
        carry: Carry,
        noise: int | None = None,
        mix: float = 0.0,
        checkpoint: Literal["sqrt"] | int | None = None,
    ) -> tuple[LossLike, Arrays, Carry]: ...  # the loss, the gradients of the parameters and the new carry


class BatchLike(Protocol):
    """One batch; `carried` says that the state of the batch before goes on."""

    @property
    def data(self) -> Data:
        """Arrays by name of input."""
        ...

    @property
    def lengths(self) -> Lengths:
        """Lengths that no array shows."""
        ...

    @property
    def structure(self) -> Structure:
        """The children of every node of every example, by tree or dag."""
        ...

    @property
    def carried(self) -> bool:
        """Whether each row goes on where it ended in the batch before."""
        ...


class Batches(Protocol):
    """Batches by number, the same ones on every call: a run's place in its data is its step."""

    @property
    def count(self) -> int:
        """How many there are in an epoch."""
        ...

    @property
    def chunked(self) -> bool:
        """Whether state is carried from batch to batch."""
        ...

    def batch(self, epoch: int, number: int) -> BatchLike:
        """Return batch `number`, from 0, of an epoch, from 0."""
        ...
