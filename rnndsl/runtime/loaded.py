"""A generated module behind checks: every call's arguments are bound to the model before anything runs."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from inspect import signature
from typing import Any

import numpy as np

from rnndsl.codegen.moment import MomentModule
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.graph.graph import InputInfo, ParamInfo, RecurrenceGraph
from rnndsl.graph.segments import Segments
from rnndsl.graph.totals import BEGIN
from rnndsl.runtime.binding import Bound, Given, bind, check_finite, check_points
from rnndsl.runtime.carrying import Carry, check_carry
from rnndsl.runtime.failures import located
from rnndsl.runtime.generation import prompted
from rnndsl.runtime.load import load_source
from rnndsl.runtime.nonfinite import require_finite
from rnndsl.runtime.parts import count_examples
from rnndsl.runtime.prepared import Prepared
from rnndsl.runtime.stepping import Stepping
from rnndsl.runtime.windows import Windows, steps_of

Params = Mapping[str, Any]
Data = Mapping[str, Any]


def _no_moment() -> None:
    return None


@dataclass(frozen=True)
class Loaded:
    """A generated module, loaded, and what is known of its model.

    `carries` is None where the model can be trained chunk by chunk, otherwise the reason why it cannot; `steps` is ""
    where it can be run point by point, along `stream`, otherwise the reason why it cannot. `feed` gives by input the
    target that it is one point later, where it is not given; `segments` are the stages of the loss, in mode
    "checkpoint". A batch is computed in so many parts as there are `threads`, at the same time.
    `moment` makes the module of one point.
    """

    graph: RecurrenceGraph
    source: str
    dtype: str
    carries: str | None
    finite: bool = False
    steps: str = ""
    feed: Mapping[str, str] = field(default_factory=dict)
    segments: Sequence[Segments] = ()
    threads: int = 1
    moment: Callable[[], MomentModule | None] = field(default=_no_moment, repr=False, compare=False)
    _stepping: Stepping = field(init=False, repr=False, compare=False)
    _teams: Any = field(init=False, default=None, repr=False, compare=False)
    _module: Mapping[str, Any] = field(init=False, repr=False, compare=False)
    _file: str = field(init=False, repr=False, compare=False)
    _unknown: Sequence[str] = field(init=False, repr=False, compare=False)
    _structure: Collection[str] = field(init=False, repr=False, compare=False)
    _panels: Collection[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Load the generated module."""
        module, file = load_source(self.source)
        object.__setattr__(self, "_module", module)
        object.__setattr__(self, "_file", file)
        open_dims = (name for name, value in self.graph.dims.items() if value is None)
        object.__setattr__(self, "_unknown", tuple(n for n in open_dims if f'DIMS["{n}"]' in self.source))
        for option in ("structure", "panels"):
            takes = (name for name in module["READS"] if option in signature(module[name]).parameters)
            having = frozenset(() if option == "panels" and "cp" in module else takes)
            object.__setattr__(self, f"_{option}", having)
        object.__setattr__(self, "_stepping", Stepping(self.moment, self.stream, self.graph.inputs))
        if self.threads > 1:
            from rnndsl.runtime.threads import Teams  # noqa: PLC0415 (most programs need no threadpoolctl)

            object.__setattr__(self, "_teams", Teams(self.threads))

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

    @property
    def carrying(self) -> tuple[str, ...]:
        """The generated functions that can be called chunk by chunk: "forward", "loss_and_grad", "sample"."""
        return tuple(self._module["CARRIES"])

    @property
    def stream(self) -> str:
        """The name of the sequence whose points `step` takes one by one, "" if there is none."""
        return str(self._module["STREAM"])

    def _prompted(self, mode: str, params: Params, data: Data, points: Given) -> Bound:
        """Check a call that generates; prompts are filled up to the lengths that everything else says."""
        self._require_mode(mode)
        inputs = {n: replace(info, role="target") if n in self.feed else info for n, info in self.inputs.items()}
        graph = replace(self.graph, inputs=inputs)
        return self._bind(mode, params, prompted(graph, self.dtype, params, data, points), points)

    def _require_mode(self, mode: str) -> None:
        if mode not in self.modes:
            way = f'compile(..., modes=("observe", "{mode}")); at the command line --modes observe,{mode}'
            message = f'{self.name} was compiled without mode "{mode}"'
            raise DataError.of("RNN613", message, help=way)

    def _bind(self, function: str, params: Params, data: Data, points: Given) -> Bound:
        if function not in self._module:
            way = "add a `~` equation or a `loss` statement"
            raise DataError.of("RNN613", f"model {self.name} has no loss", help=way)
        for name in self._unknown:
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
        check_points(self.graph, bound, points.chunk)
        if self.finite:
            check_finite(self.graph, bound)
        return bound

    def _chunk(self, carry: Carry | None) -> str:
        """Return the sequence that a call is given a chunk of, "" if it is given the whole."""
        return "" if carry is None else self.stream

    def _windows(self, function: str, bound: Bound) -> Windows | None:
        """Return the windows that a call without a carry is computed in, None where it is so as a whole."""
        if self.steps or self.finite or function not in self._module["CARRIES"]:
            return None
        steps = steps_of(self.graph, self.stream, bound)
        return Windows(self.graph, self.stream, bound, steps) if steps else None

    def _check_carry(self, function: str, carry: Carry | None, bound: Bound, why: str | None) -> None:
        """Refuse a carry where the model has no use for one (`why`), or another function's, or of another batch."""
        if carry is None:
            return
        if why or function not in self._module["CARRIES"]:
            raise DataError.of("RNN614", f"{self.name} cannot be run in chunks: {why or 'it needs the whole'}")
        check_carry(carry, self._module["CARRIES"][function], bound)

    def _call(self, function: str, bound: Bound, carry: Carry | None, **options: object) -> Any:
        generated = self._module[function]
        options |= {} if carry is None else {"carry": {name: np.asarray(value) for name, value in carry.items()}}
        if function in self._structure:  # not where a tree is declared and not used
            options["structure"] = {name: getattr(own, "flat", own) for name, own in bound.structure.items()}
        params, prepare = bound.params, self._module.get(f"prepare_{function}")
        try:
            if isinstance(params, Prepared):
                options |= {} if prepare is None else {"prepared": params.made(prepare)}
                params = params.arrays
            team = self._teams is not None and function in self._module["COMMON"] and count_examples(bound) > 1
            options |= self._products(function, alone=team)
            if team:
                whole = replace(bound, params=params)
                result = self._teams.call(generated, whole, options, self._module["COMMON"][function])
            else:
                result = generated(params, bound.data, lengths=bound.lengths, **options)
        except (ValueError, IndexError, KeyError, FloatingPointError, MemoryError) as error:
            raise located(error, self._file) from error
        resumed = bool(carry) or BEGIN in options  # a segment is no whole
        return require_finite(self.graph, bound, result, resumed=resumed) if self.finite else result

    def _products(self, function: str, *, alone: bool) -> dict[str, object]:
        """Return what a generated function is told of the BLAS that it multiplies with, `alone` on one thread."""
        if function not in self._panels:
            return {}
        from rnndsl.runtime.blas import is_faster_with_panels  # noqa: PLC0415 (compiling needs no threadpoolctl)

        return {"panels": is_faster_with_panels(alone=alone)}
