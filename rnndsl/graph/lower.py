"""Lowering: a typed model becomes a recurrence graph, every expression on its minimal domain."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rnndsl.graph.build import finish
from rnndsl.graph.graph import EquationInfo, InputInfo, OutputInfo, ParamInfo, RecurrenceGraph
from rnndsl.graph.likelihoods import (
    Likelihood,
    Point,
    example_mean,
    lower_likelihood,
    negated,
    point_weight,
    seen,
    total_over_data,
    weighted_mean,
)
from rnndsl.graph.lower_draws import Mode, check_beam, lower_value
from rnndsl.graph.lower_expressions import lower_expression
from rnndsl.graph.lower_order import Drawn, Step, key_of, lowering_steps
from rnndsl.graph.lower_reads import observed
from rnndsl.graph.lower_state import Lowering, Scope
from rnndsl.graph.members import spread_members
from rnndsl.ops import DType, Op
from rnndsl.semantics.causality import check_generation
from rnndsl.semantics.model import Equation, Expr, Init, Random, TypedModel
from rnndsl.semantics.shapes_kinds import number_of


def lower(typed: TypedModel, mode: Mode = "observe") -> RecurrenceGraph:
    """Make the recurrence graph of a model in a mode.

    Raises:
        SpecError: an init that needs itself, points that cannot be drawn in order, or what is not supported yet.
    """
    return _lowered(typed, mode).graph()


@dataclass(frozen=True, slots=True)
class Parts:
    """What became of the expressions of a model: a key among the graph's equations for each, and the dropout masks."""

    keys: Mapping[Expr, str]
    masks: Mapping[Expr, str]


def lower_with_parts(typed: TypedModel) -> tuple[RecurrenceGraph, Parts]:
    """Make the recurrence graph in the mode "observe", in which every expression is an equation, too.

    `differentiate` names the cotangents of equations: so it does that of every expression of the model.
    """
    whole = _lowered(typed, "observe")
    keys = {}
    for place, (expr, number) in enumerate(whole.state.parts.items()):
        keys[expr] = key = f"part {place}"
        domain = whole.state.node(number).domain
        whole.equations[key] = EquationInfo(key, number, domain, "", expr.span)
    return whole.graph(), Parts(keys, whole.state.noise)


def _lowered(typed: TypedModel, mode: Mode) -> "_Whole":
    if mode != "observe":
        check_generation(typed.model)
    if mode == "beam":
        check_beam(typed.model)
    whole = _Whole(typed, Lowering(typed, _params(typed), _inputs(typed), lower_expression), mode)
    for step in lowering_steps(typed.model, drawn=mode != "observe"):
        whole.take(step)
    if whole.generates:
        whole.finish_draws()
    else:
        whole.finish_loss()
    for output in typed.model.outputs if mode != "beam" else ():  # a search returns what it found alone
        node = whole.state.lower(output.value, _scope(output.name))
        whole.outputs.append(OutputInfo(output.name, node, output.domain))
    return whole


def _scope(owner: str) -> Scope:
    return Scope({}, None, owner)


def _params(typed: TypedModel) -> dict[str, ParamInfo]:
    params = {}
    for param in typed.model.params.values():
        shape = typed.quantities[param.name].shape
        default = ("glorot" if len(shape) == 2 else "zeros", ())
        given = param.initialiser or default
        params[param.name] = ParamInfo(param.name, param.domain, shape, given, param.frozen, param.span)
    return params


def _inputs(typed: TypedModel) -> dict[str, InputInfo]:
    inputs = {}
    for data in typed.model.data.values():
        kind = typed.quantities[data.name]
        shape, token = ((), kind.shape[0]) if kind.token else (kind.shape, None)
        inputs[data.name] = InputInfo(data.name, data.domain, shape, token, data.role, data.span, kind.point)
    return inputs


