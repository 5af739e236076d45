"""Every construct of the language, compiled, agrees with the interpreter; and what a module promises as a file."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import rnndsl
from rnndsl.codegen.module import INITIALISERS
from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.locations import data_folder
from rnndsl.semantics.functions import FUNCTIONS
from rnndsl.semantics.functions import INITIALISERS as KNOWN_INITIALISERS
from rnndsl.verify import verify
from tests.codegen.programs import PROGRAMS, body, case_of, compile_small, even_data
from tests.codegen.random_specs import random_spec
from tests.codegen.random_topologies import random_topology

#: Random specs over all topologies; `(seed, ...)` of a thousand others can be tried as well.
TOPOLOGIES = (0, 3, 7, 11)

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_verifies(name: str) -> None:
    report = verify(PROGRAMS[name], seed=0, draws=2000)
    assert report.lines
    assert {line.property: line.error for line in report.lines if not line.passed} == {}


@pytest.mark.parametrize("seed", range(12))
def test_random_program_verifies(seed: int) -> None:
    text = random_spec(seed)
    assert {line.property: line.error for line in verify(text, seed=seed, draws=2000).lines if not line.passed} == {}, (
        text
    )


@pytest.mark.parametrize("seed", TOPOLOGIES)
def test_random_topology_verifies(seed: int) -> None:
    text = random_topology(seed)
    found = {line.property: line.error for line in verify(text, seed=seed, draws=500).lines if not line.passed}
    assert found == {}, text


def test_programs_use_every_function() -> None:
    text = "\n".join(PROGRAMS.values())
    assert [name for name in FUNCTIONS if not re.search(rf"\b{name}\(", text)] == []


def test_thirty_states_that_all_need_one_another() -> None:
    states = range(1, 31)
    everything = " + ".join(f"h_{k}[t-1]" for k in states)
    text = "model Mutual:\n    index t : sequence\n    input x[t] : 2\n    target y[t] : 2\n"
    text += "".join(f"    h_{k}[t] : 2 = tanh(0.1 * ({everything}) + x[t] * {k})\n" for k in states)
    assert verify(f"{text}    y[t] ~ normal(h_1[t] + h_30[t])\n").ok


def test_float32_computes_in_float32() -> None:
    program = compile_small(PROGRAMS["HandWriting"], "float32")
    case = case_of(program)
    loss, grads = program.loss_and_grad(program.init(0), case.data, wrt="all", lengths=case.lengths)
    outputs = program.run(program.init(0), case.data, lengths=case.lengths)
    assert {str(array.dtype) for array in [*grads.values(), *outputs.values()]} == {"float32"}
    wide = compile_small(PROGRAMS["HandWriting"])
    assert loss == pytest.approx(wide.loss(program.init(0), case.data, lengths=case.lengths), rel=1e-5)


# Golden modules -------------------------------------------------------------------------------------------------------

GOLDEN = {
    "elman": ("models/elman.rnn", {"vocab": 65}),
    "tree_lstm": ("models/tree_lstm.rnn", {"vocab": 1000}),
    "translate": ("models/translate.rnn", {"source_vocab": 1000, "target_vocab": 1000}),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_module(name: str, golden: Callable[[str, str], None]) -> None:
    spec, dims = GOLDEN[name]  # tests/test_library.py verifies it
    program = rnndsl.compile(data_folder("specs") / spec, dims=dims)
    golden(f"codegen/{name}.py", program.source)
    assert [line for line in program.source.splitlines() if len(line) > 120] == []


# As a file ------------------------------------------------------------------------------------------------------------


def isolated(code: str, folder: Path, **environment: str) -> str:
    """Run Python code in a folder, where rnndsl is not installed, and return what it prints."""
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{code}"]
    done = subprocess.run(command, cwd=folder, env={**os.environ, **environment}, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


ALONE = """
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("rnndsl", "lark", "networkx"):
            raise ImportError(name)
