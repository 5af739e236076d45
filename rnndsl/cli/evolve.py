"""`rnndsl evolve`: search for better cells."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import click

from rnndsl.cli.evolved import show
from rnndsl.cli.failures import INTERRUPTED
from rnndsl.cli.options import SEED, Finite, SpecPath, reporting, setting
from rnndsl.cli.output import Output
from rnndsl.cli.specs import STDIN, read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.evolve.genome import placed, self_contained
from rnndsl.evolve.mutant import mutate, seeded
from rnndsl.evolve.results import FILE, Individual, Results
from rnndsl.evolve.search import Origin, Plan, Search
from rnndsl.evolve.tasks import HeldOut
from rnndsl.evolve.trials import Trials
from rnndsl.evolve.verdict import Budget
from rnndsl.semantics.check import check
from rnndsl.train import RunFolder, Settings
from rnndsl.train.interrupt import StopRequest

#: How long a search lasts when nothing is said, in minutes.
MINUTES: Final = 10.0
FOLDER: Final = Path("runs") / "evolve"


@dataclass(frozen=True, slots=True)
class Run:
    """All that a search is: what it begins with, what individuals are judged by, and what a trial may cost."""

    origins: tuple[Origin, ...]
    task: HeldOut
    budget: Budget
    plan: Plan
    digest: str
    measure: str

    def as_json(self) -> dict[str, Any]:
        """Return what a resumed search needs to know."""
        return {
            "origins": [asdict(one) for one in self.origins], "task": asdict(self.task), "budget": asdict(self.budget),
            "seed": str(self.plan.seed), "pool": self.plan.pool, "data": self.digest, "measure": self.measure,
        }  # fmt: skip


@click.command(
    "evolve",
    cls=TeachingCommand,
    short_help="Search for better cells by mutation.",
    examples=(
        "rnndsl evolve lstm gru --in char_lstm --data shakespeare.txt --set hidden=64 --minutes 30",
        "rnndsl evolve tagger.rnn --data atis.jsonl --trial-steps 200 --individuals 100 -o runs/taggers",
        "rnndsl evolve --resume -o runs/taggers --minutes 60",
        "rnndsl evolve --show runs/taggers",
        "rnndsl evolve --show runs/taggers --best > better.rnn",
    ),
)
@click.argument("specs", nargs=-1, type=SpecPath(), metavar="[SPEC]...")
@click.option("--data", type=click.Path(path_type=Path), help="The data: text, .npz or .jsonl; also .gz.")
@click.option("--in", "frame", type=SpecPath(), metavar="MODEL", help="Each SPEC is a cell, to be tried in this model.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help=f"The run's folder.  [default: {FOLDER}]")
@click.option("--minutes", type=Finite(0, min_open=True), help=f"Stop after so long.  [default: {MINUTES:.0f}]")
@click.option("--individuals", type=click.IntRange(1), help="Stop when there are so many.")
@click.option("--pool", type=click.IntRange(1), default=100, show_default=True, help="How many of the best breed.")
@click.option("--trial-seconds", "seconds", type=Finite(0, min_open=True), default=20.0, show_default=True,
              help="How long each is trained.")  # fmt: skip
@click.option("--trial-steps", "steps", type=click.IntRange(1), help="For how many steps each is trained, at most.")
@click.option("--trial-memory", "memory", type=click.IntRange(64), default=2048, show_default=True, help="In MiB.")
@click.option("--trial-parameters", "parameters", type=click.IntRange(1), default=10_000_000, show_default=True,
              help="How many parameters an individual may have.")  # fmt: skip
@click.option("--batch", type=click.IntRange(1), default=32, show_default=True, help="Examples, or parallel streams.")
@click.option("--chunk", type=click.IntRange(1), default=64, show_default=True, help="Points of a text per step.")
@click.option("--lr", "rate", type=Finite(0, min_open=True), default=3e-3, show_default=True, help="Learning rate.")
@click.option("--held-out", type=Finite(0, 1, max_open=True), default=0.1, show_default=True,
              help="The last part of the data, which fitness is measured on.")  # fmt: skip
@click.option(
    "--level", type=click.Choice(["char", "word"]), default="char", show_default=True, help="A text's tokens."
)
@click.option("--seed", type=SEED, default=0, show_default=True, help="Of mutations, parameters and order.")
@click.option("--resume", is_flag=True, help="Go on with the run in --out, as it began.")
@click.option("--show", "shown", type=click.Path(path_type=Path), metavar="FOLDER", help="Show the results of a run.")
@click.option("--csv", is_flag=True, help="With --show: as a table for a spreadsheet.")
@click.option("--best", is_flag=True, help="With --show: print the best spec.")
@setting
@reporting
@click.pass_context
def command(ctx: click.Context, /, specs: Sequence[str], **options: Any) -> None:
    """Search for better specs than SPEC...: the best ones so far have mutants, each is trained for a little while.

    Fitness is minus the score of `rnndsl train` on the part of the data that is held out. Every individual is compiled
    and trained in a process of its own, within bounds; one that fails has the fitness -inf, one that diverges NaN, and
    the search goes on. All results are in one SQLite file in --out. Ctrl-C loses nothing; --resume goes on.
    """
    output: Output = ctx.obj
    if options["shown"] is not None:
        if specs or options["resume"]:
            raise click.UsageError("--show takes no SPEC and no --resume", ctx)
        show(options["shown"], output, csv=options["csv"], best=options["best"])
        return
    if options["csv"] or options["best"]:
        raise click.UsageError("--csv and --best say what --show shows: give it a run's folder", ctx)
    folder = RunFolder(options["out"] or FOLDER)
    if options["resume"]:
        if specs:
            raise click.UsageError("a run goes on with the specs that it began with: leave SPEC out", ctx)
        ctx.exit(_resumed(folder, options, output))
    if not specs or options["data"] is None:
        raise click.UsageError("give at least one SPEC and --data, or --resume, or --show FOLDER", ctx)
    ctx.exit(_begun(folder, specs, options, output))


def _begun(folder: RunFolder, specs: Sequence[str], options: dict[str, Any], output: Output) -> int:
    """Begin a run; return the exit code."""
    file = folder.path / FILE
    if file.exists():
        way_out = "go on with --resume, or choose another folder with --out"
        raise DataError.of("RNN708", f"{folder.path} already holds a run", help=way_out)
    run = _checked(_origins(specs, options["frame"], options["dims"], output), options, output)
    with folder.locked(), Results.new(file, folder.path.name, run.plan.seed, run.as_json()) as results:
        return _search(run, results, folder, output)


def _resumed(folder: RunFolder, options: dict[str, Any], output: Output) -> int:
    """Go on with a run; return the exit code."""
    with Results.open(folder.path / FILE) as results:
        before = results.settings
    data = before["task"] | ({"data": str(options["data"])} if options["data"] else {})
    origins = tuple(Origin(**one) for one in before["origins"])
    run = Run(
        origins, HeldOut(**data), Budget(**before["budget"]), _plan(options, int(before["seed"]), before["pool"]),
        before["data"], before["measure"],
    )  # fmt: skip
    if run.task.prepared(origins[0].text).dataset.digest() != run.digest:
        raise DataError.of("RNN709", "the run began with other data", help="give the same --data, or begin a new run")
    with folder.locked(), Results.open(folder.path / FILE, write=True) as results:
        return _search(run, results, folder, output)


def _plan(options: dict[str, Any], seed: int, pool: int) -> Plan:
    endless = options["minutes"] is None and options["individuals"] is None
    return Plan(seed, pool, options["individuals"], MINUTES if endless else options["minutes"])


def _origins(specs: Sequence[str], frame: str | None, dims: dict[str, int | float], output: Output) -> list[Origin]:
    """Return the specs as texts that import nothing, each under a name of its own."""
    model = None
    if frame is not None:
        spec = read_spec(frame, output)
        check(spec.source, dims=dims)
        model = self_contained(spec.text, spec.path)
    found: list[Origin] = []
    for given in specs:
        spec = read_spec(given, output)
        check(spec.source, dims={} if model else dims)
        text = self_contained(spec.text, spec.path)
        stem = Path(spec.name).stem
        taken = sum(one.name.partition("#")[0] == stem for one in found)
        found.append(Origin(f"{stem}#{taken + 1}" if taken else stem, placed(text, model) if model else text))
    return found


def _checked(origins: list[Origin], options: dict[str, Any], output: Output) -> Run:
    """Try what every trial does first, so that a mistake in the specs or the data is told at once."""
    settings = asdict(Settings(**{name: options[name] for name in ("seed", "batch", "chunk", "rate", "held_out")}))
    task = HeldOut(str(options["data"]), options["level"], options["dims"], settings=settings, steps=options["steps"])
    budget = Budget(options["seconds"], options["memory"], options["parameters"])
    plan = _plan(options, options["seed"], options["pool"])
    digest, measure = "", ""
    for one in origins:
        output.sources[STDIN] = one.text
        prepared = task.prepared(one.text)
        mutate(one.text, "a first try", seeded(0), dims=options["dims"])
        digest, measure = digest or prepared.dataset.digest(), measure or prepared.measure().label
        if prepared.measure().label != measure:
            message = f"{origins[0].name} is judged by {measure}, {one.name} by {prepared.measure().label}"
            raise DataError.of("RNN752", message, help="give specs with the same target")
    return Run(tuple(origins), task, budget, plan, digest, measure)


def _search(run: Run, results: Results, folder: RunFolder, output: Output) -> int:
    """Search, tell how it goes, and return the exit code."""
    trials = Trials("held_out", asdict(run.task), run.budget)
    with StopRequest() as stop:
        output.tell(f"fitness is minus {run.measure} on the held-out part; results in {results.path}")
        search = Search(
            run.origins, results, trials.judge, run.plan, lambda one, best: output.tell(line_of(one, best=best)),
            lambda: stop.asked, dims=run.task.dims,
        )  # fmt: skip
        whole = search.run()
    best = next(iter(results.pool(1)), None)
    code = 0 if whole else INTERRUPTED
    content = {"ok": whole, "exit_code": code, "individuals": results.count, "results": str(results.path)}
    output.document({**content, "best": best and {"name": best.name, "fitness": best.fitness, "spec": best.spec}})
    won = f"the best is {best.name} with fitness {best.fitness:.4f}" if best else "none has a fitness"
    again = f"rnndsl evolve --resume -o {folder.path}"
    output.say(f"{results.count} individuals; {won}\n  rnndsl evolve --show {folder.path} --best\n  {again}")
    if not whole:
        output.tell(f"Stopped; nothing is lost. Go on with:\n  {again}")
    return code


def line_of(one: Individual, *, best: bool) -> str:
    """Return an individual as a line of text."""
    size = "" if one.parameters is None else f"  {one.parameters:,} parameters"
    won, came = "  BEST" if best else "", one.reason or one.mutation
    return f"{one.number:5d}  {one.name}: {one.fitness:.4f}{size}  {one.seconds:.1f} s{won}  {came}".rstrip()
