"""Hostile input that reading and parsing meet: names, numbers, characters, encodings, sizes (hostile.md A, C, D)."""

from time import process_time

import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.diagnostics.render import render_all
from rnndsl.syntax.parse import parse
from rnndsl.syntax.printer import format_tree
from rnndsl.syntax.source import decode_source

HEAD = "model Net(n):\n    index t : sequence\n    input x[t] : n\n    param W, U, b\n"
EQUATION = "    h[t] = tanh(W @ x[t] + U @ h[t-1] + b)\n"
TAIL = "    output h[t]\n"

#: Far above what any of these needs (under a second), far below what an exponential search would.
RUNAWAY = 20.0


def named(name: str) -> str:
    return (HEAD + EQUATION).replace(" b\n", f" {name}\n").replace("+ b)", f"+ {name})") + TAIL


def codes(text: str) -> list[str]:
    """Return the codes that `text` gets, and render them; guard against searches that run away."""
    start = process_time()
    try:
        parse(text, "hostile.rnn")
        found = []
    except SpecError as error:
        found = [one.code for one in error.diagnostics]
        shown = render_all(error.diagnostics, {"hostile.rnn": text})
        assert len(shown) < 1500 * len(found)
    assert process_time() - start < RUNAWAY
    return found


def with_line(line: str) -> str:
    return f"{HEAD}{EQUATION}    {line}\n{TAIL}"


ACCEPTED = {
    1: named("lambda"),
    2: named("class").replace("W", "None").replace("U", "True"),
    3: named("case").replace("W", "match").replace("U", "type"),
    4: named("np").replace("W", "xp").replace("U", "cupy"),
    5: named("range").replace("W", "len").replace("U", "float"),
    6: named("out").replace("W", "self").replace("U", "ws"),
    7: named("d_h").replace("W", "grad_W").replace("U", "h_tm1"),
    8: named("v_x").replace("W", "x_").replace("U", "x__1"),
    9: named("w"),
    39: HEAD + EQUATION + "    # note \r__import__('os').system('touch RNNDSL_CANARY')\n" + TAIL,
    40: HEAD + EQUATION + "    # a\f b \u2028 c \u2029 d \x85 e\n" + TAIL,
    41: HEAD + EQUATION + '    # """ \'\'\' """\n' + TAIL,
    42: HEAD + EQUATION + "    # ends with \\\n" + TAIL,
    43: HEAD + EQUATION + "    # {0} {x!r} %s %(a)s \\N{BELL} \\x00\n" + TAIL,
    44: "# coding: utf-7 +AAo-\n" + HEAD + EQUATION + TAIL,
    45: HEAD + EQUATION + "    # type: ignore  # noqa\n" + TAIL,
    76: HEAD + "    h[t] = " + " + ".join(["x[t]"] * 10_000) + "\n" + TAIL,
    85: HEAD + "    h[t] = x[t]" + " + x[t] * 2 ^ 2 - 1 / x[t]" * 75 + "\n" + TAIL,
    88: HEAD + "".join(f"    a{k + 1} = a{k}\n" for k in range(5000)) + EQUATION + TAIL,
    91: "\ufeff" + HEAD + EQUATION + TAIL,
    95: (HEAD + EQUATION + TAIL).replace("\n", "\r\n"),
    950: (HEAD + EQUATION + TAIL).replace("\n", "\r"),
    97: (HEAD + EQUATION + TAIL).rstrip("\n"),
}


@pytest.mark.parametrize("number", ACCEPTED)
def test_accepted(number: int) -> None:
    assert codes(ACCEPTED[number]) == []
    tree = parse(ACCEPTED[number], "hostile.rnn")
    text = format_tree(tree)
    assert format_tree(parse(text, "hostile.rnn")) == text


