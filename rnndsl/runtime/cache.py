"""Where compiled kernels are kept: a folder of the user's, one file of source for every module that has kernels.

numba keeps machine code beside the source file, by signature and processor. The file bears its content's hash, is
written whole, and never changes afterwards, so several processes may use it at once.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Final

VARIABLE: Final = "RNNDSL_CACHE"


def cache_folder() -> Path:
    """Return the folder: what `RNNDSL_CACHE` says, otherwise where the system keeps such things."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given)
    match sys.platform:
        case "win32":
            base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        case "darwin":
            base = Path.home() / "Library" / "Caches"
        case _:
            base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "rnndsl"


def stored_source(source: str, digest: str) -> str:
    """Return the path of a file with this source; in a folder for this process where the cache cannot be written."""
    try:
        return str(_written(cache_folder() / "kernels", source, digest))
    except (OSError, RuntimeError):  # no home, no room, no permission
        return str(_written(Path(tempfile.mkdtemp(prefix="rnndsl")), source, digest))


def _written(folder: Path, source: str, digest: str) -> Path:
    path = folder / f"rnndsl_{digest}.py"
    for lost in folder.glob(f"__pycache__/{path.stem}.*.nb?"):  # what a machine that lost its power has left
        if not lost.stat().st_size:
            lost.unlink(missing_ok=True)
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".tmp", delete=False, encoding="utf-8") as file:
        file.write(source)
    try:
        Path(file.name).replace(path)
    except OSError:
        Path(file.name).unlink(missing_ok=True)
        if not path.exists():  # another process was faster where open files cannot be replaced
            raise
    return path
