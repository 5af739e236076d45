"""How a run can end early."""

from pathlib import Path

from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.train.errors import CheckpointError, Diverged, Interrupted


def test_errors_tell_where_the_run_stood() -> None:
    assert str(Diverged(7, float("inf"), [(7, 1e9)], None)) == "the loss is inf at step 7"
    stopped = Interrupted(7, Path("run/step-00000007.safetensors"))
    assert (str(stopped), stopped.saved.name) == ("stopped after step 7", "step-00000007.safetensors")


def test_a_checkpoint_error_is_reported_like_an_error_in_data() -> None:
    error = CheckpointError.of("RNN701", "torn", help="take another")
    assert isinstance(error, DataError)
    assert (str(error), error.diagnostic.help) == ("RNN701: torn", "take another")
