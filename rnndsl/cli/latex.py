"""`rnndsl latex`: set a spec as a paper would."""

from collections.abc import Mapping
from dataclasses import replace

import click

from rnndsl.choice import Choice
from rnndsl.cli.options import choosing, reporting, spec_argument
from rnndsl.cli.output import Output
from rnndsl.cli.specs import Spec, read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.cli.typesetting import Setting, setting, to_file
from rnndsl.compiler import check
from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.equations.latex import Style, complete, latex_of
from rnndsl.semantics.model import Type
from rnndsl.syntax.parse import parse
from rnndsl.syntax.tree import Block, SyntaxTree


@click.command(
    "latex",
    cls=TeachingCommand,
    short_help="Set a spec as LaTeX.",
    examples=(
        "rnndsl latex lstm",
        "rnndsl latex translate --document -o translate.tex && pdflatex translate.tex",
        "rnndsl latex net.rnn --plain --model Encoder",
    ),
)
@spec_argument
@setting
@choosing
@reporting
@click.pass_obj
def command(output: Output, spec: str, *, choice: Choice, setting: Setting) -> None:
    """Print the equations of SPEC as LaTeX, as papers set them: h[t-1] as an index, products of vectors as such.

    Every block becomes a sentence of what it is given and an align* environment; comments become remarks. The fragment
    needs the packages amsmath and amssymb.
    """
    given = read_spec(spec, output)
    tree = parse(given.text, given.name)
    if choice.model is not None or len(tree.blocks) == 1:
        name = check(given.source, dims=choice.dims, model=choice.model).model.model.name
        tree = _only(tree, name)
    kinds = _kinds(given, tree, choice)
    fragment = latex_of(tree, Style(not setting.plain, kinds=kinds))
    text = complete(fragment) if setting.document else fragment
    content = {"blocks": [block.name for block in tree.blocks], "text": text}
    to_file(output, setting.out, text, content)


def _only(tree: SyntaxTree, name: str) -> SyntaxTree:
    """Return one block, with the comments in front of it and in it."""
    before = 0
    for block in tree.blocks:
        if block.name == name:
            kept = tuple(one for one in tree.comments if before < one.span.line <= block.span.end_line)
            return replace(tree, blocks=(block,), comments=kept)
        before = block.span.end_line
    return tree


def _kinds(given: Spec, tree: SyntaxTree, choice: Choice) -> Mapping[str, Mapping[str, Type]]:
    """Return the types of what stands in the blocks.

    Raises:
        SpecError: a model has mistakes; it is not set.
    """
    found = {block.name: _types(given, block, choice) for block in tree.blocks}
    return {name: types for name, types in found.items() if types is not None}


def _types(given: Spec, block: Block, choice: Choice) -> Mapping[str, Type] | None:
    own = {argument.name for argument in block.arguments}
    dims = {name: value for name, value in choice.dims.items() if name in own}
    try:
        return check(given.source, dims=dims, model=block.name).model.quantities
    except SpecError:
        if block.kind == "model":
            raise
        return None  # a cell that needs its caller to know its sizes: names say what is a vector, as in print
