"""Building the tree of declarations, statements, blocks and files, one method per rule of the grammar."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from rnndsl.diagnostics.span import NOWHERE, Span
from rnndsl.syntax.chains import nesting
from rnndsl.syntax.expressions import Children, ExpressionBuilder, mistake, one_meaning
from rnndsl.syntax.limits import MAX_NESTING
from rnndsl.syntax.meanings import IndexRange, index_range, plain_index, shape_note, word_list
from rnndsl.syntax.tokens import Token
from rnndsl.syntax.tree import (
    Argument,
    Binary,
    Block,
    Call,
    CellCall,
    Conditional,
    DataDeclaration,
    Equation,
    Expression,
    ForBlock,
    IfBlock,
    Import,
    IndexDeclaration,
    InitStatement,
    LetStatement,
    LossStatement,
    Name,
    Number,
    OutputStatement,
    ParamDeclaration,
    RandomEquation,
    Reference,
    ShapeNote,
    Statement,
    Target,
    Unary,
)


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a block, with what it says."""

    kind: str
    name: str
    arguments: tuple[Argument, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ForHeader:
    """`for l in 2..layers:`."""

    variable: str
    bounds: tuple[Expression, Expression] | None
    words: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class IfHeader:
    """`if cond:` or `elif cond:`."""

    condition: Expression
    span: Span


@dataclass(frozen=True, slots=True)
class Branch:
    """An `elif` (with its header) or an `else` (without); `span` is the first word or line."""

    header: IfHeader | None
    body: tuple[Statement, ...]
    span: Span


EXPRESSIONS = (Number, Reference, Unary, Binary, Conditional, Call, CellCall)
STATEMENTS = (
    IndexDeclaration,
    DataDeclaration,
    ParamDeclaration,
    InitStatement,
    LossStatement,
    OutputStatement,
    LetStatement,
    Equation,
    RandomEquation,
    ForBlock,
    IfBlock,
)


def _span(children: Sequence[Any]) -> Span:
    """Return the span from the first child to the last, without layout tokens."""
    found = [child for child in children if not _is_layout(child)]
    first: Span = found[0].span
    last: Span = found[-1].span
    return first.to(last)


def _is_layout(child: object) -> bool:
    return isinstance(child, Token) and child.type in {"LINE_END", "INDENT", "DEDENT"}


def _expressions(children: Children) -> list[Expression]:
    found = [child for child in children if isinstance(child, EXPRESSIONS)]
    for expression in found:
        deep = nesting(expression, MAX_NESTING)
        if deep is not None:
            way = "give a part of the expression a name with an equation of its own"
            raise mistake("RNN501", f"nested more than {MAX_NESTING} deep", deep.span, way)
    return found


def _statements(children: Iterable[Any]) -> tuple[Statement, ...]:
    return tuple(child for child in children if isinstance(child, STATEMENTS))


def _no_dots(name: Name) -> Name:
    if any(isinstance(part, str) and "." in part for part in name.parts):
        way = "a dot only reads what is inside a cell; declare the name without it"
        raise mistake("RNN129", "a name with a dot cannot be declared or defined", name.span, way)
    return name


def _shape(children: Children) -> ShapeNote | None:
    return next((child for child in children if isinstance(child, ShapeNote)), None)


class StatementBuilder(ExpressionBuilder):
    """One method per rule above the expressions."""

    # Parts of statements ----------------------------------------------------------------------------------------

    def index_names(self, children: Children) -> tuple[Name, ...]:
        """Take the names that an index declaration makes."""
        return tuple(_no_dots(child) for child in children if isinstance(child, Name))

    def targets(self, children: Children) -> tuple[Target, ...]:
        """Take a list of declared things."""
        return tuple(child for child in children if isinstance(child, Target))

    def target(self, children: Children) -> Target:
        """Take a declared or assigned thing; its points are plain indices."""
        name: Name = children[0]
        if len(children) == 1:
            return Target(name, None, name.span)
        return Target(name, tuple(plain_index(point) for point in children[2].points), _span(children))

    def shape(self, children: Children) -> ShapeNote:
        """Take what stands after a colon."""
        return shape_note(tuple(_expressions(children)), _span(children))

    def bare_initialiser(self, children: Children) -> Call:
        """Take an initialiser without parentheses."""
        name: Name = children[0]
        return Call(one_meaning(_no_dots(name)), (), (), (), name.span)

    def block_argument(self, children: Children) -> Argument:
        """Take a dimension or constant of a block."""
        name = children[0].text
        if "." in name:
            raise mistake("RNN129", f"an argument cannot be named `{name}`", children[0].span, "remove the dot")
        values = _expressions(children)
        return Argument(name, values[0] if values else None, _span(children))

    def block_arguments(self, children: Children) -> tuple[Argument, ...]:
        """Take the arguments of a block."""
        return tuple(child for child in children if isinstance(child, Argument))

    # Declarations -----------------------------------------------------------------------------------------------

    def index_range(self, children: Children) -> IndexRange:
        """Take what an index runs over."""
        return index_range(tuple(_expressions(children)), _span(children))

    def derived_range(self, children: Children) -> NoReturn:
        """Refuse `index u : t // 2`: reserved."""
        message = "derived indices (`t // 2`) are not supported yet"
        raise mistake("RNN190", message, _span(children), "use a `sequence`")

    def index_declaration(self, children: Children) -> IndexDeclaration:
        """Take `index i, p : 1..n`."""
        start, names, _, runs = children
        return IndexDeclaration(names, runs.kind, runs.bounds, start.span.to(runs.span))

    def input_declaration(self, children: Children) -> DataDeclaration:
        """Take `input x[t] : shape`."""
        targets = children[1]
        for target in targets:
            _no_dots(target.name)
        end = _shape(children) or targets[-1]
        return DataDeclaration(children[0].text, targets, _shape(children), children[0].span.to(end.span))

    target_declaration = input_declaration

    def param_declaration(self, children: Children) -> ParamDeclaration:
        """Take `param W, U : n, m ~ glorot frozen`."""
        targets = children[1]
        for target in targets:
            _no_dots(target.name)
        initialiser = next((child for child in children if isinstance(child, Call)), None)
        if initialiser is not None:
            _expressions([initialiser])
        frozen = isinstance(children[-1], Token) and children[-1].type == "FROZEN"
        end = targets[-1] if isinstance(children[-1], tuple) else children[-1]
        return ParamDeclaration(targets, _shape(children), initialiser, frozen, children[0].span.to(end.span))

    # Statements -------------------------------------------------------------------------------------------------

    def statement(self, children: Children) -> Statement:
        """Take a statement without its line end."""
        statement: Statement = children[0]
        return statement

    def init_statement(self, children: Children) -> InitStatement:
        """Take `init h[t] = expr`."""
        one_meaning(children[1].name)
        return InitStatement(children[1], _expressions(children)[0], _span(children))

    def loss_statement(self, children: Children) -> LossStatement:
        """Take `loss expr`."""
        return LossStatement(_expressions(children)[0], _span(children))

    def output_statement(self, children: Children) -> OutputStatement:
        """Take `output a[t], b` or `output z[t] = expr`."""
        given = children[1]
        targets = given if isinstance(given, tuple) else (given,)
        for target in targets:
            one_meaning(target.name)
        values = _expressions(children)
        end = values[0] if values else targets[-1]
        return OutputStatement(targets, values[0] if values else None, children[0].span.to(end.span))

    def let_statement(self, children: Children) -> LetStatement:
        """Take `let enc = LSTM(256)`."""
        _, name, _, call = children
        _expressions([call])
        if call.over:
            raise mistake("RNN128", "`over` has no meaning for a cell", call.over[0].span, "remove it")
        one_meaning(_no_dots(name))
        return LetStatement(name, call.function, call.arguments, call.keywords, _span(children))

    def equation(self, children: Children) -> Equation:
        """Take `h[t] : n = expr`."""
        target: Target = children[0]
        one_meaning(_no_dots(target.name))
        return Equation(target, _shape(children), _expressions(children)[0], _span(children))

    def random_equation(self, children: Children) -> RandomEquation:
        """Take `y[t] ~ D(...) weight w[t] scale a`."""
        target, _, distribution, *rest = children
        _expressions(children)
        one_meaning(_no_dots(target.name))
        given = {word.type: value for word, value in zip(rest[::2], rest[1::2], strict=True)}
        return RandomEquation(target, distribution, given.get("WEIGHT"), given.get("SCALE"), _span(children))

    # Blocks -----------------------------------------------------------------------------------------------------

    def for_header(self, children: Children) -> ForHeader:
        """Take `for l in 2..layers:` or `for k in {read, write}:`."""
        variable = children[1]
        if "." in variable.text:
            raise mistake("RNN129", "a name with a dot cannot be declared or defined", variable.span, "remove the dot")
        span = _span(children)
        if isinstance(children[3], Name):
            return ForHeader(variable.text, None, word_list(children[3]), span)
        low, high = _expressions(children)
        return ForHeader(variable.text, (low, high), (), span)

    def if_header(self, children: Children) -> IfHeader:
        """Take `if cond:` or `elif cond:`."""
        return IfHeader(_expressions(children)[0], _span(children))

    elif_header = if_header

    def for_block(self, children: Children) -> ForBlock:
        """Take a `for` with its body."""
        header, body = children[0], _statements(children)
        return ForBlock(header.variable, header.bounds, header.words, body, header.span.to(body[-1].span))

    def elif_part(self, children: Children) -> Branch:
        """Take an `elif` with its body."""
        header: IfHeader = children[0]
        return Branch(header, _statements(children), header.span)

    def else_header(self, children: Children) -> Token:
        """Take `else:`."""
        token: Token = children[0]
        return token

    def else_part(self, children: Children) -> Branch:
        """Take an `else` with its body."""
        word: Token = children[0]
        return Branch(None, _statements(children), word.span)

    def if_block(self, children: Children) -> IfBlock:
        """Take an `if` with all its branches: each `elif` is an `if` alone in the branch before."""
        header: IfHeader = children[0]
        branches = [child for child in children if isinstance(child, Branch)]
        otherwise: tuple[Statement, ...] = ()
        word = NOWHERE
        for branch in reversed(branches):
            if branch.header is None:
                otherwise, word = branch.body, branch.span
                continue
            end = (otherwise or branch.body)[-1].span
            block = IfBlock(branch.header.condition, branch.body, otherwise, branch.header.span.to(end), word)
            otherwise, word = (block,), NOWHERE
        body = _statements(children)
        return IfBlock(header.condition, body, otherwise, header.span.to((otherwise or body)[-1].span), word)

    def block_header(self, children: Children) -> Header:
        """Take the first line of a model or cell."""
        kind, name = children[0], children[1]
        if "." in name.text:
            raise mistake("RNN129", f"a {kind.text} cannot be named `{name.text}`", name.span, "remove the dot")
        arguments = next((child for child in children if isinstance(child, tuple)), ())
        found = [child for child in children if isinstance(child, Token) and not _is_layout(child)]
        return Header(kind.text, name.text, arguments, found[0].span.to(found[-1].span))

    def block(self, children: Children) -> Block:
        """Take a model or cell."""
        header: Header = children[0]
        body = _statements(children)
        span = header.span.to(body[-1].span)
        return Block(header.kind, header.name, header.arguments, body, header.span, span)

    def import_line(self, children: Children) -> Import:
        """Take `from "file.rnn" import A, B` or `from cells import A`."""
        _, source, _, *rest = children
        names = [child for child in rest if child.type == "NAME"]
        for name in names:
            if "." in name.text:
                raise mistake("RNN129", f"a cell cannot be named `{name.text}`", name.span, "remove the dot")
        path = source.text[1:-1] if source.type == "STRING" else None
        library = source.text if path is None else None
        return Import(path, library, tuple(name.text for name in names), _span(children))

    def file(self, children: Children) -> tuple[Import | Block, ...]:
        """Take the imports and blocks of a file, in order."""
        return tuple(children)

    def line(self, children: Children) -> object:
        """Take one line by itself."""
        return children[0]
