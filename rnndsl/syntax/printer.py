"""The canonical layout of a spec: what `rnndsl fmt` writes.

Four spaces per level; one statement per line, broken inside parentheses only where it would be longer than 120
characters; comments and single blank lines are kept. In a run of declarations the
keywords have one width, and in a run of equations without declared shapes the `=` stand under each other:

    index  t : sequence             e[t, s]     = v @ tanh(W @ d[t-1])
    target y[t] : token(words)      alpha[t, s] = softmax(e[t, s] over s)
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from rnndsl.syntax.notation import (
    equation_sides,
    print_arguments,
    print_equation,
    print_expression,
    print_name,
    print_points,
    print_shape,
    print_target,
)
from rnndsl.syntax.tree import (
    Argument,
    Block,
    Comment,
    DataDeclaration,
    Equation,
    ForBlock,
    IfBlock,
    Import,
    IndexDeclaration,
    InitStatement,
    LetStatement,
    LossStatement,
    OutputStatement,
    ParamDeclaration,
    RandomEquation,
    Statement,
    SyntaxTree,
    Target,
)
from rnndsl.syntax.wrapping import wrap

__all__ = ["format_tree", "print_equation", "print_expression"]

_INDENT: Final = "    "
_FAR: Final = 1 << 60


@dataclass(slots=True)
class _Row:
    """One line of output: `left` is padded to the width of its run, then comes `right`.

    `kind` is `declaration` or `equation` (aligned with their like), `shaped` (stands in a run of equations without
    taking part), or `other`.
    """

    depth: int
    left: str
    right: str = ""
    kind: str = "other"
    comment: str = ""


@dataclass(slots=True)
class _Writer:
    """Rows so far, the comments still to come, and the source line where the last row ended."""

    comments: list[Comment]
    rows: list[_Row] = field(default_factory=list)
    next_comment: int = 0
    source_line: int = 0

    def write(self, row: _Row, first_line: int, last_line: int) -> None:
        """Add a row made from the source lines given, with the comments before, in and after it."""
        self.flush(row.depth, first_line)
        self._space(first_line)
        place = len(self.rows)
        self.rows.append(row)
        self.source_line = last_line
        while self.next_comment < len(self.comments) and self.comments[self.next_comment].span.line <= last_line:
            comment = self.comments[self.next_comment]
            self.next_comment += 1
            if comment.span.line == last_line:
                row.comment = comment.text
            else:
                # A comment inside brackets: the statement becomes one line, so the comment goes before it.
                self.rows.insert(place, _Row(row.depth, comment.text))
                place += 1

    def flush(self, depth: int, before: int, deeper_than: int = 0) -> None:
        """Write the comments that stand before a source line, as long as they are indented deeper than a column."""
        while self.next_comment < len(self.comments):
            comment = self.comments[self.next_comment]
            if comment.span.line >= before or comment.span.column <= deeper_than:
                return
            self._space(comment.span.line)
            self.rows.append(_Row(depth, comment.text))
            self.source_line = comment.span.line
            self.next_comment += 1

    def _space(self, line: int) -> None:
        before = self.rows[-1].left if self.rows else ""
        opened = before.endswith(":") and not before.startswith("#")
        if self.rows and line > self.source_line + 1 and not opened:
            self.blank()

    def blank(self) -> None:
        """Add an empty line, unless there is one or nothing before it."""
        if self.rows and self.rows[-1].left:
            self.rows.append(_Row(0, ""))


def format_tree(tree: SyntaxTree) -> str:
    """Return the text of `tree` in the canonical layout; formatting it again changes nothing."""
    writer = _Writer(list(tree.comments))
    items: list[Import | Block] = [*tree.imports, *tree.blocks]
    items.sort(key=lambda item: item.span.line)
    for position, item in enumerate(items):
        following = items[position + 1].span.line if position + 1 < len(items) else _FAR
        if isinstance(item, Import):
            writer.write(_Row(0, _import(item)), item.span.line, item.span.end_line)
        else:
            _write_block(writer, item, following)
        if following < _FAR and not (isinstance(item, Import) and isinstance(items[position + 1], Import)):
            writer.blank()
    writer.flush(0, _FAR)
    return "\n".join(_align(writer.rows)) + "\n"


def _import(item: Import) -> str:
    source = f'"{item.path}"' if item.path is not None else item.library
    return f"from {source} import {', '.join(item.names)}"


def _write_block(writer: _Writer, block: Block, following: int) -> None:
    arguments = ", ".join(map(_block_argument, block.arguments))
    writer.write(_Row(0, f"{block.kind} {block.name}({arguments}):"), block.header.line, block.header.end_line)
    _write_body(writer, block.body, 1, following)
    writer.flush(1, following, deeper_than=1)


def _block_argument(argument: Argument) -> str:
    if argument.default is None:
        return argument.name
    return f"{argument.name} = {print_expression(argument.default)}"


def _write_body(writer: _Writer, body: Sequence[Statement], depth: int, following: int) -> None:
    """Write statements; `following` is the source line of what comes after them."""
    for position, statement in enumerate(body):
        after = body[position + 1].span.line if position + 1 < len(body) else following
        match statement:
            case ForBlock():
                row = _Row(depth, _for_header(statement))
                writer.write(row, statement.span.line, _header_end(statement))
                _write_body(writer, statement.body, depth + 1, after)
                writer.flush(depth + 1, after, deeper_than=statement.span.column)
            case IfBlock():
                _write_if(writer, statement, depth, after)
            case _:
                writer.write(_row(statement, depth), statement.span.line, statement.span.end_line)


def _for_header(block: ForBlock) -> str:
    if block.bounds is None:
        return f"for {block.variable} in {{{', '.join(block.words)}}}:"
    low, high = map(print_points, block.bounds)
    return f"for {block.variable} in {low}..{high}:"


def _header_end(block: ForBlock) -> int:
    return block.bounds[1].span.end_line if block.bounds else block.span.line


def _write_if(writer: _Writer, block: IfBlock, depth: int, following: int) -> None:
    """Write `if`, each `elif` and `else`."""
    word, column = "if", block.span.column
    while True:
        row = _Row(depth, f"{word} {print_expression(block.condition)}:")
        writer.write(row, block.span.line, block.condition.span.end_line)
        after = _else_line(block, following)
        _write_body(writer, block.body, depth + 1, after)
        writer.flush(depth + 1, after, deeper_than=column)
        match block.otherwise:
            case ():
                return
            case (IfBlock() as block,):
                word = "elif"
            case otherwise:
                writer.write(_Row(depth, "else:"), after, after)
                _write_body(writer, otherwise, depth + 1, following)
                writer.flush(depth + 1, following, deeper_than=column)
                return


def _else_line(block: IfBlock, following: int) -> int:
    if not block.otherwise:
        return following
    return block.else_span.line or block.otherwise[0].span.line


def _row(statement: Statement, depth: int) -> _Row:
    """Return the row of a statement without a body."""
    match statement:
        case Equation(shape=shape):
            left, right = equation_sides(statement)
            return _Row(depth, left, f"= {right}", "shaped" if shape else "equation")
        case RandomEquation():
            return _Row(depth, print_equation(statement), kind="shaped")
        case InitStatement(target=target, value=value):
            return _Row(depth, f"init {print_target(target)}", f"= {print_expression(value)}", "equation")
        case LossStatement(value=value):
            return _Row(depth, f"loss {print_expression(value)}")
        case OutputStatement(targets=targets, value=None):
            return _Row(depth, f"output {_targets(targets)}")
        case OutputStatement(targets=targets, value=value) if value is not None:
            return _Row(depth, f"output {_targets(targets)} = {print_expression(value)}")
        case LetStatement():
            arguments = print_arguments(statement.sizes, statement.size_keywords)
            return _Row(depth, f"let {print_name(statement.name)} = {print_name(statement.cell)}({arguments})")
        case IndexDeclaration() | DataDeclaration() | ParamDeclaration():
            return _declaration(statement, depth)
    raise AssertionError(statement)


def _declaration(statement: IndexDeclaration | DataDeclaration | ParamDeclaration, depth: int) -> _Row:
    match statement:
        case IndexDeclaration():
            text = f"{', '.join(map(print_name, statement.names))} : {_index_range(statement)}"
            return _Row(depth, "index", text, "declaration")
        case DataDeclaration(role=role):
            return _Row(depth, role, _shaped(statement), "declaration")
        case ParamDeclaration(initialiser=initialiser):
            text = _shaped(statement)
            if initialiser is not None:
                bare = not (initialiser.arguments or initialiser.keywords or initialiser.over)
                text += f" ~ {print_name(initialiser.function) if bare else print_expression(initialiser)}"
            return _Row(depth, "param", text + " frozen" * statement.frozen, "declaration")


def _shaped(statement: DataDeclaration | ParamDeclaration) -> str:
    shape = f" : {print_shape(statement.shape)}" if statement.shape else ""
    return _targets(statement.targets) + shape


def _index_range(statement: IndexDeclaration) -> str:
    match statement.kind:
        case "range":
            low, high = map(print_points, statement.bounds)
            return f"{low}..{high}"
        case "cyclic" | "children":
            return f"{statement.kind}({print_expression(statement.bounds[0])})"
        case kind:
            return kind


def _targets(targets: tuple[Target, ...]) -> str:
    return ", ".join(map(print_target, targets))


def _align(rows: Sequence[_Row]) -> list[str]:
    """Return the rows as text, runs of declarations and of equations aligned."""
    widths: list[int] = [0] * len(rows)
    for start, end in _runs(rows):
        aligned = [place for place in range(start, end) if rows[place].kind in {"declaration", "equation"}]
        width = max((len(rows[place].left) for place in aligned), default=0)
        for place in aligned:
            widths[place] = width
    return [_line(row, width) for row, width in zip(rows, widths, strict=True)]


def _runs(rows: Sequence[_Row]) -> list[tuple[int, int]]:
    """Return the runs of neighbours of one depth and family as half-open ranges."""
    found: list[tuple[int, int]] = []
    start = 0
    for place in range(1, len(rows) + 1):
        if place == len(rows) or _family(rows[place]) != _family(rows[start]):
            found.append((start, place))
            start = place
    return found


def _family(row: _Row) -> tuple[int, str]:
    return row.depth, "equation" if row.kind == "shaped" else row.kind


def _line(row: _Row, width: int) -> str:
    if not row.left:
        return ""
    text = f"{row.left:<{width}} {row.right}" if row.right else row.left
    comment = f"  {row.comment}" if row.comment else ""
    margin = _INDENT * row.depth
    if row.left.startswith("#"):
        return margin + text
    return "\n".join(wrap(margin, text)) + comment
