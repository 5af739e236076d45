"""Random legal specs: three groups of equations, one that walks forward, one backward, one that looks everywhere."""

from dataclasses import dataclass, field
from random import Random

HEAD = """model Random:
    index t, r : sequence
    index i : 1..3
    input x[t], u[t, i], v, w[i], q[r] : 4
    input s[t] : scalar
    input tok[t] : token(5)
    target y[t] : 4
    param E : 4, 5
    param Q : 4, 4
    e[r] : 4 = tanh(Q @ e[r-1] + q[r] + 0.5 * e[r-2])
    A[t] : 4, 4 = 0.5 * A[t-1] + outer(tanh(x[t]), x[t-1])
"""
DATA = (
    "x[t]",
    "v",
    "(E @ tok[t])",
    "x[t-1]",
    "x[t+1]",
    "(E @ tok[t-1])",
    "y[t-1]",
    "last(e[r] over r)",
    "(A[t] @ x[t])",
)
DATA_OF_RANGE = (*DATA, "u[t, i]", "w[i]", "u[t, i-1]", "u[t-1, i]", "u[t, 2]", "w[i+1]")
SUMMED = ("sum({0}, i] over i)", "max({0}, i] over i)", "last({0}, i] over i)", "mean({0}, i] over i)", "{0}, 2]")
NEIGHBOURS = ("{0}, i]", "{0}, i-1]", "{0}, i+1]", "{0}, 1]")
WRAPS = (
    "tanh({0})", "sin({0})", "softmax({0})", "relu({0})", "layer_norm({0})", "({0} * s[t])", "({0} * sum({0}))",
    "concat(part({0}, 2, 2), part({0}, 1, 2))", "({P} @ ({0}))", "({p} * ({0}))", "(({0}) if s[t] > 0 else {p})",
)  # fmt: skip
BACK, AHEAD = ("t-1", "t-1", "t-2", "t-3"), ("t+1", "t+1", "t+2")
INITS = ("{p}", "v", "{p} * t", "0.5 * v")


@dataclass
class Draw:
    """A spec in the making."""

    random: Random
    params: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def filled(self, template: str, *given: str) -> str:
        """Fill a template; `{P}` and `{p}` are a new matrix and a new vector."""
        for mark, shape in (("{P}", "4, 4"), ("{p}", "4")):
            if mark in template:
                self.params.append(f"param p{len(self.params)} : {shape} ~ normal(0.5)")
                template = template.replace(mark, f"p{len(self.params) - 1}")
        return template.format(*given)

    def expression(self, atoms: list[str], depth: int) -> str:
        """Return an expression of vectors of size 4."""
        if depth == 0 or self.random.random() < 0.25:
            return self.random.choice(atoms)
        if self.random.random() < 0.45:
            return self.filled(self.random.choice(WRAPS), self.expression(atoms, depth - 1))
        left, right = self.expression(atoms, depth - 1), self.expression(atoms, depth - 1)
        return f"({left} {self.random.choice('++*-')} {right})"

    def read(self, name: str, point: str, reader: str) -> str:
        """Return a read of a quantity; those with a range are called in capitals."""
        if not name.isupper():
            return f"{name}[{point}]"
        return self.random.choice(NEIGHBOURS if reader.isupper() else SUMMED).format(f"{name}[{point}")

    def equation(self, name: str, reads: list[tuple[str, str]]) -> None:
        """Add an equation, and perhaps its init."""
        own = [self.read(other, point, name) for other, point in reads]
        atoms = own * 2 + list(DATA_OF_RANGE if name.isupper() else DATA)
        left = f"{name}[t, i]" if name.isupper() else f"{name}[t]"
        self.lines.append(f"{left} : 4 = tanh({self.expression(atoms, 3)})")
        if self.random.random() < 0.4:
            inits = (*INITS, "v * i") if name.isupper() else INITS
            self.lines.append(f"init {left} = {self.filled(self.random.choice(inits))}")


def random_spec(seed: int) -> str:
    """Return the text of a spec."""
    draw = Draw(Random(seed))  # noqa: S311 - no secret is made
    pick = draw.random.choice
    ranged = draw.random.random() < 0.6
    groups = {
        group: [f"{pick(group + group.upper() if ranged else group)}_{k}" for k in range(draw.random.randint(1, 3))]
        for group in "fgh"
    }
    for group, names in groups.items():
        for k, name in enumerate(names):
            reads = [(other, "t") for other in names[:k]]
            earlier = [other for before in "fgh" if before < group for other in groups[before]]
            reads += [
                (other, pick(("t", *BACK, *AHEAD))) for other in (earlier if group < "h" else earlier + names[:k])
            ]
            if group < "h":
                reads += [(other, pick(BACK if group == "f" else AHEAD)) for other in names]
            draw.equation(name, reads)
    if ranged:
        way = pick("+-")
        draw.lines.append(f"D[t, i] : 4 = tanh(Q @ D[t, i{way}1] + D[{pick(BACK)}, {pick(['i', 'i+1'])}] + u[t, i])")
    last = [draw.read(name, "t", "y") for name in (groups["h"][-1], pick(groups["g"]), *(["D"] if ranged else []))]
    draw.lines.append(f"y[t] ~ normal({' + '.join(last)})")
    draw.random.shuffle(draw.lines)
    return HEAD + "".join(f"    {line}\n" for line in draw.params + draw.lines)
