"""`rnndsl new`: a spec of one's own, begun from one of the library."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from click.shell_completion import CompletionItem

from rnndsl.cli.library import spellings
from rnndsl.cli.options import reporting
from rnndsl.cli.output import Output
from rnndsl.cli.specs import FileProblem
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.compiler import check
from rnndsl.diagnostics.diagnostic import SpecError
from rnndsl.diagnostics.suggest import nearest
from rnndsl.locations import data_folder
from rnndsl.syntax.parse import parse
from rnndsl.syntax.tree import Block, Import

NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
TEMPLATE: Final = "template.rnn"


class LibraryName(click.ParamType[Path]):
    """A spec of the library by its name; completes to names."""

    name = "name"

    def convert(self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path of a spec."""
        known = spellings()
        if str(value) not in known:
            near = nearest(str(value), known)
            way_out = f"Did you mean {near}?" if near else "`rnndsl list` shows what there is."
            self.fail(f"{value} is not in the library. {way_out}", param, ctx)
        return known[str(value)]

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Let the shell offer the short names."""
        return [CompletionItem(name) for name in spellings() if name.startswith(incomplete) and "/" not in name]


@dataclass(frozen=True, slots=True)
class Draft:
    """A spec that is about to be written: its text, and its cell or model under its new name."""

    text: str
    kind: str
    name: str


@click.command(
    "new",
    cls=TeachingCommand,
    short_help="Start a spec of your own, from one of the library.",
    examples=(
        "rnndsl new my_net                      # a small language model, with comments that explain it",
        "rnndsl new my_cell --from lstm",
        "rnndsl new nets/my_tagger.rnn --from tagger",
        "rnndsl list attention                  # what there is to start from",
    ),
)
@click.argument("name")
@click.option("--from", "origin", type=LibraryName(), metavar="SPEC", help="A spec of the library, such as lstm.")
@reporting
@click.pass_obj
def command(output: Output, name: str, origin: Path | None) -> None:
    """Write NAME.rnn: a copy of a spec of the library, or without --from a first model that explains itself.

    Its cell or model is named after the file (my_cell.rnn holds MyCell), and the paper that it comes from stays on
    top. Nothing is ever overwritten.
    """
    path = destination(name)
    source = origin or data_folder("specs") / TEMPLATE
    draft = drafted(source, path.stem, borrowed=origin is not None)
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(draft.text)
    except FileExistsError:
        raise FileProblem(f"{path} exists, and is left as it is. Choose another name.") from None
    begun = origin and _library_name(origin)
    output.document(
        {"ok": True, "exit_code": 0, "path": str(path), "kind": draft.kind, "name": draft.name, "from": begun}
    )
    output.say(f"wrote {path}: {draft.kind} {draft.name}{f', begun from {begun}' if begun else ''}")
    for line in advice(path, draft, trained=origin is None):
        output.say(line)


def destination(name: str) -> Path:
    """Return the file to write: the ending may be left out.

    Raises:
        UsageError: it cannot be the name of a spec.
    """
    path = Path(name if name.endswith(".rnn") else f"{name}.rnn")
    stem = path.name.removesuffix(".rnn")
    if not NAME.fullmatch(stem):
        plain = re.sub(r"[^A-Za-z0-9]+", "_", stem).strip("_")
        way_out = f" Try {path.with_name(plain)}." if NAME.fullmatch(plain) else ""
        raise click.UsageError(f"{stem!r} cannot name a spec: a letter, then letters, digits and _.{way_out}")
    if not path.parent.is_dir():
        raise FileProblem(f"{path.parent} is no folder. Make it first.")
    return path


def drafted(source: Path, stem: str, *, borrowed: bool) -> Draft:
    """Return the spec in `source` with its model, or its last cell, under the name of a new file.

    Raises:
        UsageError: something in the spec has this name.
    """
    text = source.read_text(encoding="utf-8")
    tree = parse(text, str(source))
    block = next((one for one in tree.blocks if one.kind == "model"), tree.blocks[-1])
    name = "".join(word[:1].upper() + word[1:] for word in stem.split("_"))
    renamed = _renamed(_from_anywhere(text, tree.imports, source.parent.name), block, name)
    if borrowed:
        renamed = f"# {name}: say here what is new. Begun from {_library_name(source)} of rnndsl's library:\n{renamed}"
    try:
        check(renamed)
    except SpecError as error:
        message = error.diagnostics[0].message
        raise click.UsageError(f"{name} cannot name this {block.kind}: {message}. Choose another NAME.") from None
    return Draft(renamed, block.kind, name)


def _library_name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def _from_anywhere(text: str, imports: Sequence[Import], library: str) -> str:
    """Import from the library what the original finds in a file beside it."""
    lines = text.split("\n")
    for one in imports:
        if one.path is not None:
            lines[one.span.line - 1] = f"from {library} import {', '.join(one.names)}"
    return "\n".join(lines)


def _renamed(text: str, block: Block, name: str) -> str:
    lines = text.split("\n")
    place = block.header.line - 1
    lines[place] = lines[place].replace(f"{block.kind} {block.name}(", f"{block.kind} {name}(", 1)
    return "\n".join(lines)


def advice(path: Path, draft: Draft, *, trained: bool) -> list[str]:
    """Return what to try next."""
    tried = [("check", "find mistakes"), ("explain", "loops and shapes"), ("verify", "test its gradients")]
    lines = [(f"rnndsl {verb} {path}", f"# {purpose}") for verb, purpose in tried]
    if trained:
        lines.append((f"rnndsl train {path} --data TEXT.txt", "# let it learn a text of yours"))
    if draft.kind == "cell":
        lines.append((f'from "{path.name}" import {draft.name}', "# use it in a spec beside it"))
    width = max(len(command) for command, _ in lines)
    return ["", "What to try next:", *(f"  {command:<{width}}   {purpose}" for command, purpose in lines)]
