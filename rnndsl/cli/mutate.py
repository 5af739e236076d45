"""`rnndsl mutate`: other specs, made from one by the mutations of evolution."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from rnndsl.cli.options import SEED, reporting, setting, spec_argument
from rnndsl.cli.output import Output
from rnndsl.cli.specs import FileProblem, Spec, read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.semantics.check import check

#: How often a mutant is drawn again that says what another one says.
FRESH: Final = 50


@dataclass(frozen=True, slots=True)
class Named:
    """A mutant, with a name that could be a file's."""

    name: str
    text: str
    mutation: str


@click.command(
    "mutate",
    cls=TeachingCommand,
    short_help="Change a spec at random, as evolution does.",
    examples=(
        "rnndsl mutate lstm",
        "rnndsl mutate gru --seed 3 --count 20 -o mutants",
        "rnndsl mutate char_lstm --changes 1 | rnndsl check -",
    ),
)
@spec_argument
@click.option("--seed", type=SEED, default=0, show_default=True, help="Of everything that is drawn.")
@click.option("--count", type=click.IntRange(1, 10_000), default=1, show_default=True, help="How many mutants.")
@click.option("--changes", type=click.IntRange(1, 50), help="Mutations of each.  [default: 1 to 3, drawn]")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="A folder to write them to; stdout without it.")
@setting
@reporting
@click.pass_obj
def command(output: Output, /, spec: str, out: Path | None, dims: dict[str, int | float], **how: Any) -> None:
    """Make mutants of SPEC: valid specs that differ from it by the mutations of Jozefowicz et al. (2015).

    An activation or an operation is exchanged, an activation inserted, a node removed, replaced by one of its ancestors
    or by a combination of two. What is changed are the equations of the cells, those that SPEC imports among them, or,
    without cells, of the model. Each mutant imports nothing, names its parent and its mutations on top, and is the same
    for the same seed.
    """
    source = read_spec(spec, output)
    check(source.source, dims=dims)
    mutants = list(_mutants(source, dims, **how))
    paths = [out / f"{one.name}.rnn" for one in mutants] if out else []
    _write(mutants, paths)
    shown = [{"name": one.name, "mutation": one.mutation, "spec": one.text} for one in mutants]
    for one, path in zip(shown, paths, strict=False):
        one["path"] = str(path)
        output.say(f"{path}: {one['mutation']}")
    output.document({"ok": True, "exit_code": 0, "mutants": shown})
    if not paths and not output.json:
        sys.stdout.write("\n".join(one.text for one in mutants))


def _mutants(source: Spec, dims: dict[str, int | float], seed: int, count: int, changes: int | None) -> Iterator[Named]:
    """Yield mutants that differ from one another, as far as there are any."""
    from rnndsl.evolve.genome import identity, self_contained  # noqa: PLC0415 (NumPy is slow to import)
    from rnndsl.evolve.mutant import mutate, seeded  # noqa: PLC0415 (the same)

    text, stem = self_contained(source.text, source.path), Path(source.name).stem
    seen = set()
    for number in range(1, count + 1):
        for attempt in range(FRESH):
            descent = f"Mutant {number} of {stem} with seed {seed}"
            mutant = mutate(text, descent, seeded(seed, number, attempt), changes, dims)
            if identity(mutant.text) not in seen:
                break
        seen.add(identity(mutant.text))
        yield Named(f"{stem}-{seed}-{number}", mutant.text, mutant.mutation)


def _write(mutants: list[Named], paths: list[Path]) -> None:
    """Write all files, or none if one of them is there.

    Raises:
        FileProblem: a file is there already, and is left as it is.
    """
    for path in paths:
        if path.exists():
            raise FileProblem(f"{path} exists, and is left as it is. Choose another --out or --seed.")
    for one, path in zip(mutants, paths, strict=False):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(one.text)
