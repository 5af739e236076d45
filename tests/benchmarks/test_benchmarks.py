"""The benchmarks compare like with like, and run. How fast anything is, no test says."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnndsl import Program
from rnndsl.bench.bench import Spread
from rnndsl.bench.profile import count_operations
from rnndsl.compiler import assemble
from rnndsl.graph.graph import RecurrenceGraph
from tests.benchmarks.__main__ import main
from tests.benchmarks.decoding import Shape
from tests.benchmarks.floor import noted
from tests.benchmarks.kept import kept_bytes, result_bytes
from tests.benchmarks.layers import EQUAL
from tests.benchmarks.lstm import Shape as LstmShape
from tests.benchmarks.measure import LIMITS, Cost, Effort, Threads, Worker, environment, measure
from tests.benchmarks.memory import CLEAR, Growth
from tests.benchmarks.problem import (
    APART,
    FLOOR,
    FUSED,
    OPTIONAL,
    OURS,
    Given,
    generated,
    in_parts,
    ours,
    package_of,
    written,
)
from tests.benchmarks.problems import PROBLEMS
from tests.benchmarks.trees import grown
from tests.benchmarks.worker import turn
from tests.codegen.interpreted import interpret

PROCESSES = Path("/proc")
TOLERANCES = {"float32": 1e-4, "float64": 1e-9, "int64": 0.0}
#: Of every problem, a small shape for each way of doing it.
SMALL = [(name, small) for name, one in PROBLEMS.items() for small in dict.fromkeys(map(one.small, one.shapes))]
OTHERS = [(name, shape, peer) for name, shape in SMALL for peer in PROBLEMS[name].peers if peer != OURS]
OTHERS = [case for case in OTHERS if not case[2].startswith(APART)]


# Peers ----------------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def kernels(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Compile nothing: other tests do."""
    interpret(monkeypatch, tmp_path)


def compare(name: str, given: Given, other: str) -> None:
    """Compare loss and gradients of two peers, or what they write and its log-probability."""
    package = package_of(other)
    if package:
        pytest.importorskip(package, reason=f'{package} is not installed: pip install ".[{OPTIONAL[package]}]"')
    results = []
    for peer in (OURS, other):
        step, collect = PROBLEMS[name].peers[peer](given)
        step()  # the second step finds what the first one has left
        results.append(collect(step()))
    ours, theirs = results
    inputs = {what for what, array in given.data.items() if array.dtype.kind == "f"}
    wanted = set(given.results) or {"loss", *given.params, *inputs}
    assert set(ours) == set(theirs) == wanted
    for what, array in ours.items():
        assert theirs[what].dtype == array.dtype, what
        assert theirs[what].shape == array.shape, what
        tolerance = TOLERANCES[str(array.dtype)]
        np.testing.assert_allclose(theirs[what], array, rtol=tolerance, atol=tolerance / 1000, err_msg=what)


@pytest.fixture(scope="module", autouse=True)
def hasty_compiler() -> Iterator[None]:
    """Let JAX, which has not started yet, compile without optimising: half the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")
        yield


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `torch.compile` trace a step, and make no machine code of it: that takes ten seconds."""
    if find_spec("torch"):
        monkeypatch.setattr("tests.benchmarks.torch_cells.COMPILER", "eager")


@pytest.mark.filterwarnings(  # torch's compiler, of torch itself
    "ignore:.*torch.jit:DeprecationWarning", "ignore:The .grad attribute:UserWarning"
)
@pytest.mark.usefixtures("no_compiler")
@pytest.mark.parametrize(("name", "shape", "other"), OTHERS, ids=str)
def test_peers_do_the_same_work(name: str, shape: tuple[Any, ...], other: str) -> None:
    # the operator LSTM of ONNX Runtime has no float64
    compare(name, PROBLEMS[name].draw(shape, "float32" if other.startswith("ONNX") else "float64"), other)


