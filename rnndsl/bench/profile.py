"""Where the time goes: a generated module that notes how long the statements of every equation take.

The module's functions say in comments which equation their statements belong to. Before the first statement of every
such part a clock is read, and every product is noted with its operands, so that the products can be done again alone:
that is what a step takes at least.
"""

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from functools import partial
from math import prod
from time import perf_counter
from typing import Any, Final

import numpy as np

from rnndsl.runtime.gpu import synchronise
from rnndsl.runtime.load import load_source
from rnndsl.runtime.program import Program

#: What is not computed for an equation: views, loops, binding, packing.
OTHER: Final = ""
CLOCK: Final = "_rnndsl_clock"
#: Functions of a module that are measured; helpers that they call belong to whatever calls them.
TIMED: Final = ("prepare_forward", "forward", "loss_and_grad")
#: What a statement names that calls one of them in another one.
PREPARED: Final = "prepared"
PRODUCTS: Final = ("matmul", "einsum")  # but not with a vector: that is a pass over the other factor, such as a sum

#: A product: its part, what does it again, and its operands with the result behind them.
Noted = tuple[str, Callable[[], object], tuple[Any, ...]]


def at_once() -> None:
    """What NumPy was told is done when it returns: there is nothing to wait for."""


@dataclass
class Clock:
    """Adds up seconds by part, and notes the products of every part while `products` is a list.

    Before it is read it waits for what the part has started.
    """

    wait: Callable[[], None] = at_once
    seconds: dict[str, float] = field(default_factory=dict)
    products: list[Noted] | None = None
    part: str = OTHER
    since: float = field(default_factory=perf_counter)

    def __call__(self, part: str) -> None:
        """End the running part and begin another one."""
        self.wait()
        now = perf_counter()
        self.seconds[self.part] = self.seconds.get(self.part, 0.0) + now - self.since
        self.part, self.since = part, perf_counter()


@dataclass(frozen=True, slots=True)
class _Recording:
    """An array library whose products are noted by a clock."""

    library: Any
    clock: Clock

    def __getattr__(self, name: str) -> Any:
        """Return a function of the library."""
        function = getattr(self.library, name)
        if name not in PRODUCTS or self.clock.products is None:
            return function

        def noting(*operands: Any, **out: Any) -> Any:
            product = partial(function, *operands, **out)
            result = product()
            if self.clock.products is not None and _multiplies(operands):
                self.clock.products.append((self.clock.part, product, (*operands, result)))
            return result

        return noting


def _multiplies(operands: Sequence[Any]) -> bool:
    """Tell whether operands are of a product of matrices: not with a vector, or of vectors one by one (`...`)."""
    if isinstance(operands[0], str):
        return "..." not in operands[0]
    return all(operand.ndim > 1 for operand in operands)


def instrumented(source: str) -> tuple[dict[str, Any], Clock]:
    """Return a module's namespace with functions that tell a clock which equation they are at.

    A part is the text of a comment. Kernels, and CuPy, are those of the module as it is loaded: kernels call nothing
    that is noted.
    """
    tree, comments = ast.parse(source), _comments(source)
    tree.body = [node for node in tree.body if not _is_loaded(node)]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in TIMED:
            node.body = list(_marked(node.body, node.lineno, comments))
    namespace: dict[str, Any] = {**load_source(source)[0], "__name__": "rnndsl_instrumented"}
    name, wait = ("cp", synchronise) if "cp" in namespace else ("np", at_once)
    clock = namespace[CLOCK] = Clock(wait)
    library = namespace[name]
    code = compile(ast.fix_missing_locations(tree), "<rnndsl, instrumented>", "exec", dont_inherit=True)
    exec(code, namespace)  # noqa: S102 - the module of a program, which was checked when that was made
    namespace[name] = _Recording(library, clock)
    return namespace, clock


def _is_loaded(node: ast.stmt) -> bool:
    """Tell whether a statement of the module defines a kernel, or imports CuPy."""
    if isinstance(node, ast.FunctionDef):
        return bool(node.decorator_list)
    return isinstance(node, ast.Import) and node.names[0].asname == "cp"


