"""One peer in a process of its own: two BLAS libraries in one process fight over its threads.

For every line on standard input, the milliseconds of a turn, it takes steps until they are over, at least one. The
first step of several does not count: threads may have fallen asleep. It answers with a line of JSON: the steps'
milliseconds, by how many megabytes the process has grown since before its first step, and how many milliseconds there
were between the first call of the peer's module and the end of its first step, which is where compilers work.
"""

import json
import os
import sys
from collections.abc import Callable
from time import perf_counter

from tests.benchmarks.measure import Threads
from tests.benchmarks.memory import Growth
from tests.benchmarks.problems import PROBLEMS


def main(name: str, peer: str, shape: str, threads: Threads) -> None:
    """Serve until the input ends."""
    if threads == "one":
        take_one_core()
    problem = PROBLEMS[name]
    sizes = problem.read(shape)
    if peer not in problem.costly:
        problem.peer(peer, problem.small(sizes)).step()  # brings in what libraries load when they are first called
    given, start = problem.draw(sizes, "float32"), perf_counter()
    step = problem.peers[peer](given).step
    made, growth, first = 1000 * (perf_counter() - start), Growth(), None
    for line in sys.stdin:
        times = turn(step, float(line))
        first = made + times[0] if first is None else first
        sys.stdout.write(json.dumps({"ms": times[1:] or times, "mb": growth.megabytes(), "first": first}) + "\n")
        sys.stdout.flush()


def take_one_core() -> None:
    """Run on one core, where the system can be told so: some pools of threads ask it how many there are."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def turn(step: Callable[[], object], milliseconds: float) -> list[float]:
    """Return what steps take, until they have taken so long."""
    times: list[float] = []
    while not times or sum(times) < milliseconds:
        start = perf_counter()
        step()
        times.append(1000 * (perf_counter() - start))
    return times


if __name__ == "__main__":
    _, name, peer, shape, threads = sys.argv
    main(name, peer, shape, "one" if threads == "one" else "all")
