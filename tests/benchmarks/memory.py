"""How much memory work needs: the growth of what is resident.

Linux keeps a high-water mark per process that can be set back to the present (proc(5): `VmHWM`, `clear_refs`). The
mark of `getrusage`, which cannot, will not do: a child starts with that of its parent.
"""

import re
from pathlib import Path
from typing import Final

CLEAR: Final = Path("/proc/self/clear_refs")
STATUS: Final = Path("/proc/self/status")
SET_BACK: Final = "5"
#: How far a mark that was set back may be from what is resident, which is counted by processor: bytes.
NEAR: Final = 4_000_000


class Growth:
    """How far the resident memory of this process has risen since this was made, at its highest."""

    def __init__(self) -> None:
        """Set the mark back, where the system does it."""
        try:
            CLEAR.write_text(SET_BACK, encoding="ascii")
        except OSError:  # another system, or one that does not permit it
            self.start: int | None = None
        else:  # some systems take the word and do nothing
            resident = _bytes("VmRSS")
            self.start = mark if (mark := _bytes("VmHWM")) <= resident + NEAR else None

    def megabytes(self) -> float | None:
        """Return it in 10^6 bytes; None where the system does not tell."""
        return None if self.start is None else (_bytes("VmHWM") - self.start) / 1e6


def _bytes(name: str) -> int:
    (kilobytes,) = re.findall(rf"^{name}:\s*(\d+) kB$", STATUS.read_text(encoding="ascii"), re.MULTILINE)
    return 1024 * int(kilobytes)
