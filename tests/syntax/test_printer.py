"""The canonical layout."""

import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnndsl.locations import data_folder
from rnndsl.syntax.parse import parse
from rnndsl.syntax.printer import format_tree, print_equation, print_expression
from rnndsl.syntax.tree import Equation
from tests.syntax.equality import expression, meaning, statement

CASES = Path(__file__).parents[1] / "cases" / "syntax"
GOOD = sorted((CASES / "good").glob("*.rnn"))
LIBRARY = sorted(data_folder("specs").glob("*/*.rnn"))


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_format_keeps_the_meaning_and_is_stable(path: Path) -> None:
    tree = parse(path.read_text(encoding="utf-8"), path.name)
    text = format_tree(tree)
    again = parse(text, path.name)
    assert meaning(again) == meaning(tree)
    assert [one.text for one in again.comments] == [one.text for one in tree.comments]
    assert format_tree(again) == text


@pytest.mark.parametrize("name", ["elman", "char_lstm", "lstm", "tagger", "translate", "second_order"])
def test_the_layout_is_that_of_the_manual(name: str) -> None:
    text = (CASES / "good" / f"{name}.rnn").read_text(encoding="utf-8")
    assert format_tree(parse(text, name)) == text


def test_the_library_has_the_canonical_layout() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in LIBRARY}
    assert len(texts) > 50
    assert [name for name, text in texts.items() if format_tree(parse(text, name)) != text] == []


def spoilt(text: str, chance: random.Random) -> str:
    """Return a text with other spaces between words and other empty lines, but for comments and indentation."""
    lines = []
    for line in text.split("\n"):
        code, mark, comment = line.partition("#")
        margin = code[: len(code) - len(code.lstrip())]
        words = re.split(r"(?<=\S) +(?=\S)", code.strip())
        spaced = "".join(word + " " * chance.choice((1, 1, 2, 5)) for word in words).rstrip()
        lines.append(f"{margin}{spaced}{'  ' if spaced and mark else ''}{mark}{comment}")
        lines += [""] * (chance.choice((0, 2, 3)) if not line else 0)
    return "\n".join(lines)


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.stem)
def test_a_spoilt_layout_is_put_right(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    messy = spoilt(text, random.Random(path.stem))  # noqa: S311
    assert messy != text
    assert format_tree(parse(messy, path.name)) == text


def commented(text: str, chance: random.Random) -> str:
    """Return a text with comments between, behind and inside its statements, at any indentation."""
    lines = text.split("\n")
    for number in range(chance.randint(1, 6)):
        place, comment = chance.randrange(len(lines)), f"# comment {number}"
        line = lines[place]
        if "#" in line or not line or chance.random() < 0.4:
            lines.insert(place, " " * chance.choice((0, 2, 4, 8, 12)) + comment)
        elif "(" in line and chance.random() < 0.5:
            head, tail = line.split("(", 1)
            lines[place] = f"{head}(  {comment}\n          {tail}"
        else:
            lines[place] += " " + comment
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(6))
def test_comments_are_kept_wherever_they_stand(seed: int) -> None:
    chance, kept = random.Random(seed), 0  # noqa: S311
    for path in chance.sample(LIBRARY, 12):
        tree = parse(commented(path.read_text(encoding="utf-8"), chance), path.name)
        text = format_tree(tree)
        again = parse(text, path.name)
        assert meaning(again) == meaning(tree)
        assert [one.text for one in again.comments] == [one.text for one in tree.comments]
        assert format_tree(again) == text
        kept += len(tree.comments)
    assert kept > 12


MESSY = """\
# first

from   "a/b.rnn"   import A,B
from cells import C # library
# about M
cell M( n,k=2 ,) :   # header


    index i,p:1 .. n+1
    input x [ i ]:token( n )
    # why
    a[i]=x[i]*( 1+k)
    long_name[i]  :  n = (a[i]   # inner
        + 1)   # outer
    b[ i ] =2
    for l in 2 .. k : # loop
      h_{ l-1 }[i] = x[i - 1]
      # end of loop
    if k>1 :
        c = 1
      # still in if
    elif k == 1 :  # one
        c = 2
        # end of elif
    # about else
    else :
        c = 3
        # end of if
    output h_{1}[i],c

    # end of M
# about N
model N( ):
    y~D( x )weight 1 scale 2


    param W_{a, b} ~ zeros frozen
# last
"""

