"""`rnndsl sample`."""

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rnndsl.cli.main import run
from rnndsl.cli.trained import load_trained
from tests.cli.test_train import SMALL, TEXT

MODEL = "run/best.safetensors"
COPY = """
model Copy(k, n = 12):
    index  s, t : sequence
    input  x[s] : token(k)
    target y[t] : token(k)
    param  E, U, W, V, b
    e[s] : n = tanh(E @ x[s] + U @ e[s-1])
    h[t] : n = tanh(W @ y[t-1] + U @ h[t-1] + b)
    init h[t] = last(e)
    y[t] ~ categorical(V @ h[t])
"""

ELMAN = """
model Elman(vocab, hidden = 16):
    index  t : sequence
    input  x[t] : token(vocab)
    target y[t] : token(vocab)
    param  W, U, V, b, c
    h[t] : hidden = tanh(W @ h[t-1] + U @ x[t] + b)
    y[t] ~ categorical(V @ h[t] + c)
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a text model and a conditional one."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "a.txt").write_text(TEXT)
    (folder / "copy.rnn").write_text(COPY)
    (folder / "elman.rnn").write_text(ELMAN)
    rng = np.random.default_rng(0)
    pairs = [{"x": x, "y": [*x, 0]} for x in (rng.integers(1, 4, 1 + k % 2).tolist() for k in range(40))]
    (folder / "pairs.jsonl").write_text("".join(json.dumps(pair) + "\n" for pair in pairs))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        lines = ["--steps", "60", "--lr", "0.03"]
        assert run(["train", "char_lstm", "--data", "a.txt", *SMALL, *lines, "--out", "run"]) == 0
        assert run(["train", "elman.rnn", "--data", "a.txt", *lines, "--out", "elman"]) == 0
        assert run(["train", "copy.rnn", "--data", "pairs.jsonl", *lines, "--batch", "8", "--out", "copy"]) == 0
    return folder


@pytest.fixture(autouse=True)
def inside(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(trained)


def _sampled(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert run(["sample", *arguments, "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["samples"]
    return found


def _said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert run(["sample", *arguments]) == 0
    return capsys.readouterr().out


def test_a_text_is_continued(capsys: pytest.CaptureFixture[str]) -> None:
    prompt = TEXT[:5]
    text = _said(capsys, MODEL, "--prompt", prompt, "--length", "30").removesuffix("\n")
    assert text.startswith(prompt)
    assert len(text) == 35
    assert set(text) <= set(TEXT)
    assert text == _sampled(capsys, MODEL, "--prompt", prompt, "--length", "30")[0]["text"]
    assert text + "\n" != _said(capsys, MODEL, "--prompt", prompt, "--length", "30", "--seed", "1")


def test_the_same_text_in_any_company(capsys: pytest.CaptureFixture[str]) -> None:
    one = _sampled(capsys, MODEL, "--length", "20")
    three = _sampled(capsys, MODEL, "--length", "20", "--count", "3")
    assert three[0] == one[0]
    assert len({sample["text"] for sample in three}) == 3
    assert [sample["example"] for sample in three] == [0, 0, 0]


def test_its_log_probability_is_its_score(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (sample,) = _sampled(capsys, MODEL, "--length", "25", "--temperature", "0.7", "--top-k", "4", "--top-p", "0.9")
    (trained / "b.txt").write_text(sample["text"])
    assert run(["score", MODEL, "--data", "b.txt", "--batch", "1", "--json"]) == 0
    score = json.loads(capsys.readouterr().out)["targets"]["y"]["log_likelihood"]
    assert sample["log_prob"] == pytest.approx(score, rel=1e-4)


# A model whose input and target are the text and what follows it -----------------------------------------------------

FED = "elman/best.safetensors"


def test_an_input_beside_the_target_reads_what_was_drawn(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (sample,) = _sampled(capsys, FED, "--prompt", TEXT[:4], "--length", "20")
    assert sample["text"].startswith(TEXT[:4])
    assert (len(sample["text"]), len(sample["y"])) == (24, 23)
    (trained / "c.txt").write_text(sample["text"])
    assert run(["score", FED, "--data", "c.txt", "--batch", "1", "--json"]) == 0
    score = json.loads(capsys.readouterr().out)["targets"]["y"]["log_likelihood"]
    assert sample["log_prob"] == pytest.approx(score, rel=1e-4)


def test_it_goes_on_as_point_by_point(capsys: pytest.CaptureFixture[str]) -> None:
    model = load_trained(Path(FED), ("observe",))
    assert model.symbols is not None
    text = TEXT[:4]
    carry: dict[str, Any] = {}
    for k in range(23):
        out, carry = model.program.step(model.params, {"x": model.symbols.encode(text[k])}, carry)
        if k >= 3:
            text += model.symbols.decode([int(np.argmax(out["y.logits"][0]))])
    assert _said(capsys, FED, "--prompt", TEXT[:4], "--length", "20", "--greedy") == f"{text}\n"
    assert _said(capsys, FED, "--prompt", TEXT[:4], "--length", "20", "--beam", "1") == f"{text}\n"


def test_it_begins_with_nothing_and_with_one_symbol(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(_said(capsys, FED, "--length", "7")) == 8
    assert len(_said(capsys, FED, "--prompt", TEXT[0], "--length", "7")) == 9
    assert _sampled(capsys, FED, "--prompt", TEXT[0], "--length", "0")[0]["text"] == TEXT[0]


# Searches and files ---------------------------------------------------------------------------------------------------


def test_a_beam_of_one_is_greedy_and_wider_ones_find_no_less(capsys: pytest.CaptureFixture[str]) -> None:
    (greedy,) = _sampled(capsys, MODEL, "--prompt", "a", "--length", "12", "--greedy")
    (one,) = _sampled(capsys, MODEL, "--prompt", "a", "--length", "12", "--beam", "1")
    best = _sampled(capsys, MODEL, "--prompt", "a", "--length", "12", "--beam", "30", "--count", "3")
    assert one["text"] == greedy["text"]
    assert one["log_prob"] == pytest.approx(greedy["log_prob"], rel=1e-4)
    assert len(best) == 3
    assert best[0]["log_prob"] >= one["log_prob"] - 1e-4
    assert best[0]["log_prob"] >= best[1]["log_prob"] >= best[2]["log_prob"]


def test_an_end_ends(capsys: pytest.CaptureFixture[str]) -> None:
    (sample,) = _sampled(capsys, MODEL, "--length", "200", "--end", " ")
    assert sample["text"].endswith(" ")
    assert sample["text"].count(" ") == 1


def test_targets_are_drawn_for_inputs(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (trained / "asked.jsonl").write_text('{"x": [1, 2]}\n{"x": [3]}\n')
    samples = _sampled(capsys, "copy/best.safetensors", "--data", "asked.jsonl", "--length", "6", "--end", "0")
    assert [sample["example"] for sample in samples] == [0, 1]
    assert all(0 not in sample["y"][:-1] for sample in samples)
    beams = _sampled(
        capsys, "copy/best.safetensors", "--data", "asked.jsonl", "--length", "6", "--beam", "4", "--count", "2"
    )
    assert [sample["example"] for sample in beams] == [0, 0, 1, 1]
    assert "y: " in _said(capsys, "copy/best.safetensors", "--data", "asked.jsonl", "--length", "3")


def test_real_numbers_are_told_to_four_digits(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (trained / "curves.jsonl").write_text('{"y": [[0.5], [0.25]]}\n{"y": [[0.4], [0.2]]}\n')
    lines = ["--steps", "2", "--held-out", "0", "--out", "curves"]
    assert run(["train", "no_input", "--data", "curves.jsonl", *lines]) == 0
    said = _said(capsys, "curves/best.safetensors", "--data", "curves.jsonl", "--anew")
    digits = re.findall(r"\d+\.(\d+)", said)
    assert len(digits) == 6, "two points and a log-probability of two examples"
    assert max(map(len, digits)) == 4


def test_prompts_of_a_file_stay_unless_drawn_anew(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (trained / "begun.jsonl").write_text('{"x": [1, 2], "y": [3, 3]}\n{"x": [3], "y": [2]}\n')
    kept = _sampled(capsys, "copy/best.safetensors", "--data", "begun.jsonl", "--length", "2", "--count", "2")
    assert [sample["y"][:2] for sample in kept[:2]] == [[3, 3]] * 2
    assert [len(sample["y"]) for sample in kept] == [4, 4, 3, 3]
    anew = _sampled(capsys, "copy/best.safetensors", "--data", "begun.jsonl", "--anew", "--greedy")
    assert [len(sample["y"]) for sample in anew] == [2, 1]
    assert anew[0]["y"] != [3, 3]


def test_sentences_of_a_session_stand_below_one_another(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sessions = [
        {"words": [2] * own, "w": [[(start + m + n) % 3 for n in range(2)] for m in range(own)]}
        for start, own in ((0, 1), (1, 3), (2, 2), (0, 2))
    ]
    (trained / "sessions.jsonl").write_text("".join(json.dumps(session) + "\n" for session in sessions))
    lines = ["--steps", "2", "--held-out", "0", "--out", "hred"]
    for name in ("vocab=3", "hidden=4", "session=4", "embed=2"):
        lines += ["--set", name]
    assert run(["train", "hred", "--data", "sessions.jsonl", *lines]) == 0
    said = _said(capsys, "hred/best.safetensors", "--data", "sessions.jsonl", "--length", "1").splitlines()
    assert [line[:6] for line in said if "example" not in line] == [
        "w: 0 1", "w: 1 2", "   2 0", "   0 1", "w: 2 0", "   0 1", "w: 0 1", "   1 2",
    ]  # fmt: skip
    assert all(re.fullmatch("(w:|  )( [012]){3}", line) for line in said if "example" not in line)
    anew = _sampled(capsys, "hred/best.safetensors", "--data", "sessions.jsonl", "--anew")
    assert [np.shape(sample["w"]) for sample in anew] == [(1, 2), (3, 2), (2, 2), (2, 2)]
    assert run(["sample", "hred/best.safetensors", "--data", "sessions.jsonl", "--beam", "2"]) == 1
    assert "a beam grows along one sequence, and `w` stands on [m, n]" in capsys.readouterr().err


def test_a_conversation_goes_on(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("the c\nZ\nthe d\n"))
    capsys.readouterr()
    assert run(["sample", MODEL, "--interactive", "--length", "8"]) == 0
    found = capsys.readouterr()
    first, second = found.out.splitlines()
    assert (len(first), len(second)) == (8, 8)
    assert found.err.count("RNN611: 'Z'") == 1
    alone = _said(capsys, MODEL, "--prompt", f"the c{first}the d", "--length", "8")
    assert alone == f"the c{first}the d{second}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([MODEL, "--beam", "3", "--top-k", "2", "--seed", "1"], "leave out --seed, --top-k"),
        ([MODEL, "--beam", "3", "--count", "4"], "--count is at most"),
        ([MODEL, "--data", "a.jsonl", "--prompt", "a"], "--prompt is for texts"),
        ([MODEL, "--anew"], "--anew needs --data"),
        ([MODEL, "--interactive", "--count", "2"], "--interactive goes with neither"),
        ([MODEL, "--end", "an"], "2 symbols"),
        ([MODEL, "--prompt", "\x00"], "RNN611"),
        (["copy/best.safetensors"], "RNN608"),
        (["copy/best.safetensors", "--data", "pairs.jsonl", "--end", "a"], "takes a token"),
        (["missing.safetensors"], "RNN701"),
    ],
)
def test_what_cannot_be_is_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sample", *arguments]) == 2
    assert message in capsys.readouterr().err
