"""The order in which equations are lowered: by strongly connected components, so that only cycles need placeholders."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rnndsl.graph.components import strong_components
from rnndsl.indices import Affine, Domain
from rnndsl.semantics.model import Apply, Equation, Expr, Init, Leaf, Length, Model, Over, Position, Random, Read
from rnndsl.semantics.shapes_collect import children
from rnndsl.semantics.shapes_tokens import distribution_roots, random_roots


@dataclass(frozen=True, slots=True)
class Drawn:
    """The value of a target where it is not simply the data."""

    random: Random


Item = Equation | Random | Init | Drawn


@dataclass(frozen=True, slots=True)
class Step:
    """Items that need one another (`cyclic`), or one that does not; `batch` says whether examples differ in them.

    `feeds` are those items that the value of a drawn target is made from.
    """

    items: tuple[Item, ...]
    cyclic: bool
    batch: bool
    feeds: frozenset[str] = frozenset()


@dataclass
class _Needs:
    """What an item is made from: keys of other items, and whether it is different from example to example itself."""

    keys: dict[str, None]
    batch: bool = False


def key_of(item: Item) -> str:
    """Return what an item is called; inits and random equations share names with what they belong to."""
    match item:
        case Drawn(random):
            return random.target
        case Equation(name=name):
            return name
        case Random(target=target):
            return f"log_prob {target}"
        case Init(name=name):
            return f"init {name}"


def lowering_steps(model: Model, *, drawn: bool = False) -> list[Step]:
    """Return equations, inits and random equations, needed ones first; with `drawn` also the values of targets."""
    items: dict[str, Item] = {key_of(item): item for item in _items(model, drawn=drawn)}
    needs = {key: _needs(model, item) for key, item in items.items()}
    place = {key: k for k, key in enumerate(items)}
    given = [[place[other] for other in needs[key].keys if other in items] for key in items]
    feeding = _feeding(given, [place[key] for key, item in items.items() if isinstance(item, Drawn)])
    batched: set[str] = set()
    steps = []
    names = list(items)
    for component in strong_components(range(len(names)), given.__getitem__):  # what is needed comes first
        keys = [names[k] for k in sorted(component)]
        batch = any(needs[key].batch or any(other in batched for other in needs[key].keys) for key in keys)
        batched.update(keys if batch else ())
        cyclic = len(keys) > 1 or component[0] in given[component[0]]
        feeds = frozenset(names[k] for k in feeding.intersection(component))
        steps.append(Step(tuple(items[key] for key in keys), cyclic, batch, feeds))
    return steps


def _feeding(needs: Sequence[Sequence[int]], drawn: Iterable[int]) -> frozenset[int]:
    """Return the values of targets, and all that they are made from."""
    return frozenset(k for component in strong_components(drawn, needs.__getitem__) for k in component)


def _items(model: Model, *, drawn: bool) -> Iterator[Item]:
    yield from model.equations.values()
    yield from model.inits.values()
    yield from (Drawn(random) for random in model.randoms if drawn)
    yield from model.randoms


def _needs(model: Model, item: Item) -> _Needs:
    match item:
        case Equation(domain=domain, value=value):
            return _needs_of(model, [value], domain)
        case Init(value=value):
            return _needs_of(model, [value], ())
        case Random():
            need = _needs_of(model, random_roots(item), item.domain)
            need.keys[item.target] = None
            need.batch = True
            return need
        case Drawn(random):
            need = _needs_of(model, distribution_roots(random.distribution), random.domain)
            need.batch = True
            return need


def _needs_of(model: Model, roots: Iterable[Expr], domain: Domain) -> _Needs:
    need = _Needs({}, any(index.ragged for index in domain))
    stack = list(roots)
    seen: set[Expr] = set()
    while stack:
        expr = stack.pop()
        if expr in seen:
            continue
        seen.add(expr)
        stack.extend(children(expr))
        _note(model, expr, need)
    return need


def _note(model: Model, expr: Expr, need: _Needs) -> None:
    match expr:
        case Read(name=name, at=at):
            need.keys[name] = None
            if name in model.inits:
                need.keys[f"init {name}"] = None
            # A point that may be outside an example's sequence differs from example to example.
            ends = any(not isinstance(a, Affine) or any(i.ragged for i in a.indices) for a in at)
            need.batch |= name in model.data or ends
        case Apply(function="log_prob", operands=(Read(name=name),)):
            need.keys[f"log_prob {name}"] = None
        case Apply(function="dropout") | Length() | Leaf():
            need.batch = True
        case Over(indices=indices):
            need.batch |= any(index.ragged for index in indices)
        case Position(index=index):
            need.batch |= index.ragged
        case _:
            pass
