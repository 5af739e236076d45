"""`python -m rnndsl` is `rnndsl`."""

from tests.cli.command import call


def test_the_module_runs_the_command_line() -> None:
    done = call("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("rnndsl ")
    assert call("compil").returncode == 2
