"""Random equations: targets, their distributions, weights and scales."""

from dataclasses import replace

from rnndsl.diagnostics.diagnostic import Label
from rnndsl.diagnostics.habits import DISTRIBUTIONS, known_habit
from rnndsl.diagnostics.span import Span
from rnndsl.indices import Index
from rnndsl.semantics.findings import did_you_mean
from rnndsl.semantics.frame import Quantity
from rnndsl.semantics.functions import FUNCTIONS, Function, Kind
from rnndsl.semantics.model import Distribution, Expr, Number, Random
from rnndsl.semantics.names import single_name
from rnndsl.semantics.notes import given_arguments
from rnndsl.semantics.reading import Surroundings
from rnndsl.semantics.resolve import resolve
from rnndsl.semantics.scope import check_owners, find_domain, find_index, find_symbol
from rnndsl.semantics.text import print_random
from rnndsl.syntax.tree import Call, Expression, RandomEquation


def resolve_random(statement: RandomEquation, around: Surroundings) -> None:
    """Add a random equation to the model.

    Raises:
        ReportedError: its left side is not a target with its own indices, or its right side not a distribution.
    """
    around.expansion.drawn.add(single_name(statement.target.name, around.static))
    target = _target(statement, around)
    inside = replace(around, scope=frozenset(target.domain))
    distribution = _distribution(statement.distribution, inside)
    alone = replace(inside, applied=None)
    weight = resolve(statement.weight, alone) if statement.weight is not None else None
    scale = resolve(statement.scale, replace(alone, scope=frozenset())) if statement.scale is not None else None
    text = print_random(target.name, target.domain, distribution)
    around.expansion.randoms[target.name] = Random(
        target.name, target.domain, distribution, weight, scale, text, statement.span
    )


def _target(statement: RandomEquation, around: Surroundings) -> Quantity:
    target, findings = statement.target, around.findings
    name = single_name(target.name, around.static)
    symbol = find_symbol(around.frame, name, target.name.span, findings, f"declare it: `target {name}[...]`")
    if not isinstance(symbol, Quantity) or symbol.role != "target":
        way = f"declare it with `target {name}`, or write `=` for an equation"
        label = Label(symbol.span, "declared here")
        raise findings.fail("RNN223", f"`{name}` is not a target", target.name.span, labels=(label,), way=way)
    known = around.expansion.randoms.get(symbol.name)
    if known is not None:
        label = Label(known.span, "the first one")
        way = "a target has one distribution; declare a second target for another"
        raise findings.fail("RNN223", f"`{name}` has two distributions", target.span, labels=(label,), way=way)
    domain = find_domain(around.frame, target, around.static)
    if domain != symbol.domain:
        written = ", ".join(index.name for index in symbol.domain)
        label = Label(symbol.span, "declared here")
        way = f"write `{name}[{written}]`" if written else f"write `{name}`"
        raise findings.fail("RNN401", f"`{name}` has other indices", target.span, labels=(label,), way=way)
    return symbol


def _distribution(call: Call, around: Surroundings) -> Distribution:
    name = single_name(call.function, around.static)
    row = FUNCTIONS.get(name)
    if row is None or row.kind is not Kind.DISTRIBUTION:
        known = [one for one, other in FUNCTIONS.items() if other.kind is Kind.DISTRIBUTION]
        way = known_habit(DISTRIBUTIONS, name) or did_you_mean(name, known, f"there are {', '.join(known)}")
        raise around.findings.fail("RNN224", f"`{name}` is not a distribution", call.function.span, way=way)
    if name == "mixture":
        return _mixture(call, row, around)
    if call.over and name == "categorical":
        return _choice(call, row, around)
    if call.over:
        raise around.findings.fail("RNN406", f"`{name}` takes no `over`", call.span, way=f"call it as `{row.form}`")
    given = given_arguments(call, row, around.static)
    return Distribution(name, tuple(_argument(one, call, around) for one in given), (), call.span)


def _choice(call: Call, row: Function, around: Surroundings) -> Distribution:
    """Take `categorical(e[t, s] over s)`, which draws a point of s."""
    if len(call.over) != 1:
        way = "choose a point of one index set: `categorical(e[t, s] over s)`"
        message = f"`categorical` chooses a point of one index, not of {len(call.over)}"
        raise around.findings.fail("RNN406", message, call.span, way=way)
    (logits,) = given_arguments(call, row, around.static)
    index = find_index(around.frame, call.over[0], around.static)
    _check_new(index, call.over[0].span, around)
    check_owners([index], around.scope, call.span, around.findings)
    argument = _argument(logits, call, around.binding([index]))
    return Distribution(row.name, (argument,), (index,), call.span)


def _check_new(index: Index, span: Span, around: Surroundings) -> None:
    """Refuse an index of the target among those that its distribution binds."""
    if index in around.scope:
        way = "bind another index than those of the target"
        raise around.findings.fail("RNN408", f"`{index.name}` is on the left already", span, way=way)


def _argument(given: Expression | float, call: Call, around: Surroundings) -> Expr:
    return Number(given, call.span) if isinstance(given, float) else resolve(given, around)


def _mixture(call: Call, row: Function, around: Surroundings) -> Distribution:
    form = "mixture(logits[t, m], normal(a[t, m], s[t, m]) over m)"
    logits, component = given_arguments(call, row, around.static)
    if not call.over or isinstance(logits, float) or not isinstance(component, Call):
        message = "a mixture needs logits, a distribution and an `over`"
        raise around.findings.fail("RNN224", message, call.span, way=f"`{form}`")
    indices: list[Index] = []
    for name in call.over:
        index = find_index(around.frame, name, around.static)
        if index.ragged:
            way = "declare the index of the components as a range: `index m : 1..5`"
            raise around.findings.fail("RNN403", "a mixture runs over a fixed range", name.span, way=way)
        _check_new(index, name.span, around)
        indices.append(index)
    inside = around.binding(indices)
    return Distribution(
        "mixture", (resolve(logits, inside), _distribution(component, inside)), tuple(indices), call.span
    )
