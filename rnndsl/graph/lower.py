"""Lowering: a typed model becomes a recurrence graph, every expression on its minimal domain."""

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
from rnndsl.graph.lower_expressions import lower_expression
from rnndsl.graph.lower_order import Step, key_of, lowering_steps
from rnndsl.graph.lower_reads import value_of
from rnndsl.graph.lower_state import Lowering, Scope
from rnndsl.ops import Op
from rnndsl.semantics.model import Equation, Random, TypedModel
from rnndsl.semantics.shapes_kinds import number_of


def lower(typed: TypedModel) -> RecurrenceGraph:
    """Make the recurrence graph of a model.

    Raises:
        SpecError: an init that needs itself, or what is not supported yet.
    """
    whole = _Whole(typed, Lowering(typed, _params(typed), _inputs(typed), lower_expression))
    for step in lowering_steps(typed.model):
        whole.take(step)
    whole.finish_loss()
    for output in typed.model.outputs:
        node = whole.state.lower(output.value, _scope(output.name))
        whole.outputs.append(OutputInfo(output.name, node, output.domain))
    return whole.graph()


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
    """A model on its way: the graph's nodes, and what they are to the outside."""

    typed: TypedModel
    state: Lowering
    outputs: list[OutputInfo] = field(default_factory=list)
    equations: dict[str, EquationInfo] = field(default_factory=dict)
    likelihoods: dict[str, Likelihood] = field(default_factory=dict)

    def take(self, step: Step) -> None:
        """Lower items that need one another: placeholders first if they do so in a circle."""
        holders = {key_of(item): self._hold(item, step) for item in step.items if step.cyclic}
        for item in step.items:
            match item:
                case Equation():
                    self._equation(item, holders.get(item.name))
                case Random():
                    self._random(item, holders.get(key_of(item)))
                case _:
                    pass  # inits are lowered at every point that is read

    def _hold(self, item: object, step: Step) -> int | None:
        builder = self.state.builder
        match item:
            case Equation(name=name, domain=domain):
                shape = self.typed.quantities[name].shape
                self.state.values[name] = builder.placeholder(name, domain, shape, batch=step.batch)
                return self.state.values[name]
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

    def _random(self, random: Random, holder: int | None) -> None:
        """Lower the log-likelihood of a point; where the target is absent it is 0."""
        state = self.state
        state.builder.span = random.span
        target = state.builder.input(state.inputs[random.target])
        point = Point(value_of(state, random.target), _scope(random.target))
        found = lower_likelihood(state, random.distribution, point)
        value = state.apply(Op.WHERE, seen(state, target), found.log_prob, state.builder.const(0))
        if holder is not None:
            state.builder.define(holder, value)
        state.drawn[random.target] = value if holder is None else holder
        self.likelihoods[random.target] = found

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
        return finish(self.state.builder, frame, self.outputs, self.equations)
