"""What authors bring from other languages, papers and libraries, and how it is written here.

Each table maps a word in small letters to a way out, for the help of a message; the words themselves mean nothing.
"""

from collections.abc import Mapping
from typing import Final

_PRODUCT: Final = "write `W @ x`: `@` is the product of matrices and vectors"
_JOIN: Final = "write `concat(a, b)`"
_CHOICE: Final = "write `a if condition else b`"
_CELL: Final = "a reusable piece of a network is a `cell Name(n):`"
_MODEL: Final = "a network is a `model Name(n):`"
_PARAM: Final = "write `param`"
_LAYER: Final = "write `W @ x[t] + b` with `param W, b`"
_ATTENTION: Final = "write it out: `a[t, s] = softmax(e[t, s] over s)`, then `sum(a[t, s] * v[s] over s)`"
_TWICE: Final = "use a cell twice, once `backward over t`, and join both with `concat`"

FUNCTIONS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("matmul", "dot", "mm", "bmm", "mv", "inner", "einsum", "tensordot"), _PRODUCT),
    **dict.fromkeys(("cat", "concatenate", "hstack", "vstack", "join", "append"), _JOIN),
    **dict.fromkeys(("where", "select", "ifelse", "cond"), _CHOICE),
    **dict.fromkeys(("linear", "dense", "affine"), _LAYER),
    **dict.fromkeys(("len", "size", "shape"), "`length(t)` is the number of points of the sequence `t`"),
    **dict.fromkeys(("logistic", "sigm", "expit", "sigma"), "write `sigmoid(a)`"),
    **dict.fromkeys(("pow", "power"), "write `a ^ b`"),
    **dict.fromkeys(("avg", "average", "reduce_mean"), "write `mean(a)`, or `mean(x[t] over t)`"),
    **dict.fromkeys(("total", "reduce_sum", "add"), "write `a + b`, `sum(a)` or `sum(x[t] over t)`"),
    **dict.fromkeys(("mul", "multiply", "hadamard"), "write `a * b`"),
    **dict.fromkeys(("div", "divide"), "write `a / b`"),
    **dict.fromkeys(("argmax", "argmin"), "it has no gradient: `softmax(a)` is its smooth form"),
    **dict.fromkeys(("reversed", "reverse", "flip"), "a cell runs backwards with `LSTM(n)(x[t]) backward over t`"),
    **dict.fromkeys(("embedding", "lookup", "one_hot", "onehot"), "`E @ x[t]` with a token looks up a column of `E`"),
    **dict.fromkeys(("left", "right"), "children are `child(v, 1)` and `child(v, 2)`"),
    "square": "write `a ^ 2`",
    "mod": "write `a % b`",
    "log_softmax": "write `a - logsumexp(a)`",
    "swish": "write `silu(a)`",
    "product": "write `prod(a)`",
    "trans": "write `transpose(W)`",
    "t": "write `transpose(W)`",
    "range": "ranges are written `1..n`, for an index or a `for`",
    "detach": "write `stop_gradient(a)`",
    "layernorm": "write `layer_norm(a)`",
}

STATEMENTS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("def", "function", "func", "module", "macro"), _CELL),
    **dict.fromkeys(("class", "struct", "network", "net"), _MODEL),
    **dict.fromkeys(("parameter", "parameters", "params", "weights", "var", "variable", "learn"), _PARAM),
    **dict.fromkeys(("return", "yield"), "what a model or cell returns is declared: `output h[t]`"),
    **dict.fromkeys(("import", "include", "using", "require"), "cells are imported by name: `from cells import LSTM`"),
    **dict.fromkeys(("while", "scan"), "a recurrence is an equation that reads a step back: `h[t] = tanh(W @ h[t-1])`"),
    **dict.fromkeys(("state", "hidden", "recurrent"), "a state is an equation that reads itself, such as `h[t-1]`"),
    **dict.fromkeys(
        ("dim", "dimension", "size", "const", "int", "float", "real"), "dimensions stand in the first line"
    ),
    **dict.fromkeys(("time", "sequence"), "write `index t : sequence`"),
    **dict.fromkeys(("minimize", "minimise", "objective", "cost"), "write `loss`"),
    **dict.fromkeys(("initial", "initialise", "initialize", "start"), "write `init h[t] = ...`"),
    **dict.fromkeys(("data", "feature", "features"), "write `input`"),
    **dict.fromkeys(("label", "labels", "observe"), "write `target`"),
    **dict.fromkeys(("print", "assert", "del", "with", "try", "lambda", "pass"), "a spec holds equations only"),
    "carry": "what one chunk leaves to the next is a matter of the call, not of the spec",
    "frozen": "`frozen` ends the line: `param W : n, n frozen`",
}

CELLS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("linear", "dense", "affine", "fullyconnected"), _LAYER),
    **dict.fromkeys(("embedding", "embed"), "write `E @ x[t]`: a matrix times a token looks up a column"),
    **dict.fromkeys(("rnn", "simplernn", "vanillarnn"), "it is called `Elman`: `from cells import Elman`"),
    **dict.fromkeys(("bilstm", "bigru", "birnn", "bidirectional"), _TWICE),
    **dict.fromkeys(("attention", "multiheadattention", "transformer"), _ATTENTION),
    **dict.fromkeys(("dropout", "softmax", "relu", "tanh", "sigmoid"), "it is a function, written in small letters"),
    "layernorm": "write `layer_norm(x[t])`",
    "sequential": "give each layer an equation of its own",
}

DISTRIBUTIONS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("gaussian", "gauss", "mse", "n"), "write `normal(mean, sd)`"),
    **dict.fromkeys(
        ("softmax", "multinomial", "cross_entropy", "crossentropy", "discrete"),
        "write `categorical(logits)`; it takes the softmax itself",
    ),
    **dict.fromkeys(
        ("sigmoid", "binomial", "bce", "logistic"), "write `bernoulli(logits)`; it takes the sigmoid itself"
    ),
}

INITIALISERS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("xavier", "xavier_uniform", "xavier_normal"), "write `glorot`"),
    **dict.fromkeys(("kaiming", "kaiming_uniform", "kaiming_normal"), "write `he`"),
    **dict.fromkeys(("gaussian", "randn", "random"), "write `normal(0.1)`"),
    "rand": "write `uniform(0.1)`",
    "eye": "write `identity`",
}

LATEX: Final[Mapping[str, str]] = {
    **dict.fromkeys(("cdot", "times"), "write `*` for components, `@` for a matrix product"),
    **dict.fromkeys(("odot", "circ", "ast"), "write `*`"),
    **dict.fromkeys(("leq", "le"), "write `<=`"),
    **dict.fromkeys(("geq", "ge"), "write `>=`"),
    **dict.fromkeys(("neq", "ne"), "write `!=`"),
    "frac": "write `a / b`",
    "sum": "write `sum(... over t)`",
    "sqrt": "write `sqrt(a)`",
    "top": "write `transpose(W)`",
    "infty": "write `infinity`",
    "sim": "write `~`",
}


def known_habit(table: Mapping[str, str], word: str) -> str:
    """Return the way out for a foreign word, in any mixture of cases; an empty text when there is none."""
    return table.get(word.lower(), "")
