"""Draws: what a target's value is in every mode other than observing; one recipe per distribution.

Where random numbers are neutral (see `NEUTRAL`) a draw is the most likely value of its distribution, or its mean.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from rnndsl.graph.likelihoods import seen
from rnndsl.graph.lower_products import sum_nodes
from rnndsl.graph.lower_reads import observed
from rnndsl.graph.lower_state import Lowering, Scope, refuse
from rnndsl.graph.members import member_of
from rnndsl.graph.node import Choice, Draw, Node, Over
from rnndsl.indices import Domain, Kind, ordered
from rnndsl.ops import DType, Op
from rnndsl.semantics.model import Distribution, Model, Random
from rnndsl.sizes import Shape, Size

#: What a target is where it is read: the data; drawn by the model; chosen by a beam search; either data or drawn.
Mode = Literal["observe", "sample", "beam", "mix"]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn: a value of `shape` at every point of `domain`, from the random stream `key`.

    `tempered` says whether the call gives a temperature, and what is left of unlikely values.
    """

    key: str
    domain: Domain
    shape: Shape
    scope: Scope
    tempered: bool = True


Recipe = Callable[[Lowering, Distribution, Drawing], int]


def lower_value(state: Lowering, random: Random, mode: Mode) -> int:
    """Lower what reads of a target see: where its data are given, those, otherwise what the model draws.

    In the mode `mix` a coin is thrown at every point instead (scheduled sampling, Bengio et al. 2015), and no gradient
    goes into the draw.
    """
    given = state.builder.input(state.inputs[random.target])
    scope = Scope({}, None, random.target)
    if mode == "beam":
        return _lower_choice(state, random, scope)
    node = state.node(given)
    drawing = Drawing(f"{random.target}.draw", random.domain, node.shape, scope, tempered=mode == "sample")
    drawn = lower_draw(state, random.distribution, drawing)
    if mode == "sample":
        return state.apply(Op.WHERE, seen(state, given), given, drawn)
    coin = _numbers(state, Drawing(f"{random.target}.mix", random.domain, (), scope), "uniform")
    own = state.apply(Op.LESS, coin, state.builder.apply(Op.OPTION, attr="mix"))
    drawn = drawn if node.dtype is DType.INT else state.apply(Op.STOP, drawn)
    return state.apply(Op.WHERE, own, drawn, observed(state, random.target))


def lower_draw(state: Lowering, distribution: Distribution, drawing: Drawing) -> int:
    """Lower a draw: of a categorical distribution the place of the largest score, of others the number itself."""
    leaf = distribution
    while leaf.name == "mixture":
        (leaf,) = _parts(leaf)
    value = RECIPES[distribution.name](state, distribution, drawing)
    return value if leaf.name != "categorical" else state.builder.apply(Op.TOP, value, attr=Over(leaf.over))


def check_beam(model: Model) -> None:
    """Refuse a beam search over anything but the tokens, or chosen points, of one sequence.

    Raises:
        SpecError: there is no random equation, or another one.
    """
    way = "draw samples instead (mode sample), or take the most likely value of every point (greedy)"
    if not model.randoms:
        raise refuse("RNN490", "a beam search needs a target, and there is no `~` equation", model.span, way)
    first, *rest = model.randoms
    if rest:
        names = f"`{first.target}` and `{rest[0].target}`"
        raise refuse("RNN490", f"a beam search over several targets, {names}, is not supported", rest[0].span, way)
    if first.distribution.name != "categorical":
        message = f"a beam search chooses among tokens or points, and `{first.target}` is {first.distribution.name}"
        raise refuse("RNN490", message, first.span, way)
    if [index.kind for index in first.domain] != [Kind.SEQUENCE]:
        place = f"stands on [{', '.join(index.name for index in first.domain)}]" if first.domain else "has no index"
        message = f"a beam grows along one sequence, and `{first.target}` {place}"
        raise refuse("RNN490", message, first.span, way)


def _lower_choice(state: Lowering, random: Random, scope: Scope) -> int:
    """Lower what a beam search takes, by its log-probabilities; what is given is what it has to take.

    The members of the beam are no index of the value yet: see `members`.
    """
    (logits,) = _arguments(state, random.distribution, scope)
    over, given = random.distribution.over, state.builder.input(state.inputs[random.target])
    logits = state.spread(logits, (*random.domain, *over))
    every = state.builder.apply(Op.LOGSUMEXP, logits, attr=Over(over))
    attr = Choice(over, member_of(random.target))
    operands = (state.apply(Op.SUB, logits, every), given)
    return state.builder.add(Node(Op.BEAM, operands, ordered(random.domain), (), True, DType.INT, attr))  # noqa: FBT003


