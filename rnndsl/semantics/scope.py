"""The namespace of a frame: one name, one meaning; looking names up, inside cells too."""

from collections.abc import Collection, Iterable

from rnndsl.diagnostics.diagnostic import Label
from rnndsl.diagnostics.span import Span
from rnndsl.diagnostics.suggest import nearest
from rnndsl.indices import Domain, Index
from rnndsl.semantics.findings import Findings, ReportedError, did_you_mean
from rnndsl.semantics.frame import Broken, Constant, Frame, IndexName, Quantity, Symbol
from rnndsl.semantics.functions import FUNCTIONS, RESERVED
from rnndsl.semantics.names import single_name
from rnndsl.semantics.static import Static
from rnndsl.syntax.tree import Name, Target


def add_symbol(frame: Frame, name: str, symbol: Symbol, findings: Findings) -> None:
    """Give `name` its meaning in a frame.

    Raises:
        ReportedError: the name is reserved or taken.
    """
    if name in RESERVED:
        frame.symbols.setdefault(name, Broken(symbol.span))
        raise findings.fail("RNN204", f"`{name}` is the name of a function", symbol.span, way="choose another name")
    known = frame.symbols.get(name)
    if known is not None and known.span == symbol.span:
        way = f"a `for` repeats it: put the loop variable into the name, as in `{name}_{{l}}`"
        raise findings.fail("RNN203", f"`{name}` is declared twice", symbol.span, way=way)
    if known is not None:
        if type(known) is not type(symbol):
            # Who reads the name may mean either, so nobody's reading of it is a mistake of its own.
            frame.symbols[name] = Broken(known.span)
        label = Label(known.span, "first declared here")
        way = "each name has one meaning in a block; rename one of them"
        raise findings.fail("RNN203", f"`{name}` is declared twice", symbol.span, labels=(label,), way=way)
    frame.symbols[name] = symbol


def find_symbol(frame: Frame, name: str, span: Span, findings: Findings, otherwise: str = "") -> Symbol:
    """Return what a name means; `h.c` looks into the cell that made `h`.

    `otherwise` is the way out when no other name is near.

    Raises:
        ReportedError: it means nothing, or its declaration failed.
    """
    owner, rest = frame, name
    while "." in rest and rest not in owner.symbols:
        path = max((one for one in owner.children if rest.startswith(f"{one}.")), key=len, default=None)
        if path is None:
            break
        owner, rest = owner.children[path], rest[len(path) + 1 :]
    symbol = owner.symbols.get(rest)
    if isinstance(symbol, Broken) or (symbol is None and _excused(owner, rest)):
        raise ReportedError(name)
    if symbol is None:
        prefix = name[: len(name) - len(rest)]
        near = nearest(rest, (*owner.symbols, *owner.children))
        plain = otherwise or f"declare it: `param {name}`, or an equation for it"
        if owner is not frame:
            plain = f"`{prefix[:-1]}` holds {_listed(f'{prefix}{one}' for one in _quantities(owner))}"
        habit = _habit(owner, rest)
        way = habit or (f"did you mean `{prefix}{near}`?" if near else plain)
        labels = () if habit else _declared(owner, near)
        raise findings.fail("RNN201", f"`{name}` is not declared", span, way=way, labels=labels)
    return symbol


def _declared(frame: Frame, name: str | None) -> tuple[Label, ...]:
    """Show where the name is declared that may have been meant."""
    symbol = frame.symbols.get(name) if name is not None else None
    return () if symbol is None else (Label(symbol.span, f"`{name}` is declared here"),)


def _habit(frame: Frame, name: str) -> str:
    """Return the way out for `W.T`, `x_t` (in LaTeX), a layer too many, and functions that are not called."""
    if name in FUNCTIONS:
        return f"it is a function: write `{FUNCTIONS[name].form}`"
    whole, _, last = name.rpartition(".")
    if last == "T" and whole in frame.symbols:
        return f"a transposed matrix is `transpose({whole})`; `v @ {whole}` multiplies from the other side"
    alike = [one for one in _quantities(frame) if name[-1:].isdigit() and _stem(one) == _stem(name) != one]
    if alike:
        return f"there {'is' if len(alike) == 1 else 'are'} {_listed(alike[:6])}{' and more' if len(alike) > 6 else ''}"
    whole, _, last = name.rpartition("_")
    symbol, index = frame.symbols.get(whole), frame.symbols.get(last)
    if isinstance(symbol, Quantity) and isinstance(index, IndexName) and index.index in symbol.domain:
        return f"points stand in square brackets: `{whole}[{', '.join(one.name for one in symbol.domain)}]`"
    return ""


