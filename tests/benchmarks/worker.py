"""One peer in a process of its own: two BLAS libraries in one process fight over its threads.

For every line on standard input, a number of steps, it takes so many after one that does not count, and answers with
a line of JSON: their milliseconds, and by how many megabytes the process has grown since before its first step.
"""

import json
import sys
from time import perf_counter

from tests.benchmarks.memory import Growth
from tests.benchmarks.problems import PROBLEMS


def main(name: str, peer: str, shape: str) -> None:
    """Serve until the input ends."""
    problem = PROBLEMS[name]
    sizes = problem.read(shape)
    problem.peer(peer, problem.small(sizes)).step()  # brings in what libraries load when they are first called
    step = problem.peer(peer, sizes).step
    growth = Growth()
    for line in sys.stdin:
        times = []
        for _ in range(int(line) + 1):
            start = perf_counter()
            step()
            times.append(1000 * (perf_counter() - start))
        sys.stdout.write(json.dumps({"ms": times[1:], "mb": growth.megabytes()}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
