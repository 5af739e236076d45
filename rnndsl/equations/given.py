"""What a model without a loss is differentiated by: cotangents of its outputs that come from outside.

`D_h[t]`, the derivative of some loss by the output h[t], is an input, and the loss sum(D_h[t] @ h[t] over t): its
gradient is the vector-Jacobian product (in the notation of Greff et al. 2015, D_h[t] are "the deltas passed down from
the layer above").
"""

from dataclasses import replace

from rnndsl.indices import here
from rnndsl.semantics.model import Apply, Data, Expr, Model, Output, Over, Read, ShapeNote, TypedModel
from rnndsl.semantics.shapes import infer_shapes

PREFIX = "D_"


def with_given_cotangents(typed: TypedModel) -> TypedModel:
    """Return the model with a loss: its own, or one that gives every real output the cotangent `D_NAME`."""
    model = typed.model
    outputs = [output for output in model.outputs if not typed.expressions[output.value].token]
    if model.randoms or model.losses or not outputs:
        return typed
    data = dict(model.data)
    losses: list[Expr] = []
    for output in outputs:
        name = given_name(output.name, model)
        note = ShapeNote(typed.expressions[output.value].shape, None, output.span)
        data[name] = Data(name, output.domain, note, "input", output.span)
        losses.append(_inner(output, name, len(note.sizes)))
    return infer_shapes(replace(model, data=data, losses=tuple(losses)))


def given_name(name: str, model: Model) -> str:
    """Return the name of an output's cotangent: `D_h`, longer where that is taken."""
    found = PREFIX + name
    while found in model.data or found in model.params or found in model.equations:
        found = PREFIX + found
    return found


def _inner(output: Output, name: str, rank: int) -> Expr:
    given = Read(name, tuple(here(index) for index in output.domain), output.span)
    product: Expr = Apply("@" if rank == 1 else "*", (given, output.value), output.span)
    if rank == 2:
        product = Apply("sum", (product,), output.span)
    return Over("sum", product, output.domain, output.span) if output.domain else product
