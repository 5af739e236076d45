"""The verifier: what every graph between two stages has to satisfy. A violation is a bug of the compiler."""

from collections.abc import Callable, Mapping, Sequence

import networkx as nx

from rnndsl.diagnostics.span import NOWHERE
from rnndsl.graph.errors import GraphError
from rnndsl.graph.graph import EquationInfo, InputInfo, OutputInfo, ParamInfo, RecurrenceGraph
from rnndsl.graph.node import NEUTRAL, Choice, Draw, Labels, Node, Noise, Over, ReadAt
from rnndsl.graph.order import same_point
from rnndsl.graph.signatures import COMPARISONS, FOLDS, NARY, RESULT, SOURCES, UNARY, contracted, domain_and_batch
from rnndsl.indices import Access, Affine, Child, End, Index, Kind, Parent, Root, here, ordered
from rnndsl.ops import DType, Op
from rnndsl.sizes import Size

#: How many operands an operator takes; None: any number from one on.
ARITY: Mapping[Op, tuple[int, int | None]] = {
    **dict.fromkeys(sorted(SOURCES), (0, 0)),
    **dict.fromkeys(sorted(UNARY), (1, 1)),
    **dict.fromkeys(sorted(NARY | COMPARISONS), (2, 2)),
    **dict.fromkeys((Op.NOT, Op.SEEN, Op.BROADCAST, *sorted(FOLDS)), (1, 1)),
    **dict.fromkeys((Op.SLICE, Op.PLACE, Op.STACK, Op.UNSTACK, Op.ONE_HOT, Op.NUMBER, Op.USES), (1, 1)),
    **dict.fromkeys((Op.ADD, Op.MUL, Op.MINIMUM, Op.MAXIMUM, Op.CONCAT), (1, None)),
    **dict.fromkeys((Op.READ, Op.CONTRACT), (1, 2)),
    **dict.fromkeys((Op.LOOKUP, Op.SCATTER, Op.PICK, Op.PUT, Op.BEAM), (2, 2)),
    Op.VAR: (0, 1),
    Op.WHERE: (3, 3),
}

#: The operands of kind INT or BOOL; all others are REAL. READ, BROADCAST, WHERE (its values) and SEEN take any kind.
KINDS: Mapping[Op, tuple[DType, ...]] = {
    Op.NOT: (DType.BOOL,),
    Op.AND: (DType.BOOL, DType.BOOL),
    Op.OR: (DType.BOOL, DType.BOOL),
    **dict.fromkeys((Op.ONE_HOT, Op.NUMBER), (DType.INT,)),
    Op.LOOKUP: (DType.REAL, DType.INT),
    Op.SCATTER: (DType.REAL, DType.INT),
    Op.PICK: (DType.REAL, DType.INT),
    Op.PUT: (DType.REAL, DType.INT),
    Op.BEAM: (DType.REAL, DType.INT),
}
ANY_KIND = frozenset({Op.READ, Op.BROADCAST, Op.WHERE, Op.SEEN, Op.EQUAL, Op.LESS, Op.LESS_EQUAL, Op.STOP, Op.STACK})

#: What kind of attribute an operator has; the others have none.
ATTRS: Mapping[Op, type | tuple[type, ...]] = {
    **dict.fromkeys((Op.PARAM, Op.INPUT, Op.VAR, Op.OPTION), str),
    **dict.fromkeys((Op.IOTA, Op.LENGTH, Op.FRESH, Op.STACK, Op.UNSTACK), Index),
    **dict.fromkeys(sorted(FOLDS), Over),
    **dict.fromkeys((Op.SIZE, Op.SLICE, Op.PLACE), Size),
    **dict.fromkeys((Op.LOOKUP, Op.SCATTER), int),
    **dict.fromkeys((Op.ACTIVATE, Op.SEGMENTS), tuple),
    Op.CONST: float,
    Op.BEAM: Choice,
    Op.NOISE: Noise,
    Op.RANDOM: Draw,
    Op.READ: ReadAt,
    Op.USES: Child,
    Op.MISSING: (Child, Parent),
    Op.CONTRACT: Labels,
}


