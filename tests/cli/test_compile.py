"""`rnndsl compile`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rnndsl.cli.main import run
from tests.cli.command import ROOT, call

BAD = "model M(n = 3):\n    index t : sequence\n    output z[t] = tahn(3)\n"


def test_the_module_runs_where_rnndsl_is_not_installed(tmp_path: Path) -> None:
    assert run(["compile", "elman", "--set", "vocab=5", "--set", "hidden=4", "-o", str(tmp_path / "net.py")]) == 0
    script = (
        "import net, numpy as np\n"
        "params = net.init(0, vocab=5, hidden=4)\n"
        "x = np.zeros((2, 3), int)\n"
        "print(net.forward(params, {'x': x})['y.logits'].shape)\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, text=True, capture_output=True, check=False
    )
    assert done.stdout == "(2, 3, 5)\n", done.stderr


def test_stdout_is_a_program_for_python() -> None:
    done = call("compile", "elman", "--set", "vocab=5")
    assert done.returncode == 0
    piped = subprocess.run([sys.executable, "-"], input=done.stdout, text=True, capture_output=True, check=False)
    assert (piped.returncode, piped.stderr) == (0, "")


def test_a_file_is_not_touched_by_a_spec_with_mistakes(tmp_path: Path) -> None:
    bad, out = tmp_path / "bad.rnn", tmp_path / "net.py"
    bad.write_text(BAD)
    out.write_text("precious")
    assert run(["compile", str(bad), "-o", str(out)]) == 1
    assert out.read_text() == "precious"


def test_a_folder_is_refused_before_anything_is_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compile", "elman", "-o", str(tmp_path)]) == 2
    assert "is a folder" in capsys.readouterr().err


def test_a_missing_folder_is_an_error_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compile", "elman", "-o", str(tmp_path / "missing" / "net.py")]) == 2
    assert "No such file or directory" in capsys.readouterr().err


def test_json_holds_the_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compile", "elman", "--set", "vocab=5", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["dims"]["vocab"] == 5
    assert "def forward(" in document["source"]


def test_the_bytes_do_not_depend_on_the_hash_seed() -> None:
    texts = {call("compile", "char_lstm", env={"PYTHONHASHSEED": seed}).stdout for seed in ("0", "1")}
    assert len(texts) == 1
    assert ROOT.name not in texts.pop()


def test_modes_are_written_when_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = ["char_lstm", "--set", "vocab=3", "--set", "hidden=2"]
    assert run(["compile", *spec, "--modes", "beam, sample", "-o", str(tmp_path / "net.py"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["modes"] == ["observe", "sample", "beam"]
    source = (tmp_path / "net.py").read_text()
    assert "\ndef sample(" in source
    assert "\ndef beam(" in source
    assert run(["compile", *spec]) == 0
    assert "\ndef sample(" not in capsys.readouterr().out
    assert run(["compile", *spec, "--modes", "dream"]) == 2
    assert "'dream' is not a mode; choose from: observe, sample, beam, mix" in capsys.readouterr().err


def test_code_for_a_gpu_is_written_without_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rnndsl.runtime.gpu.find_spec", lambda _: None)
    out = tmp_path / "net.py"
    assert run(["compile", "elman", "--set", "vocab=5", "--backend", "cupy", "-o", str(out)]) == 0
    assert "\nimport cupy as cp\nimport numpy as np\n" in out.read_text()
