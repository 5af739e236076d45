"""Where the data folders that ship with the package stand: in the wheel, or in a checkout."""

from pathlib import Path
from typing import Literal

PACKAGE = Path(__file__).resolve().parent


def data_folder(name: Literal["grammar", "specs", "examples"]) -> Path:
    """Return the folder `name`: `rnndsl/_data/<name>` when installed, `<checkout>/<name>` in an editable install.

    Raises:
        FileNotFoundError: the folder is in neither place, so the installation is broken.
    """
    places = (PACKAGE / "_data" / name, PACKAGE.parent / name)
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(f"rnndsl is not installed completely: no folder {name!r} at {places[0]} or {places[1]}")
