"""`docs/performance.md`: what was measured, on what, what was to be reached, and how to repeat it."""

from pathlib import Path
from typing import Final

from tests.benchmarks.report import Report
from tests.benchmarks.targets import targets_text

#: What people say about the figures; it stands between the targets and the tables.
REMARKS: Final = Path(__file__).parent / "remarks.md"
PAGE: Final = """# Performance

Everything on this page but the remarks was written by

```
pip install -e ".[dev,{extras}]"
python -m tests.benchmarks --json performance.json --write docs/performance.md
```

from a checkout, in one run on one machine that did nothing else; `--quick` takes a few shapes, `--only PROBLEM --shape
A,B,...` one of your own, and `--read performance.json` writes the page again without measuring. Everything is measured
twice (`--threads` chooses): with one thread, on one core, and with as many threads as a library takes by itself; ours
then computes a batch in as many parts as `--threads auto` takes, and BLAS has one thread in each of several.
Variables such as `OMP_NUM_THREADS` in your shell change neither. With one thread figures vary least: trust those first.
Every peer runs in a process of its own, since two BLAS libraries in one process fight over its threads, and between its
turns that process is stopped (SIGSTOP, where the system has it): idle threads of BLAS, OpenMP, XLA and ONNX Runtime
spin for a while before they sleep, and would take the cores of whoever comes next. Settings against spinning would slow
down what is measured. Peers take turns, so that a machine that slows down does so for all of them: compare ratios, not
milliseconds. Before anything is measured, tests have compared what all peers compute
(`tests/benchmarks/test_benchmarks.py`). `rnndsl bench spec.rnn` times a model of yours.

The machine: {machine}.

## Targets

{targets}
A figure is a geometric mean where there are several shapes. `the best of` means, shape by shape, the faster one of
those that were measured: torch.compile is measured for one shape of every cell, as it takes so long, and so is a loop
of torch whose steps multiply their own inputs. What an adjoint reads are the model's own values, in bytes, that live
in a buffer with all their points and are operands of the adjoint, themselves or a part of them; data, parameters and
what is made of parameters alone do not count. Of the shapes of the LSTM where this is 10 MB or more the worst is told.
Results do not count either, although a step has to make them: with wide layers and few points the gradients of the
weights are larger than all that is kept, and no program reaches the figure. So a second one counts them, too: the
gradients of all parameters and of the data. A process grows further by data laid out by points, by copies of the
parameters as BLAS likes them, and by BLAS's own buffers, some 3.5 MB of OpenBLAS.

## Remarks

{remarks}
## Tables

{tables}"""


def page_text(report: Report) -> str:
    """Return the page."""
    machine = ", ".join(f"{name} {value}" for name, value in report.machine.items())
    extras = "jit,peers" if "numba" in report.machine else "peers"
    remarks = REMARKS.read_text(encoding="utf-8") if REMARKS.exists() else ""
    tables = report.as_text()
    return PAGE.format(machine=machine, targets=targets_text(report), remarks=remarks, tables=tables, extras=extras)
