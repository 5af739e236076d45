"""Shapes by unification: first the rank of everything, then the sizes of all axes.

Elementwise operators make the shapes of their operands equal, except that scalars broadcast; a declared shape always
wins; a parameter's name says whether it is a matrix or a vector where it does not stand alone beside another operand
(language.md, section 2).
"""

from rnndsl.diagnostics.diagnostic import Diagnostic, SpecError
from rnndsl.semantics.findings import MAX_ERRORS
from rnndsl.semantics.model import Model, Read, ShapeNote, Type, TypedModel
from rnndsl.semantics.shapes_cells import name_open_inputs
from rnndsl.semantics.shapes_collect import Collection, collect
from rnndsl.semantics.shapes_constraints import Constraint, Variable
from rnndsl.semantics.shapes_defaults import settle
from rnndsl.semantics.shapes_findings import open_sizes, rank_conflict, reason, show_shape, size_clash
from rnndsl.semantics.shapes_kinds import check_kinds
from rnndsl.semantics.shapes_parts import missing_components
from rnndsl.semantics.shapes_sizes import Clash, Sizes, Source, unify_sizes
from rnndsl.semantics.shapes_tokens import token_expressions
from rnndsl.sizes import Shape, Size


def infer_shapes(model: Model) -> TypedModel:
    """Find the shape of every quantity and expression.

    Raises:
        SpecError: shapes that do not fit, sizes that nothing settles, targets that do not suit their distribution; at
                most 20.
    """
    tokens, token_names = token_expressions(model)
    wrong = check_kinds(model, token_names)
    found = collect(model, tokens)
    ranks = settle(found, model.params, model.data)
    sizes = _sizes(found, ranks.broken, token_names)
    model = name_open_inputs(model, found, sizes)
    wrong += [rank_conflict(constraint) for constraint in ranks.broken]
    # What a cell is given is an equation that stands where it is given, with nothing around it.
    inputs = {name for name, equation in model.equations.items() if equation.span == equation.value.span}
    wrong += [size_clash(clash, sizes, inputs) for clash in _different(sizes.clashes)]
    if not wrong:
        wrong += open_sizes(model, found, sizes)
    if wrong:
        raise SpecError(_first_of_each_place(wrong))
    typed = _typed(model, found, sizes, token_names)
    missing = missing_components(typed)
    if missing:
        raise SpecError(_first_of_each_place(missing))
    return typed


def _sizes(found: Collection, broken: list[Constraint], tokens: set[str]) -> Sizes:
    """Give axes to all variables and unify them; constraints whose ranks clash have no say."""
    sizes = Sizes()
    for variable in dict.fromkeys((*found.quantities.values(), *found.expressions.values())):
        variable.axes = tuple(sizes.new() for _ in range(variable.rank))
    for name, shape in found.declared.items():
        variable = found.quantities[name]
        text = f"{variable.text} is declared `{show_shape(shape, token=name in tokens)}`"
        for axis, size in zip(variable.axes, shape, strict=True):
            sizes.assign(axis, Source(size, text, variable.span))
    skipped = set(map(id, broken))
    unify_sizes(sizes, [constraint for constraint in found.constraints if id(constraint) not in skipped])
    return sizes


def _different(clashes: list[Clash]) -> list[Clash]:
    """Keep one clash of every pair of sources: the same mistake shows in every equation that is touched by it."""
    pairs: dict[frozenset[Source], Clash] = {}
    for clash in clashes:
        pairs.setdefault(frozenset((clash.left, clash.right)), clash)
    return list(pairs.values())


def _first_of_each_place(wrong: list[Diagnostic]) -> list[Diagnostic]:
    """Return the first findings of the text, each kind once per place."""
    places: dict[tuple[str, object], Diagnostic] = {}
    for diagnostic in wrong:
        places.setdefault((diagnostic.code, diagnostic.span), diagnostic)
    first = sorted(places.values(), key=lambda one: (one.span.file, one.span.line, one.span.column))
    return first[:MAX_ERRORS]


def _typed(model: Model, found: Collection, sizes: Sizes, token_names: set[str]) -> TypedModel:
    nearest = sizes.all_nearest()
    points = {name: data.shape.point for name, data in model.data.items() if data.shape is not None}
    quantities = {
        name: Type(_shape(variable, sizes), name in token_names, points.get(name))
        for name, variable in found.quantities.items()
    }
    expressions = {
        expr: Type(
            _shape(variable, sizes), expr in found.tokens, points.get(expr.name) if isinstance(expr, Read) else None
        )
        for expr, variable in found.expressions.items()
    }
    notes: dict[str, ShapeNote | None] = {}
    for table in (model.data, model.params, model.equations):
        notes |= {name: declared.shape for name, declared in table.items()}
    reasons = {}
    for name, variable in found.quantities.items():
        note = notes[name]
        reasons[name] = reason(variable, nearest, note.span if note is not None else None)
    return TypedModel(model, quantities, expressions, reasons)


def _shape(variable: Variable, sizes: Sizes) -> Shape:
    # Nothing in an expression stays open that no quantity shares: sizes come from quantities and from numbers only.
    return tuple(sizes.size(axis) or Size.of(1) for axis in variable.axes)
