"""Measuring the constants of the cost model on this machine, in about two seconds; kept in the user's cache.

A call that is made again and again finds everything in the cache, as in a program it does not. So what is measured is
compared with what the same measures on the machine that the built-in constants are from, and scales these.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from hashlib import sha256
from pathlib import Path
from threading import Barrier, Thread
from time import perf_counter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rnndsl.bench.records import machine as description
from rnndsl.runtime.cache import cache_folder
from rnndsl.runtime.threads import ONE_THREAD
from rnndsl.schedule.machine import Machine
from rnndsl.train.atomic import write_atomically

Array = NDArray[Any]
Call = Callable[[], object]

#: What is measured on the machine that the built-in constants are from, when it does nothing else.
REFERENCE: Final = Machine(
    call=0.357e-6,
    view=0.106e-6,
    light=0.115e-9,
    tanh=0.357e-9,
    exp=0.449e-9,
    power=0.679e-9,
    move=1.26e-9,
    row=7.9e-9,
    far=0.0122e-9,
    operation=0.0105e-9,
    streamed=0.0275e-9,
    packed=0.072e-9,
    small=0.0456e-6,
    lock=1.42e-6,
)

#: How long a constant is measured, in how many turns, of which one of the fastest counts: others are disturbed.
SECONDS: Final = 0.12
TURNS: Final = 24
BEST: Final = 0.1
#: Numbers of an array that stays in the cache of a core, and of one that does not.
NEAR: Final = 1 << 16
FAR: Final = 1 << 22
#: Rows, inner size and columns of products: large ones, with a vector, with a few rows, and very small ones.
LARGE: Final = (256, 256, 1024)
VECTOR: Final = (1, 512, 2000)
FEW: Final = (16, 512, 1000)
TINY: Final = (8, 4)
#: Calls of two threads at the same time, and on how many numbers: what NumPy lets go of Python's lock for.
CALLS: Final = 1500
CONTENDED: Final = 1 << 13


def calibrate() -> Machine:
    """Measure the constants, with one thread but for the last of them."""
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> Array:
        return rng.random(shape, np.float32)

    with ONE_THREAD:
        found = _of_calls(draw)
        found |= _of_numbers(draw, found["call"])
        found |= _of_products(draw, found["call"])
        found["lock"] = _of_lock(draw)
    usual = asdict(Machine())
    return Machine(**{name: usual[name] * found[name] / known for name, known in asdict(REFERENCE).items()})


def _of_calls(draw: Callable[..., Array]) -> dict[str, float]:
    a, b, out = draw(8), draw(8), draw(8)
    part = slice(2, 4)
    return {"call": _seconds(lambda: np.add(a, b, out=out)), "view": _seconds(lambda: a[part])}


def _of_numbers(draw: Callable[..., Array], call: float) -> dict[str, float]:
    a, b, out = draw(NEAR), draw(NEAR), draw(NEAR)
    one, two, three = draw(FAR), draw(FAR), draw(FAR)
    table, column, row = draw(128, 128), draw(2048, 1), draw(1, 8)
    place, moved, spread = np.random.default_rng(0).integers(0, 128, (128, 4)), draw(128, 128, 4), draw(2048, 8)

    def each(function: Call, numbers: int) -> float:
        return max(_seconds(function) - call, 0.0) / numbers

    light = each(lambda: np.add(a, b, out=out), NEAR)
    beyond = each(lambda: np.add(one, two, out=three), FAR)
    rows = each(lambda: np.multiply(column, row, out=spread), len(spread))
    return {
        "light": light,
        "tanh": each(lambda: np.tanh(a, out=out), NEAR),
        "exp": each(lambda: np.exp(a, out=out), NEAR),
        "power": each(lambda: np.power(a, b, out=out), NEAR),
        "move": each(lambda: np.copyto(moved, table[:, place]), moved.size),
        "row": max(rows - light * spread.shape[1], 0.0),
        "far": max(beyond - light, 0.0) / (3 * one.itemsize),
    }


def _of_products(draw: Callable[..., Array], call: float) -> dict[str, float]:
    def product(rows: int, inner: int, columns: int) -> float:
        left, right, out = draw(rows, inner), draw(inner, columns), draw(rows, columns)
        return max(_seconds(lambda: np.matmul(left, right, out=out)) - call, 0.0)

    operation = product(*LARGE) / (2 * np.prod(LARGE))

    def each(shape: tuple[int, int, int]) -> float:
        return max(product(*shape) / (shape[1] * shape[2]) - 2 * shape[0] * operation, 0.0)

    count, size = 64, TINY[1]
    left, right, out = draw(count, TINY[0], size), draw(count, size, size), draw(count, TINY[0], size)
    tiny = _seconds(lambda: np.matmul(left, right, out=out)) - call
    return {
        "operation": float(operation),
        "streamed": float(each(VECTOR)),
        "packed": float(each(FEW)),
        "small": max(tiny / count, 0.0),
    }


def _of_lock(draw: Callable[..., Array]) -> float:
    """Return by how much longer a call takes while another thread makes the same calls on arrays of its own."""

    def calls(start: Barrier) -> None:
        a, b, out = arrays.pop()
        start.wait()
        for _ in range(CALLS):
            np.add(a, b, out=out)

    def together(count: int) -> float:
        begin = Barrier(count + 1)
        threads = [Thread(target=calls, args=(begin,)) for _ in range(count)]
        for thread in threads:
            thread.start()
        begin.wait()
        start = perf_counter()
        for thread in threads:
            thread.join()
        return (perf_counter() - start) / CALLS

    differences = []
    for _ in range(5):
        arrays = [(draw(CONTENDED), draw(CONTENDED), draw(CONTENDED)) for _ in range(3)]
        differences.append(together(2) - together(1))
    return max(float(np.median(differences)), 0.0)


def _seconds(function: Call) -> float:
    """Return how long a call takes where nothing disturbs it."""
    start = perf_counter()
    function()
    count = max(1, int(SECONDS / TURNS / max(perf_counter() - start, 1e-7)))
    times = []
    for _ in range(TURNS):
        start = perf_counter()
        for _ in range(count):
            function()
        times.append((perf_counter() - start) / count)
    return float(np.quantile(times, BEST))


# The cache ------------------------------------------------------------------------------------------------------------


def calibrated() -> Machine:
    """Measure the constants and keep them."""
    found = calibrate()
    path = _path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(path, json.dumps(asdict(found)).encode())
    except OSError:
        pass  # no home, no room, no permission: the built-in constants stay
    return found


def known_machine() -> Machine | None:
    """Return the constants that have been measured here; None where they have not."""
    try:
        known: Mapping[str, Any] = json.loads(_path().read_bytes())
        numbers = {field.name: float(known[field.name]) for field in fields(Machine)}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Machine(**numbers) if all(np.isfinite(n) and n >= 0 for n in numbers.values()) else None


def _path() -> Path:
    key = sha256(json.dumps(description(), sort_keys=True).encode()).hexdigest()[:24]
    return cache_folder() / "machine" / f"{key}.json"
