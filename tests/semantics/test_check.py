"""The first half of the pipeline."""

import subprocess
import sys
from pathlib import Path

import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.semantics.check import check, graph_may_fail

SPEC = """model Net(n):
    index  t : sequence
    input  x[t] : n
    param  h0, b : n
    h[t] = tanh(x[t] + h[t-1])
    init h[t] = {init}
    output h[t]
    loss {loss}
"""


def test_a_path_and_its_text_are_the_same_spec(tmp_path: Path) -> None:
    text = SPEC.format(init="h0", loss="0")
    path = tmp_path / "net.rnn"
    path.write_text(text)
    given, read = check(text), check(path)
    assert [one.code for one in given.warnings] == [one.code for one in read.warnings] == ["RNN227"]
    assert given.model.quantities == read.model.quantities
    with pytest.raises(SpecError, match="RNN201"):
        check(text.replace("h0, b", "b"))


@pytest.mark.parametrize(("init", "expected"), [("0", False), ("h0", True), ("2 * h0", True)])
def test_only_inits_that_read_something_need_the_graph(init: str, expected: bool) -> None:  # noqa: FBT001
    assert graph_may_fail(check(SPEC.format(init=init, loss="0")).model.model) == expected


def test_checking_imports_neither_numpy_nor_networkx() -> None:
    code = "import sys, rnndsl; rnndsl.check('model Net(n):\\n    input x : n\\n    output x\\n'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"numpy", "networkx"} & set(done.stdout.split())
    assert "lark" in done.stdout.split()
