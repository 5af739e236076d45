"""Random small graphs: expressions over points, ranges and the past, closed into recurrences."""

from dataclasses import dataclass, field

from hypothesis import strategies as st

from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.graph.node import Labels, Over
from rnndsl.indices import Access, Affine, Child, Domain, End, Index, Parent, Root, here
from rnndsl.ops import Op
from tests.graph.examples import HIDDEN, C, D, E, J, K, M, N, Net, S, T, shift

DOMAINS: tuple[Domain, ...] = ((), (T,), (S,), (T, M), (K,), (T, K), (T, S), (J,))
UNARY = (Op.TANH, Op.SIGMOID, Op.SOFTPLUS, Op.SIN, Op.COS, Op.NEG, Op.RELU, Op.ABS)
BINARY = (Op.ADD, Op.SUB, Op.MUL, Op.MINIMUM, Op.MAXIMUM)
FOLDS = (Op.SOFTMAX, Op.LOGSUMEXP)
OFFSETS = (-2, -1, 1, 2)


@dataclass
class Grower:
    """Grows a graph from drawn choices."""

    draw: st.DrawFn
    net: Net = field(default_factory=lambda: Net("Random"))
    values: list[int] = field(default_factory=list)
    domains: tuple[Domain, ...] = DOMAINS

    def pick(self, values: list[int] | None = None) -> int:
        """Choose a value."""
        return self.draw(st.sampled_from(values or self.values))

    def leaf(self, number: int) -> None:
        """Add a parameter, or an input where there is a sequence in its domain."""
        domain = self.draw(st.sampled_from(self.domains))
        shape = (HIDDEN,) if self.draw(st.booleans()) else ()
        if any(index.ragged for index in domain):
            self.values.append(self.net.input(f"x{number}", domain, *shape))
        else:
            self.values.append(self.net.param(f"w{number}", *shape, over=domain))

    def step(self) -> None:
        """Add a node of one of the kinds."""
        kind = self.draw(
            st.sampled_from((self.unary, self.binary, self.fold, self.product, self.elsewhere, self.choice))
        )
        self.values.append(kind())

    def unary(self) -> int:
        """Apply a function."""
        return self.net.op(self.draw(st.sampled_from(UNARY)), self.pick())

    def binary(self) -> int:
        """Combine two values."""
        return self.net.op(self.draw(st.sampled_from(BINARY)), self.pick(), self.pick())

    def choice(self) -> int:
        """Choose between two values by comparing others."""
        condition = self.net.op(Op.LESS, self.scalar(self.pick()), self.scalar(self.pick()))
        return self.net.op(Op.WHERE, condition, self.pick(), self.pick())

    def scalar(self, number: int) -> int:
        """Sum the components of a vector."""
        return self.net.sum(number) if self.net.builder.nodes[number].shape else number

    def fold(self) -> int:
        """Fold over components or an index that the value has."""
        number = self.pick()
        node = self.net.builder.nodes[number]
        choices = [Over((index,)) for index in node.domain] + ([Over(())] if node.shape else [])
        if not choices:
            return self.unary()
        over = self.draw(st.sampled_from(choices))
        if self.draw(st.booleans()):
            return self.net.op(self.draw(st.sampled_from(FOLDS)), number, attr=over)
        return self.net.sum(number, *over.indices)

    def product(self) -> int:
        """Multiply two values and sum some of what one of them has."""
        first, second = self.pick(), self.pick()
        nodes = [self.net.builder.nodes[number] for number in (first, second)]
        letters = tuple("i" if node.shape else "" for node in nodes)
        out = self.draw(st.sampled_from(sorted({"", max(letters)})))
        domain = tuple({index: None for node in nodes for index in node.domain})
        batch = any(node.batch for node in nodes)
        return self.net.builder.contract(Labels(letters, out), [first, second], self.kept(domain), batch=batch)

    def kept(self, domain: Domain) -> Domain:
        """Choose the indices that a product keeps."""
        return tuple(index for index in domain if self.draw(st.booleans()))

    def elsewhere(self) -> int:
        """Read a value at another point of an index, perhaps with an init."""
        number = self.pick()
        index = self.draw(st.sampled_from((T, S, M, K)))
        return self.net.read(number, {index: self.access(index)}, self.start(number))

    def start(self, number: int) -> int | None:
        """Choose an init of a value's shape, or none."""
        shape = self.net.builder.nodes[number].shape
        fitting = [init for init in self.values if self.net.builder.nodes[init].shape == shape]
        wanted = self.draw(st.booleans())
        return self.pick(fitting) if wanted and fitting else None

    def access(self, index: Index) -> Access:
        """Choose an access."""
        offset = self.draw(st.sampled_from(OFFSETS))
        several = ((index, 1), (J, self.draw(st.sampled_from((-1, 1)))))
        choices: list[Access] = [
            Affine(((index, 1),), offset),
            Affine(several, offset),
            End(last=True),
            End(last=False),
        ]
        return self.draw(st.sampled_from(choices if index.ragged else [*choices, Affine((), 2)]))


