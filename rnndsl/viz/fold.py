"""A model as its textbook draws it: quantities, which of them each one needs, and which of these are taken elsewhere.

What the equations read is what is drawn, so `h[t-1]` in the equation of `h` is a loop with a delay. The arguments of
cells that only pass something on are no quantities of their own here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import NamedTuple

from rnndsl.diagnostics.span import Span
from rnndsl.indices import Access, Affine, Child, Domain, End, Index, Parent, Root, here
from rnndsl.semantics.model import Apply, Distribution, Equation, Expr, Model, Over, Param, Read, Type, TypedModel

#: Functions that give the body's value at one point.
PLACES = frozenset({"first", "last", "root"})


class Item(NamedTuple):
    """A quantity: `name` is unique, `label` as its cell knows it; `scope` is the use of a cell that it is inside of.

    Kinds: input, target, state (what a recurrence remembers), equation, likelihood, loss, parameter. `returned`
    marks what a call returns.
    """

    name: str
    label: str
    indices: tuple[str, ...]
    kind: str
    scope: str
    text: str
    shape: str
    span: Span
    returned: bool = False


class Link(NamedTuple):
    """A need: `delay` says where the source is read if that is another point (`t-1`), `place` if it is a fixed one.

    An `initial` link gives what stands outside the index set; a `step` goes along a sequence, a tree or a dag.
    """

    source: str
    target: str
    delay: str = ""
    place: str = ""
    initial: bool = False
    step: bool = False


@dataclass(frozen=True)
class Folded:
    """The folded graph: items by name in the order of the model, and the cell of every scope."""

    name: str
    items: Mapping[str, Item]
    links: tuple[Link, ...]
    cells: Mapping[str, str]

    def parent(self, scope: str) -> str:
        """Return the scope around a scope, "" around the outermost."""
        return scope_of(scope.rpartition(".")[0], self.cells)


class _Use(NamedTuple):
    """One read of a quantity: at which points, and whether within a function that takes one place of it."""

    name: str
    at: tuple[Access, ...]
    place: str = ""


def fold(typed: TypedModel, *, params: bool = False) -> Folded:
    """Return the folded graph of a model, with its parameters if asked for."""
    model = typed.model
    items = {item.name: item for item in _items(typed)}
    if not params:
        items = {name: item for name, item in items.items() if item.kind != "parameter"}
    links: dict[Link, None] = {}
    passed = _passed_on(model)
    for target, value, initial in _definitions(model):
        if target in items and target not in passed:
            for use in _uses(value):
                links |= dict.fromkeys(_links(model, passed, use, target, initial=initial))
    items = {name: item for name, item in items.items() if name not in passed}
    kept = tuple(link for link in links if link.source in items)
    return Folded(model.name, _with_states(items, kept), kept, model.cells)


def describe(item: Item) -> str:
    """Return what a picture says of a quantity when it is pointed at: its equation, its shape, its line."""
    lines = [item.text, *([f"{item.kind}, shape {item.shape}"] if item.shape else [item.kind])]
    return "\n".join([*lines, *([place_of(item.span)] if item.span.file else [])])


def place_of(span: Span) -> str:
    """Return the file and line of a span; of a file elsewhere on the machine its name, for pictures travel."""
    path = PurePath(span.file)
    return f"{path.name if path.is_absolute() else path.as_posix()}:{span.line}"


# Items ----------------------------------------------------------------------------------------------------------------


def _items(typed: TypedModel) -> Iterator[Item]:
    model = typed.model
    returned = {output.name for output in model.outputs}
    for data in model.data.values():
        head = f"{data.role} {_written(data.name, data.domain)}"
        found = _item(typed, data.name, data.domain, (data.role, head), data.span)
        yield found._replace(returned=data.name in returned)
    for param in model.params.values():
        head = f"param {_written(param.name, param.domain)}{_initialised(param)}"
        yield _item(typed, param.name, param.domain, ("parameter", head), param.span)
    for equation in model.equations.values():
        found = _item(typed, equation.name, equation.domain, ("equation", equation.text), equation.span)
        yield found._replace(returned=equation.name in returned)
    for random in model.randoms:
        label = f"{random.target} ~ {random.distribution.name}"
        found = _item(typed, f"{random.target}.nll", random.domain, ("likelihood", random.text), random.span)
        yield found._replace(label=label, scope="", shape="scalar")
    for number, loss in enumerate(model.losses, start=1):
        name = "loss" if len(model.losses) == 1 else f"loss {number}"
        yield Item(name, name, (), "loss", "", f"{name}, added to the model's loss", "scalar", loss.span)


def _item(typed: TypedModel, name: str, domain: Domain, what: tuple[str, str], span: Span) -> Item:
    scope = scope_of(name, typed.model.cells)
    kind, text = what
    label = name.removeprefix(f"{scope}.") if scope else name
    indices = tuple(_local(index.name) for index in domain)
    return Item(name, label, indices, kind, scope, text, _type(typed.quantities.get(name)), span)


def scope_of(name: str, cells: Mapping[str, str]) -> str:
    """Return the innermost use of a cell that a name is inside of; the value of a cell bears the cell's own name."""
    while name and name not in cells:
        name = name.rpartition(".")[0]
    return name


def _local(name: str) -> str:
    return name.rpartition(".")[2]


def _written(name: str, domain: Domain) -> str:
    return name + (f"[{', '.join(_local(index.name) for index in domain)}]" if domain else "")


