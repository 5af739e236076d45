"""`rnndsl doctor`."""

import json

import pytest

from rnndsl.cli.main import run


def test_everything_is_said_in_plain_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.endswith(".") for line in lines)
    for word in ("rnndsl", "Python", "numpy", "multiplies matrices with", "cores", "memory", "numba", "cupy"):
        assert any(word in line for line in lines), word


def test_the_document_has_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["packages"]["numpy"]
    assert document["cores"] >= 1
    assert document["blas"]