@dataclass
class _Whole:
    """A model on its way: the graph's nodes, and what they are to the outside; `fed` are the values of targets."""

    typed: TypedModel
    state: Lowering
    mode: Mode
    outputs: list[OutputInfo] = field(default_factory=list)
    equations: dict[str, EquationInfo] = field(default_factory=dict)
    likelihoods: dict[str, Likelihood] = field(default_factory=dict)
    fed: dict[str, int] = field(default_factory=dict)

    @property
    def generates(self) -> bool:
        """Whether targets are made by the model, and nothing is scored against data."""
        return self.mode in {"sample", "beam"}

    def take(self, step: Step) -> None:
        """Lower items that need one another: placeholders first if they do so in a circle."""
        holders = {key_of(item): self._hold(item, step) for item in step.items if step.cyclic}
        for item in step.items:
            feeds = isinstance(item, Random) or key_of(item) in step.feeds
            self.state.fed = self.fed if feeds or self.generates else {}
            match item:
                case Equation():
                    self._equation(item, holders.get(item.name))
                case Drawn(random):
                    self._drawn(random, holders.get(random.target))
                case Random():
                    self._random(item, holders.get(key_of(item)))
                case Init():
                    pass  # inits are lowered at every point that is read
        self.state.fed = self.fed if self.generates else {}

    def _hold(self, item: object, step: Step) -> int | None:
        builder = self.state.builder
        match item:
            case Equation(name=name, domain=domain):
                kind = self.typed.quantities[name]
                shape, dtype = ((), DType.INT) if kind.token else (kind.shape, DType.REAL)
                holder = builder.placeholder(name, domain, shape, batch=step.batch, dtype=dtype)
                self.state.values[name] = holder
                return holder
            case Drawn(Random(target=name, domain=domain)):
                node = self.state.node(builder.input(self.state.inputs[name]))
                self.fed[name] = builder.placeholder(name, domain, node.shape, batch=True, dtype=node.dtype)
                return self.fed[name]
            case Random(target=name, domain=domain):
                self.state.drawn[name] = builder.placeholder(key_of(item), domain, (), batch=True)
                return self.state.drawn[name]
            case _:
                return None

    def _equation(self, equation: Equation, holder: int | None) -> None:
        state, name = self.state, equation.name
        state.builder.span = equation.span
        token = self.typed.quantities[name].token
        value = (state.lower if token else state.real)(equation.value, _scope(name))
        if not token:
            node, shape = state.node(value), self.typed.quantities[name].shape
            value = state.builder.broadcast(value, node.domain, shape, batch=node.batch)
        if holder is not None:
            state.builder.define(holder, value)
        state.values[name] = value if holder is None else holder
        self.equations[name] = EquationInfo(name, state.values[name], equation.domain, equation.text, equation.span)

    def _drawn(self, random: Random, holder: int | None) -> None:
        self.state.builder.span = random.span
        value = lower_value(self.state, random, self.mode)
        if holder is not None:
            self.state.builder.define(holder, value)
        self.fed[random.target] = value if holder is None else holder

    def _random(self, random: Random, holder: int | None) -> None:
        """Lower the log-likelihood of a point; where the target is absent it is 0.

        What the model draws is there, but for a point of an index set that has none.
        """
        state, name = self.state, random.target
        state.builder.span = random.span
        data = state.builder.input(state.inputs[name])
        target = self.fed[name] if self.generates else data
        point = Point(target if self.generates else observed(state, name), _scope(name))
        found = lower_likelihood(state, random.distribution, point)
        value = found.log_prob
        if not self.generates or state.inputs[name].point is not None:
            value = state.apply(Op.WHERE, seen(state, target), value, state.builder.const(0))
        if holder is not None:
            state.builder.define(holder, value)
        state.drawn[name] = value if holder is None else holder
        self.likelihoods[name] = found

    def finish_draws(self) -> None:
        """Return the values of targets, and their log-likelihoods, of which a search has its own."""
        for random in self.typed.model.randoms:
            name, domain = random.target, random.domain
            self.outputs.append(OutputInfo(name, self.fed[name], domain))
            if self.mode != "beam":
                self.outputs.append(OutputInfo(f"{name}.log_prob", self.state.drawn[name], domain))
            self.equations[name] = EquationInfo(name, self.fed[name], domain, random.text, random.span)

    def finish_loss(self) -> None:
        """Add up the terms of all random equations and loss statements; a model without any has no loss."""
        if not (self.typed.model.randoms or self.typed.model.losses):
            return
        state, terms = self.state, []
        for random in self.typed.model.randoms:
            state.builder.span = random.span
            term = self._term(random)
            if term is not None:
                terms.append(term)
        for loss in self.typed.model.losses:
            state.builder.span = loss.span
            terms.append(example_mean(state, state.real(loss, _scope("loss"))))
        state.builder.span = self.typed.model.span
        total = state.builder.const(0) if not terms else terms[0] if len(terms) == 1 else state.apply(Op.ADD, *terms)
        self.outputs.append(OutputInfo("loss", total, ()))

    def _term(self, random: Random) -> int | None:
        """Return `scale` times the weighted mean of minus log-likelihood; None where the scale is 0."""
        state, name, scope = self.state, random.target, _scope(random.target)
        for parameter in self.likelihoods[name].parameters:
            domain = (*random.domain, *parameter.over)
            self.outputs.append(OutputInfo(f"{name}.{parameter.name}", parameter.node, domain))
        weight = point_weight(state, state.builder.input(state.inputs[name]), random.weight, scope)
        surprise = negated(state, self.likelihoods[name].log_prob)
        self.equations[name] = EquationInfo(name, surprise, random.domain, random.text, random.span)
        total, weights = total_over_data(state, [weight, surprise]), total_over_data(state, [weight])
        self.outputs += [OutputInfo(f"{name}.nll", total, ()), OutputInfo(f"{name}.weight", weights, ())]
        scale = 1.0 if random.scale is None else number_of(random.scale)
        if scale == 0:
            return None
        mean = weighted_mean(state, total, weights)
        if scale == 1 or random.scale is None:
            return mean
        return state.apply(Op.MUL, example_mean(state, state.real(random.scale, scope)), mean)

    def graph(self) -> RecurrenceGraph:
        """Return the finished graph."""
        model = self.typed.model
        frame = RecurrenceGraph(
            name=model.name,
            dims={name: dim.value for name, dim in model.dims.items()},
            fixed_dims=frozenset(name for name, dim in model.dims.items() if dim.fixed),
            indices=(*model.indices, *self.state.indices),
            params=self.state.params,
            inputs=self.state.inputs,
            nodes={},
            outputs={},
        )
        return spread_members(finish(self.state.builder, frame, self.outputs, self.equations))
