"""Which nodes of an adjoint get a name of their own, and what it is.

Every quantity of the author keeps its name, and its cotangent is `d_NAME`. What something is a function of is called
`a_NAME` where it is needed by name (as a_h in Graves 2012, chapter 3); common factors of several equations are
`e_1`, `e_2`, ... Everything else stands where it is used.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from rnndsl.equations.refusal import refuse
from rnndsl.equations.source import partial_branches
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import ReadAt
from rnndsl.indices import Domain, ordered
from rnndsl.ops import DType, Op
from rnndsl.semantics.model import Apply, Expr, Over, TypedModel

#: Used several times, an expression with this many quantities in it gets a name, the cotangent of one with fewer.
HEAVY: Final = 3
SEVERAL: Final = 2
#: Even used once, this many quantities of the model itself are not repeated.
LONG: Final = 2
#: So many operators inside one another get a name, whatever they are.
DEEP: Final = 12
#: Operators that are no longer to write than their operand.
PASSING: Final = frozenset({Op.READ, Op.BROADCAST, Op.NEG})
COTANGENT: Final = "d_"


@dataclass(frozen=True, slots=True)
class Name:
    """A name with the indices in its brackets; `given` says that the author or the data define it."""

    text: str
    domain: Domain
    given: bool


@dataclass
class Naming:
    """Names by node; those that are made on the way are `made`, in the order in which they are needed."""

    graph: RecurrenceGraph
    typed: TypedModel
    keys: Mapping[Expr, str]
    names: dict[int, Name] = field(default_factory=dict)
    wider: dict[int, Name] = field(default_factory=dict)  # of quantities that are the same along some of their indices
    made: list[int] = field(default_factory=list)
    parts: dict[int, Expr] = field(default_factory=dict)  # by named node: the expression that it is
    taken: set[str] = field(default_factory=set)
    weights: dict[int, int] = field(default_factory=dict)
    depths: dict[int, int] = field(default_factory=dict)
    owners: dict[int, str] = field(default_factory=dict)
    cotangents: dict[str, str] = field(default_factory=dict)
    primals: dict[int, Expr] = field(default_factory=dict)
    bars: dict[int, Expr] = field(default_factory=dict)
    branches: set[int] = field(default_factory=set)
    kept: set[Expr] = field(default_factory=set)  # expressions that may stand in their branch only

    def start(self) -> None:
        """Give names to the author's quantities and to their cotangents."""
        model = self.typed.model
        self.kept = {part for equation in model.equations.values() for part in partial_branches(equation.value)}
        self.taken |= {*model.equations, *model.data, *model.params, *model.dims, *(i.name for i in model.indices)}
        for name in model.equations:
            info = self.graph.equations.get(name)
            if info is not None:
                same = set(info.domain) == set(self.graph.nodes[info.node].domain)
                (self.names if same else self.wider).setdefault(info.node, Name(name, info.domain, given=True))
        for name in model.equations:
            info = self.graph.equations.get(f"d {name}")
            if info is not None and info.node not in self.names and self.graph.nodes[info.node].adjoint:
                self._cotangent(name, info.node)  # a cotangent that is also another's bears the other's name

    def _cotangent(self, name: str, node: int) -> None:
        self.names[node] = self._barred(name, node)
        self.made.append(node)

    def _barred(self, name: str, node: int) -> Name:
        """Return the name of a cotangent."""
        found = self._new(COTANGENT + name, node)
        self.cotangents[found.text] = name
        return found

    def _new(self, text: str, node: int, domain: Domain = ()) -> Name:
        return Name(self.free(text), ordered({*self.graph.nodes[node].domain, *domain}), given=False)

    def free(self, text: str) -> str:
        """Return a name that nothing bears yet: the text itself, or with a number."""
        found = next(
            name for k in range(1, len(self.taken) + 2) if (name := text if k == 1 else f"{text}_{k}") not in self.taken
        )
        self.taken.add(found)
        return found

    def name(self, number: int, domain: Domain = ()) -> Name:
        """Return a node's name, made now if it has none."""
        known = self.names.get(number)
        if known is not None and not set(domain) <= set(known.domain):
            raise refuse(self.graph.nodes[number], "a value that is read where its index set has no point")
        if known is None:
            known = self.names[number] = self._choose(number, domain)
            self.made.append(number)
        return known

    def _choose(self, number: int, domain: Domain) -> Name:
        """Choose a name: after the expression that the node is, or whose cotangent it is."""
        primal, cotangent = self._expressions(number)
        if self.graph.nodes[number].adjoint == 0:
            if primal is not None:
                self.parts[number] = primal
            cell, dot, own = self.owner(number).rpartition(".")
            return self._new(f"{cell}{dot}a_{own}", number, domain)
        if cotangent is None:
            count = 1 + sum(name.text.startswith("e_") for name in self.names.values())
            return self._new(f"e_{count}", number, domain)
        found = self._barred(self.name(self.graph.equations[self.keys[cotangent]].node).text, number)
        return replace(found, domain=ordered({*found.domain, *domain}))

    def _expressions(self, number: int) -> tuple[Expr | None, Expr | None]:
        """Return the outermost expressions of the model that a node is the value and the cotangent of."""
        if not self.primals:
            self._index()
        return self.primals.get(number), self.bars.get(number)

    def _index(self) -> None:
        """Find what node every expression is, and what its cotangent is; outer expressions come after inner ones."""
        for expr, key in self.keys.items():
            own, other = self.graph.equations.get(key), self.graph.equations.get(f"d {key}")
            if own is None or not isinstance(expr, Apply | Over):
                continue
            if expr in self.kept:
                self.branches.add(own.node)
            else:
                self.primals[own.node] = expr
            node = self.graph.nodes[own.node]
            if other is not None and not node.adjoint and node.op not in {Op.PARAM, Op.INPUT}:
                self.bars[other.node] = expr

    def owner(self, number: int) -> str:
        """Return the equation (or target) that a node of the model is needed for."""
        if not self.owners:
            randoms = {random.target for random in self.typed.model.randoms}
            for name in [*self.typed.model.equations, *randoms]:
                if name in self.graph.equations:
                    self.owners.setdefault(self.graph.equations[name].node, name)
        seen, queue = {number}, [number]
        for node in queue:
            if node in self.owners and (node != number):
                return self.owners[node]
            users = [user for user in self.graph.users[node] if user not in seen and not self.graph.nodes[user].adjoint]
            seen.update(users)
            queue += users
        return "loss"

    # What needs a name ------------------------------------------------------------------------------------------------

    def weight(self, number: int) -> int:
        """Count the quantities in a node's expression, named ones as one."""
        if number in self.names:
            return 1
        if number not in self.weights:
            self.weights[number] = 1  # met again inside itself: whatever closes the cycle will be named
            node = self.graph.nodes[number]
            if node.op in {Op.CONST, Op.SIZE}:
                self.weights[number] = 0
            elif node.operands:
                self.weights[number] = sum(map(self.weight, node.operands[:1] if node.op is Op.READ else node.operands))
        return self.weights[number]

    def depth(self, number: int) -> int:
        """Count how many operators stand inside one another in a node's expression, up to names."""
        if number in self.names:
            return 0
        if number not in self.depths:
            self.depths[number] = 0
            node = self.graph.nodes[number]
            inner = node.operands[:1] if node.op is Op.READ else node.operands
            self.depths[number] = max(map(self.depth, inner), default=-1) + (node.op not in PASSING)
        return self.depths[number]

    def name_shared(self, live: Iterable[int]) -> None:
        """Name what closes cycles, and what is too long to be written twice."""
        chosen = set(live)
        found: set[int] = set()
        for number in [*(closing := self._closing(chosen)), *sorted(chosen)]:
            if number not in self.names and (number in closing or self._deserves(number, chosen)):
                found.add(number)
                self.names[number] = Name("", (), given=False)  # counts as one from now on
                self._forget()
        for number in found:
            del self.names[number]
        self._forget()
        found |= {
            self.graph.equations[self.keys[expr]].node for expr in map(self._cotangent_of, found) if expr is not None
        }
        # What is outside bears the plainer name: a_h is what h is a function of, a_h_2 a part of that.
        primal = sorted((n for n in found if not self.graph.nodes[n].adjoint), reverse=True)
        for number in [*primal, *sorted(n for n in found if self.graph.nodes[n].adjoint)]:
            self.name(number)

    def _forget(self) -> None:
        """Measure anew: names have changed."""
        self.weights.clear()
        self.depths.clear()

    def _deserves(self, number: int, chosen: "set[int]") -> bool:
        """Whether a node would be too long to be written where it is used."""
        node = self.graph.nodes[number]
        if node.dtype is not DType.REAL or node.op in PASSING:
            return False
        if self.depth(number) >= DEEP:
            return True
        users = [user for user in self._uses(number) if user in chosen and self.graph.nodes[user].adjoint]
        primal, cotangent = self._expressions(number)
        if number in self.branches:
            return False
        several = len(users) > 1
        if not node.adjoint:
            long = self.weight(number) > LONG and (several or primal is not None)
            return bool(users) and (long or (several and self.depth(number) > LONG))
        return several and self.weight(number) >= (HEAVY if cotangent is None else SEVERAL)

    def _cotangent_of(self, number: int) -> Expr | None:
        return self._expressions(number)[1] if self.graph.nodes[number].adjoint else None

    def _uses(self, number: int) -> list[int]:
        """Return the users, those of reads, of repetitions and of signs instead of these."""
        found: list[int] = []
        for user in self.graph.users[number]:
            passing = self.graph.nodes[user].op in PASSING and user not in self.names
            found += self._uses(user) if passing else [user]
        return list(dict.fromkeys(found)) + [number] * sum(o.node == number for o in self.graph.outputs.values())

    def _closing(self, chosen: "set[int]") -> list[int]:
        """Return nodes such that every cycle passes one or a name."""
        found: list[int] = []
        done: set[int] = set()
        for root in sorted(chosen):
            stack = [(root, iter(self._operands(root)))]
            open_nodes = {root}
            while stack:
                number, operands = stack[-1]
                operand = next(operands, None)
                if operand is None:
                    stack.pop()
                    open_nodes.discard(number)
                    done.add(number)
                elif operand in open_nodes:
                    found.append(operand)
                elif operand not in done and operand not in self.names and operand not in found:
                    stack.append((operand, iter(self._operands(operand))))
                    open_nodes.add(operand)
        return list(dict.fromkeys(found))

    def _operands(self, number: int) -> tuple[int, ...]:
        node = self.graph.nodes[number]
        return node.operands[:1] if node.op is Op.READ and isinstance(node.attr, ReadAt) else node.operands
