"""Point after point: a call like one before it is computed by a module of one point, without being checked again.

The first call of `step` goes the way of any chunk, through all checks. What a call with prepared parameters looked
like, names, shapes and dtypes, is noted with the parameters; the next one that looks the same can only differ in
numbers, of which tokens alone can be wrong.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rnndsl.codegen.moment import MomentModule
from rnndsl.graph.graph import InputInfo
from rnndsl.graph.moment import given_name, left_name
from rnndsl.runtime.failures import located
from rnndsl.runtime.load import load_source
from rnndsl.runtime.prepared import Prepared

Array = NDArray[Any]
Arrays = dict[str, Array]
Signature = tuple[object, ...]

#: What goes wrong in generated code; it is reported at the equation.
FAILURES: Final = (ValueError, IndexError, KeyError, FloatingPointError, MemoryError)


@dataclass(frozen=True, slots=True)
class _Moment:
    """A module of one point, loaded: what `forward` is given beside the data, and what it leaves."""

    forward: Callable[..., Arrays]
    prepare: Callable[[Mapping[str, Array]], Any] | None
    file: str
    given: tuple[tuple[str, str, int], ...]  # the input, what is carried, and at which place of it
    left: Mapping[str, str]  # by what is carried the output
    depth: int


class Stepping:
    """The module of one point of a program, made at the first step, and calls of it."""

    def __init__(self, make: Callable[[], MomentModule | None], stream: str, inputs: Mapping[str, InputInfo]) -> None:
        """Note how it is made, along which sequence it advances, and what the whole program reads."""
        self._make, self._stream = make, stream
        self._tokens = [(info.name, info.token) for info in inputs.values() if info.token is not None]
        self._moment: _Moment | None = None
        self._looked = False

    def again(self, params: Any, data: Mapping[str, Any], carry: Mapping[str, Any]) -> tuple[Arrays, Arrays] | None:
        """Return the outputs of a point and what the next step needs; None of a call that has to be checked."""
        if self._moment is None or not carry or self._signature(data, carry) not in params.fitting:
            return None
        return self._advance(self._moment, params, data, carry)

    def learn(self, params: Any, data: Mapping[str, Any], carry: Mapping[str, Any], carried: Sequence[str]) -> None:
        """Note that a call with such data has been checked; `carry` is what it left, of the names in `carried`."""
        if not self._looked:
            self._moment = self._load({*carried})
            self._looked = True
        signature = None if self._moment is None else self._signature(data, carry)
        if signature is not None:
            params.fitting.add(signature)

    def _load(self, carried: AbstractSet[str]) -> _Moment | None:
        """Make the module, if there is one and it carries what the program does."""
        made = self._make()
        if made is None or {*made.states, self._stream} != carried:
            return None
        namespace, file = load_source(made.source)
        given = [(given_name(n, k), n, made.depth - k) for n, delays in made.states.items() for k in delays]
        left = {name: left_name(name) for name in made.states}
        return _Moment(namespace["forward"], namespace.get("prepare_forward"), file, tuple(given), left, made.depth)

    def _signature(self, data: Mapping[str, Any], carry: Mapping[str, Any]) -> Signature | None:
        """Return what calls are compared by, None of one with other things than arrays."""
        arrays = [*data.values(), *carry.values()]
        if not all(type(array) is np.ndarray for array in arrays):
            return None
        return (self, *data, "", *carry, *[(array.shape, array.dtype) for array in arrays])

    def _advance(
        self, moment: _Moment, params: Prepared, data: Mapping[str, Array], carry: Mapping[str, Array]
    ) -> tuple[Arrays, Arrays] | None:
        """Compute a point; None if a token does not exist, which the checks will say better."""
        if any(self._is_beyond(name, size, params, data) for name, size in self._tokens):
            return None
        given = dict(data)
        for name, state, place in moment.given:
            given[name] = carry[state][:, place]
        prepared = None if moment.prepare is None else params.made(moment.prepare)
        try:
            options = {} if prepared is None else {"prepared": prepared}
            out = moment.forward(params.arrays, given, **options)
        except FAILURES as error:
            raise located(error, moment.file) from error
        after: Arrays = {}
        for state, before in carry.items():  # in the same order
            if state == self._stream:
                after[state] = before + 1
            elif state in moment.left:
                last = out.pop(moment.left[state])[:, None]
                after[state] = last if moment.depth == 1 else np.concatenate((before[:, 1:], last), axis=1)
        return out, after

    def _is_beyond(self, name: str, size: Any, params: Prepared, data: Mapping[str, Array]) -> bool:
        known = name in data and size.dims <= params.dims.keys()
        return known and int(data[name].max(initial=-1)) >= size.evaluate(params.dims)