REFUSED = {
    11: (with_line("__import__[t] = x[t]"), "RNN117"),
    12: (with_line("a = __builtins__"), "RNN117"),
    13: (with_line("__file__ = 1"), "RNN117"),
    14: (with_line("a = x.__class__"), "RNN117"),
    15: (with_line("a = x.tofile(n)"), "RNN129"),
    16: (with_line("a = __import__('os').system('touch RNNDSL_CANARY')"), "RNN117"),
    17: (with_line("a = eval('1')"), "RNN119"),
    19: (with_line("a = (lambda q: q)(x)"), "RNN124"),
    20: (with_line("a = [q for q in (1,)]"), "RNN123"),
    200: (with_line("a = (z := 1)"), "RNN121"),
    201: (with_line("a = f'{1}'"), "RNN119"),
    22: (with_line("a = h[__import__('os').system('x')]"), "RNN117"),
    23: (with_line("a = x; import os"), "RNN121"),
    24: (with_line("a = 1if 1else 2"), "RNN115"),
    240: (with_line("a = 0or x"), "RNN115"),
    25: (with_line("a = 1.0.__class__"), "RNN115"),
    250: (with_line("a = 1..real"), "RNN101"),
    26: (with_line("a = 0x10"), "RNN115"),
    260: (with_line("a = 1_000"), "RNN115"),
    261: (with_line("a = 1j"), "RNN115"),
    262: (with_line("a = 0o7"), "RNN115"),
    263: (with_line("a = 1e"), "RNN115"),
    264: (with_line("a = .e5"), "RNN113"),
    27: (with_line("a = 1e999"), "RNN116"),
    29: (with_line("a = " + "1" * 5000), "RNN116"),
    31: (with_line("a = \u0663"), "RNN113"),
    310: (with_line("a = \uff11"), "RNN113"),
    311: (with_line("a = 1\u0663"), "RNN113"),
    32: (with_line("\U0001d407 = 1"), "RNN113"),
    33: (with_line("\ufb01 = 1"), "RNN113"),
    34: (with_line("\u00b5 = 1"), "RNN113"),
    35: (with_line("\u0430 = 1"), "RNN113"),
    36: (with_line("a\u200db = 1"), "RNN114"),
    37: (with_line("# \u202e evil"), "RNN114"),
    38: (with_line("\u03b1 = 1"), "RNN113"),
    46: ('model "a\n":\n    b = 1\n', "RNN120"),
    47: ("model ../a(n):\n    b = 1\n", "RNN101"),
    48: ("model {0}(n):\n    b = 1\n", "RNN101"),
    50: (with_line('a = "payload"'), "RNN119"),
    74: (with_line("a = " + "(" * 100_000 + "x" + ")" * 100_000), "RNN501"),
    740: (with_line("a = " + "(" * 10_000 + "x" + ")" * 10_000), "RNN501"),
    75: (with_line("a = " + "-" * 100_000 + "x"), "RNN501"),
    750: (with_line("a = " + "not " * 50_000 + "x"), "RNN501"),
    77: (with_line("a = " + "tanh(" * 300 + "x" + ")" * 300), "RNN501"),
    78: (HEAD + "    a = 1\n" * 70_000, "RNN502"),
    79: (with_line("a" * 900_000 + " = 1"), "RNN503"),
    80: ("# " + "x" * 1_000_001, "RNN504"),
    81: (with_line("a = " + "x + " * 30_000 + "\u00e9"), "RNN113"),
    82: (with_line("a" * 40 + "! = 1"), "RNN121"),
    83: ('from "' + "\\" * 20_001 + " import A\n", "RNN120"),
    84: ("/* " + "never closed " * 70_000, "RNN121"),
    86: (with_line("a = " + "9^" * 100 + "9"), "RNN501"),
    89: ("", "RNN131"),
    90: ("# nothing\n\n   # here\n", "RNN131"),
    94: (with_line("a = \x00 1"), "RNN114"),
    96: (with_line("a =\u00a01"), "RNN114"),
}


@pytest.mark.parametrize("number", REFUSED)
def test_refused(number: int) -> None:
    text, code = REFUSED[number]
    found = codes(text)
    assert found[:1] == [code]
    assert len(found) == 1 or number == 46


def test_too_small_numbers_are_a_warning() -> None:
    tree = parse(with_line("a = 1e-999"), "hostile.rnn")
    assert [one.code for one in tree.warnings] == ["RNN150"]


@pytest.mark.parametrize("raw", ["model M:\n a = 1".encode("utf-16"), b"a = \xff", b"a = \xed\xa0\x80"])
def test_other_encodings(raw: bytes) -> None:
    with pytest.raises(SpecError, match="RNN512"):
        decode_source(raw, "hostile.rnn")


def test_line_numbers_after_any_line_end() -> None:
    for end in ("\n", "\r\n", "\r"):
        with pytest.raises(SpecError) as error:
            parse((HEAD + EQUATION + "    a = 2 *\n").replace("\n", end), "hostile.rnn")
        assert [one.span.line for one in error.value.diagnostics] == [6]


def test_a_hostile_file_name_is_only_shown() -> None:
    with pytest.raises(SpecError) as error:
        parse("model", 'a"""{x}\n\x1b[31m.rnn')
    assert "\x1b" not in render_all(error.value.diagnostics, {})


@pytest.mark.parametrize(
    "line",
    ["(" * 60, "a = (", "'" * 500, '"', "a[" * 30, "{" * 60, "a" * 64 + ".", "1." * 400, "a_{" * 64, "}", "- " * 400],
)
def test_many_broken_lines_take_little_time(line: str) -> None:
    text = HEAD + f"    {line}\n" * (200_000 // len(line))
    assert 1 <= len(codes(text)) <= 20
