"""`rnndsl doctor`: what is installed here, and what is missing."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any, Final

import click
import numpy as np

from rnndsl.cli.options import reporting
from rnndsl.cli.output import Output
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.runtime.gpu import gpus, why_no_gpu
from rnndsl.version import VERSION

NEEDED: Final = ("numpy", "networkx", "lark", "click", "rich", "safetensors", "matplotlib")
THREADS: Final = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS")


@click.command(
    "doctor",
    cls=TeachingCommand,
    short_help="Show versions, cores, memory and what is missing.",
    examples=("rnndsl doctor --json",),
)
@reporting
@click.pass_obj
def command(output: Output) -> None:
    """Show what rnndsl finds on this machine, in one plain sentence each."""
    versions = {name: version_of(name) for name in NEEDED}
    found: dict[str, Any] = {
        "rnndsl": VERSION,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "packages": versions,
        "blas": blas_name(),
        "threads": {name: os.environ.get(name) for name in THREADS},
        "cores": cores(),
        "memory_gib": memory(),
        "numba": find_spec("numba") is not None,
        "cupy": find_spec("cupy") is not None,
        "gpus": list(gpus()),
    }
    output.document({"ok": True, "exit_code": 0, **found})
    for line in _sentences(found):
        output.say(line)


def version_of(package: str) -> str | None:
    """Return the version of an installed package, None if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def blas_name() -> str:
    """Return the name and version of the BLAS that NumPy was built with."""
    config: dict[str, Any] = dict(np.show_config(mode="dicts") or {})
    blas = config.get("Build Dependencies", {}).get("blas", {})
    return f"{blas.get('name', 'unknown')} {blas.get('version', '')}".strip()


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory() -> float | None:
    """Return the machine's memory in GiB, None where the system does not say."""
    try:
        return round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        return None


def _sentences(found: dict[str, Any]) -> list[str]:
    packages = ", ".join(f"{name} {version or 'MISSING'}" for name, version in found["packages"].items())
    limits = ", ".join(f"{name}={value}" for name, value in found["threads"].items() if value)
    size = f"{found['memory_gib']} GiB of memory" if found["memory_gib"] else "an unknown amount of memory"
    return [
        f"rnndsl {found['rnndsl']} runs on Python {found['python']}, {found['system']}.",
        f"It uses {packages}.",
        f"NumPy multiplies matrices with {found['blas']}, "
        + (f"limited by {limits}." if limits else "on as many threads as there are cores."),
        f"This process may use {found['cores']} cores; the machine has {size}.",
        "numba is installed: --backend numba compiles elementwise work."
        if found["numba"]
        else 'numba is not installed: --backend numba needs pip install "rnndsl[jit]".',
        f"--backend cupy computes on {' and '.join(found['gpus'])}." if found["gpus"] else f"No GPU: {why_no_gpu()}.",
    ]
