"""`rnndsl train`, end to end on small data."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnndsl.cli.main import run
from rnndsl.train.checkpoint import read
from tests.cli.command import ROOT

TEXT = "the cat sat on the mat and the dog sat on the log " * 40
SMALL = ["--set", "hidden=12", "--batch", "4", "--chunk", "16"]

CLASSIFIER = """model Classes(n, classes, hidden = 8):
    index t : sequence
    input x[t] : n
    target y : token(classes)
    param W, U, b, V, c
    h[t] : hidden = tanh(W @ h[t-1] + U @ x[t] + b)
    y ~ categorical(V @ last(h[t] over t) + c)
"""
TAGGER = """model Tags(words, tags, hidden = 6):
    index t : sequence
    input x[t] : token(words)
    target y[t] : token(tags)
    param W, U, b, V, c
    h[t] : hidden = tanh(W @ h[t+1] + U @ x[t] + b)
    y[t] ~ categorical(V @ h[t] + c)
"""


TREE_LSTM = """model Largest(digits, classes, size = 12):
    index  n : tree
    index  k : children(n)
    input  x[n] : token(digits)
    target y[n] : token(classes)
    param  W_{i,o,u,f}, U_{i,o,u,f}, b_{i,o,u,f}, V, c0
    hs[n]   = sum(h[k] over k)
    i[n]    = sigmoid(W_i @ x[n] + U_i @ hs[n] + b_i)
    o[n]    = sigmoid(W_o @ x[n] + U_o @ hs[n] + b_o)
    u[n]    = tanh(W_u @ x[n] + U_u @ hs[n] + b_u)
    f[n, k] = sigmoid(W_f @ x[n] + U_f @ h[k] + b_f)
    c[n] : size = i[n] * u[n] + sum(f[n, k] * c[k] over k)
    h[n]    = o[n] * tanh(c[n])
    y[n] ~ categorical(V @ h[n] + c0)
"""
PLANE = """model Image(channels, classes, n = 8):
    index  i, j : sequence
    input  x[i, j] : channels
    target y : token(classes)
    param  U, W, V, b, C, c
    h[i, j] : n = tanh(U @ x[i, j] + W @ h[i-1, j] + V @ h[i, j-1] + b)
    y ~ categorical(C @ last(h[i, j] over i, j) + c)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text(TEXT)
    return tmp_path


