r"""A spec as LaTeX: for every block its declarations as a sentence and its equations in an `align*` environment.

The fragment needs the packages amsmath and amssymb; `complete` makes a document of it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from rnndsl.equations.formulas import Formulas
from rnndsl.equations.ranks import Ranks
from rnndsl.equations.symbols import Symbols, escaped, size_text, word
from rnndsl.semantics.model import Type
from rnndsl.syntax.notation import print_expression, print_name
from rnndsl.syntax.tree import (
    Block,
    Comment,
    DataDeclaration,
    Equation,
    Expression,
    ForBlock,
    IfBlock,
    IndexDeclaration,
    InitStatement,
    LetStatement,
    LossStatement,
    Name,
    OutputStatement,
    ParamDeclaration,
    RandomEquation,
    Statement,
    SyntaxTree,
    Target,
)

PREAMBLE: Final = r"""\documentclass{article}
\usepackage[margin=2cm]{geometry}
\usepackage{amsmath, amssymb}
\allowdisplaybreaks
\sloppy
\begin{document}
"""


#: What a name consists of: text, the value of an expression, or a comma list of words.
NamePart = str | Expression | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Style:
    """How a spec is set; `kinds` holds the type of every quantity by block; the rest is as in `Symbols`."""

    bold: bool = True
    cotangents: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, Mapping[str, Type]] = field(default_factory=dict)
    dotted: Mapping[str, str] = field(default_factory=dict)


def latex_of(tree: SyntaxTree, style: Style) -> str:
    """Return a spec as LaTeX: its comments as remarks, its blocks one after the other."""
    parts: list[str] = []
    comments = list(tree.comments)
    for block in tree.blocks:
        before = [comment for comment in comments if comment.span.line < block.header.line]
        inside = [comment for comment in comments if block.header.line <= comment.span.line <= block.span.end_line]
        comments = [comment for comment in comments if comment not in before and comment not in inside]
        parts += [_remark(comment) for comment in before]
        parts.append(_Block(block, style).text(inside))
    return "\n".join([*parts, *(_remark(comment) for comment in comments)]) + "\n"


def complete(fragment: str) -> str:
    """Return a document that LaTeX takes as it is."""
    return f"{PREAMBLE}\n{fragment}\n\\end{{document}}\n"


def _remark(comment: Comment) -> str:
    text = escaped(comment.text.lstrip("# "))
    return re.sub('"([^"]*)"', r"``\1''", text)


@dataclass
class _Block:
    """One model or cell on its way to LaTeX."""

    block: Block
    style: Style
    rows: list[tuple[int, str]] = field(default_factory=list)
    facts: dict[str, list[str]] = field(default_factory=dict)
    results: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        scalars, lengths, owners = set[str](), dict[str, str](), dict[str, str]()
        names = set(self.style.kinds.get(self.block.name, ()))
        for statement in _flat(self.block.body):
            if isinstance(statement, IndexDeclaration):
                own = [print_name(name) for name in statement.names]
                scalars.update(own)
                free = [name for name in own if len(name) == 1 and name.upper() not in names]
                if statement.kind == "children":
                    owners |= {name: print_expression(statement.bounds[0]) for name in own}
                lengths |= {name: name.upper() for name in free if statement.kind != "children"}
            if isinstance(statement, ForBlock):
                scalars.add(statement.variable)
        scalars.update(argument.name for argument in self.block.arguments)
        ranks = Ranks(self.style.kinds.get(self.block.name, {}), frozenset(scalars))
        self.formulas = Formulas(
            ranks, Symbols(self.style.bold, self.style.cotangents, self.style.dotted), lengths, owners
        )

    def text(self, comments: Sequence[Comment]) -> str:
        """Return the block: heading, declarations, equations, with the comments among them."""
        self._walk(self.block.body, 0, list(comments))
        arguments = ", ".join(
            word(a.name) + (f" = {self.formulas.text(a.default)}" if a.default is not None else "")
            for a in self.block.arguments
        )
        head = rf"\paragraph{{{escaped(self.block.name)}}}" + (f" with ${arguments}$." if arguments else "")
        facts = "; ".join(f"{role} {', '.join(given)}" for role, given in self.facts.items())
        lines = [head, f"{facts[:1].upper()}{facts[1:]}." if facts else ""]
        if self.results:
            lines.append(f"Returned: {', '.join(self.results)}.")
        return "\n".join([line for line in lines if line] + self._aligned())

    def _aligned(self) -> list[str]:
        """Return the rows, those that belong together in one environment, remarks between."""
        found: list[str] = []
        current: list[str] = []
        for depth, row in [*self.rows, (-1, "")]:
            if depth < 0:
                if current:
                    found += [r"\begin{align*}", " \\\\\n".join(current), r"\end{align*}"]
                current = []
                found += ["", row] if row else []
            else:
                current.append("  " + r"\quad " * depth + row)
        return found

    def _walk(self, body: Sequence[Statement], depth: int, comments: list[Comment]) -> None:
        for statement in body:
            while comments and comments[0].span.line <= statement.span.line:
                self.rows.append((-1, _remark(comments.pop(0))))
            match statement:
                case ForBlock(variable=variable, bounds=bounds, words=words, body=inner):
                    values = ", ".join(map(word, words))
                    if bounds is not None:
                        values = r", \dots, ".join(map(self.formulas.text, bounds))
                    self.rows.append((depth, rf"& \text{{for }} {word(variable)} = {values}\colon"))
                    self._walk(inner, depth + 1, comments)
                case IfBlock():
                    self._branches(statement, depth, comments)
                case _:
                    self._statement(statement, depth)

    def _branches(self, block: IfBlock, depth: int, comments: list[Comment]) -> None:
        self.rows.append((depth, rf"& \text{{if }} {self.formulas.text(block.condition)}\colon"))
        self._walk(block.body, depth + 1, comments)
        if block.otherwise:
            self.rows.append((depth, r"& \text{otherwise}\colon"))
            self._walk(block.otherwise, depth + 1, comments)

    def _statement(self, statement: Statement, depth: int) -> None:
        write = self.formulas.text
        match statement:
            case Equation(target=target, value=value):
                self.rows += self._equation(depth, self._target(target), value)
            case RandomEquation():
                self.rows.append((depth, self._random(statement)))
            case InitStatement(target=target, value=value):
                points = ", ".join(word(print_name(index)) for index in target.indices or ())
                where = rf"\text{{where }} {points} \text{{ is outside}}" if points else r"\text{outside}"
                self.rows.append((depth, rf"{self._target(target)} &= {write(value)} \quad {where}"))
            case LossStatement(value=value):
                self.rows.append((depth, rf"\mathcal{{L}} &\mathrel{{+}}= {write(value)}"))
            case OutputStatement(targets=(target,), value=value) if value is not None:
                self.rows.append((depth, f"{self._target(target)} &= {write(value)}"))
            case LetStatement(name=name, cell=cell, sizes=sizes):
                given = ", ".join(map(write, sizes))
                self.rows.append(
                    (depth, rf"{word(print_name(name))} &= \mathrm{{{escaped(print_name(cell))}}}_{{{given}}}")
                )
            case OutputStatement(targets=targets):
                self.results += [f"${self._target(target)}$" for one in targets for target in _spread(one)]
            case _:
                self._declare(statement)

    def _equation(self, depth: int, left: str, value: Expression) -> list[tuple[int, str]]:
        """Return the rows of an equation; a long sum takes several."""
        lines = self.formulas.lines(value)
        return [(depth, f"{left} &= {lines[0]}"), *((depth, rf"&\quad {line}") for line in lines[1:])]

    def _random(self, equation: RandomEquation) -> str:
        text = rf"{self._target(equation.target)} &\sim {self.formulas.text(equation.distribution)}"
        if equation.weight is not None:
            text += rf" \quad \text{{with weight }} {self.formulas.text(equation.weight)}"
        if equation.scale is not None:
            text += rf" \quad \text{{times }} {self.formulas.text(equation.scale)}"
        return text

    def _declare(self, statement: Statement) -> None:
        match statement:
            case IndexDeclaration(names=names, kind=kind, bounds=bounds):
                letters = ", ".join(word(print_name(name)) for name in names)
                given = f"${letters}$ {self._set(kind, [self.formulas.text(one) for one in bounds])}"
                self.facts.setdefault("indices", []).append(given)
            case DataDeclaration(role=role, targets=targets):
                self.facts.setdefault(f"{role}s", []).extend(self._sets(targets))
            case ParamDeclaration(targets=targets):
                self.facts.setdefault("parameters", []).extend(self._sets(targets))
            case _:
                raise AssertionError(statement)

    @staticmethod
    def _set(kind: str, bounds: Sequence[str]) -> str:
        match kind:
            case "range":
                return rf"from ${bounds[0]}$ to ${bounds[1]}$"
            case "cyclic":
                return f"from $1$ to ${bounds[0]}$, around"
            case "children":
                return f"over the children of ${bounds[0]}$"
            case _:
                return f"along a {kind}"

    def _sets(self, targets: Sequence[Target]) -> list[str]:
        """Return declared names with the sets that they are in, those of one set together."""
        groups: dict[str, list[str]] = {}
        for target in (target for one in targets for target in _spread(one)):
            groups.setdefault(self._space(target.name), []).append(self._target(target))
        return [f"${'$, $'.join(names)}{space}$" for space, names in groups.items()]  # lines break between formulas

    def _space(self, name: Name) -> str:
        kind = self.formulas.ranks.type(name)
        if kind is None:
            return ""
        sizes = r" \times ".join(map(size_text, kind.shape))
        if kind.point is not None:
            return rf" \in \{{{word(kind.point.name)}\}}"
        if kind.token:
            return rf" \in \{{1, \dots, {sizes}\}}"
        return rf" \in \mathbb{{R}}^{{{sizes}}}" if kind.shape else r" \in \mathbb{R}"

    def _target(self, target: Target) -> str:
        points = [word(print_name(index)) for index in target.indices or ()]
        return self.formulas.name(target.name, points)


def _spread(target: Target) -> list[Target]:
    """Return one target for every name in the comma lists of a declared one."""
    for place, part in enumerate(target.name.parts):
        if isinstance(part, tuple):
            before, after = target.name.parts[:place], target.name.parts[place + 1 :]
            whole = [Name(_merged((*before, one, *after)), target.name.span) for one in part]
            return [found for name in whole for found in _spread(Target(name, target.indices, target.span))]
    return [target]


def _merged(parts: Sequence[NamePart]) -> tuple[NamePart, ...]:
    """Return the parts of a name, texts that stand side by side joined."""
    found: list[NamePart] = []
    for part in parts:
        last = found[-1] if found else None
        if isinstance(part, str) and isinstance(last, str):
            found[-1] = last + part
        else:
            found.append(part)
    return tuple(found)


def _flat(body: Sequence[Statement]) -> list[Statement]:
    found: list[Statement] = []
    for statement in body:
        found.append(statement)
        if isinstance(statement, ForBlock):
            found += _flat(statement.body)
        elif isinstance(statement, IfBlock):
            found += _flat([*statement.body, *statement.otherwise])
    return found
