"""What a table was measured on."""

import os
import platform
import re
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from tests.benchmarks.problem import OPTIONAL

COMPILERS: Final = ("c++", "g++", "clang++")
CPU: Final = Path("/proc/cpuinfo")


def describe_machine() -> dict[str, str]:
    """Return cores, processor, threads and versions by name; packages that are not installed are missing."""
    described = {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
    return described | {name: version(name) for name in ("numpy", *OPTIONAL) if find_spec(name)}


def has_compiler() -> bool:
    """Tell whether there is a C++ compiler, without which `torch.compile` makes no machine code."""
    return any(map(shutil.which, COMPILERS))


def _processor() -> str:
    text = CPU.read_text(encoding="utf-8") if CPU.exists() else ""
    model = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    wide = " with AVX-512" if "avx512f" in text else " with AVX2" if "avx2" in text else ""
    return (model[1] if model else platform.processor() or "unknown") + wide
