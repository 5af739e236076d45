"""The closed list of functions: what each is, how many arguments it takes, and whether it can bind indices."""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Kind(StrEnum):
    """What a function is for."""

    ELEMENTWISE = "elementwise"
    STRUCTURAL = "structural"
    REDUCTION = "reduction"  # over components, or over indices that it binds and drops
    NORMALISER = "normaliser"  # over components, or over indices that it binds and keeps
    FAMILY = "family"  # only over indices: `stack`
    ROOT = "root"  # only over indices of trees and dags: `root`
    DUAL = "dual"  # only over an index of children: `uses`
    INDEX = "index"  # of an index: `length`, `leaf`
    POINT = "point"  # only in square brackets: `child`, `parent`
    NOISE = "noise"
    LIKELIHOOD = "likelihood"
    DISTRIBUTION = "distribution"
    INITIALISER = "initialiser"


@dataclass(frozen=True, slots=True)
class Function:
    """A function: the names of its arguments, of which the last few have `defaults`; or any number of arguments."""

    name: str
    kind: Kind
    parameters: tuple[str, ...] = ("a",)
    defaults: tuple[float, ...] = ()
    variadic: bool = False

    @property
    def least(self) -> int:
        """How many arguments it needs."""
        return len(self.parameters) - len(self.defaults)

    @property
    def takes_over(self) -> bool:
        """Whether `over` may stand in a call of it."""
        return self.kind in {Kind.REDUCTION, Kind.NORMALISER, Kind.FAMILY, Kind.ROOT, Kind.DUAL}

    @property
    def form(self) -> str:
        """Print as it is called: `clip(a, low, high)`."""
        named = list(self.parameters)
        for place, default in enumerate(self.defaults, self.least):
            named[place] += f" = {default:g}"
        return f"{self.name}({', '.join(named)}{', ...' if self.variadic else ''})"


_ROWS: Final = (
    *(
        Function(name, Kind.ELEMENTWISE)
        for name in (
            "tanh",
            "sigmoid",
            "relu",
            "gelu",
            "silu",
            "softplus",
            "softsign",
            "hard_sigmoid",
            "exp",
            "log",
            "sqrt",
            "abs",
            "sign",
            "sin",
            "cos",
        )
    ),
    Function("leaky_relu", Kind.ELEMENTWISE, ("a", "slope"), (0.01,)),
    Function("elu", Kind.ELEMENTWISE, ("a", "alpha"), (1.0,)),
    Function("minimum", Kind.ELEMENTWISE, ("a", "b")),
    Function("maximum", Kind.ELEMENTWISE, ("a", "b")),
    Function("clip", Kind.ELEMENTWISE, ("a", "low", "high")),
    Function("concat", Kind.STRUCTURAL, variadic=True),
    Function("part", Kind.STRUCTURAL, ("a", "k", "n")),
    Function("slice", Kind.STRUCTURAL, ("a", "i", "j")),
    Function("component", Kind.STRUCTURAL, ("a", "k")),
    Function("outer", Kind.STRUCTURAL, ("a", "b")),
    Function("norm", Kind.STRUCTURAL),
    Function("cosine", Kind.STRUCTURAL, ("a", "b")),
    Function("layer_norm", Kind.STRUCTURAL),
    Function("transpose", Kind.STRUCTURAL),
    Function("stop_gradient", Kind.STRUCTURAL),
    *(Function(name, Kind.REDUCTION) for name in ("sum", "mean", "max", "min", "prod", "logsumexp", "first", "last")),
    Function("softmax", Kind.NORMALISER),
    Function("normalize", Kind.NORMALISER),
    Function("stack", Kind.FAMILY),
    Function("length", Kind.INDEX, ("index",)),
    Function("dropout", Kind.NOISE, ("a", "rate")),
    Function("log_prob", Kind.LIKELIHOOD, ("target",)),
    Function("root", Kind.ROOT),
    Function("uses", Kind.DUAL),
    Function("leaf", Kind.INDEX, ("n",)),
    Function("child", Kind.POINT, ("n", "k")),
    Function("parent", Kind.POINT, ("n",)),
    Function("categorical", Kind.DISTRIBUTION, ("logits",)),
    Function("bernoulli", Kind.DISTRIBUTION, ("logits",)),
    Function("normal", Kind.DISTRIBUTION, ("mean", "sd"), (1.0,)),
    Function("normal2", Kind.DISTRIBUTION, ("mean", "sd", "correlation")),
    Function("mixture", Kind.DISTRIBUTION, ("logits", "component")),
)

_INITIALISERS: Final = (
    Function("zeros", Kind.INITIALISER, ()),
    Function("ones", Kind.INITIALISER, ()),
    Function("constant", Kind.INITIALISER),
    Function("uniform", Kind.INITIALISER),
    Function("normal", Kind.INITIALISER, ("sd",)),
    Function("glorot", Kind.INITIALISER, ()),
    Function("he", Kind.INITIALISER, ()),
    Function("orthogonal", Kind.INITIALISER, ("gain",), (1.0,)),
    Function("identity", Kind.INITIALISER, ("a",), (1.0,)),
)

FUNCTIONS: Final = MappingProxyType({row.name: row for row in _ROWS})
INITIALISERS: Final = MappingProxyType({row.name: row for row in _INITIALISERS})
RESERVED: Final = frozenset(FUNCTIONS) | frozenset(INITIALISERS) | {"infinity"}
"""Names that no quantity can bear."""
