"""One peer in a process of its own: two BLAS libraries in one process fight over its threads.

For every line on standard input, a number of steps, it takes so many after one that does not count, and answers with
a line of milliseconds in JSON.
"""

import json
import sys
from time import perf_counter

from tests.benchmarks.peers import PEERS
from tests.benchmarks.problem import Shape, draw


def main(peer: str, *shape: str) -> None:
    """Serve until the input ends."""
    step, _ = PEERS[peer](draw(Shape(*map(int, shape))))
    for line in sys.stdin:
        times = []
        for _ in range(int(line) + 1):
            start = perf_counter()
            step()
            times.append(1000 * (perf_counter() - start))
        sys.stdout.write(json.dumps(times[1:]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
