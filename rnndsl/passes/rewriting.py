"""Rewriting a graph in place: replace a node by another one and keep everything hash-consed.

A pass works on a `Rewriting`, a `Builder` that also knows who uses what: `forward(old, new)` gives all users of one
node to another, merges users that become equal, and releases what nobody needs any more. `rewrite` applies a table of
local rules until none applies.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from rnndsl.graph.build import Builder, finish
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Node
from rnndsl.graph.signatures import RESULT, domain_and_batch
from rnndsl.indices import Domain
from rnndsl.ops import Op
from rnndsl.passes.loops import find_loops
from rnndsl.sizes import Shape


@dataclass
class Rewriting(Builder):
    """A graph being rewritten; `users` counts live users only, `kept` holds the outputs' nodes."""

    users: dict[int, dict[int, None]] = field(default_factory=dict)
    kept: set[int] = field(default_factory=set)
    pending: deque[int] = field(default_factory=deque)
    queued: set[int] = field(default_factory=set)
    changed: bool = False  # since the last call of `renew`
    built: bool = False  # ever
    _loops: dict[int, int] | None = None

    @staticmethod
    def start(graph: RecurrenceGraph) -> "Rewriting":
        """Start from a graph, ids kept."""
        users: dict[int, dict[int, None]] = {number: {} for number in graph.nodes}
        for number, node in graph.nodes.items():
            for operand in node.operands:
                users[operand][number] = None
        kept = {output.node for output in graph.outputs.values()}
        return Rewriting(dict(graph.nodes), users=users, kept=kept)

    def index(self) -> dict[tuple[object, ...], int]:
        """Return the nodes by what they are; made when first needed, since most passes find nothing to do."""
        if not self._known:
            self._known = {node.key: number for number, node in self.nodes.items()}
        return self._known

    @property
    def loops(self) -> dict[int, int]:
        """For every node inside a loop the number of its component; as of the last call of `renew`."""
        if self._loops is None:
            self._loops = find_loops(self.nodes)
        return self._loops

    def renew(self) -> None:
        """Forget what was known about loops and changes."""
        self._loops = None
        self.changed = False

    def add(self, node: Node) -> int:
        """Return the id of a node equal to `node`, made now if there is none."""
        self.index()
        before = len(self.nodes)
        number = self.resolve(super().add(node))
        if len(self.nodes) > before:
            self.users[number] = {}
            for operand in node.operands:
                self.users[operand][number] = None
            self.push(number)
        return number

    def find(self, op: Op, *operands: int) -> int | None:
        """Return the node that applies an operator without attribute to operands, if somebody needs it."""
        given = [self.nodes[number] for number in operands]
        domain, batch = domain_and_batch(op, given, None)
        shape, dtype = RESULT[op](given, None)
        number = self.index().get(Node(op, operands, domain, shape, batch, dtype).key)
        return number if number is not None and self.users[number] else None

    def push(self, number: int) -> None:
        """Have a node looked at (again)."""
        if number not in self.queued:
            self.queued.add(number)
            self.pending.append(number)

    def pop(self) -> int | None:
        """Return the next node to look at."""
        if not self.pending:
            return None
        number = self.pending.popleft()
        self.queued.discard(number)
        return number

    def resolve(self, number: int) -> int:
        """Return the node that `number` was forwarded to."""
        node = self.nodes[number]
        while node.op is Op.VAR and node.operands:
            number = node.operands[0]
            node = self.nodes[number]
        return number

    def at(self, number: int) -> None:
        """Let nodes made from now on have the place of `number`."""
        self.span, self.adjoint = self.nodes[number].span, self.nodes[number].adjoint

    def live(self, ops: Collection[Op]) -> list[int]:
        """Return the nodes with one of these operators that somebody needs."""
        return [n for n, node in self.nodes.items() if node.op in ops and (self.users[n] or n in self.kept)]

    def alone(self, number: int) -> bool:
        """Whether a node has one user and is no output."""
        return len(self.users[number]) == 1 and number not in self.kept

    def fit(self, value: int, like: Node) -> int:
        """Repeat a value over what it lacks of another node's domain, batch and shape."""
        return self.broadcast(value, like.domain, like.shape, batch=like.batch)

    def repeat(self, value: int, domain: Domain, shape: Shape, *, batch: bool) -> int:
        """Repeat a value over what it lacks, keeping what it has more."""
        node = self.nodes[value]
        wider = {*node.domain, *domain}
        return self.broadcast(value, tuple(wider), node.shape or shape, batch=batch or node.batch)

    def forward(self, old: int, new: int) -> None:
        """Give all users of `old` to `new`; users that become equal to a known node are forwarded too."""
        queue = [(old, new)]
        while queue:
            source, target = queue.pop()
            source, target = self.resolve(source), self.resolve(target)
            if source == target:
                continue
            self.changed = self.built = True
            queue.extend(self._let_go(source, target))
            if source in self.kept:
                self.kept.add(target)
            self.kept.discard(source)
            was = self.nodes[source]
            self._release(source)
            self.nodes[source] = Node(Op.VAR, (target,), was.domain, was.shape, was.batch, was.dtype)

    def _let_go(self, source: int, target: int) -> list[tuple[int, int]]:
        merged = []
        for user in list(self.users[source]):
            node = self.nodes[user]
            self._forget(user)
            operands = tuple(target if operand == source else operand for operand in node.operands)
            renewed = Node(
                node.op, operands, node.domain, node.shape, node.batch, node.dtype, node.attr, node.span, node.adjoint
            )
            self.nodes[user] = renewed
            self.users[target][user] = None
            twin = self.index().setdefault(renewed.key, user)
            if twin == user:
                self.push(user)
            else:
                merged.append((user, twin))
        self.users[source].clear()
        return merged

    def _forget(self, number: int) -> None:
        key = self.nodes[number].key
        if self.index().get(key) == number:
            del self._known[key]

    def _release(self, number: int) -> None:
        """Take a node that nobody uses out of its operands' users, and so on."""
        stack = [number]
        while stack:
            unused = stack.pop()
            self._forget(unused)
            for operand in dict.fromkeys(self.nodes[unused].operands):
                users = self.users[operand]
                last = unused in users and len(users) == 1
                users.pop(unused, None)
                if last and operand not in self.kept:
                    stack.append(operand)

    def result(self, frame: RecurrenceGraph) -> RecurrenceGraph:
        """Return the rewritten graph."""
        return finish(self, frame, frame.outputs.values())


Rule = Callable[[Rewriting, int, Node], int | None]


def rewrite(graph: RecurrenceGraph, rules: Mapping[Op, tuple[Rule, ...]]) -> RecurrenceGraph:
    """Apply local rules until none applies; a rule returns what a node becomes, or None."""
    candidates = [number for number, node in graph.nodes.items() if node.op in rules]
    if not candidates:
        return graph
    work = Rewriting.start(graph)
    while _sweep(work, rules, candidates):
        candidates = work.live(rules)
    return work.result(graph) if work.built else graph


def _sweep(work: Rewriting, rules: Mapping[Op, tuple[Rule, ...]], candidates: Iterable[int]) -> bool:
    work.renew()
    for candidate in candidates:
        work.push(candidate)
    while (number := work.pop()) is not None:
        node = work.nodes[number]
        for rule in rules.get(node.op, ()):
            work.span, work.adjoint = node.span, node.adjoint
            new = rule(work, number, node)
            if new is not None and new != number:
                work.forward(number, new)
                break
    return work.changed
