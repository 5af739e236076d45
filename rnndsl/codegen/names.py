"""Names in generated code: readable, unique, and never one that Python or the module itself uses."""

import builtins
import keyword
import re
from collections.abc import Iterable

#: What generated functions call their own things.
RESERVED = frozenset(
    {
        "np", "cp", "xp", "params", "data", "lengths", "carry", "noise", "wrt", "seed", "dims", "rng", "ws", "live",
        "rows", "out", "grads", "terms", "total", "self", "fresh", "batch",
    }
)  # fmt: skip


class Names:
    """Hands out identifiers; the same key always gets the same one."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        """Start with all names of Python and the module taken, and `taken`."""
        self._taken = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *RESERVED, *taken}
        self._known: dict[object, str] = {}

    def __call__(self, key: object, wish: str) -> str:
        """Return the identifier of `key`, made from `wish` at the first request."""
        known = self._known.get(key)
        if known is None:
            base = re.sub("[^A-Za-z0-9_]", "_", wish).strip("_") or "value"
            base = base if base[0].isalpha() else f"v{base}"
            known, count = base, 2
            while known in self._taken:
                known, count = f"{base}_{count}", count + 1
            self._taken.add(known)
            self._known[key] = known
        return known
