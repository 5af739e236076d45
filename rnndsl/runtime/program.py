"""A compiled model: checked calls of the generated module's functions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from inspect import signature
from types import MappingProxyType
from typing import Any, Literal, Self, Unpack, overload

import numpy as np
from numpy.typing import NDArray

from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.diagnostics.suggest import nearest
from rnndsl.graph.graph import InputInfo, ParamInfo, RecurrenceGraph
from rnndsl.runtime.binding import Bound, Given, Lengths, bind, check_finite, check_points
from rnndsl.runtime.failures import located
from rnndsl.runtime.generation import (
    Sampling,
    Search,
    check_end,
    check_mix,
    check_sampling,
    check_search,
    check_seed,
    cut_at_end,
    prompted,
    targets,
)
from rnndsl.runtime.load import load_source
from rnndsl.runtime.memory import check_memory
from rnndsl.runtime.structure import Structure
from rnndsl.viz.notebook import Drawn

Array = NDArray[Any]
Arrays = dict[str, Array]
Params = Mapping[str, Any]
Data = Mapping[str, Any]
Carry = Mapping[str, Array]

NOTHING: Data = MappingProxyType({})


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


@dataclass(frozen=True)
class Program(Drawn):
    """A model that runs; immutable, and safe to call from several threads at once.

    `carries` is None where the model can be run chunk by chunk, otherwise the reason why it cannot.
    """

    graph: RecurrenceGraph
    source: str
    dtype: str
    carries: str | None
    finite: bool = False
    _module: Mapping[str, Any] = field(init=False, repr=False, compare=False)
    _file: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Load the generated module."""
        module, file = load_source(self.source)
        object.__setattr__(self, "_module", module)
        object.__setattr__(self, "_file", file)

    @property
    def name(self) -> str:
        """The model's name."""
        return self.graph.name

    @property
    def dims(self) -> dict[str, int]:
        """The dimensions that have a value."""
        return {name: value for name, value in self.graph.dims.items() if value is not None}

    @property
    def params(self) -> Mapping[str, ParamInfo]:
        """The parameters by name."""
        return self.graph.params

    @property
    def inputs(self) -> Mapping[str, InputInfo]:
        """The inputs and targets by name."""
        return self.graph.inputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of what `run` returns."""
        return tuple(self._module["OUTPUTS"])

    @property
    def modes(self) -> tuple[str, ...]:
        """What it was compiled to do: "observe", and "sample", "beam" or "mix" where that was asked for."""
        return tuple(self._module["MODES"])

    def init(self, seed: int = 0, **dims: int) -> Arrays:
        """Return fresh parameters; `dims` gives dimensions that are open, or overrides those that are known.

        Raises:
            DataError: RNN613, a dimension is unknown, fixed, missing or not positive, or the seed is no whole number.
        """
        check_seed(seed)
        self._check_dims(dims)
        check_memory(self.graph, {**self.dims, **dims}, np.dtype(self.dtype).itemsize)
        return dict(self._module["init"](int(seed), **dims))

    def _check_dims(self, dims: Mapping[str, int]) -> None:
        for name, value in dims.items():
            if name not in self.graph.dims:
                near = nearest(name, list(self.graph.dims))
                way = f"did you mean `{near}`?" if near else f"its dimensions are {', '.join(self.graph.dims)}"
                raise DataError.of("RNN613", f"the model has no dimension `{name}`", help=way)
            if name in self.graph.fixed_dims and value != self.graph.dims[name]:
                message = f"`{name}` shapes the model itself and was compiled as {self.graph.dims[name]}"
                raise DataError.of("RNN613", message, help=f"compile again with dims={{'{name}': {value}}}")
            if type(value) is not int or value < 1:
                raise DataError.of("RNN613", f"`{name}` is {value!r}, expected a positive whole number")
        used = {d for info in self.params.values() for s in info.shape for d in s.dims}
        used |= {d for info in self.params.values() for i in info.domain for d in i.extent.dims}
        for name in self.graph.dims:
            if name in used and self.graph.dims[name] is None and name not in dims:
                raise DataError.of(
                    "RNN613", f"dimension `{name}` has no value", help=f"give it: init(seed, {name}=...)"
                )

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
        bound = self._bind("forward", params, data, Given(lengths, structure))
        self._check_carry("forward", carry, bound)
        result: Arrays | tuple[Arrays, Arrays] = self._call("forward", bound, carry=carry, score=False)
        return result

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
        """Return the loss, a float with its terms; with `carry` also what the next chunk needs.

        Raises:
            DataError: the data does not fit the model, or the model has no loss.
        """
        bound = self._bind("loss_and_grad", params, data, Given(lengths, structure))
        self._check_carry("forward", carry, bound)
        result = self._call("forward", bound, carry=carry)
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
        bound = self._bind("loss_and_grad", params, data, Given(**points))
        self._check_carry("loss_and_grad", carry, bound)
        options = {"mix": mix} if mix else {}
        total, terms, grads, *rest = self._call("loss_and_grad", bound, wrt=wrt, carry=carry, noise=noise, **options)
        return (Loss(total, terms), grads, rest[0]) if rest else (Loss(total, terms), grads)

    def sample(
        self,
        params: Params,
        data: Data = NOTHING,
        *,
        lengths: Lengths | None = None,
        structure: Structure | None = None,
        **how: Unpack[Sampling],
    ) -> Arrays:
        """Draw targets; return them, `NAME.log_prob` of every point at temperature 1, and the outputs, batch first.

        What `data` gives of a target is a prompt: absent points (a negative token, NaN, beyond its end) are drawn.
        `lengths` say how long sequences are to be that no input runs over. `how` is explained in `Sampling`. The draws
        of an example depend on the seed and its place in the batch, not on what else is in it.

        Raises:
            DataError: the data or an option does not fit the model, or the program lacks mode "sample".
        """
        options = check_sampling(how)
        end = options.pop("end")
        bound = self._prompted("sample", params, data, Given(lengths, structure))
        target = check_end(self.graph, end, bound.dims)
        drawn: Arrays = self._call("sample", bound, **options)
        return drawn if target is None or end is None else cut_at_end(drawn, target, end)

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
        found = dict(self._call("beam", bound, **options))
        return {target.name: found.pop("y"), **found}

    def _prompted(self, mode: str, params: Params, data: Data, points: Given) -> Bound:
        """Check a call that generates; prompts are filled up to the lengths that everything else says."""
        self._require_mode(mode)
        return self._bind(mode, params, prompted(self.graph, self.dtype, params, data, points), points)

    def _require_mode(self, mode: str) -> None:
        if mode not in self.modes:
            way = f'compile(..., modes=("observe", "{mode}")); at the command line --modes observe,{mode}'
            message = f'{self.name} was compiled without mode "{mode}"'
            raise DataError.of("RNN613", message, help=way)

    def _bind(self, function: str, params: Params, data: Data, points: Given) -> Bound:
        if function not in self._module:
            way = "add a `~` equation or a `loss` statement"
            raise DataError.of("RNN613", f"model {self.name} has no loss", help=way)
        for name, value in self.graph.dims.items():
            if value is None and f'DIMS["{name}"]' in self.source:
                way = f"compile(..., dims={{'{name}': ...}})"
                raise DataError.of("RNN613", f"dimension `{name}` has no value, and no array shows it", help=way)
        needed = self._module["READS"][function]
        bound = bind(self.graph, self.dtype, params, data, points, needed)
        for index in self._module["SEQUENCES"][function]:
            if index not in bound.lengths:
                way = f"lengths={{'{index}': [...]}}"
                raise DataError.of(
                    "RNN604", f"no data carries `{index}`", help=f"give its lengths with the call: {way}"
                )
        check_points(self.graph, bound)
        if self.finite:
            check_finite(self.graph, bound)
        return bound

    def _check_carry(self, function: str, carry: Carry | None, bound: Bound) -> None:
        """Refuse a carry that another model made, or one for another batch; every function has its own."""
        if carry is not None and self.carries is not None:
            raise DataError.of("RNN614", f"{self.name} cannot be run in chunks: {self.carries}")
        if not carry:
            return
        needed, known = self._module["CARRIES"][function]
        for name in needed:
            if name not in carry:
                raise DataError.of("RNN614", f"the carry lacks `{name}`", help="start with carry={}")
        for name, value in carry.items():
            if name not in known:
                raise DataError.of("RNN614", f"the carry holds `{name}`, which the model does not carry")
            for lengths in bound.lengths.values():
                if np.shape(value)[:1] != lengths.shape:
                    message = f"`{name}` of the carry has shape {np.shape(value)}, expected {lengths.size} examples"
                    raise DataError.of("RNN614", message)

    def _call(self, function: str, bound: Bound, **options: object) -> Any:
        generated = self._module[function]
        if "structure" in signature(generated).parameters:  # not where a tree is declared and not used
            options["structure"] = bound.structure
        try:
            return generated(bound.params, bound.data, lengths=bound.lengths, **options)
        except (ValueError, IndexError, KeyError, FloatingPointError, MemoryError) as error:
            raise located(error, self._file) from error
