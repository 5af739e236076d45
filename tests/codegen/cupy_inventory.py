"""What generated modules may use of CuPy: names, and the arguments that they take there, as CuPy 14.2.0 has them.

A test compares this with CuPy where that is installed; a GPU is not needed for it.
"""

from collections.abc import Mapping
from typing import Final

Parameters = tuple[str, ...]

#: Elementwise functions; besides their operands the modules give them `out` alone.
UFUNCS: Final = (
    "abs", "add", "cos", "divide", "equal", "exp", "greater_equal", "isfinite", "less", "less_equal", "log", "log1p",
    "logical_and", "logical_not", "logical_or", "maximum", "minimum", "mod", "multiply", "power", "sign",
    "sin", "sqrt", "subtract", "tanh",
)  # fmt: skip

#: `*` stands for any number of operands. `einsum` takes what it knows as `**kwargs`: its documentation says what.
FUNCTIONS: Final[Mapping[str, Parameters]] = {
    "arange": ("start", "stop", "step", "dtype"),
    "argmax": ("a", "axis", "dtype", "out", "keepdims"),
    "argsort": ("a", "axis", "kind"),
    "asarray": ("a", "dtype", "order", "blocking"),
    "ascontiguousarray": ("a", "dtype"),
    "asnumpy": ("a", "stream", "order", "out", "blocking"),
    "broadcast_to": ("array", "shape"),
    "clip": ("a", "a_min", "a_max", "out"),
    "concatenate": ("tup", "axis", "out", "dtype", "casting"),
    "copyto": ("dst", "src", "casting", "where"),
    "cumsum": ("a", "axis", "dtype", "out"),
    "einsum": ("*", "dtype", "optimize"),
    "empty": ("shape", "dtype", "order"),
    "empty_like": ("prototype", "dtype", "order", "subok", "shape"),
    "flatnonzero": ("a",),
    "full": ("shape", "fill_value", "dtype", "order"),
    "full_like": ("a", "fill_value", "dtype", "order", "subok", "shape"),
    "matmul": ("*", "casting", "dtype", "order", "out"),
    "max": ("a", "axis", "out", "keepdims"),
    "moveaxis": ("a", "source", "destination"),
    "nonzero": ("a",),
    "ones": ("shape", "dtype", "order"),
    "sum": ("a", "axis", "dtype", "out", "keepdims"),
    "swapaxes": ("a", "axis1", "axis2"),
    "take": ("a", "indices", "axis", "out"),
    "take_along_axis": ("a", "indices", "axis"),
    "transpose": ("a", "axes"),
    "where": ("condition", "x", "y"),
    "zeros": ("shape", "dtype", "order"),
    "zeros_like": ("a", "dtype", "order", "subok", "shape"),
}

#: Methods of arrays.
METHODS: Final[Mapping[str, Parameters]] = {
    "copy": ("order",),
    "max": ("axis", "out", "keepdims"),
    "ravel": ("order",),
    "reshape": ("*", "order"),
    "squeeze": ("axis",),
    "sum": ("axis", "dtype", "out", "keepdims"),
    "swapaxes": ("axis1", "axis2"),
    "transpose": ("*",),
}
