"""Mutants: a spec changed by one mutation or a few, valid by construction where it can be, and by trying where not."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np

from rnndsl.diagnostics.diagnostic import DataError, SpecError
from rnndsl.evolve.anatomy import Anatomy
from rnndsl.evolve.edits import tidy
from rnndsl.evolve.genome import descended, meaning
from rnndsl.evolve.mutations import MUTATIONS, Change, Random
from rnndsl.evolve.rewriting import expressions
from rnndsl.semantics.expand import expand
from rnndsl.semantics.model import Type
from rnndsl.semantics.shapes import infer_shapes
from rnndsl.syntax.chains import flatten_chain
from rnndsl.syntax.notation import print_target
from rnndsl.syntax.parse import parse
from rnndsl.syntax.printer import format_tree
from rnndsl.syntax.tree import Binary, Block, Equation, SyntaxTree

#: How many mutations a mutant has at most when nothing is said; their number is drawn, 1 to 3.
MOST: Final = 3
#: How often a mutation is drawn again that gives no valid spec.
TRIES: Final = 200
#: How many nodes a cell may have, and operators one chain: larger ones are refused before anything is tried.
MOST_NODES: Final = 200
LONGEST_CHAIN: Final = 100
#: How much of an expression a description shows.
SHOWN: Final = 44

Dims = Mapping[str, int | float]
Warnings = Counter[str]
NO_DIMS: Final[Dims] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed spec, in the canonical layout with its descent on top, and the mutations that made it in words."""

    text: str
    mutation: str


def mutate(text: str, descent: str, random: Random, changes: int | None = None, dims: Dims = NO_DIMS) -> Mutant:
    """Return a mutant of a spec that imports nothing: another valid spec, which says something else.

    `descent` says what it is, for the comment on top ("mutant 3 of lstm"); `changes` is the number of mutations, drawn
    from 1 to 3 when it is None; `dims` gives the dimensions that its structure needs and that have no value.

    Raises:
        SpecError: the spec has mistakes.
        DataError: RNN751, no mutation gives a valid spec.
    """
    tree = parse(text, "<text>")
    parent, known = meaning(tree), _warnings(tree, dims)
    for _ in range(TRIES):
        steps: list[str] = []
        found = tree
        for _ in range(changes or int(random.integers(1, MOST + 1))):
            found, step = _step(found, random, dims, known)
            steps.append(step)
        if meaning(found) != parent:
            lines = [f"{descent}:", *(f"  {step}" for step in steps)]
            return Mutant(descended(format_tree(found), lines), "; ".join(steps))
    raise _hopeless()


def seeded(*key: int) -> Random:
    """Return a source of chance that depends on a key alone: on the seed and what is drawn for."""
    return np.random.default_rng(np.random.SeedSequence(key))


def _step(tree: SyntaxTree, random: Random, dims: Dims, known: Warnings) -> tuple[SyntaxTree, str]:
    """Apply one mutation, and return the new tree and the mutation in words; `known` are the warnings there were."""
    cells = [Anatomy(block, _types(tree, block)) for block in _mutable(tree)]
    for _ in range(TRIES):
        cell = cells[int(random.integers(len(cells)))]
        kind = list(MUTATIONS)[int(random.integers(len(MUTATIONS)))]
        change = MUTATIONS[kind](cell, random)
        new = change and _changed(tree, cell, tidy(change.block))
        if change and new and _is_valid(new, dims, known):
            return parse(format_tree(new), "<text>"), f"{kind} in {_described(cell, change, alone=len(cells) == 1)}"
    raise _hopeless()


def _hopeless() -> DataError:
    way = "what evolves are the equations of cells, of the model if there are none, outside of `for` and `if`"
    return DataError.of("RNN751", f"{TRIES} mutations were tried, and none gives a valid spec", help=way)


def _mutable(tree: SyntaxTree) -> list[Block]:
    """Return the blocks that evolve: the cells, or the model when there are none.

    Raises:
        DataError: RNN751, one is too large.
    """
    cells = [block for block in tree.blocks if block.kind == "cell"] or list(tree.blocks)
    for block in cells:
        if any(_is_long(one) for statement in block.body for one in expressions(statement)) or _is_large(block):
            message = f"{block.name} is too large to be mutated"
            raise DataError.of("RNN751", message, help=f"a cell that evolves has at most {MOST_NODES} nodes")
    return cells


def _is_long(expression: object) -> bool:
    return isinstance(expression, Binary) and len(flatten_chain(expression)[1]) > LONGEST_CHAIN


def _is_large(block: Block) -> bool:
    return len(Anatomy(block).expressions) > MOST_NODES


def _types(tree: SyntaxTree, block: Block) -> Mapping[str, Type]:
    """Return the types of a block's quantities in its own terms; none where it cannot be checked by itself."""
    try:
        return infer_shapes(expand(tree, model=block.name)[0]).quantities
    except SpecError:
        return {}


def _changed(tree: SyntaxTree, cell: Anatomy, new: Block) -> SyntaxTree | None:
    """Return the spec with a cell changed, if it computes something and has, as in the paper, the states it had."""
    after = Anatomy(new)
    computes = any(not after.is_read(one) for one in after.expressions)
    if not computes or after.states != cell.states:
        return None
    return replace(tree, blocks=tuple(new if one is cell.block else one for one in tree.blocks))


def _is_valid(tree: SyntaxTree, dims: Dims, known: Warnings) -> bool:
    """Tell a spec without mistakes, without more warnings than `known` (of an input, say, that nothing reads any more).

    It must be possible to mutate it again.
    """
    try:
        _mutable(tree)
        return _warnings(tree, dims) <= known
    except (SpecError, DataError):
        return False


def _warnings(tree: SyntaxTree, dims: Dims) -> Warnings:
    """Count a spec's warnings by their codes.

    Raises:
        SpecError: it has mistakes.
    """
    model, warnings = expand(tree, dims=dims)
    infer_shapes(model)
    return Counter(one.code for one in warnings)


def _described(cell: Anatomy, change: Change, *, alone: bool) -> str:
    equation: Equation = cell.equations[change.name]
    where = print_target(equation.target) + ("" if alone else f" of {cell.block.name}")
    return f"{where}: {_short(change.before)} becomes {_short(change.after)}"


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3].rstrip()}..."
