"""`rnndsl explain`."""

import json
import re
from pathlib import Path

import pytest

from rnndsl.cli.main import run


def test_a_code_has_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "rnn605"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("RNN605: a token lies outside its vocabulary\n\n")
    assert '"word": word + 1' in text
    assert "n - 1" in text


def test_an_unknown_code_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "RNN699"]) == 2
    assert "there is no code RNN699. Did you mean RNN6" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "way"),
    [
        ("RNN399", "Did you mean RNN306?"),
        ("RNN999", "Did you mean RNN753?"),
        ("RNN30", "There are RNN301, RNN302, RNN303, RNN304, RNN305, RNN306."),
        ("RNN", "There are RNN101, RNN102"),
        ("RNN123456789", "Did you mean RNN190?"),
    ],
)
def test_an_unknown_code_gets_the_nearest(given: str, way: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", given]) == 2
    assert way in capsys.readouterr().err


def test_a_number_alone_is_a_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "301"]) == 0
    assert capsys.readouterr().out.startswith("RNN301: ")


def test_a_spec_alone_is_explained_by_its_loops_and_shapes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "frame_labels"]) == 0
    text = capsys.readouterr().out
    assert "h: fronts t + i + j upward (planes), from t = 1, i = 1, j = 1" in text
    assert re.search(
        r"^V +classes, 2\*n +is a matrix, since its name begins with a capital letter; .*because", text, re.MULTILINE
    )


def test_the_schedule_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "tree_lstm", "--schedule"]) == 0
    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    (row,) = ([cell.strip() for cell in line if cell] for line in lines if line[0] == "f[n, k]")
    way, product = "from the leaves of n to its root", "U_f: 150 x 150 for all k"
    assert row == ["f[n, k]", "loop 1", way, product, "600", "h[k] -> f -> c -> h"]


def test_loops_shapes_and_schedule_are_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "four_way", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"ok", "exit_code", "model", "loops", "outside", "quantities"}
    assert run(["explain", "four_way", "--json", "--schedule", "--shapes"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {"loops", "equations", "quantities"} <= set(document)
    assert run(["explain", "four_way", "--json", "--shapes"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"ok", "exit_code", "model", "quantities"}


def test_a_spec_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "four_ways"]) == 2
    assert "Did you mean four_way" in capsys.readouterr().err


def test_shapes_are_a_table_with_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "char_lstm", "--shapes"]) == 0
    assert "hidden" in capsys.readouterr().out
    assert run(["explain", "char_lstm", "--shapes", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    table = {row["name"]: row for row in document["quantities"]}
    assert table["V"]["shape"] == "vocab, hidden"
    assert table["y"]["shape"] == "token(vocab)"
    assert all(row["reason"] for row in document["quantities"])


def test_points_are_shown_with_their_index(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.rnn"
    spec.write_text("model Net:\n    index s : sequence\n    input y : point(s)\n    z = 2 * y\n    output z\n")
    assert run(["explain", str(spec), "--shapes"]) == 0
    lines = [line.split()[:2] for line in capsys.readouterr().out.splitlines()]
    assert lines == [["y", "point(s)"], ["z", "scalar"]]