def _document(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_text_is_learned_and_everything_is_left_in_the_folder(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", "char_lstm", "--data", "a.txt", *SMALL, "--steps", "120", "--lr", "0.02", "--json"]) == 0
    document = _document(capsys)
    assert document["measure"] == "bits per character"
    assert document["best"] < 2.5 < np.log2(len(set(TEXT)))
    out = folder / "runs" / "char_lstm"
    for key in ("checkpoint", "best_checkpoint", "curve", "metrics", "module"):
        assert (folder / document[key]).is_file(), key
    about = read(out / "best.safetensors").about
    assert about["dims"] == {"hidden": 12, "vocab": len(set(TEXT))}
    assert "".join(about["symbols"]["entries"]) == "".join(sorted(set(TEXT)))


def test_lines_tell_the_progress(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", "char_lstm", "--data", "a.txt", *SMALL, "--steps", "6", "--eval-every", "2"]) == 0
    seen = capsys.readouterr()
    assert seen.err.count("bits per character: training") == 3
    assert "best bits per character" in seen.out
    assert "\x1b" not in seen.out + seen.err


def test_a_resumed_run_equals_the_whole_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["train", "char_lstm", "--data", "a.txt", *SMALL, "--lr", "0.01", "--seed", "5", "--schedule", "constant"]
    assert run([*options, "--steps", "20", "--out", "whole"]) == 0
    assert run([*options, "--steps", "7", "--out", "parts"]) == 0
    assert run(["train", "char_lstm", "--data", "a.txt", "--out", "parts", "--resume", "--steps", "20"]) == 0
    capsys.readouterr()
    whole, parts = (read(folder / name / "step-00000020.safetensors") for name in ("whole", "parts"))
    assert {k: v.tobytes() for k, v in whole.arrays.items()} == {k: v.tobytes() for k, v in parts.arrays.items()}
    assert whole.about["settings"] == parts.about["settings"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_an_interrupted_run_says_how_to_go_on(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "rnndsl", "train", "char_lstm", "--data", "a.txt", *SMALL, "--steps", "100000",
         "--eval-every", "5"],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not list(folder.glob("runs/*/step-*")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    words = err.strip().splitlines()[-1].split()
    assert words[:2] == ["rnndsl", "train"]
    step = max(int(path.stem.split("-")[1]) for path in folder.glob("runs/*/step-*"))
    assert run([*words[1:], "--steps", str(step + 3), "--json"]) == 0
    assert _document(capsys)["steps"] == step + 3


def test_numbers_that_run_away_end_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    wild = ["--lr", "1e39", "--optimiser", "sgd", "--clip", "0", "--steps", "50", "--warm-up", "0"]
    assert run(["train", "char_lstm", "--data", "a.txt", *SMALL, *wild]) == 3
    err = capsys.readouterr().err
    assert "RNN710" in err
    assert "gradient norms" in err
    assert "smaller --lr" in err


def test_examples_of_an_archive(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "c.rnn").write_text(CLASSIFIER)
    random = np.random.default_rng(0)
    y = random.integers(0, 3, 90)
    x = random.normal(0, 0.3, (90, 7, 4)) + np.eye(3, 4)[y][:, None]
    np.savez(folder / "c.npz", x=x, y=y, lengths=random.integers(1, 8, 90))
    options = ["--epochs", "12", "--batch", "10", "--lr", "0.03", "--bucket", "--json"]
    assert run(["train", "c.rnn", "--data", "c.npz", *options]) == 0
    document = _document(capsys)
    assert (document["measure"], document["steps"]) == ("bits per token", 12 * 9)
    assert document["best"] < 0.6 < np.log2(3)


def test_examples_of_json_lines_and_a_model_that_looks_ahead(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "t.rnn").write_text(TAGGER)
    random = np.random.default_rng(0)
    lines = []
    for _ in range(60):
        x = random.integers(0, 5, random.integers(2, 9)).tolist()
        lines.append(json.dumps({"x": x, "y": [*x[1:], 0]}))
    (folder / "t.jsonl").write_text("\n".join(lines))
    assert run(["train", "t.rnn", "--data", "t.jsonl", "--epochs", "30", "--batch", "6", "--lr", "0.03", "--json"]) == 0
    assert _document(capsys)["best"] < 1.0 < np.log2(5)


def tree_line(random: np.random.Generator) -> str:
    """Return a random tree with digits at its leaves; every node's class is the largest digit below it."""
    count = int(random.integers(1, 12))
    children: list[list[int]] = [[] for _ in range(count)]
    for node in range(1, count):
        children[random.integers(0, node)].append(node)
    x = [int(random.integers(0, 4)) if not below else -1 for below in children]
    y = list(x)
    for node in reversed(range(count)):
        y[node] = max([y[node], *(y[child] for child in children[node])])
    return json.dumps({"x": x, "y": y, "n": children})


def test_trees(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "tree.rnn").write_text(TREE_LSTM)
    random = np.random.default_rng(0)
    (folder / "trees.jsonl").write_text("\n".join(tree_line(random) for _ in range(200)))
    options = ["--epochs", "15", "--batch", "10", "--lr", "0.03", "--bucket", "--json"]
    assert run(["train", "tree.rnn", "--data", "trees.jsonl", *options]) == 0
    document = _document(capsys)
    assert document["measure"] == "bits per token"
    assert document["best"] < 0.5 < np.log2(4)
    assert run(["score", document["best_checkpoint"], "--data", "trees.jsonl", "--held-out", "0.1", "--json"]) == 0
    assert _document(capsys)["targets"]["y"]["bits"] == pytest.approx(document["best"], rel=1e-4)


def test_wrong_trees_are_named_by_their_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "tree.rnn").write_text(TREE_LSTM)
    (folder / "trees.jsonl").write_text(
        '{"x": [1], "y": [1], "n": [[]]}\n{"x": [0, 1], "y": [0, 1], "n": [[1], [0]]}\n'
    )
    assert run(["train", "tree.rnn", "--data", "trees.jsonl"]) == 2
    assert "RNN616]: trees.jsonl:2: nodes of `n` are children of one another: 0 -> 1 -> 0" in capsys.readouterr().err
    np.savez(folder / "trees.npz", x=np.zeros((2, 3), int), y=np.zeros((2, 3), int))
    for data in ("trees.npz", "a.txt"):
        assert run(["train", "tree.rnn", "--data", data]) == 2
        assert f"RNN615]: {data} has no place for the structure of the tree `n`" in capsys.readouterr().err


def test_images_of_several_sizes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "plane.rnn").write_text(PLANE)
    random = np.random.default_rng(0)
    lines = []
    for _ in range(120):
        rows, columns = random.integers(2, 6, 2)
        image = np.zeros((rows, columns, 1), int)
        image[random.integers(0, rows), random.integers(0, columns)] = 1
        y = int(image[-1].any())  # whether the pixel is in the last row
        lines.append(json.dumps({"x": image.tolist(), "y": y}))
    (folder / "images.jsonl").write_text("\n".join(lines))
    options = ["--epochs", "25", "--batch", "10", "--lr", "0.03", "--json"]
    assert run(["train", "plane.rnn", "--data", "images.jsonl", *options]) == 0
    assert _document(capsys)["best"] < 0.3


def test_a_text_for_a_model_that_looks_ahead_is_cut_into_windows(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "t.rnn").write_text(
        TAGGER.replace("words, tags", "vocab").replace("words", "vocab").replace("tags", "vocab")
    )
    assert run(["train", "t.rnn", "--data", "a.txt", "--steps", "20", "--chunk", "10", "--json"]) == 0
    assert _document(capsys)["measure"] == "bits per character"


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--set", "vocab=3"], 2, "RNN610"),
        (["--set", "hiden=3"], 1, "hiden"),
        (["--batch", "5000"], 2, "RNN609"),
        (["--held-out", "1"], 2, "--held-out"),
        (["--batch", "0"], 2, "--batch"),
        (["--lr", "nan"], 2, "--lr"),
        (["--data", "missing.txt"], 2, "RNN607"),
        (["--resume"], 2, "RNN708"),
        (["--dtype", "float16"], 2, "float32"),
    ],
)
def test_wrong_options_are_refused_in_a_line(
    options: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", "char_lstm", "--data", "a.txt", "--steps", "2", *options]) == code
    err = capsys.readouterr().err
    assert message in err
    assert "Traceback" not in err
    assert "Internal" not in err


def test_a_run_is_not_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["train", "char_lstm", "--data", "a.txt", *SMALL, "--steps", "2"]
    assert run(command) == 0
    assert run(command) == 2
    assert "--resume" in capsys.readouterr().err


def test_sampling_is_scheduled(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["train", "char_lstm", "--data", "a.txt", *SMALL, "--steps", "40", "--lr", "0.02", "--json"]
    assert run([*arguments, "--out", "plain"]) == 0
    plain = _document(capsys)
    assert run([*arguments, "--out", "mixed", "--scheduled-sampling", "linear:0:0.5:20"]) == 0
    mixed = _document(capsys)
    assert np.isfinite(mixed["best"])
    assert mixed["best"] != plain["best"]
    assert read(folder / "mixed" / "best.safetensors").about["settings"]["scheduled_sampling"] == "linear:0:0.5:20"
    assert run([*arguments, "--out", "other", "--scheduled-sampling", "linear:0:2:20"]) == 2
    assert "write linear:FROM:TO:STEPS" in capsys.readouterr().err


def test_states_are_kept_between_segments_only(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run with checkpoints inside its chunks is the run without them, but for rounding."""
    arguments = ["train", "char_lstm", "--data", "a.txt", *SMALL, "--steps", "5", "--dtype", "float64", "--json"]
    assert run([*arguments, "--out", "plain"]) == 0
    plain = _document(capsys)
    assert run([*arguments, "--out", "short", "--checkpoint", "sqrt"]) == 0
    assert _document(capsys)["best"] == pytest.approx(plain["best"], rel=1e-9)
    assert run([*arguments, "--out", "other", "--checkpoint", "0"]) == 2
    assert "neither sqrt nor a positive number" in capsys.readouterr().err
    (folder / "tree.rnn").write_text(TREE_LSTM)
    (folder / "trees.jsonl").write_text('{"x": [1, 2], "y": [1, 2], "n": [[1], []]}\n' * 4)
    assert run(["train", "tree.rnn", "--data", "trees.jsonl", "--checkpoint", "sqrt"]) != 0
    assert "cannot be trained with checkpoints: nothing in it goes along a sequence" in capsys.readouterr().err