def test_products_alone_are_those_of_a_step() -> None:
    problem, shape = PROBLEMS["steps"], LstmShape(steps=5, batch=3, inputs=4, units=6)
    given, points, gates = problem.draw(shape, "float64"), shape.steps * shape.batch, 4 * shape.units
    found = sum(count_operations(operands) for _, _, operands in noted(given).products)
    # once forward, twice backward; a state has no product before the first step and no cotangent of one
    least = 2 * gates * (3 * points * shape.inputs + (3 * points - 2 * shape.batch) * shape.units)
    readout = 2 * points * shape.units
    assert least <= found <= 1.15 * least + 3 * readout
    step, _ = problem.peers[FLOOR](given)
    replayed: Any = step()
    last = replayed[-1].keywords["out"]
    last[...] = np.pi  # what else stands in its buffer may be made of it, too
    step()
    assert not (last == np.pi).any(), "the last product is not done again"


def test_equal_lengths_have_as_many_points() -> None:
    problem = PROBLEMS["ragged"]
    given = problem.draw(problem.shapes[0]._replace(inputs=2, units=3), "float32")
    assert given.lengths is not None
    lengths = given.lengths["t"]
    assert (min(lengths), max(lengths)) == (1, 2 * problem.shapes[0].steps - 1)
    assert sum(lengths) == problem.shapes[0].steps * problem.shapes[0].batch
    step, collect = problem.peers[EQUAL](given)
    assert collect(step())["x"].shape[:2] == (problem.shapes[0].batch, problem.shapes[0].steps)


@pytest.mark.parametrize("other", sorted(peer for name, _, peer in OTHERS if name == "trees"))
def test_peers_take_words_at_any_node(other: str) -> None:
    # the gates of what is kept see words at inner nodes only: without those the gradient of W_f is zero
    problem = PROBLEMS["trees"]
    given = problem.draw(problem.small(problem.shapes[0]), "float64")
    words = np.random.default_rng(3).integers(-1, given.program.dims["vocab"], given.data["x"].shape)
    assert (words < 0).any()
    compare("trees", replace(given, data={**given.data, "x": words}), other)


@pytest.mark.parametrize("other", [peer for peer in PROBLEMS["decoding"].peers if peer != OURS])
@pytest.mark.parametrize("way", ["greedy", "beam"])
def test_long_texts_are_the_same(way: str, other: str) -> None:
    given = PROBLEMS["decoding"].draw(Shape(way, points=200, batch=3, hidden=64, vocab=65), "float64")
    compare("decoding", given, other)


def test_draws_differ_from_point_to_point() -> None:
    pytest.importorskip("torch", reason='torch is not installed: pip install ".[peers]"')
    problem = PROBLEMS["decoding"]
    for peer in problem.peers:
        step, collect = problem.peer(peer, Shape("sample", points=100, batch=3, hidden=6, vocab=9))
        texts = collect(step())["y"]
        assert texts[:, 0].tolist() == [0, 1, 2], "a text begins with what is given"
        assert all(len(set(text)) > 6 for text in texts.tolist()), peer


def test_every_backend_is_a_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    problem, asked = PROBLEMS["steps"], list[dict[str, Any]]()

    def note(graph: RecurrenceGraph, **options: Any) -> Program:
        asked.append(options)
        return assemble(graph, dtype=options["dtype"])

    monkeypatch.setattr("tests.benchmarks.problem.assemble", note)
    monkeypatch.setattr("tests.benchmarks.problem.BACKENDS", ("numpy",))
    assert list(ours()) == [OURS]
    monkeypatch.setattr("tests.benchmarks.problem.BACKENDS", ("numpy", "numba"))
    assert list(ours()) == [OURS, FUSED]
    given = problem.draw(problem.small(problem.shapes[0]), "float64")
    losses = [make(given).step()[0] for make in ours().values()]
    assert losses[0] == losses[1]
    assert asked == [{"backend": "numba", "dtype": "float64"}]


