"""What a benchmark is: work on a spec, such as a training step, on data of given sizes, that several peers do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

import rnndsl
from rnndsl.bench.predict import choose_threads
from rnndsl.bench.records import thread_counts
from rnndsl.choice import Choice
from rnndsl.compiler import BACKENDS, assemble
from rnndsl.locations import data_folder
from rnndsl.runtime.structure import Structure
from rnndsl.schedule.machine import Machine
from rnndsl.verify.cases import Case

Array = NDArray[Any]
#: The sizes of a problem, a named tuple.
Shape = TypeVar("Shape", bound=tuple[Any, ...])

OURS: Final = "generated"
FUSED: Final = "generated, numba"
#: Packages that peers need, by what installs them; a peer says in its name which one.
OPTIONAL: Final = {"numba": "jit", "torch": "peers", "jax": "peers", "onnxruntime": "peers"}
#: How the names of peers begin that need a package.
PACKAGES: Final = {FUSED: "numba", "torch": "torch", "JAX": "jax", "ONNX Runtime": "onnxruntime"}
#: How the names of peers begin that do other work than the problem's, for comparison.
APART: Final = "apart:"
FLOOR: Final = f"{APART} its products alone"
MOVED: Final = 0.1


@dataclass(frozen=True)
class Given:
    """What all peers start from, in the names and shapes of the spec; `options` are the problem's own.

    `results` are the names of what a step finds, where they are not the loss and the gradients.
    """

    program: rnndsl.Program
    params: Mapping[str, Array]
    data: Mapping[str, Array]
    structure: Structure | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    lengths: Mapping[str, Array] | None = None
    results: tuple[str, ...] = ()

    @staticmethod
    def of(
        program: rnndsl.Program,
        data: Mapping[str, Array],
        structure: Structure | None = None,
        options: Mapping[str, Any] | None = None,
        results: tuple[str, ...] = (),
    ) -> "Given":
        """Draw parameters: initial ones, moved a little, so that no bias is zero."""
        rng = np.random.default_rng(1)
        params = {name: array + rng.uniform(-MOVED, MOVED, array.shape) for name, array in program.init(seed=0).items()}
        params = {name: array.astype(program.dtype) for name, array in params.items()}
        return Given(program, params, data, structure, options or {}, results=results)


class Peer(NamedTuple):
    """A step of work: its result, of training the loss and all gradients, is held however the peer likes to.

    `collect` brings a result into the names and shapes of the spec, for comparison: `loss` and the gradients, say.
    """

    step: Callable[[], Any]
    collect: Callable[[Any], dict[str, Array]]


Make = Callable[[Given], Peer]


@dataclass(frozen=True)
class Problem(Generic[Shape]):
    """A benchmark.

    `shape` makes a shape of its parts, and `draw` what is given, of a shape and a dtype. `small` returns a shape of
    little work that takes the same path. `made` counts the tokens that a step of a shape writes, or the points that it
    takes one by one. `costly` peers take so long to make that they are measured for the first shape of a kind only.
    `points` counts the points of one sequence in a batch, for problems whose memory is looked at.
    """

    title: str
    shape: Callable[..., Shape]
    shapes: tuple[Shape, ...]
    small: Callable[[Shape], Shape]
    draw: Callable[[Shape, str], Given]
    peers: Mapping[str, Make]
    made: Callable[[Shape], int] | None = None
    costly: tuple[str, ...] = ()
    points: Callable[[Shape], int] | None = None

    def peer(self, name: str, shape: Shape, dtype: str = "float32") -> Peer:
        """Make a peer, ours or another one."""
        return self.peers[name](self.draw(shape, dtype))

    @property
    def typical(self) -> tuple[Shape, ...]:
        """The first shape of every kind; what a shape says in words, such as the cell, is its kind."""
        kinds = {tuple(part for part in shape if isinstance(part, str)): shape for shape in reversed(self.shapes)}
        return tuple(shape for shape in self.shapes if shape in kinds.values())

    @property
    def sizes(self) -> str:
        """What the parts of a shape are called."""
        return ", ".join(getattr(self.shapes[0], "_fields", ()))

    def read(self, text: str) -> Shape:
        """Return the shape that a text names, the inverse of `written`.

        Raises:
            ValueError: it has not as many parts as a shape has.
        """
        parts = [part.strip() for part in text.split(",")]
        if len(parts) != len(self.shapes[0]):
            raise ValueError(f"`{text}` is no shape; expected {self.sizes}")
        return self.shape(*(int(part) if part.isdigit() else part for part in parts))


def written(shape: tuple[Any, ...]) -> str:
    """Return a shape as tables and command lines have it."""
    return ", ".join(map(str, shape))


def library(model: str) -> Path:
    """Return the path of a model of the library."""
    return data_folder("specs") / "models" / f"{model}.rnn"


def package_of(peer: str) -> str | None:
    """Return the optional package that a peer needs."""
    return next((package for start, package in PACKAGES.items() if peer.startswith(start)), None)


# Peers ----------------------------------------------------------------------------------------------------------------


def ours(make: Make | None = None) -> dict[str, Make]:
    """Return what rnndsl makes of the spec, by every backend of this version; `make` calls it, by default to train."""
    call = make or generated

    def plain(given: Given) -> Peer:
        return call(in_parts(given))

    def fused(given: Given) -> Peer:
        return call(in_parts(replace(given, program=with_kernels(given.program)), "numba"))

    return {OURS: plain} | ({FUSED: fused} if "numba" in BACKENDS else {})


def in_parts(given: Given, backend: str = "numpy") -> Given:
    """Compute a batch in as many parts at the same time as `--threads auto` takes here: on one core in one."""
    counts = thread_counts()
    if not counts:
        return given
    choice = Choice(backend=backend, dtype=given.program.dtype)
    threads, _ = choose_threads(given.program, case_of(given), choice, Machine(), counts)
    if threads == 1:
        return given
    program = assemble(given.program.graph, backend=backend, dtype=given.program.dtype, threads=threads)
    return replace(given, program=program)


def case_of(given: Given) -> Case:
    """Return what is given as the cost model takes it."""
    data = dict[str, Any](given.data)
    lengths = {name: [int(n) for n in own] for name, own in (given.lengths or {}).items()}
    structure = {name: list(own) for name, own in (given.structure or {}).items()}
    return Case(given.program.dims, dict(given.params), data, lengths, structure)


def generated(given: Given) -> Peer:
    """Return the step of the program that rnndsl makes of the spec."""

    def step() -> object:
        return given.program.loss_and_grad(given.params, given.data, wrt="all", **points(given))

    def collect(result: Any) -> dict[str, Array]:
        loss, grads = result
        return {"loss": np.asarray(loss.value), **grads}

    return Peer(step, collect)


def with_kernels(program: rnndsl.Program) -> rnndsl.Program:
    """Return the program of the numba backend."""
    options: dict[str, Any] = {"backend": "numba", "dtype": program.dtype}
    return assemble(program.graph, **options)


def points(given: Given) -> dict[str, Any]:
    """Return what a call is told of the examples' points."""
    return {"structure": given.structure, "lengths": given.lengths}


def other(module: str, name: str) -> Make:
    """Return a peer whose module is imported when it is made: torch is optional, and bad company for another peer."""

    def make(given: Given) -> Peer:
        peer: Peer = getattr(import_module(f"tests.benchmarks.{module}"), name)(given)
        return peer

    return make
