"""Nested lists of numbers are evaluated by a Tree-LSTM.

Task: ListOps (Nangia and Bowman 2018). An expression such as [MAX 2 9 [MIN 4 7] 0] has the operators MIN, MAX, MED
(the median, rounded down) and SM (the sum modulo 10), each with two to five arguments, which are digits or, with
probability 1/4, expressions again; operators stand at most four deep. Its value is a digit. No expression that is
tested on is trained on.
Tree: the given one. An operator is a node, and its arguments are the node's children (`specs/models/tree_lstm.rnn`,
Tai, Socher and Manning 2015, eq. 2 to 8).
Score: the share of expressions that get their right value. Only the whole expression's value is shown in training.
Expected: above 85 %.

    python examples/listops.py
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

import rnndsl
from rnndsl.locations import data_folder
from rnndsl.train import Limit
from training import Batch, Options, Params, Plan, fit, read_options

SPEC: Final = data_folder("specs") / "models" / "tree_lstm.rnn"
OPERATORS: Final[Mapping[str, Callable[[list[int]], int]]] = {
    "MIN": min,
    "MAX": max,
    "MED": lambda values: int(np.median(values)),
    "SM": lambda values: sum(values) % 10,
}
#: Tokens: the ten digits, then the operators.
TOKENS: Final = (*map(str, range(10)), *OPERATORS)
#: The probability that an argument is an expression, and the largest number of arguments.
NESTED, MOST_ARGUMENTS = 0.25, 5
ABSENT: Final = -1


@dataclass(frozen=True, slots=True)
class Expression:
    """A digit, or an operator with its arguments."""

    token: str
    arguments: tuple["Expression", ...] = ()

    @property
    def value(self) -> int:
        """The digit that it stands for."""
        return OPERATORS[self.token]([a.value for a in self.arguments]) if self.arguments else int(self.token)

    @property
    def depth(self) -> int:
        """How deep operators are nested: 0 for a digit."""
        return 1 + max(a.depth for a in self.arguments) if self.arguments else 0

    def nodes(self) -> Iterator["Expression"]:
        """Yield the expressions in it, itself first."""
        yield self
        for argument in self.arguments:
            yield from argument.nodes()

    def size(self) -> int:
        """Return the number of its nodes."""
        return 1 + sum(a.size() for a in self.arguments)

    def __str__(self) -> str:
        """Write it as the data set does."""
        return f"[{self.token} {' '.join(map(str, self.arguments))}]" if self.arguments else self.token


def draw(random: np.random.Generator, deepest: int) -> Expression:
    """Draw an operator with arguments, of which operators stand at most `deepest - 1` deep."""
    token = str(random.choice(list(OPERATORS)))
    return Expression(token, tuple(draw_argument(random, deepest - 1) for _ in range(random.integers(2, MOST_ARGUMENTS + 1))))


def draw_argument(random: np.random.Generator, deepest: int) -> Expression:
    """Draw an expression or, more often, a digit."""
    if deepest and random.random() < NESTED:
        return draw(random, deepest)
    return Expression(str(random.integers(10)))


def children(expression: Expression) -> list[list[int]]:
    """Return for every node, in the order of `nodes`, at which positions its arguments stand."""
    table: list[list[int]] = []
    for node in expression.nodes():
        places, place = [], len(table) + 1
        for argument in node.arguments:
            places.append(place)
            place += argument.size()
        table.append(places)
    return table


def batch_of(expressions: list[Expression]) -> Batch:
    """Return expressions as the model takes them: tokens and tree, and the value at the root, which is node 0."""
    tokens = [np.array([TOKENS.index(node.token) for node in e.nodes()]) for e in expressions]
    values = [np.array([e.value] + [ABSENT] * (e.size() - 1)) for e in expressions]
    return {"data": {"x": tokens, "y": values}, "structure": {"n": [children(e) for e in expressions]}}


def distinct(random: np.random.Generator, count: int, deepest: int, known: frozenset[str]) -> list[Expression]:
    """Draw expressions that differ from one another and from all that are known."""
    drawn: dict[str, Expression] = {}
    while len(drawn) < count:
        expression = draw(random, deepest)
        if str(expression) not in known:
            drawn[str(expression)] = expression
    return list(drawn.values())


def right(program: rnndsl.Program, params: Params, batch: Batch) -> "np.ndarray":
    logits = program.run(params, {"x": batch["data"]["x"]}, structure=batch["structure"])["y.logits"]
    return np.array([np.argmax(o[0]) == y[0] for o, y in zip(logits, batch["data"]["y"], strict=True)])
import sys
def main():
    size=int(sys.argv[1]); B=int(sys.argv[2]); rate=float(sys.argv[3]); steps=int(sys.argv[4]); seed=int(sys.argv[5]); N=int(sys.argv[6]); allnodes=len(sys.argv)>7
    import time
    r=np.random.default_rng(seed)
    t=time.time()
    test=distinct(r,2000,4,frozenset()); train=distinct(r,N,4,frozenset(map(str,test)))
    depth=np.array([e.depth for e in test]); tb=batch_of(test); op=np.array([e.token for e in test])
    x=batch_of(train)
    if allnodes:
        x["data"]["y"]=[np.array([n.value if n.arguments else -1 for n in e.nodes()]) for e in train]
    print('data',time.time()-t)
    program=rnndsl.compile(SPEC,dims={"vocab":len(TOKENS),"classes":10,"size":size})
    params=program.init(seed)
    rr=np.random.default_rng(seed+100)
    def batch(step):
        c=rr.integers(0,N,B)
        return {"data":{k:[v[i] for i in c] for k,v in x["data"].items()},"structure":{"n":[x["structure"]["n"][i] for i in c]}}
    def m():
        ok=right(program,params,tb)
        return f"{ok.mean():.3f} "+" ".join(f"{ok[depth==d].mean():.2f}" for d in range(1,5))+" "+" ".join(f"{o} {ok[op==o].mean():.2f}" for o in OPERATORS)
    print(fit(program,params,batch,Plan(Limit(steps=steps),seed,rate=rate,clip=1.0,tell_every=steps//15),m))
if __name__=="__main__": main()
