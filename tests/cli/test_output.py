"""How the user is told."""

import io
import json
import sys

import pytest

from rnndsl.cli.output import Output


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], Output()),
        (["check", "a.rnn", "--json"], Output(json=True)),
        (["check", "--color", "never"], Output(color="never")),
        (["check", "--color=always", "--traceback"], Output(color="always", traceback=True)),
        (["fmt", "--", "--json"], Output()),
        (["check", "--color"], Output()),
    ],
)
def test_the_manner_is_read_before_parsing(arguments: list[str], expected: Output) -> None:
    assert Output.of(arguments) == expected


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_colour_depends_on_option_environment_and_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert Output().colored(_Terminal())
    assert not Output().colored(io.StringIO())
    assert Output(color="always").colored(io.StringIO())
    assert not Output(color="never").colored(_Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Output().colored(_Terminal())


def test_with_json_only_the_document_stands_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(json=True)
    output.say("for people")
    output.document({"ok": True, "name": "h\u00e9"})
    output.tell("progress")
    seen = capsys.readouterr()
    assert json.loads(seen.out) == {"ok": True, "name": "h\u00e9"}
    assert seen.err == "progress\n"


def test_an_encoding_that_lacks_a_letter_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    content = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(content, "ascii"))
    Output().say("\u03b1 = 1")
    assert content.getvalue() == b"\\u03b1 = 1\n"
