"""`rnndsl explain`: a code's page, or a spec: its loops, what each equation is computed in, its shapes with reasons."""

import re
from typing import TYPE_CHECKING, Any, Final

import click

from rnndsl.choice import Choice
from rnndsl.cli.options import choosing, reporting
from rnndsl.cli.output import Output
from rnndsl.cli.specs import read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.diagnostics.codes import CALLS, CODES, Calls

if TYPE_CHECKING:
    from rnndsl.semantics.check import Checked
    from rnndsl.semantics.model import Type

CODE: Final = re.compile(r"(?:RNN)?([0-9]+)|RNN", re.IGNORECASE)


@click.command(
    "explain",
    cls=TeachingCommand,
    short_help="Explain a code such as RNN201, or the loops and shapes of a spec.",
    examples=(
        "rnndsl explain RNN201",
        "rnndsl explain four_way",
        "rnndsl explain translate --schedule",
        "rnndsl explain char_lstm --shapes",
    ),
)
@click.argument("subject", metavar="CODE|SPEC")
@click.option("--schedule", is_flag=True, help="Show for every equation of SPEC in which loop it is, and why.")
@click.option(
    "--shapes", is_flag=True, help="Show the shape of everything in SPEC, and why; alone, or with --schedule."
)
@choosing
@reporting
@click.pass_obj
def command(output: Output, subject: str, *, schedule: bool, shapes: bool, choice: Choice) -> None:
    """Explain a code of a message, or SPEC: what its loops walk along, which equations they hold, and all its shapes.

    With --schedule it is every equation's loop, direction, cycle, products in a step and bytes instead of the shapes.
    """
    code = CODE.fullmatch(subject)
    if code is not None:
        _explain_code(f"RNN{code[1] or ''}", output)
        return
    from rnndsl.semantics.check import check  # noqa: PLC0415 (slow to import, and not needed for codes)

    checked = check(read_spec(subject, output).source, dims=choice.dims, model=choice.model)
    content: dict[str, Any] = {"ok": True, "exit_code": 0, "model": checked.model.model.name}
    lines: list[str] = []
    if schedule or not shapes:
        from rnndsl.cli.loops import explain_loops  # noqa: PLC0415 (the same)

        found, lines = explain_loops(checked, equations=schedule)
        content |= found
    if shapes or not schedule:
        rows, table = _explain_shapes(checked)
        content["quantities"] = rows
        lines += ["", *table] if lines else table
    output.document(content)
    output.say("\n".join(lines))


def _explain_code(code: str, output: Output) -> None:
    entry = CODES.get(code)
    if entry is None:
        raise click.UsageError(f"there is no code {code}. {_nearest_codes(code)}")
    calls = CALLS.get(code, Calls("", entry.bad, entry.good))
    output.document(
        {"ok": True, "exit_code": 0, "code": entry.code, "title": entry.title, "cause": entry.cause,
         "setting": calls.setting, "bad": calls.bad, "good": calls.good}
    )  # fmt: skip
    output.say(f"{entry.code}: {entry.title}\n\n{_wrapped(entry.cause)}")
    setting = (f"In {calls.place}, after this:", calls.setting)
    shown = (setting, ("This gives it:", calls.bad), ("This is right:", calls.good))
    for title, example in shown:
        if example:
            output.say(f"\n{title}\n\n{_indented(example.strip(chr(10)))}")


def _nearest_codes(code: str) -> str:
    """Return what may be meant: all codes of a family for `RNN3`, else the nearest number of the same family."""
    family = [known for known in CODES if known.startswith(code[:4])] or list(CODES)
    if len(code) < len("RNN301"):
        begun = [known for known in CODES if known.startswith(code)] or list(CODES)
        return f"There are {', '.join(begun[:8])}{' and others' if len(begun) > 8 else ''}."
    near = min(family, key=lambda known: (abs(int(known[3:]) - int(code[3:])), known))
    return f"Did you mean {near}?"


def _explain_shapes(checked: "Checked") -> tuple[list[dict[str, str]], list[str]]:
    typed = checked.model
    rows = [(name, _shape(kind), typed.reasons.get(name, "")) for name, kind in typed.quantities.items()]
    wide = [max((len(row[k]) for row in rows), default=0) for k in (0, 1)]
    table = [f"{name:{wide[0]}}  {shape:{wide[1]}}  {reason}".rstrip() for name, shape, reason in rows]
    return [{"name": name, "shape": shape, "reason": reason} for name, shape, reason in rows], table


def _shape(kind: "Type") -> str:
    text = ", ".join(map(str, kind.shape))
    if kind.point is not None:
        return f"point({kind.point.name})"
    return f"token({text})" if kind.token else text or "scalar"


def _wrapped(text: str) -> str:
    return click.wrap_text(text, width=88)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())