def verify_graph(graph: RecurrenceGraph) -> None:
    """Check a graph.

    Raises:
        GraphError: with the node and the rule that it breaks.
    """
    for number, node in graph.nodes.items():
        for check in NODE_CHECKS:
            problem = check(graph, node)
            if problem:
                raise GraphError(problem, number)
    _check_outputs(graph)
    _check_cycles(graph)


# One node ---------------------------------------------------------------------------------------------------------


def _operands(graph: RecurrenceGraph, node: Node) -> list[Node]:
    return [graph.nodes[number] for number in node.operands]


def _check_operands(graph: RecurrenceGraph, node: Node) -> str | None:
    missing = [number for number in node.operands if number not in graph.nodes]
    if missing:
        return f"operand %{missing[0]} does not exist"
    least, most = ARITY[node.op]
    if len(node.operands) < least or (most is not None and len(node.operands) > most):
        return f"{node.op} does not take {len(node.operands)} operands"
    return "a placeholder was left" if node.op is Op.VAR else None


def _check_attr(_: RecurrenceGraph, node: Node) -> str | None:
    expected = ATTRS.get(node.op, type(None))
    if not isinstance(node.attr, expected) or isinstance(node.attr, bool):
        return f"the attribute of {node.op} is {node.attr!r}"
    if node.op in (Op.LOOKUP, Op.SCATTER) and node.attr not in (0, 1):
        return f"{node.attr} is no axis of a matrix"
    return None


def _check_axes(_: RecurrenceGraph, node: Node) -> str | None:
    if node.domain != ordered(node.domain):
        return "its indices are repeated or not in canonical order"
    if any(index.ragged for index in node.domain) and not node.batch:
        return "it varies over a sequence and not over the batch"
    if len(node.shape) > 2:
        return f"its value has {len(node.shape)} axes"
    return None


def _check_kinds(graph: RecurrenceGraph, node: Node) -> str | None:
    given = _operands(graph, node)
    if node.op is Op.WHERE:
        if given[0].dtype is not DType.BOOL:
            return "its condition is not a truth"
        return None if given[1].dtype is given[2].dtype else "its two values are of different kinds"
    if node.op in ANY_KIND:
        return None if len({operand.dtype for operand in given}) == 1 else "its operands are of different kinds"
    expected = KINDS.get(node.op, (DType.REAL,) * len(given))
    for slot, (operand, kind) in enumerate(zip(given, expected, strict=True)):
        if operand.dtype is not kind:
            return f"operand {slot} is {operand.dtype}, not {kind}"
    return None


def _check_signature(graph: RecurrenceGraph, node: Node) -> str | None:
    given = _operands(graph, node)
    if node.op in RESULT:
        try:
            shape, dtype = RESULT[node.op](given, node.attr)
        except (ValueError, IndexError, TypeError) as error:
            return str(error)
        if shape != node.shape:
            return f"its shape is {_sizes(node.shape)}, its operands say {_sizes(shape)}"
        if dtype is not node.dtype:
            return f"its kind is {node.dtype}, its operands say {dtype}"
    if node.op in _FREE_DOMAIN:
        return None
    domain, batch = domain_and_batch(node.op, given, node.attr)
    if (domain, batch) != (node.domain, node.batch):
        return f"its domain is {_names(node.domain)} (batch {node.batch}), its operands say {_names(domain)} ({batch})"
    return None


_FREE_DOMAIN = frozenset({Op.PARAM, Op.INPUT, Op.NOISE, Op.RANDOM, Op.VAR, Op.BROADCAST, Op.CONTRACT, Op.SCATTER})


def _sizes(shape: Sequence[Size]) -> str:
    return "(" + ", ".join(map(str, shape)) + ")"


def _names(domain: Sequence[Index]) -> str:
    return "[" + ", ".join(index.name for index in domain) + "]"


