"""The surroundings of an expression while it is resolved: frame, compile-time names, and the indices in scope."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from rnndsl.diagnostics.span import Span
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
        """Return the surroundings inside `over indices`; where a node is bound anew, its children go out of scope."""
        bound = frozenset(indices)
        return replace(self, scope=bound | {index for index in self.scope if index.of not in bound})

    def require(self, index: Index, span: Span, way: str = "") -> None:
        """Refuse an index that is not in scope.

        Raises:
            ReportedError: it has been refused.
        """
        if index in self.scope:
            return
        names = index.name if index.of is None or index.of in self.scope else f"{index.of.name}, {index.name}"
        message = f"the index `{index.name}` is neither on the left nor bound by `over`"
        way = way or f"put it on the left, or bind it: `sum(... over {names})`"
        raise self.findings.fail("RNN402", message, span, way=way, labels=self.frame.origin(index))

    def mirrors(self, index: Index) -> bool:
        """Tell whether an index runs backwards here."""
        return index in self.frame.place.mirrored
