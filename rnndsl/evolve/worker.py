"""One trial, in the process that is made for it: `python -m rnndsl.evolve.worker`, a JSON object in, a verdict out."""

import json
import math
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from rnndsl.diagnostics.diagnostic import DataError, SpecError
from rnndsl.evolve.tasks import TASKS
from rnndsl.evolve.verdict import Budget, OverBudgetError, Task, Verdict

MIB: Final = 1 << 20


def tried(task: Task, text: str, budget: Budget) -> Verdict:
    """Judge a spec; whatever goes wrong becomes a verdict."""
    try:
        return task.judge(text, budget)
    except SpecError as error:
        return Verdict(-math.inf, f"does not compile: {error}")
    except DataError as error:
        return Verdict(-math.inf, f"does not fit the data: {error}")
    except OverBudgetError as error:
        return Verdict(-math.inf, str(error))
    except MemoryError:
        return Verdict(-math.inf, f"needs more than {budget.memory:,} MiB of memory")
    except Exception as error:  # noqa: BLE001 (the search goes on, and the reason is kept)
        return Verdict(-math.inf, f"{type(error).__name__}: {error}".split("\n")[0])


def limit(budget: Budget) -> None:
    """Bound this process, where the system can: its memory, and its CPU time in case that nobody is left to end it."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 (not on every platform)

        seconds = math.ceil(budget.deadline) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
        if sys.platform == "linux":
            size = budget.memory * MIB + _mapped()
            resource.setrlimit(resource.RLIMIT_AS, (size, size))


def _mapped() -> int:
    """Return how many bytes of address space this process has."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    import resource  # noqa: PLC0415 (not on every platform)

    return pages * resource.getpagesize()


def run(job: Mapping[str, Any]) -> dict[str, Any]:
    """Do the trial that a JSON object describes, and return its verdict as one."""
    budget = Budget(**job["budget"])
    task = TASKS[job["task"]](**job["about"])
    limit(budget)
    return asdict(tried(task, job["spec"], budget))


def main() -> None:
    """Read a job from stdin, write the verdict to stdout."""
    verdict = run(json.load(sys.stdin))
    sys.stdout.write(json.dumps(verdict))


if __name__ == "__main__":
    main()