sys.meta_path.insert(0, Refuse())
import numpy as np, net
params = net.init(seed=3)
data = {"x": np.ones((2, 5, 4)), "y": np.ones((2, 5, 4))}
loss, *_, grads = net.loss_and_grad(params, data)[:3]
out, carry = net.forward(params, data, carry={})
one, carry = net.step(params, {"x": np.ones((2, 4))}, carry)
print(repr(loss), sorted(grads), out["y.mean"].shape, one["y.mean"].shape, net.DIMS["n"])
"""


def test_module_runs_alone(tmp_path: Path) -> None:
    program = compile_small(PROGRAMS["Delays"])
    (tmp_path / "net.py").write_text(program.source, encoding="utf-8")
    ones = {"x": np.ones((2, 5, 4)), "y": np.ones((2, 5, 4))}
    loss = program.loss(program.init(3), ones).value
    printed = isolated(ALONE, tmp_path)
    assert printed.split(maxsplit=1)[0] == repr(loss)
    assert printed.split(maxsplit=1)[1] == "['V', 'W', 'b'] (2, 5, 4) (2, 4) 4\n"


def test_module_imports_numpy_only() -> None:
    for name in ("HandWriting", "CellsOverRanges", "Library"):
        source = compile_small(PROGRAMS[name]).source
        assert [line for line in source.splitlines() if "import" in line.split()] == ["import numpy as np"]
        assert source.isascii()
        assert "\t" not in source


HASH = """
import hashlib, rnndsl
for path in {paths!r}:
    print(hashlib.sha256(rnndsl.compile(path).source.encode()).hexdigest())
"""


def test_same_bytes_on_every_run(tmp_path: Path) -> None:
    models = [str(ROOT / "specs" / "models" / name) for name in ("ntm.rnn", "char_lstm.rnn")]
    code = f"sys.path.insert(0, {str(ROOT)!r})\n{HASH.format(paths=models)}"
    assert len({isolated_with_hash_seed(code, tmp_path, seed) for seed in range(3)}) == 1


def isolated_with_hash_seed(code: str, folder: Path, seed: int) -> str:
    command = [sys.executable, "-c", f"import sys\n{code}"]
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)
    assert len(done.stdout.split()) == 2
    return done.stdout.decode()


def test_nothing_of_the_authors_text_is_in_the_module(tmp_path: Path) -> None:
    spec = tmp_path / 'a"""{x} %s\\.rnn'
    text = '# """ \\\r# coding: utf-7 {0} secret\nmodel Net(n):\n    index t : sequence # secret\n    input x[t] : n\n'
    spec.write_text(f"{text}    output h[t] = 1_0 * x[t]\n".replace("1_0", "10.0"), encoding="utf-8")
    source = rnndsl.compile(spec, dims={"n": 2}).source
    assert "secret" not in source
    assert "coding" not in source
    assert "\r" not in source
    compile(source, "net", "exec")


def test_source_does_not_depend_on_what_has_run() -> None:
    program = compile_small(PROGRAMS["Delays"])
    before = program.source
    case = case_of(program)
    program.loss(case.params, case.data, lengths=case.lengths)
    assert program.source == before == compile_small(PROGRAMS["Delays"]).source
    assert program.run(case.params, {"x": np.ones((1, 1000, 4))})["y.mean"].shape == (1, 1000, 4)


# step -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Delays", "Init", "Feedback", "Window", "Stages", "MatrixStates", "TimeItself"])
def test_steps_are_the_whole(name: str) -> None:
    program = compile_small(PROGRAMS[name])
    if program.carries is not None:
        assert "def step" not in program.source
        return
    namespace: dict[str, object] = {}
    exec(compile(program.source, "net", "exec"), namespace)  # noqa: S102 - what the compiler wrote
    step = namespace["step"]
    assert callable(step)
    params, data = case_of(program).params, even_data(program, 2, 6)
    walking = {key for key, info in program.inputs.items() if info.domain}
    whole = program.run(params, data)
    carry: dict[str, object] = {}
    for t in range(6):
        point = {key: array[:, t] if key in walking else array for key, array in data.items()}
        out, carry = step(params, point, carry)
        for key in program.outputs:
            np.testing.assert_allclose(out[key], whole[key][:, t], rtol=1e-12, atol=1e-12)


def test_no_step_where_the_future_is_needed() -> None:
    assert "def step" not in compile_small(PROGRAMS["LookAhead"]).source
    assert "def step" in compile_small(PROGRAMS["Delays"]).source


# Parameters -----------------------------------------------------------------------------------------------------------

