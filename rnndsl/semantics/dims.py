"""The dimensions of a model: what is declared, what is given, and which of them the structure needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rnndsl.diagnostics.span import Span
from rnndsl.semantics.findings import Findings, ReportedError
from rnndsl.semantics.limits import MAX_WHOLE
from rnndsl.semantics.model import Dim
from rnndsl.sizes import Quotient, Size


@dataclass
class Dims:
    """Declared dimensions with the values that are known; sizes stay symbolic unless a whole number is needed."""

    findings: Findings
    spans: dict[str, Span] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    _fixed: set[str] = field(default_factory=set)
    _asked: set[str] = field(default_factory=set)

    def declare(self, name: str, value: int | None, span: Span) -> None:
        """Add a dimension."""
        self.spans[name] = span
        if value is not None:
            self.known[name] = value

    def peek(self, size: Size) -> int | None:
        """Return a size's number if it is known, without needing it."""
        if size.value is not None:
            return size.value
        return size.evaluate(self.known) if size.dims <= set(self.known) else None

    def need(self, size: Size, span: Span) -> int:
        """Return a size's number, which decides the structure of the model.

        Raises:
            ReportedError: a dimension in it has no value.
        """
        if size.value is not None:
            return size.value
        missing = sorted(size.dims - set(self.known))
        if missing and missing[0] in self._asked:
            raise ReportedError(missing[0])
        if missing:
            self._asked.add(missing[0])
            way = f"give it with `--set {missing[0]}=2`, or a default in the first line"
            raise self.findings.fail("RNN220", f"the structure of the model needs `{missing[0]}`", span, way=way)
        self._fixed |= size.dims
        return size.evaluate(self.known)

    def check_positive(self, size: Size, span: Span) -> None:
        """Refuse a size that is known to be less than 1, too large, or a quotient that leaves a rest.

        Raises:
            ReportedError: it has been refused.
        """
        number = self.peek(size)
        if number is None:
            return
        if not 0 < number <= MAX_WHOLE:
            said = str(number) if size.value is not None else f"{size}, which is {number}"
            way = f"a size is a whole number from 1 to {MAX_WHOLE:,}"
            raise self.findings.fail("RNN219", f"a size cannot be {said}", span, way=way)
        self._check_exact(size, span)

    def _check_exact(self, size: Size, span: Span) -> None:
        for monomial, _ in size.terms:
            for atom in monomial:
                if isinstance(atom, Quotient) and not atom.remainder and self.peek(atom.numerator % atom.denominator):
                    text = f"{atom.numerator} / {atom.denominator}"
                    way = "choose dimensions that divide"
                    raise self.findings.fail("RNN219", f"{text} is not a whole number", span, way=way)

    def table(self) -> Mapping[str, Dim]:
        """Return all of them, in order of declaration."""
        return {name: Dim(name, self.known.get(name), name in self._fixed, span) for name, span in self.spans.items()}


def input_size(name: str, axis: int) -> str:
    """Return what the open size of an input of a cell alone is called: `x_size`, of its second axis `x_size_2`."""
    return f"{name}_size" if axis == 1 else f"{name}_size_{axis}"
