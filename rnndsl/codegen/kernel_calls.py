"""Calls of kernels, each in the place of a run of elementwise steps."""

from collections.abc import Callable, Sequence

from rnndsl.codegen.context import Context
from rnndsl.codegen.fusion import frame_of, is_kept, nodes_of
from rnndsl.codegen.kernel_arrays import Target
from rnndsl.codegen.kernel_text import KernelText
from rnndsl.codegen.kernels import Fusing
from rnndsl.codegen.lanes import plan_stages
from rnndsl.schedule.plan import Evaluate, Step


def emit_fused(
    c: Context, fusing: Fusing, run: Sequence[Step], body: Sequence[Step], comment: Callable[[int], str], target: Target
) -> list[int]:
    """Write the call of a kernel for a run of the steps of a body; return the nodes that it stores."""
    numbers = [step.node for step in run if isinstance(step, Evaluate)]
    nodes = [number for number in numbers if frame_of(c, number)]
    here, inside = nodes_of(body), frozenset(numbers)
    kept = {number for number in nodes if is_kept(c, number, inside, here)}
    stages = plan_stages(c, nodes, kept)
    text = KernelText(c, fusing, stages, kept, target)
    lines = text.print(comment)
    last = [number for number in nodes if number in kept][-1]
    name = fusing.kernels.add(c.names, f"fused_{c.label(last)}", ", ".join([*text.dims, *text.arrays.values()]), lines)
    c.line(f"{name}({', '.join([*text.dims, *text.arrays])})")
    return [number for number in nodes if number in text.kept]
