"""The order of the passes: two literal tuples, before and after differentiation."""

from collections.abc import Callable, Sequence

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.passes.bulk_activations import bulk_activations
from rnndsl.passes.center_products import center_products
from rnndsl.passes.contract_products import contract_products
from rnndsl.passes.drop_broadcasts import drop_broadcasts
from rnndsl.passes.eliminate_zeros import eliminate_zeros
from rnndsl.passes.gather_products import gather_products
from rnndsl.passes.hoist_sums import hoist_sums
from rnndsl.passes.join_slices import join_slices
from rnndsl.passes.pack_elementwise import pack_elementwise
from rnndsl.passes.retime_reads import retime_reads
from rnndsl.passes.simplify_algebra import simplify_algebra
from rnndsl.passes.stack_products import stack_products

Pass = Callable[[RecurrenceGraph], RecurrenceGraph]

#: On the model, so that its adjoint has stacked products and bulk activations by itself.
BEFORE: tuple[Pass, ...] = (
    retime_reads,
    simplify_algebra,
    drop_broadcasts,
    contract_products,
    center_products,
    stack_products,
    pack_elementwise,
    bulk_activations,
    join_slices,
    hoist_sums,
)

#: On the model and its adjoint together.
AFTER: tuple[Pass, ...] = (
    eliminate_zeros,
    simplify_algebra,
    join_slices,
    drop_broadcasts,
    contract_products,
    gather_products,
    join_slices,
    simplify_algebra,
    hoist_sums,
)


def run(graph: RecurrenceGraph, passes: Sequence[Pass]) -> RecurrenceGraph:
    """Apply passes in order; each gives a new graph, or the same one where it finds nothing to do."""
    for each in passes:
        graph = each(graph)
    return graph
