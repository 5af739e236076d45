"""`rnndsl adjoint`: print backpropagation through time as equations."""

from dataclasses import replace

import click

from rnndsl.choice import Choice
from rnndsl.cli.options import choosing, reporting, spec_argument
from rnndsl.cli.output import Output
from rnndsl.cli.specs import read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.cli.typesetting import Setting, setting, to_file
from rnndsl.compiler import build, check
from rnndsl.equations.adjoint import Adjoint, adjoint_spec
from rnndsl.equations.latex import Style, complete, latex_of
from rnndsl.syntax.parse import parse


@click.command(
    "adjoint",
    cls=TeachingCommand,
    short_help="Print backpropagation through time as equations.",
    examples=(
        "rnndsl adjoint elman",
        "rnndsl adjoint lstm --latex",
        "rnndsl adjoint tree_lstm --latex --document -o tree_lstm.tex && pdflatex tree_lstm.tex",
        "rnndsl adjoint gru -o gru_adjoint.rnn && rnndsl verify gru_adjoint.rnn",
    ),
)
@spec_argument
@click.option("--latex", is_flag=True, help="Print LaTeX, where a bar over v is the derivative of the loss by v.")
@setting
@choosing
@reporting
@click.pass_obj
def command(output: Output, spec: str, *, latex: bool, choice: Choice, setting: Setting) -> None:
    """Print SPEC with its adjoint: the recurrences that backpropagation through time computes, as a spec.

    d_v is the derivative of the loss with respect to v, a_v what v is a function of. A model without a loss, such as
    a cell, gets the derivatives by its outputs as inputs D_v. The result is a model like any other: its outputs are the
    gradient, for one example whose targets are all observed; dropout masks are inputs.
    """
    if not latex and (setting.document or setting.plain):
        raise click.UsageError("--document and --plain go with --latex")
    checked = check(read_spec(spec, output).source, dims=choice.dims, model=choice.model)
    build(checked)  # refuses dimensions without a value that the structure needs
    found = adjoint_spec(checked.model)
    text = _typeset(found, setting) if latex else found.text
    content = {"model": found.name, "text": text, "cotangents": dict(found.cotangents)}
    to_file(output, setting.out, text, content)


def _typeset(found: Adjoint, setting: Setting) -> str:
    kinds = {found.name: check(found.text).model.quantities}
    style = Style(not setting.plain, found.cotangents, kinds, found.dotted)
    tree = parse(found.text, "<adjoint>")
    inside = tuple(comment for comment in tree.comments if comment.span.line > tree.blocks[0].header.line)
    remark = r"$\bar{v}$ is the derivative of the loss with respect to $v$, and zero where $v$ has no point." + "\n"
    fragment = remark + latex_of(replace(tree, comments=inside), style)
    return complete(fragment) if setting.document else fragment
