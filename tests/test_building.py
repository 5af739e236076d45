"""What the command line says of a spec reaches the compiler; compiling alone imports no training."""

import subprocess
import sys

from rnndsl.building import compiled
from rnndsl.choice import Choice
from rnndsl.cli.specs import Spec

TEXT = """
model Text(words, n):
    index  t : sequence
    input  x[t] : token(words)
    target y[t] : token(words)
    param  W, U, V
    h[t] : n = tanh(W @ h[t-1] + U @ x[t])
    y[t] ~ categorical(V @ h[t])
"""
WITHOUT = ("rnndsl.train", "rnndsl.data", "rnndsl.viz.svg")


def test_everything_said_reaches_the_program() -> None:
    choice = Choice({"words": 5}, "Text", "numpy", "float64")
    program = compiled(Spec("text.rnn", TEXT, None), choice, ("observe", "sample"), {"x": "y"})
    assert program.dims == {"words": 5}
    assert program.dtype == "float64"
    assert program.modes == ("observe", "sample")
    assert program.feed == {"x": "y"}


def test_compiling_imports_no_training() -> None:
    code = f"import sys, rnndsl.cli.compile; print([name for name in {WITHOUT} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
