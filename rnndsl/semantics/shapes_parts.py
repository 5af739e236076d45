"""Components that are asked for and not there: `component(a, 4)` of three, `part(a, 1, 2)` of an odd number.

Sizes that are not known yet are not judged: a model is checked again with the dimensions that it is compiled with.
"""

from collections.abc import Iterator, Mapping

from rnndsl.diagnostics.diagnostic import Diagnostic, Label
from rnndsl.semantics.model import Apply, Read, TypedModel
from rnndsl.sizes import Size


def missing_components(typed: TypedModel) -> list[Diagnostic]:
    """Return what is wrong with the whole numbers of `part`, `slice` and `component`."""
    known = {name: dim.value for name, dim in typed.model.dims.items() if dim.value is not None}
    return [found for call in _calls(typed) if (found := _missing(call, typed, known)) is not None]


def _calls(typed: TypedModel) -> Iterator[Apply]:
    for expression in typed.expressions:
        if isinstance(expression, Apply) and expression.sizes:
            yield expression


def _missing(call: Apply, typed: TypedModel, known: Mapping[str, int]) -> Diagnostic | None:
    whole = typed.expressions[call.operands[0]].shape[0]
    total, numbers = _number(whole, known), [_number(size, known) for size in call.sizes]
    match call.function, numbers:
        case "component", [int(place)] if total is not None and place > total:
            message, way = f"there is no component {place}", f"components are counted from 1 to {whole}"
        case "slice", [int(first), int(last)] if last < first:
            message, way = f"there is nothing from component {first} to {last}", "the first component comes first"
        case "slice", [_, int(last)] if total is not None and last > total:
            message, way = f"there is no component {last}", f"components are counted from 1 to {whole}"
        case "part", [int(place), int(count)] if place > count:
            message, way = f"there is no part {place} of {count}", "`part(a, k, n)` is the k-th of n equal parts"
        case "part", [_, int(count)] if total is not None and total % count:
            message, way = f"{total} components have no {count} equal parts", "`slice(a, i, j)` cuts unequal ones"
        case _:
            return None
    return Diagnostic("RNN306", message, call.span, labels=_origin(call, typed), help=way)


def _number(size: Size, known: Mapping[str, int]) -> int | None:
    return size.evaluate(known) if size.dims <= set(known) else None


def _origin(call: Apply, typed: TypedModel) -> tuple[Label, ...]:
    """Show the declaration of what is read, with its size."""
    operand, model = call.operands[0], typed.model
    if not isinstance(operand, Read):
        return ()
    name = operand.name
    declared = model.data.get(name) or model.params.get(name) or model.equations[name]
    if declared.span.line == call.span.line:
        return ()
    return (Label(declared.span, f"`{name}` has {typed.quantities[name].shape[0]} components"),)