def _numbers(state: Lowering, drawing: Drawing, kind: str) -> int:
    """Return random numbers for every point of every example."""
    attr = Draw(drawing.key, kind)
    return state.builder.add(Node(Op.RANDOM, (), ordered(drawing.domain), drawing.shape, batch=True, attr=attr))


def _parts(distribution: Distribution) -> list[Distribution]:
    return [argument for argument in distribution.arguments if isinstance(argument, Distribution)]


def _arguments(state: Lowering, distribution: Distribution, scope: Scope) -> list[int]:
    given = [argument for argument in distribution.arguments if not isinstance(argument, Distribution)]
    return [state.real(argument, scope) for argument in given]


# Recipes ----------------------------------------------------------------------------------------------------------


def _scores(state: Lowering, logits: int, over: Domain, drawing: Drawing) -> int:
    """Return logits with Gumbel noise, whose largest is a draw (Gumbel 1954; Maddison, Tarlow & Minka 2014, eq. 1)."""
    logits = state.spread(logits, over)
    place = replace(drawing, domain=(*drawing.domain, *over), shape=state.node(logits).shape)
    if drawing.tempered:
        logits = state.builder.apply(Op.TEMPER, logits, attr=Over(over))
    return state.apply(Op.ADD, logits, _numbers(state, place, "gumbel"))


def _categorical(state: Lowering, distribution: Distribution, drawing: Drawing) -> int:
    (logits,) = _arguments(state, distribution, drawing.scope)
    return _scores(state, logits, distribution.over, drawing)


def _bernoulli(state: Lowering, distribution: Distribution, drawing: Drawing) -> int:
    (logits,) = _arguments(state, distribution, drawing.scope)
    one = state.apply(Op.LESS, _numbers(state, drawing, "uniform"), state.apply(Op.SIGMOID, logits))
    return state.apply(Op.WHERE, one, state.builder.const(1), state.builder.const(0))


def _normal(state: Lowering, distribution: Distribution, drawing: Drawing) -> int:
    mean, *rest = _arguments(state, distribution, drawing.scope)
    noise = _numbers(state, drawing, "normal")
    return state.apply(Op.ADD, mean, state.apply(Op.MUL, rest[0], noise) if rest else noise)


def _normal2(state: Lowering, distribution: Distribution, drawing: Drawing) -> int:
    """Return mean + sd * (n1, r n1 + sqrt((1 - r)(1 + r)) n2): the Cholesky factor of Graves (2013), eq. 24."""
    mean, sd, r = _arguments(state, distribution, drawing.scope)
    noise, one = _numbers(state, drawing, "normal"), state.builder.const(1)
    first, second = (state.builder.shaped(Op.SLICE, noise, shape=(Size.of(1),), attr=Size.of(k)) for k in range(2))
    rest = state.apply(Op.SQRT, state.apply(Op.MUL, state.apply(Op.SUB, one, r), state.apply(Op.ADD, one, r)))
    mixed = state.apply(Op.ADD, state.apply(Op.MUL, r, first), state.apply(Op.MUL, rest, second))
    joint = state.apply(Op.CONCAT, first, mixed)
    return state.apply(Op.ADD, mean, state.apply(Op.MUL, sd, joint))


def _mixture(state: Lowering, distribution: Distribution, drawing: Drawing) -> int:
    """Draw a component, and return what is drawn from it; all components share their noise, since one is taken."""
    (logits,), (part,) = _arguments(state, distribution, drawing.scope), _parts(distribution)
    choice = replace(drawing, key=f"{drawing.key}.component", shape=())
    scores = _scores(state, logits, distribution.over, choice)
    chosen = state.builder.apply(Op.FIRST_MAX, scores, attr=Over(distribution.over))
    taken = state.apply(Op.LESS, state.builder.const(0.5), chosen)
    value = RECIPES[part.name](state, part, replace(drawing, key=f"{drawing.key}.value"))
    kept = state.apply(Op.WHERE, taken, value, state.builder.const(0))
    return sum_nodes(state, [kept], distribution.over)


#: One recipe per distribution: the value, and of a categorical one the scores of which the largest is drawn.
RECIPES: Final[Mapping[str, Recipe]] = {
    "categorical": _categorical,
    "bernoulli": _bernoulli,
    "normal": _normal,
    "normal2": _normal2,
    "mixture": _mixture,
}
