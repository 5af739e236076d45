"""What has been measured, kept in the user's cache: by program, sizes of the batch, and machine."""

import json
import os
import platform
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from threadpoolctl import threadpool_info

from rnndsl.bench.tune import Make, Plan, Trial, Tuned, Variant, tune
from rnndsl.runtime.cache import cache_folder
from rnndsl.runtime.program import Program
from rnndsl.schedule.choices import Choices
from rnndsl.train.atomic import write_atomically
from rnndsl.verify.cases import Case

#: Where Linux names the processor.
PROCESSOR: Final = Path("/proc/cpuinfo")


def tuned(make: Make, case: Case, plan: Plan) -> tuple[Tuned, bool]:
    """Return what is best for a batch, and whether it was known: measured before, of the same on the same machine."""
    path = cache_folder() / "tuned" / f"{_key(make(plan.start), case, plan)}.json"
    known = _read(path)
    if known is not None:
        return known, True
    found = tune(make, case, plan)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(path, json.dumps(asdict(found)).encode())
    except OSError:
        pass  # no home, no room, no permission: it is measured again next time
    return found, False


def machine() -> dict[str, Any]:
    """Return what times depend on besides the program: processor, cores, NumPy, BLAS and its threads."""
    blas = [{k: v for k, v in library.items() if k != "filepath"} for library in threadpool_info()]
    return {"processor": _processor(), "cores": usable_cores(), "numpy": np.__version__, "blas": blas}


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def thread_counts() -> tuple[int, ...]:
    """Return the numbers of threads that are worth a try: powers of two, up to as many as there are cores."""
    cores = usable_cores()
    return tuple(count for count in (2, 4, 8, 16, 32) if count <= cores)


def _processor() -> str:
    try:
        lines = PROCESSOR.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _key(program: Program, case: Case, plan: Plan) -> str:
    """Return a hash of all that an answer depends on; the module's text holds graph, dtype, backend and version."""
    parts = {"source": program.source, "sizes": _sizes(case), "machine": machine(), "plan": asdict(plan)}
    return sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def _sizes(case: Case) -> dict[str, Any]:
    """Return the shapes of parameters and data; of data how many arrays, how large in all and at most."""
    found: dict[str, Any] = {name: np.shape(array) for name, array in case.params.items()}
    for name, value in case.data.items():
        lengths = [np.size(one) for one in value]
        found[f"data {name}"] = (len(lengths), sum(lengths), max(lengths))
    for name, own in case.lengths.items():
        found[f"lengths {name}"] = (len(own), int(sum(own)), int(max(own)))
    for name, forest in case.structure.items():
        found[f"structure {name}"] = (len(forest), sum(map(len, forest)))
    return found


def _read(path: Path) -> Tuned | None:
    """Return what a file of the cache says, None if there is none, or one that nobody understands."""
    try:
        known = json.loads(path.read_bytes())
        trials = tuple(Trial(str(trial["step"]), float(trial["ratio"])) for trial in known["trials"])
        return Tuned(_variant(known["best"]), float(known["ratio"]), trials)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _variant(known: dict[str, Any]) -> Variant:
    choices = Choices(**{name: bool(value) for name, value in known["choices"].items()})
    return Variant(choices, int(known["threads"]))
