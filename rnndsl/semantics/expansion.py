"""The state of one expansion: what has been found and what has been made so far."""

from dataclasses import dataclass, field

from rnndsl.diagnostics.diagnostic import Label
from rnndsl.diagnostics.span import Span
from rnndsl.indices import Index
from rnndsl.semantics.dims import Dims
from rnndsl.semantics.findings import Findings
from rnndsl.semantics.limits import Budget
from rnndsl.semantics.model import Data, Equation, Expr, Init, Output, Param, Random


@dataclass(frozen=True, slots=True)
class GivenInit:
    """An init with the depth of the frame that gives it: the place of use overrides the cell."""

    init: Init
    depth: int


@dataclass
class Expansion:
    """Everything that the frames of one model share; `drawn` are the names on the left of a `~`, mistakes included."""

    findings: Findings
    dims: Dims
    budget: Budget
    indices: dict[str, Index] = field(default_factory=dict)
    data: dict[str, Data] = field(default_factory=dict)
    params: dict[str, Param] = field(default_factory=dict)
    equations: dict[str, Equation] = field(default_factory=dict)
    inits: dict[str, GivenInit] = field(default_factory=dict)
    randoms: dict[str, Random] = field(default_factory=dict)
    losses: list[Expr] = field(default_factory=list)
    outputs: dict[str, Output] = field(default_factory=dict)
    drawn: set[str] = field(default_factory=set)
    _claimed: dict[str, Span] = field(default_factory=dict)

    def claim(self, name: str, span: Span) -> None:
        """Take a name of the model for one quantity.

        Raises:
            ReportedError: two uses of cells have led to the same name.
        """
        if name in self._claimed:
            label = Label(self._claimed[name], "first made here")
            message = f"the name `{name}` is made twice"
            raise self.findings.fail("RNN203", message, span, labels=(label,), way="give the cells names of their own")
        self._claimed[name] = span