def _initialised(param: Param) -> str:
    if param.initialiser is None:
        return " frozen" if param.frozen else ""
    name, numbers = param.initialiser
    given = f"({', '.join(f'{number:g}' for number in numbers)})" if numbers else ""
    return f" ~ {name}{given}" + (" frozen" if param.frozen else "")


def _type(kind: Type | None) -> str:
    if kind is None:
        return ""
    text = ", ".join(map(str, kind.shape))
    if kind.point is not None:
        return f"point({kind.point.name})"
    return f"token({text})" if kind.token else text or "scalar"


def _with_states(items: Mapping[str, Item], links: tuple[Link, ...]) -> dict[str, Item]:
    """Mark what is read at other points by what it needs itself."""
    users: dict[str, list[str]] = {name: [] for name in items}
    for link in links:
        users[link.source].append(link.target)
    states = {link.source for link in links if link.step and link.source in _reached(users, link.target)}
    return {
        name: item._replace(kind="state") if name in states and item.kind == "equation" else item
        for name, item in items.items()
    }


def _reached(users: Mapping[str, list[str]], start: str) -> set[str]:
    found, stack = {start}, [start]
    while stack:
        fresh = [user for user in users[stack.pop()] if user not in found]
        found.update(fresh)
        stack += fresh
    return found


# Links ----------------------------------------------------------------------------------------------------------------


def _definitions(model: Model) -> Iterator[tuple[str, Expr | Distribution, bool]]:
    """Yield what is computed from what, and whether it is what stands outside."""
    for equation in model.equations.values():
        yield equation.name, equation.value, False
    for init in model.inits.values():
        yield init.name, init.value, True
    for random in model.randoms:
        name = f"{random.target}.nll"
        domain = tuple(here(index) for index in random.domain)
        yield name, Read(random.target, domain, random.span), False
        yield name, random.distribution, False
        for part in (random.weight, random.scale):
            if part is not None:
                yield name, part, False
    for number, loss in enumerate(model.losses, start=1):
        yield ("loss" if len(model.losses) == 1 else f"loss {number}"), loss, False


def _uses(value: Expr | Distribution, place: str = "") -> Iterator[_Use]:
    """Yield the reads in an expression, in its order."""
    stack: list[tuple[Expr | Distribution, str]] = [(value, place)]
    while stack:
        current, place = stack.pop()
        match current:
            case Read(name, at):
                yield _Use(name, at, place)
            case Apply(operands=operands) | Distribution(arguments=operands):
                stack.extend((operand, place) for operand in reversed(operands))
            case Over(function, body):
                stack.append((body, function if function in PLACES else place))


def _passed_on(model: Model) -> dict[str, _Use]:
    """Return the arguments of cells that are nothing but a read, as long as they are read at the same point."""
    found = {
        equation.name: _Use(equation.value.name, equation.value.at)
        for equation in model.equations.values()
        if isinstance(equation.value, Read) and _is_argument(model, equation, equation.value)
    }
    for _, value, _ in _definitions(model):
        for use in _uses(value):
            if use.name in found and not _is_here(use) and not _keeps_points(model, found[use.name]):
                del found[use.name]
    return found


def _is_argument(model: Model, equation: Equation, value: Read) -> bool:
    scope = scope_of(equation.name, model.cells)
    return bool(scope) and equation.name != scope and not f"{value.name}.".startswith(f"{scope}.")


def _is_here(use: _Use) -> bool:
    return not use.place and all(not _moved(access) for access in use.at)


def _keeps_points(model: Model, use: _Use) -> bool:
    """Tell whether what is passed on is the whole quantity, point for point."""
    return use.at == tuple(here(index) for index in _domain(model, use.name))


def _domain(model: Model, name: str) -> Domain:
    for table in (model.equations, model.data, model.params):
        if name in table:
            return table[name].domain
    return ()


def _links(model: Model, passed: Mapping[str, _Use], use: _Use, target: str, *, initial: bool) -> Iterator[Link]:
    while use.name in passed:
        outer = passed[use.name]
        use = use._replace(name=outer.name) if _keeps_points(model, outer) else outer
    moved = [_words(access) for access in use.at if _moved(access)]
    fixed = [_words(access) for access in use.at if _fixed(access)]
    if initial and use.name == target:
        return
    place = ", ".join([use.place, *fixed] if use.place else fixed)
    yield Link(use.name, target, ", ".join(moved), place, initial, any(map(_steps, use.at)))


def _moved(access: Access) -> bool:
    """Tell whether a point differs from the reader's own by a step; a renamed index is the same point."""
    match access:
        case Affine(terms, offset):
            return bool(terms) and (offset != 0 or len(terms) > 1 or terms[0][1] < 0)
        case _:
            return isinstance(access, Child | Parent)


def _steps(access: Access) -> bool:
    """Tell whether a point differs by a step of something that comes with the data."""
    return _moved(access) and any(index.ragged for index in access.indices)


def _fixed(access: Access) -> bool:
    return isinstance(access, End | Root) or (isinstance(access, Affine) and not access.terms)


def _words(access: Access) -> str:
    """Print an access with the names of indices as their cells know them."""
    match access:
        case Affine(terms, offset):
            return str(Affine(tuple((_renamed(index), sign) for index, sign in terms), offset))
        case Child(of, slot) if access.sure:
            return f"child {_words(slot)}"
        case Child(of, slot):
            return f"child {_words(slot)} of {_local(of.name)}"
        case Parent():
            return "parent"
        case _:
            return str(access)


def _renamed(index: Index) -> Index:
    return replace(index, name=_local(index.name))