def _check_source(graph: RecurrenceGraph, node: Node) -> str | None:
    if isinstance(node.attr, Draw):
        return _check_draw(node, node.attr)
    if node.op not in (Op.PARAM, Op.INPUT):
        return None
    known: ParamInfo | InputInfo | None = (
        graph.params.get(str(node.attr)) if node.op is Op.PARAM else graph.inputs.get(str(node.attr))
    )
    if known is None:
        return f"{node.op} {node.attr} is not declared"
    whole = isinstance(known, InputInfo) and known.whole
    expected = (ordered(known.domain), known.shape, node.op is Op.INPUT, DType.INT if whole else DType.REAL)
    if (node.domain, node.shape, node.batch, node.dtype) != expected:
        return f"{node.attr} is not as it was declared"
    return None


def _check_draw(node: Node, draw: Draw) -> str | None:
    if draw.kind not in NEUTRAL:
        return f"{draw.kind} is no kind of random number"
    return None if node.batch and node.dtype is DType.REAL else "every example draws real numbers of its own"


def _check_sum(graph: RecurrenceGraph, node: Node) -> str | None:
    """Check what a CONTRACT, a SCATTER or a BROADCAST says about its own axes."""
    given = _operands(graph, node)
    available = {index for operand in given for index in operand.domain}
    batch = any(operand.batch for operand in given)
    match node.op, node.attr:
        case Op.CONTRACT, Labels() as labels:
            problem = _check_labels(given, labels, node)
        case Op.SCATTER, _:
            problem = None if node.dtype is DType.REAL and len(node.shape) == 2 else "it is not a matrix"
        case Op.BROADCAST, _:
            return _check_broadcast(given[0], node)
        case _:
            return None
    if problem is None and (not set(node.domain) <= available or (node.batch and not batch)):
        return "it varies over what none of its operands has"
    return problem


def _check_labels(given: Sequence[Node], labels: Labels, node: Node) -> str | None:
    if any(len(set(axes)) < len(axes) for axes in (*labels.operands, labels.out)):
        return "a letter stands twice in one operand"
    try:
        shape = contracted(given, labels)
    except (ValueError, KeyError) as error:
        return f"its letters do not fit its operands: {error}"
    return None if shape == node.shape else f"its shape is {_sizes(node.shape)}, its letters say {_sizes(shape)}"


def _check_broadcast(operand: Node, node: Node) -> str | None:
    if not set(operand.domain) <= set(node.domain) or (operand.batch and not node.batch):
        return "it loses an index or the batch"
    if operand.shape not in ((), node.shape):
        return f"shape {_sizes(operand.shape)} cannot be repeated to {_sizes(node.shape)}"
    return None if operand.dtype is node.dtype else "it changes the kind"


def _check_components(graph: RecurrenceGraph, node: Node) -> str | None:
    """Check operators on components and tokens, whose shape the maker said."""
    given = _operands(graph, node)
    match node.op:
        case Op.SLICE | Op.PLACE:
            fits = bool(node.shape) and node.shape[1:] == given[0].shape[1:] and bool(given[0].shape)
        case Op.PUT:
            fits = len(node.shape) == 1 and not given[0].shape
        case Op.PICK:
            fits = len(given[0].shape) == 1
        case Op.BEAM:
            fits = len(given[0].shape) == int(isinstance(node.attr, Choice) and not node.attr.over)
        case Op.TOP:
            fits = len(given[0].shape) == int(node.attr == Over(()))
        case Op.ONE_HOT:
            fits = len(node.shape) == 1
        case Op.LOOKUP | Op.SCATTER:
            matrix, vector = (given[0], node) if node.op is Op.LOOKUP else (node, given[0])
            fits = len(matrix.shape) == 2 and vector.shape == (matrix.shape[1 - int(node.attr == 1)],)
        case Op.CONCAT:
            fits = all(operand.shape[1:] == node.shape[1:] for operand in given)
        case _:
            fits = True
    tokens = [operand for operand in given if operand.dtype is DType.INT]
    return None if fits and all(not token.shape for token in tokens) else "the shapes of its operands do not fit"


