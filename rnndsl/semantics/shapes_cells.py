"""Cells alone: what a place of use would say of their inputs becomes dimensions of their own."""

from dataclasses import replace

from rnndsl.semantics.dims import input_size
from rnndsl.semantics.model import Dim, Model
from rnndsl.semantics.shapes_collect import Collection
from rnndsl.semantics.shapes_sizes import Sizes, Source
from rnndsl.sizes import Size


def name_open_inputs(model: Model, found: Collection, sizes: Sizes) -> Model:
    """Give every size of an input that nothing settles a dimension, `x_size`, if the model is a cell alone."""
    if not model.cell:
        return model
    dims = dict(model.dims)
    inputs = [(data, found.quantities[data.name].axes) for data in model.data.values()]
    named = [
        (data, axis, input_size(data.name, place)) for data, axes in inputs for place, axis in enumerate(axes, start=1)
    ]
    for data, axis, name in named:
        if sizes.size(axis) is not None:
            continue
        dims.setdefault(name, Dim(name, None, fixed=False, span=data.span))
        text = f"the size of `{data.name}` comes from the place of use"
        sizes.assign(axis, Source(Size.of(name), text, data.span))
    return replace(model, dims=dims)
