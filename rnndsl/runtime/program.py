"""A compiled model: checked calls of the generated module's functions."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Literal, Unpack, overload

import numpy as np
from numpy.typing import NDArray

from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.runtime.binding import Bound, Given, Lengths, bind_params
from rnndsl.runtime.carrying import Carry, lengths_of_one, one_point, without_axis
from rnndsl.runtime.checkpointing import Checkpointed, Chunk, check_checkpoint
from rnndsl.runtime.dimensions import check_dims
from rnndsl.runtime.generation import (
    Sampling,
    Search,
    check_end,
    check_mix,
    check_sampling,
    check_search,
    check_seed,
    cut_at_end,
    targets,
)
from rnndsl.runtime.loaded import Loaded
from rnndsl.runtime.loss import Loss
from rnndsl.runtime.memory import check_memory
from rnndsl.runtime.prepared import Prepared
from rnndsl.runtime.structure import Structure
from rnndsl.viz.notebook import Drawn

Array = NDArray[Any]
Arrays = dict[str, Array]
Params = Mapping[str, Any]
Data = Mapping[str, Any]

NOTHING: Data = MappingProxyType({})


@dataclass(frozen=True)
class Program(Loaded, Drawn):
    """A model that runs; immutable, and safe to call from several threads at once.

    Its properties, and what the fields mean, are those of `Loaded`.
    """

    def init(self, seed: int = 0, **dims: int) -> Arrays:
        """Return fresh parameters; `dims` gives dimensions that are open, or overrides those that are known.

        Raises:
            DataError: RNN613, a dimension is unknown, fixed, missing or not positive, or the seed is no whole number.
        """
        check_seed(seed)
        check_dims(self.graph, dims)
        check_memory(self.graph, {**self.dims, **dims}, np.dtype(self.dtype).itemsize)
        return dict(self._module["init"](int(seed), **dims))

    def prepare(self, params: Params) -> Prepared:
        """Return a copy of parameters that cannot be written to, to be given to many calls in their place.

        What a call makes of parameters alone, such as the stacked weights of gates, it then makes at the first time
        only: most of the time of a single point or a short chunk. A copy it is since nobody could tell when an array
        that others may write into has changed.

        Raises:
            DataError: the parameters do not fit the model.
        """
        return Prepared(self.graph.params, self.dtype, *bind_params(self.graph, self.dtype, params))

    # Calls --------------------------------------------------------------------------------------------------------

    @overload
    def run(
        self,
        params: Params,
        data: Data,
        *,
        lengths: Lengths | None = None,
        structure: Structure | None = None,
        carry: None = None,
    ) -> Arrays: ...

    @overload
    def run(
        self,
        params: Params,
        data: Data,
        *,
        lengths: Lengths | None = None,
        structure: Structure | None = None,
        carry: Carry,
    ) -> tuple[Arrays, Arrays]: ...

    def run(
        self,
        params: Params,
        data: Data,
        *,
        lengths: Lengths | None = None,
        structure: Structure | None = None,
        carry: Carry | None = None,
    ) -> Arrays | tuple[Arrays, Arrays]:
        """Return distribution parameters and outputs, batch first; padded points hold 0.

        `structure` holds, by tree or dag, for every example and every node the list of its children: positions, from 0.
        With `carry` (`{}` to begin) also return what the next chunk needs.

        Raises:
            DataError: the data does not fit the model, or the model cannot be run in chunks.
        """
        bound = self._bind("forward", params, data, Given(lengths, structure, self._chunk(carry)))
        self._check_carry("forward", carry, bound, self.steps)
        if carry is None and (windows := self._windows("forward", bound)):
            return windows.run(lambda part, before: self._call("forward", part, before, score=False))
        result: Arrays | tuple[Arrays, Arrays] = self._call("forward", bound, carry, score=False)
        return result

    def step(
        self,
        params: Params,
        data: Data = NOTHING,
        carry: Carry = NOTHING,
        *,
        lengths: Lengths | None = None,
        structure: Structure | None = None,
    ) -> tuple[Arrays, Arrays]:
        """Advance by one point of `stream`; return the outputs there, without its axis, and what the next step needs.

        Data along the stream have no axis for it; everything else is given as in `run`, whole and with every step. So
        one point of a grid's stream is a row with all its columns. Of an output that belongs to the whole example, as
        `last(h)`, it is the value so far, zero for an example without a point in this chunk.

        It is fast with parameters from `prepare` and data that are arrays: what a call with them looks like is checked
        once, and the next one that looks like it goes to a module of a single point, made at the first step.

        Raises:
            DataError: the data does not fit the model, or the model needs more than one point (RNN614, see `steps`).
        """
        if self.steps:
            raise DataError.of("RNN614", f"{self.name} cannot be run point by point: {self.steps}")
        alone = lengths is None and structure is None and isinstance(params, Prepared)
        found = self._stepping.again(params, data, carry) if alone else None
        if found is not None:
            return found
        counts = lengths_of_one(self.graph, self.stream, data, carry, lengths)
        point = one_point(self.graph, self.stream, data)
        out, after = self.run(params, point, lengths=counts, structure=structure, carry=carry)
        if alone and self._teams is None and not self.finite:
            self._stepping.learn(params, data, after, self._module["CARRIES"]["forward"][0])
        return without_axis(self.graph, self.stream, out), after

    @overload
    def loss(
        self,
        params: Params,
        data: Data,
        *,
        lengths: Lengths | None = None,
        structure: Structure | None = None,
        carry: None = None,
    ) -> Loss: ...

    @overload
    def loss(
        self,
        params: Params,
        data: Data,
        *,
        lengths: Lengths | None = None,
        structure: Structure | None = None,
        carry: Carry,
    ) -> tuple[Loss, Arrays]: ...

    def loss(
        self,
        params: Params,
        data: Data,
        *,
        lengths: Lengths | None = None,
        structure: Structure | None = None,
        carry: Carry | None = None,
    ) -> Loss | tuple[Loss, Arrays]:
        """Return the loss, a float with its terms; with `carry` also what the next chunk needs."""
        bound = self._bind("loss_and_grad", params, data, Given(lengths, structure, self._chunk(carry)))
        self._check_carry("forward", carry, bound, self.carries)
        result = self._call("forward", bound, carry, outputs=self.finite)
        loss = Loss(*(result if carry is None else result[0])["loss"])
        return loss if carry is None else (loss, result[1])

    @overload
    def loss_and_grad(
        self,
        params: Params,
        data: Data,
        *,
        wrt: Literal["params", "inputs", "all"] = "params",
        lengths: Lengths | None = None,
        structure: Structure | None = None,
        carry: None = None,
        noise: int | None = None,
        mix: float = 0.0,
        checkpoint: Literal["sqrt"] | int | None = None,
    ) -> tuple[Loss, Arrays]: ...

    @overload
    def loss_and_grad(
        self,
        params: Params,
        data: Data,
        *,
        wrt: Literal["params", "inputs", "all"] = "params",
        lengths: Lengths | None = None,
        structure: Structure | None = None,
        carry: Carry,
        noise: int | None = None,
        mix: float = 0.0,
        checkpoint: Literal["sqrt"] | int | None = None,
    ) -> tuple[Loss, Arrays, Arrays]: ...

    def loss_and_grad(
        self,
        params: Params,
        data: Data,
        *,
        wrt: Literal["params", "inputs", "all"] = "params",
        carry: Carry | None = None,
        noise: int | None = None,
        **points: Any,
    ) -> tuple[Loss, Arrays] | tuple[Loss, Arrays, Arrays]:
        """Return the loss and its gradients by name of parameter and (`wrt` "inputs" or "all") of real input.

        With `carry` the gradient stops at the chunk's border, and what the next chunk needs is returned too. `noise`
        seeds the dropout masks; without it there is no dropout. `points` are `lengths` and `structure`, as in `run`,
        and `mix`: with this probability a point that is read again is what the model draws there, not the data
        (scheduled sampling, Bengio et al. 2015; the program has mode "mix", and `noise` seeds the draws, too).

        With `checkpoint`, how many points a segment has or "sqrt", only the states between segments are kept, and what
        later parts of the model need of all points; each segment is run again on the way back: the same gradient of the
        parameters in much less memory, for one more forward pass (the program has mode "checkpoint").

        Raises:
            DataError: the data does not fit the model, or the model has no loss.
        """
        if wrt not in ("params", "inputs", "all"):
            raise DataError.of("RNN613", f"wrt is {wrt!r}", help='expected "params", "inputs" or "all"')
        if noise is not None:
            check_seed(noise)
        mix = check_mix(points.pop("mix", 0.0), noise)
        if mix:
            self._require_mode("mix")
        segment = check_checkpoint(points.pop("checkpoint", None))
        bound = self._bind("loss_and_grad", params, data, Given(**points, chunk=self._chunk(carry)))
        if segment is not None:
            return self._checkpointed(bound, segment, noise, carry, plain=wrt == "params" and not mix)
        self._check_carry("loss_and_grad", carry, bound, self.carries)
        options = {"mix": mix} if mix else {}
        total, terms, grads, *rest = self._call("loss_and_grad", bound, carry, wrt=wrt, noise=noise, **options)
        return (Loss(total, terms), grads, rest[0]) if rest else (Loss(total, terms), grads)

    def _checkpointed(
        self, bound: Bound, points: int, noise: int | None, carry: Carry | None, *, plain: bool
    ) -> tuple[Loss, Arrays] | tuple[Loss, Arrays, Arrays]:
        self._require_mode("checkpoint")
        if not plain:
            way = 'leave out `mix`, and `wrt` other than "params"'
            raise DataError.of("RNN613", "with checkpoints there are gradients of parameters only", help=way)
        if carry is not None and self.carries is not None:
            raise DataError.of("RNN614", f"{self.name} cannot be run in chunks: {self.carries}")
        work = Checkpointed(self.segments, self._module["READS"], np.dtype(self.dtype), self._call)
        found = work.loss_and_grad(bound, points, noise, Chunk(self._chunk(carry), carry or {}))
        loss = Loss(found.total, found.terms)
        return (loss, found.grads) if carry is None else (loss, found.grads, found.carry)

    @overload
    def sample(
        self,
        params: Params,
        data: Data = NOTHING,
        *,
        lengths: Lengths | None = None,
        structure: Structure | None = None,
        carry: None = None,
        **how: Unpack[Sampling],
    ) -> Arrays: ...

    @overload
    def sample(
        self,
        params: Params,
        data: Data = NOTHING,
        *,
        lengths: Lengths | None = None,
        structure: Structure | None = None,
        carry: Carry,
        **how: Unpack[Sampling],
    ) -> tuple[Arrays, Arrays]: ...

    def sample(
        self,
        params: Params,
        data: Data = NOTHING,
        *,
        lengths: Lengths | None = None,
        structure: Structure | None = None,
        carry: Carry | None = None,
        **how: Unpack[Sampling],
    ) -> Arrays | tuple[Arrays, Arrays]:
        """Draw targets; return them, `NAME.log_prob` of every point at temperature 1, and the outputs, batch first.

        What `data` gives of a target is a prompt: absent points (a negative token, NaN, beyond its end) are drawn.
        `lengths` say how long sequences are to be that no input runs over. `how` is explained in `Sampling`. The draws
        of an example depend on the seed and its place in the batch, not on what else is in it. With `carry` (`{}` to
        begin) `data` and `lengths` are those of a chunk, and what the next one needs is returned, too; with the same
        seed all chunks together draw what the whole does. What follows an end symbol is not carried.

        Raises:
            DataError: the data or an option does not fit the model, or the program lacks mode "sample".
        """
        options = check_sampling(how)
        end = options.pop("end")
        bound = self._prompted("sample", params, data, Given(lengths, structure, self._chunk(carry)))
        target = check_end(self.graph, end, bound.dims)
        self._check_carry("sample", carry, bound, self.steps)
        found: Any
        if carry is None and (windows := self._windows("sample", bound)):
            found = windows.run(lambda part, before: self._call("sample", part, before, **options))
        else:
            found = self._call("sample", bound, carry, **options)
        drawn, after = (found, {}) if carry is None else found
        if target is None or end is None:
            return drawn if carry is None else (drawn, after)
        cut = cut_at_end(drawn, target, end, bound.data.get(target.name, ()))
        if carry is None:
            return cut
        ended = replace(bound, lengths={**bound.lengths, self.stream: (cut[target.name] >= 0).sum(axis=1)})
        return cut, self._call("sample", ended, carry, **options)[1]

    def beam(
        self,
        params: Params,
        data: Data = NOTHING,
        *,
        lengths: Lengths | None = None,
        structure: Structure | None = None,
        **how: Unpack[Search],
    ) -> Arrays:
        """Search for the most likely sequences; return them by their target's name as [batch, best, points].

        Beside them stand `log_prob` [batch, best], minus infinity where there are no more sequences, and `lengths`,
        which count an end symbol, too. Data as in `sample`; `how` is explained in `Search`.

        Raises:
            DataError: the data or an option does not fit the model, or the program lacks mode "beam".
        """
        options = check_search(how)
        bound = self._prompted("beam", params, data, Given(lengths, structure))
        target = check_end(self.graph, options["end"], bound.dims) or targets(self.graph)[0]
        if options["end"] is None:
            options["end"] = -1
        found = dict(self._call("beam", bound, None, **options))
        return {target.name: found.pop("y"), **found}
