"""The surroundings of an expression while it is resolved: frame, compile-time names, and the indices in scope."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from rnndsl.indices import Index
from rnndsl.semantics.expansion import Expansion
from rnndsl.semantics.findings import Findings
from rnndsl.semantics.frame import Frame
from rnndsl.semantics.static import Static


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an expression may read: `scope` holds the indices on the left and those bound by an `over` around it.

    `applied` are the frames of the cells that the statement uses, by the identity of the call; None where cells cannot
    be used at all.
    """

    frame: Frame
    static: Static
    scope: frozenset[Index]
    applied: Mapping[int, Frame] | None
    expansion: Expansion

    @property
    def findings(self) -> Findings:
        """Where mistakes are recorded."""
        return self.expansion.findings

    def binding(self, indices: Iterable[Index]) -> "Surroundings":
        """Return the surroundings inside `over indices`."""
        return replace(self, scope=self.scope | frozenset(indices))

    def mirrors(self, index: Index) -> bool:
        """Tell whether an index runs backwards here."""
        return index in self.frame.place.mirrored