@pytest.mark.parametrize(("cores", "parts"), [((), 1), ((2,), 2)])
def test_ours_computes_a_batch_in_as_many_parts_as_pay_off(
    cores: tuple[int, ...], parts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.benchmarks.problem.thread_counts", lambda: cores)
    problem = PROBLEMS["steps"]
    wide, narrow = (problem.draw(problem.read(shape), "float32") for shape in ("2, 64, 8, 512", "2, 64, 8, 4"))
    assert [in_parts(given).program.threads for given in (wide, narrow)] == [parts, 1]
    found, expected = (generated(given).step()[0] for given in (in_parts(wide), wide))
    assert float(found) == pytest.approx(float(expected), rel=1e-5)


def test_peers_are_those_of_the_table() -> None:
    assert all(next(iter(problem.peers)) == OURS for problem in PROBLEMS.values())
    assert all(len(problem.peers) > 1 for problem in PROBLEMS.values())


@pytest.mark.parametrize("leaves", [1, 2, 25])
def test_trees_are_binary(leaves: int) -> None:
    children = grown(np.random.default_rng(0), leaves)
    assert [len(below) for below in children].count(0) == leaves
    assert {len(below) for below in children} <= {0, 2}
    assert sorted(child for below in children for child in below) == list(range(len(children) - 1))
    assert all(child < node for node, below in enumerate(children) for child in below)


# Runs -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "threads"), [("steps", "one"), ("decoding", "both")])
def test_it_runs(
    name: str, threads: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.benchmarks.machine.find_spec", lambda name: name == "numpy")
    monkeypatch.setattr("tests.benchmarks.measure.TURN", 1.0)
    shape = PROBLEMS[name].small(PROBLEMS[name].shapes[0])
    file, page = tmp_path / "numbers.json", tmp_path / "docs" / "performance.md"
    given = ["--only", name, "--rounds", "2", "--shape", written(shape), "--threads", threads]
    main([*given, "--json", str(file)])
    printed = capsys.readouterr().out
    assert printed.count(f"| {written(shape)} | {OURS} |") == 1 + (threads == "both")
    assert "torch is not installed" in printed
    numbers = json.loads(file.read_text(encoding="utf-8"))
    assert list(numbers["problems"]) == [name]
    assert list(numbers["cores"]) == ([name] if threads == "both" else [])
    (found,) = numbers["problems"][name]
    assert found["shape"] == list(shape)
    assert set(found["peers"]) == {peer for peer in PROBLEMS[name].peers if package_of(peer) is None}
    assert all(0 < p["ms"]["low"] <= p["ms"]["median"] <= p["ms"]["high"] for p in found["peers"].values())
    assert all(p["first"] > 0 for p in found["peers"].values())
    main(["--read", str(file), "--targets", "--write", str(page)])
    targets = capsys.readouterr().out
    assert printed.endswith("\n\n" + targets)
    assert targets in page.read_text(encoding="utf-8")


def test_what_was_measured_is_told_where_one_interrupts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    costs = iter([{OURS: Cost(Spread(1, 1, 1), 1.0, 1.0)}])

    def interrupt(*_: object) -> dict[str, Cost]:
        found = next(costs, None)
        if found is None:
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr("tests.benchmarks.__main__.measure", interrupt)
    monkeypatch.setattr("tests.benchmarks.__main__.kept_bytes", lambda given, points: points)
    main(["--only", "steps", "--threads", "one"])
    printed = capsys.readouterr().out
    assert "\nInterrupted: " in printed
    assert printed.count(f"| {OURS} |") == 1
    assert "hand-written failed: steps" in printed


@pytest.mark.parametrize("name", PROBLEMS)
def test_shapes_can_be_asked_for(name: str) -> None:
    problem = PROBLEMS[name]
    assert [problem.read(written(shape)) for shape in problem.shapes] == list(problem.shapes)
    assert set(problem.typical) <= set(problem.shapes)
    assert set(problem.costly) <= set(problem.peers)


def test_costly_peers_are_measured_for_one_shape_of_a_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, list[str]]] = []
    settings: list[Threads] = []

    def note(name: str, shape: str, peers: list[str], effort: Effort, threads: Threads) -> dict[str, Cost]:
        asked.append((shape, peers))
        settings.append(threads)
        return {peer: Cost(Spread(1, 1, 1), 1.0, 1.0) for peer in peers}

    monkeypatch.setattr("tests.benchmarks.__main__.measure", note)
    monkeypatch.setattr("tests.benchmarks.__main__.kept_bytes", lambda given, points: points)
    monkeypatch.setattr("tests.benchmarks.__main__.has_compiler", lambda: True)
    monkeypatch.setattr("tests.benchmarks.machine.find_spec", lambda _: True)
    monkeypatch.setattr("tests.benchmarks.machine.version", lambda _: "1")
    main(["--only", "cells"])
    assert settings == ["one", "all"] * len(PROBLEMS["cells"].shapes)
    del asked[1::2]
    kinds = [shape.split(",")[0] for shape, peers in asked if set(PROBLEMS["cells"].costly) <= set(peers)]
    assert kinds == ["PeepholeLSTM", "LayerNormLSTM", "MUT1"]
    asked.clear()
    settings.clear()
    main(["--only", "cells", "--quick"])
    assert set(settings) == {"one"}
    assert [(shape.split(",")[0], "torch.compile" in peers) for shape, peers in asked] == [(k, False) for k in kinds]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--shape", "1,2,3,4"], "--shape needs --only"),
        (["--only", "steps", "--shape", "1,2,3"], "expected steps, batch, inputs, units"),
        (["--only", "nothing"], "invalid choice"),
    ],
)
def test_wrong_arguments(arguments: Sequence[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(arguments)
    assert message in capsys.readouterr().err


# Measures -------------------------------------------------------------------------------------------------------------


def test_peers_that_fail_are_left_out(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("tests.benchmarks.measure.TURN", 1.0)
    small = written(PROBLEMS["steps"].small(PROBLEMS["steps"].shapes[0]))
    found = measure("steps", small, [OURS, "no such peer"], Effort(1), "one")
    assert set(found) == {OURS}
    assert "no such peer" in capfd.readouterr().err
    with pytest.raises(RuntimeError, match="ended early"):
        measure("steps", "1, 2", [OURS], Effort(1), "one")


@pytest.mark.skipif(not PROCESSES.exists(), reason="only Linux tells so easily what a process does")
def test_a_peer_runs_in_its_turns_only_and_with_its_own_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    small = written(PROBLEMS["steps"].small(PROBLEMS["steps"].shapes[0]))
    with ExitStack() as stack:
        worker = Worker(["steps", OURS, small], "one", stack)
        worker.turn(1)
        place = PROCESSES / str(worker.process.pid)
        os.waitid(os.P_PID, worker.process.pid, os.WSTOPPED | os.WNOWAIT)  # returns when it is stopped
        lines = dict(line.split(":", 1) for line in (place / "status").read_text(encoding="ascii").splitlines())
        assert lines["State"].split()[0] == "T"
        assert lines["Cpus_allowed_list"].strip().isdigit(), "it has one core"
        assert "OMP_NUM_THREADS=1" in (place / "environ").read_text(encoding="utf-8").split("\0")
        worker.turn(1)
        assert len(worker.times) == 2
    assert worker.process.returncode == 0


def test_threads_are_those_of_a_peer_and_not_of_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    monkeypatch.setenv("OTHER", "7")
    one, every = environment("one"), environment("all")
    assert {one[name] for name in LIMITS} == {"1"}
    assert set(LIMITS).isdisjoint(every)
    assert one["OTHER"] == every["OTHER"] == "7"


def test_turns_end(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = count()
    monkeypatch.setattr("tests.benchmarks.worker.perf_counter", lambda: 0.002 * next(seconds))
    assert turn(lambda: None, 0) == pytest.approx([2])
    assert turn(lambda: None, 9) == pytest.approx([2] * 5)


def test_what_is_kept_is_what_the_equations_say() -> None:
    problem, shape = PROBLEMS["steps"], LstmShape(steps=5, batch=3, inputs=4, units=6)
    # at every point f, i, o, g, c, h and tanh(c), with 6 components of 8 bytes each
    given = problem.draw(shape, "float64")
    assert kept_bytes(given, points=15) == 7 * 15 * 6 * 8
    # gradients of four gates' weights, of the vector that reads out, and of the data
    assert result_bytes(given) == (4 * (6 * 4 + 6 * 6 + 6) + 6 + 5 * 3 * 4) * 8


def test_spread() -> None:
    assert Spread.of([4, 1, 3, 2, 5]) == Spread(3, 2, 4)
    assert Spread.of([7]) == Spread(7, 7, 7)


@pytest.mark.skipif(not CLEAR.exists(), reason="only Linux sets the high-water mark of memory back")
def test_growth_is_that_of_its_time() -> None:
    np.ones(80_000_000, np.uint8)  # a peak from before
    growth = Growth()
    kept = np.ones(40_000_000, np.uint8)
    found = growth.megabytes()
    if found is None:
        pytest.skip("this system does not set the high-water mark of memory back")
    assert kept.nbytes < 1e6 * found + 1e6 < 60_000_000