NEAT = """\
# first

from "a/b.rnn" import A, B
from cells import C  # library

# about M
cell M(n, k = 2):  # header
    index i, p : 1..n+1
    input x[i] : token(n)
    # why
    a[i] = x[i] * (1 + k)
    # inner
    long_name[i] : n = (a[i] + 1)  # outer
    b[i] = 2
    for l in 2..k:  # loop
        h_{l-1}[i] = x[i-1]
        # end of loop
    if k > 1:
        c = 1
        # still in if
    elif k == 1:  # one
        c = 2
        # end of elif
    # about else
    else:
        c = 3
        # end of if
    output h_{1}[i], c

    # end of M

# about N
model N():
    y ~ D(x) weight 1 scale 2

    param W_{a,b} ~ zeros frozen
# last
"""


def test_format_makes_neat() -> None:
    text = format_tree(parse(MESSY, "messy.rnn"))
    assert text == NEAT.replace("= (a[i] + 1)", "= a[i] + 1")
    assert format_tree(parse(text, "neat.rnn")) == text


EXPRESSIONS = (
    "a + b - c",
    "a - (b - c)",
    "(a + b) * c",
    "a * b @ c / d % e",
    "a * (b * c)",
    "-a ^ 2",
    "(-a) ^ 2",
    "a ^ b ^ c",
    "(a ^ b) ^ c",
    "2 ^ -k",
    "-(a + b)",
    "--a",
    "not a == b and c or d",
    "not (a and b)",
    "(a or b) and c",
    "(a < b) == c",
    "a if b else c if d else e",
    "(a if b else c) if d else e",
    "(a if b else c) + 1",
    "h[t-1, 2*k+1, m-j]",
    "h_{l-1}[t] + {k}[t] + W_{k}x @ h.c[t]",
    "sum(a[t, s] * b[s] over s, t)",
    "clip(a, low = -1, high = 1 + 2)",
    "LSTM(n, k = 2)(x[t], y[t-1])",
    "LSTM(n)(x[t]) backward over s, t",
    "concat(LSTM(n)(x[t]) backward over s, y)",
    "concat((LSTM(n)(x[t]) backward over s, t), y)",
    "(enc(x[t]) backward over s) + 1",
    "1e-5 + 1.50 + infinity",
)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_parentheses_are_as_few_as_needed(text: str) -> None:
    assert print_expression(expression(text)) == text


OPERANDS = st.sampled_from(["a", "b[t-1]", "2", "f(x over t)"])


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(["+", "-", "*", "/", "@", "%", "^", "and", "or"])
    return st.one_of(
        st.tuples(inner, operators, inner).map(lambda parts: f"({parts[0]}) {parts[1]} ({parts[2]})"),
        st.tuples(inner, operators, inner).map(lambda parts: f"{parts[0]} {parts[1]} ({parts[2]})"),
        inner.map(lambda part: f"-({part})"),
        inner.map(lambda part: f"not ({part})"),
        st.tuples(inner, inner, inner).map(lambda parts: f"({parts[0]}) if ({parts[1]}) else ({parts[2]})"),
        st.tuples(inner, inner).map(lambda parts: f"({parts[0]}) < ({parts[1]})"),
        inner.map(lambda part: f"g({part}, k = {part})"),
    )


@settings(max_examples=150, deadline=None)
@given(st.recursive(OPERANDS, _grow, max_leaves=12))
def test_print_then_parse_is_the_same_expression(text: str) -> None:
    first = statement(f"q[t] = g({text})")
    assert isinstance(first, Equation)
    printed = print_equation(first)
    assert meaning(parse(f"model N():\n    {printed}\n", "")) == meaning(
        parse(f"model N():\n    q[t] = g({text})\n", "")
    )
    assert print_equation(_equation(printed)) == printed


def _equation(text: str) -> Equation:
    found = statement(text)
    assert isinstance(found, Equation)
    return found


def test_long_chains_are_printed() -> None:
    text = " + ".join(["a * b"] * 10_000)
    assert print_expression(expression(text)) == text