@st.composite
def graphs(draw: st.DrawFn) -> RecurrenceGraph:
    """Draw a graph with one state that is read one step back (or ahead) inside of it."""
    grower = Grower(draw)
    net = grower.net
    shape = (HIDDEN,) if draw(st.booleans()) else ()
    state = net.equation("h", (T,), *shape)
    for number in range(draw(st.integers(1, 3))):
        grower.leaf(number)
    grower.values.append(net.read(state, shift(T, draw(st.sampled_from((-2, -1, 1))))))
    for _ in range(draw(st.integers(1, 7))):
        grower.step()
    fitting = [n for n in grower.values if set(net.builder.nodes[n].domain) <= {T}]
    fitting = [n for n in fitting if net.builder.nodes[n].shape in ((), shape)]
    value = net.op(Op.TANH, grower.pick(fitting)) if fitting else net.builder.const(0.5)
    net.define("h", value)
    last = net.op(Op.SIN, grower.scalar(grower.values[-1]))
    return net.finish(net.add(net.total(last), net.total(state)))


ON_TREES: tuple[Domain, ...] = ((), (N,), (N, C), (D,), (D, E), (T, N), (K,), (N, K), (T, D, E))


@dataclass
class Climber(Grower):
    """Grows a graph over trees and DAGs."""

    domains: tuple[Domain, ...] = ON_TREES

    def fold(self) -> int:
        """Fold over an index and what it leaves without a node; the largest of no children is not asked for."""
        number = self.pick()
        node = self.net.builder.nodes[number]
        if not node.domain:
            return self.unary()
        chosen = self.draw(st.sampled_from(node.domain))
        over = tuple(index for index in node.domain if chosen in (index, index.of))
        if self.draw(st.booleans()):
            return self.net.op(Op.SOFTMAX, number, attr=Over(over))
        return self.net.sum(number, *over)

    def kept(self, domain: Domain) -> Domain:
        """Choose what a product keeps; a child only with its node."""
        chosen = set(super().kept(domain))
        return tuple(index for index in domain if index in chosen and (index.of is None or index.of in chosen))

    def elsewhere(self) -> int:
        """Read a value along a tree, perhaps with an init, or give it to the children."""
        number = self.pick()
        index = self.draw(st.sampled_from((N, D)))
        child = C if index is N else E
        places = (here(child), Affine((), 1), Affine((), 2), Affine(((J, 1),), 1), Affine(((child, 1),), 1))
        below = Child(index, self.draw(st.sampled_from(places)))
        node = self.net.builder.nodes[number]
        if child in node.domain:
            return self.net.op(Op.USES, number, attr=Child(index, here(child)))
        others: list[Access] = [Root(), Parent(index)] if index is N else [Root()]
        access = self.draw(st.sampled_from([below, below, *others]))
        return self.net.read(number, {index: access}, self.start(number))


@st.composite
def tree_graphs(draw: st.DrawFn) -> RecurrenceGraph:
    """Draw a graph with one state that is read at its children (or at its parent) inside of it."""
    grower = Climber(draw)
    net = grower.net
    shape = (HIDDEN,) if draw(st.booleans()) else ()
    index, child = draw(st.sampled_from(((N, C), (D, E))))
    state = net.equation("h", (index,), *shape)
    for number in range(draw(st.integers(1, 3))):
        grower.leaf(number)
    below = net.read(state, {index: Child(index, here(child))})
    upwards: list[int] = [net.sum(below, child), net.read(state, {index: Child(index, Affine((), 1))})]
    downwards = [net.read(state, {N: Parent(N)})] if index is N else []
    grower.values.append(draw(st.sampled_from(upwards + downwards)))
    for _ in range(draw(st.integers(1, 7))):
        grower.step()
    fitting = [n for n in grower.values if set(net.builder.nodes[n].domain) <= {index}]
    fitting = [n for n in fitting if net.builder.nodes[n].shape in ((), shape)]
    net.define("h", net.op(Op.TANH, grower.pick(fitting)) if fitting else net.builder.const(0.5))
    last = net.op(Op.SIN, grower.scalar(grower.values[-1]))
    return net.finish(net.add(net.total(last), net.total(state)))
