"""What a training step takes at least: the matrix products of the generated module, and nothing else.

A run of the module notes its products with their operands; a step does them again, in their order and their buffers.
Sums of products that are no matrix products, such as the squares in a deviation, are left out: other programs have them
in passes that they need anyway.
"""

import numpy as np

from rnndsl.bench.profile import Profiler, instrumented, with_functions
from tests.benchmarks.problem import Array, Given, Peer, points


def noted(given: Given) -> Profiler:
    """Run the module of a program, and return the products that it took."""
    namespace, clock = instrumented(given.program.source)
    program = with_functions(given.program, namespace)
    return Profiler(lambda: program.loss_and_grad(given.params, given.data, wrt="all", **points(given)), clock)


def products(given: Given) -> Peer:
    """Return the step of the products alone."""
    work = [product for _, product, operands in noted(given).products if not isinstance(operands[0], str)]  # an einsum

    def step() -> object:
        # Results that are operands again grow from step to step until they overflow; the time is the same.
        with np.errstate(over="ignore", invalid="ignore"):
            for product in work:
                product()
        return work

    def collect(result: object) -> dict[str, Array]:
        """There is nothing to compare: the work is another one."""
        return {}

    return Peer(step, collect)
