"""What an expression says where a shape, an index range, a plain index or a list of words is wanted.

The words `sequence tree dag cyclic children scalar token point` have a meaning only there, so they are no keywords.
"""

from dataclasses import dataclass

from rnndsl.diagnostics.span import Span
from rnndsl.diagnostics.suggest import nearest
from rnndsl.syntax.expressions import mistake, one_meaning, plain_word
from rnndsl.syntax.tree import Call, Expression, Name, Number, Reference, ShapeNote

_INDEX_KINDS = ("sequence", "tree", "dag", "cyclic", "children")
_INDEX_WAY = "an index is a `sequence`, a range `1..n`, `cyclic(n)`, a `tree`, a `dag` or `children(n)`"


@dataclass(frozen=True, slots=True)
class IndexRange:
    """What an index runs over, as in `IndexDeclaration`."""

    kind: str
    bounds: tuple[Expression, ...]
    span: Span


def index_range(bounds: tuple[Expression, ...], span: Span) -> IndexRange:
    """Read `low..high` (two expressions), or `sequence`, `tree`, `dag`, `cyclic(n)`, `children(n)`."""
    if len(bounds) == 2:
        return IndexRange("range", bounds, span)
    word = ""
    match bounds[0]:
        case Reference(name=Name(parts=(str(word),)), points=None) if word in {"sequence", "tree", "dag"}:
            return IndexRange(word, (), span)
        case Reference(name=Name(parts=(str(word),)), points=None):
            pass
        case Call(function=Name(parts=(str(word),)), arguments=(_,) as given, keywords=(), over=()):
            if word in {"cyclic", "children"}:
                return IndexRange(word, given, span)
    meant = nearest(word, _INDEX_KINDS)
    way = f"did you mean `{meant}`?" if meant else _INDEX_WAY
    raise mistake("RNN127", "an index cannot run over this", bounds[0].span, way)


def shape_note(sizes: tuple[Expression, ...], span: Span) -> ShapeNote:
    """Read `scalar`, `token(n)`, `point(s)`, or sizes."""
    if len(sizes) == 1:
        return _single_shape(sizes[0], span)
    for size in sizes:
        if _single_shape(size, size.span).kind != "sizes":
            way = "`scalar`, `token(n)` and `point(s)` stand alone"
            raise mistake("RNN126", "this shape cannot be part of another", size.span, way)
    return ShapeNote("sizes", sizes, span)


def _single_shape(size: Expression, span: Span) -> ShapeNote:
    match size:
        case Reference(name=Name(parts=("scalar",)), points=None):
            return ShapeNote("scalar", (), span)
        case Call(function=Name(parts=(("token" | "point") as kind,)), arguments=(given,), keywords=(), over=()):
            if kind == "point" and plain_word(given) is None:
                raise mistake("RNN126", "`point` takes the name of an index", given.span, "for example `point(s)`")
            return ShapeNote(kind, size.arguments, span)
        case Call(function=Name(parts=(("token" | "point") as kind,))):
            raise _one_argument(kind, size.span)
        case Reference(name=Name(parts=(("token" | "point") as kind,)), points=None):
            raise _one_argument(kind, size.span)
        case Reference(points=points) if points is not None:
            way = "write the sizes alone, made of dimensions: `x[t] : n`"
            raise mistake("RNN126", "a size has no points", size.span, way)
    return ShapeNote("sizes", (size,), span)


def _one_argument(kind: str, span: Span) -> Exception:
    return mistake("RNN126", f"`{kind}` takes one argument", span, f"for example `{kind}(n)`")


def plain_index(point: Expression) -> Name:
    """Read the name of an index, as it stands in the brackets of what is declared or defined."""
    match point:
        case Reference(name=name, points=None):
            return one_meaning(name)
    way = "the left side holds for every point: write `h[t]` there, shift what is read on the right"
    if isinstance(point, Number):
        way = "the left side holds for every point; what stands before the first one is `init h[t] = ...`"
    message = "only plain indices stand in the brackets of what is declared or defined"
    raise mistake("RNN125", message, point.span, way)


def word_list(name: Name) -> tuple[str, ...]:
    """Read `{read, write}` after `in`: a name that is one brace and nothing else."""
    match name.parts:
        case (tuple() as words,):
            return words
        case (str(),):
            word = None
        case (part,) if not isinstance(part, str | tuple):
            word = plain_word(part)
        case _:
            word = None
    if word is None:
        raise mistake("RNN130", "a `for` runs over a range or a list of words", name.span, "`1..n` or `{read, write}`")
    return (word,)
