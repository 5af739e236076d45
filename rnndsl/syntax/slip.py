"""The situation in which the grammar refuses a line."""

from dataclasses import dataclass
from typing import Final

from rnndsl.syntax.tokens import OPERAND_ENDS, Token

DEPTH: Final = {"LPAR": 1, "LSQB": 1, "NAME_OPEN": 1, "RPAR": -1, "RSQB": -1, "NAME_CLOSE": -1}


@dataclass(frozen=True, slots=True)
class Slip:
    """The tokens of the line, the position of the one that cannot stand, and what could stand there."""

    tokens: tuple[Token, ...]
    position: int
    accepts: frozenset[str]

    @property
    def found(self) -> Token:
        """The token that cannot stand (the last of `tokens` ends the line)."""
        return self.tokens[self.position]

    @property
    def before(self) -> Token | None:
        """The token before it."""
        return self.tokens[self.position - 1] if self.position else None

    @property
    def after(self) -> Token:
        """The token after it, or the end of the line."""
        return self.tokens[min(self.position + 1, len(self.tokens) - 1)]

    @property
    def first(self) -> Token:
        """The token that begins the line."""
        return self.tokens[0]

    @property
    def at_end(self) -> bool:
        """Whether the line ends too early."""
        return self.found.type == "LINE_END"

    @property
    def after_operand(self) -> bool:
        """Whether an operand is complete before the found token."""
        return self.before is not None and self.before.type in OPERAND_ENDS

    @property
    def wants_operand(self) -> bool:
        """Whether an expression has to begin or go on here."""
        return {"NAME", "NUMBER", "LPAR"} <= self.accepts

    @property
    def opener(self) -> Token | None:
        """The innermost bracket that is open at the found token."""
        return self.tokens[self._opener] if self._opener is not None else None

    @property
    def called(self) -> Token | None:
        """The name in front of the innermost open bracket, if there is one."""
        place = self._opener
        if place is None or not place:
            return None
        name = self.tokens[place - 1]
        return name if name.type == "NAME" else None

    @property
    def _opener(self) -> int | None:
        depth = 0
        for place in range(self.position - 1, -1, -1):
            depth += DEPTH.get(self.tokens[place].type, 0)
            if depth > 0:
                return place
        return None

    def seen(self, *kinds: str) -> bool:
        """Tell whether a token of one of these kinds stands before the found one, outside of brackets."""
        depth = 0
        for token in self.tokens[: self.position]:
            if not depth and token.type in kinds:
                return True
            depth += DEPTH.get(token.type, 0)
        return False
