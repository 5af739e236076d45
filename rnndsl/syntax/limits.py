"""How large a spec may be: beyond these it gets one diagnostic instead of much time."""

from typing import Final

MAX_BYTES: Final = 1_000_000
MAX_TOKENS: Final = 200_000
MAX_NESTING: Final = 64
MAX_NAME: Final = 64
MAX_NUMBER: Final = 64
MAX_ERRORS: Final = 20