def with_functions(program: Program, module: Mapping[str, Any]) -> Program:
    """Return a program with the functions of another module: they are called as its own are, with checked data.

    They are called with whole batches.
    """
    other = copy(program)
    object.__setattr__(other, "_teams", None)
    object.__setattr__(other, "_module", module)  # frozen for its users
    return other


def _comments(source: str) -> dict[int, str]:
    """Return the comments that stand on lines of their own, by line."""
    lines = enumerate(source.splitlines(), start=1)
    return {number: line.strip()[2:] for number, line in lines if line.lstrip().startswith("# ")}


def _marked(body: Sequence[ast.stmt], line: int, comments: Mapping[int, str]) -> Iterator[ast.stmt]:
    """Yield statements with readings of the clock where another part begins; `line` is that before the first one."""
    part, known = OTHER, None
    for statement in body:
        above = [comments[k] for k in range(line, statement.lineno) if k in comments]
        part = above[-1] if above else part
        inner = any(isinstance(node, ast.Name) and node.id == PREPARED for node in ast.walk(statement))
        if part != known and not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)):
            yield _reading(part, statement.lineno)
            known = part
        line = statement.end_lineno or statement.lineno
        if isinstance(statement, ast.For | ast.If | ast.With):
            inner = True
            statement.body = list(_marked(statement.body, statement.lineno, comments))
        yield statement
        if inner:  # what comes behind a block, or behind what has clocked itself, belongs to nothing before a comment
            part, known = OTHER, None


def _reading(part: str, line: int) -> ast.stmt:
    call = ast.Call(ast.Name(CLOCK, ast.Load()), [ast.Constant(part)], [])
    return ast.copy_location(ast.Expr(call), ast.Pass(lineno=line, col_offset=0))


@dataclass(frozen=True, slots=True)
class Profile:
    """Seconds of a call by part, those that its products alone take, and their floating-point operations."""

    seconds: Mapping[str, float]
    products: Mapping[str, float]
    operations: Mapping[str, float]


class Profiler:
    """Measures a call of an instrumented module, round by round, with its products alone after each."""

    def __init__(self, call: Callable[[], object], clock: Clock) -> None:
        """Call it twice: the first time buffers are made, the second time the products in them are noted."""
        self.call, self.clock = call, clock
        self.whole: dict[str, list[float]] = {}
        self.alone: dict[str, list[float]] = {}
        call()
        clock.products, clock.part = [], OTHER
        call()
        self.products, clock.products = clock.products, None

    def round(self) -> None:
        """Measure once."""
        self.clock(OTHER)
        self.clock.seconds = {}
        self.call()
        self.clock(OTHER)
        for part, seconds in self.clock.seconds.items():
            self.whole.setdefault(part, []).append(seconds)
        for part, seconds in _replayed(self.products, self.clock.wait).items():
            self.alone.setdefault(part, []).append(seconds)

    def profile(self) -> Profile:
        """Return the medians."""
        operations: dict[str, float] = {}
        for part, _, operands in self.products:
            operations[part] = operations.get(part, 0.0) + count_operations(operands)
        return Profile(_medians(self.whole), _medians(self.alone), operations)


def _replayed(products: Sequence[Noted], wait: Callable[[], None]) -> dict[str, float]:
    """Do products again, in their order."""
    clock = Clock(wait)
    for part, product, _ in products:
        clock(part)
        product()
    clock(OTHER)
    return {part: seconds for part, seconds in clock.seconds.items() if part}


def _medians(times: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {part: float(np.median(seconds)) for part, seconds in times.items()}


def count_operations(operands: Sequence[Any]) -> float:
    """Return the multiplications and additions of a product, whose result is the last of `operands`."""
    *factors, result = operands
    if isinstance(factors[0], str):
        labels = factors[0].split("->")[0].split(",")
        sizes: dict[str, float] = {}
        for names, array in zip(labels, factors[1:], strict=True):
            sizes |= dict(zip(names, array.shape, strict=True))
        return 2.0 * prod(sizes.values())
    return 2.0 * float(result.size) * float(factors[0].shape[-1])