def _stem(name: str) -> str:
    """Return a name without the number at its end."""
    return name.rstrip("0123456789")


def _quantities(frame: Frame) -> list[str]:
    return [name for name, symbol in frame.symbols.items() if isinstance(symbol, Quantity) and symbol.role != "param"]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _excused(frame: Frame, name: str) -> bool:
    """Tell whether a name may be unknown because of a mistake that has been reported."""
    return frame.incomplete or isinstance(frame.symbols.get(name.split(".", maxsplit=1)[0]), Broken)


def find_index(frame: Frame, name: Name, static: Static, kind: str = "sequence") -> Index:
    """Return the index that a name means; `kind` is what it would be declared as.

    A name that is no index is reported once, where it stands first.

    Raises:
        ReportedError: it is none.
    """
    text = single_name(name, static)
    symbol = frame.symbols.get(text)
    if isinstance(symbol, IndexName):
        return symbol.index
    if isinstance(symbol, Broken) or (symbol is None and (frame.incomplete or text in frame.unknown)):
        raise ReportedError(text)
    known = [one for one, meaning in frame.symbols.items() if isinstance(meaning, IndexName)]
    way = _index_way(text, symbol, kind)
    labels = () if way else _declared(frame, nearest(text, known))
    way = way or did_you_mean(text, known)
    if not way:
        way = f"declare it: `index {text} : {kind}`" + (", or a range such as `1..n`" if kind == "sequence" else "")
    if symbol is None:
        frame.unknown.add(text)
    raise static.findings.fail("RNN405", f"`{text}` is not an index", name.span, way=way, labels=labels)


def _index_way(text: str, symbol: Symbol | None, kind: str) -> str:
    match symbol:
        case Quantity(domain=(index, *_)):
            return f"`{text}` has values along `{index.name}`: name that index"
        case Constant():
            return f"`{text}` is a number: declare an index over it, `index m : 1..{text}`"
        case Quantity():
            return f"`{text}` is a quantity; indices are declared: `index t : {kind}`"
        case _:
            return ""


def find_domain(frame: Frame, target: Target, static: Static) -> Domain:
    """Return the indices in the brackets of a declared or defined thing.

    Raises:
        ReportedError: one of them is no index, or stands there twice, or is over children without their node.
    """
    found: list[Index] = []
    failed = False
    for name in target.indices or ():
        try:
            index = find_index(frame, name, static)
        except ReportedError:
            failed = True
            continue
        if index in found:
            way = "use two indices over the same set: `index i, j : 1..n`"
            failed = True
            static.findings.error("RNN408", f"`{index.name}` stands here twice", name.span, way=way)
        found.append(index)
    if failed:
        raise ReportedError(str(target.span))
    check_owners(found, (), target.span, static.findings)
    _check_edges(found, target, static)
    return tuple(found)


def _check_edges(found: list[Index], target: Target, static: Static) -> None:
    """Refuse two indices over the children of one node, and a child that does not stand right after its node."""
    owners = [index.of for index in found if index.of is not None]
    if len(owners) > len(set(owners)):
        static.findings.unsupported("pairs of children", target.span, way="use an index over a range: `child(n, j)`")
        raise ReportedError(str(target.span))
    for before, index in zip([None, *found], found, strict=False):
        if index.of is not None and index.of != before:
            owner = index.of.name
            message = f"`{index.name}` stands apart from `{owner}`, whose children it runs over"
            way = f"write the node, then the child: `[{owner}, {index.name}]`"
            raise static.findings.fail("RNN417", message, target.span, way=way)


def check_owners(indices: Collection[Index], scope: Collection[Index], span: Span, findings: Findings) -> None:
    """Refuse indices over the children of a node that is neither among them nor in scope.

    Raises:
        ReportedError: one has been refused.
    """
    for index in indices:
        if index.of is not None and index.of not in indices and index.of not in scope:
            owner = index.of.name
            message = f"`{index.name}` runs over the children of `{owner}`, and there is no `{owner}` here"
            way = f"say of which node: `f[{owner}, {index.name}]` on the left, or `over {owner}, {index.name}`"
            raise findings.fail("RNN417", message, span, way=way)