INITS = """
model Inits(n, m):
    index  k : 1..40
    input  x : n
    param  zeros_[k], plain[k] : n
    param  ones_ : n ~ ones
    param  constant_ : n, m ~ constant(2.5)
    param  uniform_ : n, m ~ uniform(0.3)
    param  normal_, other_ : n, m ~ normal(0.3)
    param  glorot_, Default : n, m ~ glorot
    param  he_ : n, m ~ he
    param  wide : n, m ~ orthogonal(2)
    param  tall : m, n ~ orthogonal
    param  family[k] : 6, 4 ~ orthogonal
    param  eye : n, n ~ identity
    param  eyes[k] : 3, 3 ~ identity(0.5)
    output z = sum(x)
"""


def test_initialisers() -> None:
    n, m = 60, 90
    params = rnndsl.compile(INITS, dims={"n": n, "m": m}, dtype="float64").init(seed=5)
    assert not params["zeros_"].any()
    assert params["zeros_"].shape == (40, n)
    assert (params["ones_"] == 1).all()
    assert (params["constant_"] == 2.5).all()
    limit = (6 / (n + m)) ** 0.5
    for name, bound in (("uniform_", 0.3), ("glorot_", limit), ("Default", limit)):
        assert 0.99 * bound < abs(params[name]).max() <= bound
        assert params[name].std() == pytest.approx(bound / 3**0.5, rel=0.03)
    assert params["normal_"].std() == pytest.approx(0.3, rel=0.03)
    assert params["he_"].std() == pytest.approx((2 / m) ** 0.5, rel=0.03)
    np.testing.assert_allclose(params["wide"] @ params["wide"].T, 4 * np.eye(n), atol=1e-12)
    np.testing.assert_allclose(params["tall"].T @ params["tall"], np.eye(n), atol=1e-12)
    products = np.einsum("kij,kil->kjl", params["family"], params["family"])
    np.testing.assert_allclose(products, np.broadcast_to(np.eye(4), (40, 4, 4)), atol=1e-12)
    assert abs(params["family"][0] - params["family"][1]).max() > 0.1
    np.testing.assert_array_equal(params["eye"], np.eye(n))
    np.testing.assert_array_equal(params["eyes"], np.broadcast_to(0.5 * np.eye(3), (40, 3, 3)))


def test_seeds() -> None:
    program = rnndsl.compile(INITS, dims={"n": 6, "m": 9}, dtype="float64")
    one, again, other = program.init(1), program.init(1), program.init(2)
    for name, array in one.items():
        np.testing.assert_array_equal(array, again[name])
    assert (one["normal_"] != other["normal_"]).all()
    assert (one["normal_"] != one["other_"]).all()
    assert program.init(1, n=12)["normal_"].shape == (12, 9)


def test_every_initialiser_can_be_written() -> None:
    assert set(INITIALISERS) == set(KNOWN_INITIALISERS)


# Text -----------------------------------------------------------------------------------------------------------------


def test_equations_stand_in_comments() -> None:
    program = compile_small(PROGRAMS["Delays"])
    assert "h[t] = tanh(W @ h[t-1] + V @ h[t-3] + x[t])" in body(program.source, "forward")
    assert "# gradient of <text>:6  h[t] = tanh(" in body(program.source, "loss_and_grad")


ELMAN = """
model Elman(n):
    index  t : sequence
    input  x[t] : n
    target y[t] : n
    param  W, U, b
    h[t] : n = tanh(W @ h[t-1] + U @ x[t] + b)
    y[t] ~ normal(h[t])
"""


def test_weight_gradients_are_one_product_outside_the_loops() -> None:
    text = body(compile_small(ELMAN).source, "loss_and_grad")
    for name in ("W", "U"):
        (buffer,) = re.findall(rf'grads\["{name}"\] = np.array\((\w+)', text)
        (line,) = [line for line in text.splitlines() if line.endswith(f"out={buffer})")]
        assert line.startswith("    np.matmul(")


def test_modules_say_how_they_are_called() -> None:
    text = compile_small(PROGRAMS["ChildSum"]).source.split('"""')[1]
    assert "out = forward(params, data, structure=structure)" in text
    assert "loss_and_grad(params, data, structure=structure)" in text
    assert "`structure` gives by tree (or dag)" in text
    assert "structure" not in compile_small(PROGRAMS["Delays"]).source.split('"""')[1]


def test_what_cannot_be_generated_is_refused_with_the_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnndsl.schedule.unrolling.MOST_NODES", 10)
    rnndsl.compile(PROGRAMS["DrawnStages"])
    with pytest.raises(SpecError, match="in mode sample, a cycle is written out for every point of the range `i`"):
        rnndsl.compile(PROGRAMS["DrawnStages"], modes=("observe", "sample"))
