"""How a run can end early."""

from pathlib import Path

from rnndsl.diagnostics.diagnostic import DataError


class CheckpointError(DataError):
    """A checkpoint that cannot be read, written or used; carries a Diagnostic with a code RNN7xx."""


class Diverged(Exception):  # noqa: N818 (an outcome of a run, not a mistake of its caller)
    """The loss or a gradient is not finite any more."""

    def __init__(self, step: int, loss: float, norms: list[tuple[int, float]], kept: Path | None) -> None:
        """Keep the step, its loss, the last steps' gradient norms and the last good checkpoint."""
        self.step, self.loss, self.norms, self.kept = step, loss, norms, kept
        super().__init__(f"the loss is {loss} at step {step}")


class Interrupted(Exception):  # noqa: N818 (asked for by the user)
    """A run was stopped by a signal after a whole step, and saved."""

    def __init__(self, step: int, saved: Path) -> None:
        """Keep the step and the checkpoint."""
        self.step, self.saved = step, saved
        super().__init__(f"stopped after step {step}")