def _check_access(graph: RecurrenceGraph, node: Node) -> str | None:
    operand = graph.nodes[node.operands[0]].domain if node.operands else ()
    match node.op, node.attr:
        case Op.READ, ReadAt(at):
            return _check_read(at, operand)
        case Op.USES, Child(of) as child:
            if not set(child.indices) <= set(operand):
                return f"its operand does not vary over {_names(child.indices)}"
            others = [index for index in operand if index.of == of and index not in child.indices]
            return _check_place(of, child) or (f"{others[0].name} runs over a parent's children" if others else None)
        case Op.MISSING, Child(of) | Parent(of) as access:
            return _check_place(of, access)
        case _, Over(indices):
            kept = [index for index in operand if index.of in indices and index not in indices]
            return f"{kept[0].name} would be left without its node" if kept else None
        case _:
            return None


def _check_read(at: Sequence[tuple[Index, Access]], operand: Sequence[Index]) -> str | None:
    named = tuple(index for index, _ in at)
    if not named or named != ordered(named):
        return "the indices of a read are none, repeated or not in canonical order"
    if len(at) > 1 and any(isinstance(access, Child | Parent | Root) for _, access in at):
        return "a read along a tree names another index, too"
    if any(index.of is not None and index.of in named for index in operand):
        return "edges are read elsewhere"
    for index, access in at:
        if access == here(index) or (isinstance(access, Parent) and index.kind is Kind.DAG):
            return f"{index.name} is read at the same point, or has no one parent"
        problem = _check_place(index, access)
        if problem:
            return problem
    return None


def _check_place(index: Index, access: Access) -> str | None:
    """Check that an access fits the kind of an index and is in its one form."""
    match access:
        case Child(of, slot):
            strange = [term.name for term in slot.indices if term.of not in (None, of)]
            if of != index or not of.structured or strange:
                return f"{access} is no point of {index.name}"
            return _check_affine(slot)
        case Parent(of):
            return None if of == index and of.structured else f"{access} is no point of {index.name}"
        case Root():
            return None if index.structured else f"{index.name} has no root"
        case Affine():
            return f"{index.name} is read at a number" if index.structured else _check_affine(access)
        case End():
            return None


def _check_affine(access: Affine) -> str | None:
    terms = tuple(term for term, _ in access.terms)
    if terms != tuple(sorted(set(terms), key=lambda index: index.sort_key)):
        return f"the access {access} is not in its one form"
    return None if all(abs(sign) == 1 for _, sign in access.terms) else f"the access {access} is not in its one form"


def _check_span(_: RecurrenceGraph, node: Node) -> str | None:
    return "a place in a file has no line" if node.span != NOWHERE and node.span.line < 1 else None


NODE_CHECKS: tuple[Callable[[RecurrenceGraph, Node], str | None], ...] = (
    _check_operands,
    _check_attr,
    _check_axes,
    _check_source,
    _check_kinds,
    _check_access,
    _check_components,
    _check_sum,
    _check_signature,
    _check_span,
)


# The whole graph --------------------------------------------------------------------------------------------------


def _check_outputs(graph: RecurrenceGraph) -> None:
    results: list[tuple[str, OutputInfo | EquationInfo]] = [*graph.outputs.items(), *graph.equations.items()]
    for name, info in results:
        if name != info.name:
            raise GraphError(f"{info.name} is listed as {name}")
        if info.node not in graph.nodes:
            raise GraphError(f"the value of {name} does not exist", info.node)
        if not set(graph.nodes[info.node].domain) <= set(info.domain):
            raise GraphError(f"{name} does not have all indices of its value", info.node)
    for name, equation in graph.equations.items():
        node = graph.nodes[equation.node]
        if equation.span != NOWHERE and node.span == NOWHERE and node.operands:
            raise GraphError(f"the place of {name} was lost", equation.node)


def _check_cycles(graph: RecurrenceGraph) -> None:
    """Check that every cycle reads another point somewhere."""
    needs = same_point(graph)
    network = nx.DiGraph((operand, user) for user, operands in needs.items() for operand in operands)
    if not nx.is_directed_acyclic_graph(network):
        raise GraphError("it needs itself at the same point", min(edge[0] for edge in nx.find_cycle(network)))
