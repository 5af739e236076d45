"""Dimensions and constants: what a model is given by its user, and a cell by the place where it is used."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from rnndsl.diagnostics.diagnostic import Label
from rnndsl.diagnostics.span import Span
from rnndsl.semantics.dims import Dims, input_size
from rnndsl.semantics.findings import Findings, ReportedError, did_you_mean
from rnndsl.semantics.limits import MAX_WHOLE
from rnndsl.semantics.static import Static, Value
from rnndsl.sizes import Size
from rnndsl.syntax.chains import walk
from rnndsl.syntax.tree import Argument, Block, DataDeclaration, Expression, Keyword, Number

_LONGEST_SHOWN: Final = 40


@dataclass(frozen=True, slots=True)
class Sizes:
    """What stands in the first parentheses where a cell is used."""

    positional: Sequence[Expression]
    keywords: Sequence[Keyword]
    span: Span


def bind_sizes(block: Block, sizes: Sizes, static: Static) -> dict[str, Value]:
    """Return the values of a cell's dimensions and constants at a place of use, defaults filled in.

    Raises:
        ReportedError: there are too many, one is missing, unknown or of the wrong kind.
    """
    findings, names = static.findings, [argument.name for argument in block.arguments]
    form = f"`{block.name}({', '.join(names)})`"
    labels = (Label(block.header, "its sizes"),)
    if len(sizes.positional) > len(names):
        message = f"`{block.name}` takes {len(names)} size{'s' if len(names) != 1 else ''}, not {len(sizes.positional)}"
        place, way = sizes.positional[len(names)].span, f"its first line says {form}"
        raise findings.fail("RNN212", message, place, way=way, labels=labels)
    given = dict(zip(names, sizes.positional, strict=False))
    for keyword in sizes.keywords:
        if keyword.name not in names:
            way = did_you_mean(keyword.name, names, f"its first line says {form}")
            message = f"`{block.name}` has no size `{keyword.name}`"
            raise findings.fail("RNN212", message, keyword.span, way=way, labels=labels)
        if keyword.name in given:
            raise findings.fail("RNN212", f"the size `{keyword.name}` is given twice", keyword.span, way="keep one")
        given[keyword.name] = keyword.value
    values: dict[str, Value] = {}
    for argument in block.arguments:
        if argument.name in given:
            values[argument.name] = _value(given[argument.name], argument, static)
        elif argument.default is not None:
            values[argument.name] = _value(argument.default, argument, Static(values, static.dims, findings))
        else:
            message = f"`{block.name}` needs the size `{argument.name}`"
            raise findings.fail("RNN212", message, sizes.span, way=f"its first line says {form}", labels=labels)
    return values


def _value(expression: Expression, argument: Argument, static: Static) -> Value:
    if _is_real(argument.default):
        return static.real(expression)
    value = static.value(expression)
    if argument.default is None and isinstance(value, float):
        return value
    return static.positive(expression)


def _is_real(default: Expression | None) -> bool:
    """Tell whether a default makes its argument a real constant: it has a decimal point."""
    if default is None:
        return False
    return any(isinstance(part, Number) and not part.text.isdigit() for part in walk(default))


def bind_dims(block: Block, given: Mapping[str, int | float], dims: Dims) -> dict[str, Value]:
    """Return the dimensions (symbolic, with their values in `dims`) and constants (numbers) of the model itself.

    A default that is an expression over other dimensions stays one, until the dimension is given. Mistakes are
    recorded; a name whose value is wrong stays open.
    """
    findings = dims.findings
    arguments = [*block.arguments, *_open_sizes(block, given)]
    names = [argument.name for argument in arguments]
    for name in given:
        if name not in names:
            way = did_you_mean(name, names, f"it has {', '.join(f'`{one}`' for one in names)}" if names else "")
            findings.error("RNN218", f"`{block.name}` has no dimension `{_shown(name)}`", block.header, way=way)
    values: dict[str, Value] = {}
    for argument in arguments:
        if argument.name in values:
            continue
        try:
            values[argument.name] = _dimension(argument, given.get(argument.name), Static(values, dims, findings))
        except ReportedError:
            dims.declare(argument.name, None, argument.span)
            values[argument.name] = Size.of(argument.name)
    return values


def _open_sizes(block: Block, given: Mapping[str, int | float]) -> Iterator[Argument]:
    """Yield the sizes of inputs that are given for a cell alone; a model declares all of its sizes itself."""
    statements = block.body if block.kind == "cell" else ()
    targets = [target for one in statements if isinstance(one, DataDeclaration) for target in one.targets]
    for target in targets:
        match target.name.parts:
            case (str(name),):
                sizes = [input_size(name, axis) for axis in (1, 2)]
                yield from (Argument(size, None, target.span) for size in sizes if size in given)


def _dimension(argument: Argument, given: float | None, static: Static) -> Value:
    default = argument.default
    if default is not None and _is_real(default):
        return static.real(default) if given is None else _given_real(argument, given, static.findings)
    if given is not None:
        static.dims.declare(argument.name, _given_whole(argument, given, static.findings), argument.span)
        return Size.of(argument.name)
    size = static.positive(default) if default is not None else None
    if size is not None and size.value is None:
        return size
    static.dims.declare(argument.name, None if size is None else size.value, argument.span)
    return Size.of(argument.name)


def _given_real(argument: Argument, given: float, findings: Findings) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise findings.fail("RNN219", f"`{argument.name}` must be a number", argument.span, way="give a number")
    return float(given)


def _given_whole(argument: Argument, given: float, findings: Findings) -> int:
    whole = isinstance(given, int) and not isinstance(given, bool)
    if not whole or not 0 < given <= MAX_WHOLE:
        message = f"`{argument.name}` cannot be {_shown(str(given))}"
        way = f"a dimension is a whole number from 1 to {MAX_WHOLE:,}"
        raise findings.fail("RNN219", message, argument.span, way=way)
    return int(given)


def _shown(text: str) -> str:
    """Return a text from outside, short and printable."""
    plain = "".join(character if character.isprintable() else "?" for character in text)
    return plain if len(plain) <= _LONGEST_SHOWN else f"{plain[:_LONGEST_SHOWN]}..."
