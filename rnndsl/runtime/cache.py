"""Where compiled kernels are kept: a folder of the user's, one file of source for every module that has kernels.

numba keeps machine code beside the source file, by signature and processor. The file bears its content's hash, is
written whole, and never changes afterwards, so several processes may use it at once. When a file is added and the
folder holds more than `LIMIT` bytes, modules that have not been used for longest go, with their machine code; what was
removed is made again when it is needed.
"""

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

VARIABLE: Final = "RNNDSL_CACHE"
#: How many bytes are kept: a module with kernels takes about half a megabyte.
LIMIT: Final = 256 * 2**20
#: By which of numba's files the last use is told: the source's own time has to stay, since numba compares it.
INDEX: Final = ".nbi"


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
    for own in folder.glob(f"__pycache__/{path.stem}.*.nb?"):
        with suppress(FileNotFoundError):  # another process removes it, too
            if not own.stat().st_size:  # what a machine that lost its power has left
                own.unlink()
            elif own.suffix == INDEX:
                os.utime(own)
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
    prune(folder, path, LIMIT)
    return path


def prune(folder: Path, kept: Path, limit: int) -> None:
    """Remove the modules that have not been used for longest until a folder has at most `limit` bytes, but for one."""
    files: dict[str, list[Path]] = {}
    for file in [*folder.glob("rnndsl_*.py"), *folder.glob("__pycache__/rnndsl_*.nb?")]:
        files.setdefault(file.name.split(".")[0], []).append(file)
    found = {stem: [state for file in own if (state := _state(file))] for stem, own in files.items()}
    total = sum(size for states in found.values() for size, _ in states)
    oldest = sorted(files.keys() - {kept.stem}, key=lambda stem: max((used for _, used in found[stem]), default=0.0))
    for stem in oldest:
        if total <= limit:
            return
        total -= sum(size for size, _ in found[stem])
        for file in files[stem]:
            with suppress(OSError):  # removed already, or open where that forbids it
                file.unlink()


def _state(file: Path) -> tuple[int, float] | None:
    """Return a file's size, and when it was written or used; None if it is gone."""
    try:
        state = file.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime
