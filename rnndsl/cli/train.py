"""`rnndsl train`: fit a spec's parameters to data."""

from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final, Literal

import click
from click.core import ParameterSource

from rnndsl.building import compiled
from rnndsl.choice import Choice
from rnndsl.cli.failures import DIVERGED, INTERRUPTED
from rnndsl.cli.options import SEED, Finite, compiling, reporting, spec_argument
from rnndsl.cli.output import Output
from rnndsl.cli.progress import reporter_for
from rnndsl.cli.specs import Spec, read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.cli.tuning import Threads, measured, tell, threading, tuning
from rnndsl.diagnostics.diagnostic import DataError
from rnndsl.fitting import Prepared, Reading, prepare
from rnndsl.runtime.program import Program
from rnndsl.schedule.choices import Choices
from rnndsl.train import (
    CheckpointError,
    Diverged,
    Finished,
    Interrupted,
    Limit,
    RunFolder,
    Settings,
    Trainer,
    read_about,
)
from rnndsl.train.atomic import write_atomically
from rnndsl.train.curve import draw_curve
from rnndsl.train.metrics import read as read_metrics
from rnndsl.train.mixing import make_mixing
from rnndsl.train.optimisers import OPTIMISERS
from rnndsl.train.rates import SCHEDULES
from rnndsl.verify.cases import Case

#: How long a run lasts when nothing is said, in minutes.
MINUTES: Final = 10.0


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a run is asked to be."""

    spec: Spec
    choice: Choice
    data: Path
    level: Literal["char", "word"]
    folder: RunFolder
    settings: Settings
    limit: Limit
    eval_every: int
    resume: bool
    tune: bool = False
    threads: Threads = 1


def _schedule(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    try:
        make_mixing(value or "constant:0")
    except DataError as error:
        raise click.BadParameter(str(error.diagnostic.message) + f"; {error.diagnostic.help}", ctx, param) from None
    return value


def _segments(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is None or value == "sqrt" or (value.isdecimal() and int(value) > 0):
        return value
    raise click.BadParameter(f"{value!r} is neither sqrt nor a positive number of points", ctx, param)


@click.command(
    "train",
    cls=TeachingCommand,
    short_help="Train a spec on text, .npz or .jsonl.",
    examples=(
        "rnndsl train char_lstm --data shakespeare.txt --minutes 5",
        "rnndsl train tagger.rnn --data atis.jsonl --epochs 20 --batch 16 --set hidden=128",
        "rnndsl train char_lstm --data shakespeare.txt --resume",
    ),
)
@spec_argument
@click.option(
    "--data", required=True, type=click.Path(path_type=Path), help="The data: text, .npz or .jsonl; also .gz."
)
@click.option("--out", type=click.Path(path_type=Path), help="The run's folder.  [default: runs/SPEC]")
@click.option("--steps", type=click.IntRange(1), help="Stop after so many steps.")
@click.option("--epochs", type=Finite(0, min_open=True), help="Stop after so many passes over the data.")
@click.option("--minutes", type=Finite(0, min_open=True), help=f"Stop after so many minutes.  [default: {MINUTES:.0f}]")
@click.option("--batch", type=click.IntRange(1), default=32, show_default=True, help="Examples, or parallel streams.")
@click.option("--chunk", type=click.IntRange(1), default=64, show_default=True, help="Points of a text per step.")
@click.option(
    "--lr",
    "--learning-rate",
    "rate",
    type=Finite(0, min_open=True),
    default=3e-3,
    show_default=True,
    help="Learning rate at its peak.",
)
@click.option(
    "--schedule", type=click.Choice(list(SCHEDULES)), default="cosine", show_default=True,
    help="How the learning rate falls over the run.",
)  # fmt: skip
@click.option("--warm-up", type=click.IntRange(0), default=50, show_default=True, help="Steps of growing rate.")
@click.option(
    "--optimiser", type=click.Choice(OPTIMISERS), default="adam", show_default=True, help="What moves the parameters."
)
@click.option("--momentum", type=Finite(0, 1, max_open=True), default=0.9, show_default=True, help="Of sgd.")
@click.option("--clip", type=Finite(0), default=5.0, show_default=True, help="Largest gradient norm; 0: any.")
@click.option("--held-out", type=Finite(0, 1, max_open=True), default=0.1, show_default=True,
              help="The last part of the data, only scored.")  # fmt: skip
@click.option("--bucket", is_flag=True, help="Put examples of similar size together.")
@click.option(
    "--level", type=click.Choice(["char", "word"]), default="char", show_default=True, help="A text's tokens."
)
@click.option(
    "--scheduled-sampling", callback=_schedule, metavar="SCHEDULE",
    help="How often the model reads its own draw instead of the data: constant:P, linear:FROM:TO:STEPS, "
    "exponential:K or sigmoid:K.",
)  # fmt: skip
@click.option(
    "--checkpoint", callback=_segments, metavar="sqrt|POINTS",
    help="Keep only the states between segments of so many points, and run each again on the way back: the same "
    "gradient in much less memory.",
)  # fmt: skip
@click.option("--seed", type=SEED, default=0, show_default=True, help="Of parameters, order, dropout and draws.")
@click.option("--eval-every", type=click.IntRange(1), default=250, show_default=True, help="Steps between two scores.")
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint in --out, bit for bit.")
@threading
@tuning
@compiling
@reporting
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Train SPEC on data: Adam or SGD, gradients clipped, checkpoints that survive a crash.

    A text is read as parallel streams with the state carried from chunk to chunk (truncated BPTT); examples of .npz
    (arrays named like the inputs, `lengths` beside them) and .jsonl (one object per line; of a tree the children of
    every node, under its index's name) are shuffled. Dimensions that the data shows, such as a vocabulary, need not be
    set. Ctrl-C saves; --resume goes on.
    """
    plan = _plan(ctx, options)
    code = execute(plan, ctx.obj)
    ctx.exit(code)


def execute(plan: Plan, output: Output) -> int:
    """Train as planned; return the exit code.

    Raises:
        SpecError: the spec has mistakes.
        DataError: data or folder cannot be used.
    """
    asked = {"mix": plan.settings.scheduled_sampling, "checkpoint": plan.settings.checkpoint}
    modes = ("observe", *(mode for mode, given in asked.items() if given))
    prepared = prepare(plan.spec, plan.choice, plan.data, Reading(plan.level, modes=modes))
    plan, prepared = _measured(plan, prepared, modes, output)
    trainer, display = _trainer(plan, prepared, output)
    try:
        finished = trainer.run(resume=plan.resume)
    except Interrupted as stopped:
        display.close()
        return _interrupted(stopped, plan, output)
    except Diverged as diverged:
        display.close()
        return _diverged(diverged, output)
    finally:
        display.close()
    _finish(finished, plan, prepared, output)
    return 0


def _plan(ctx: click.Context, options: dict[str, Any]) -> Plan:
    spec = read_spec(options["spec"], ctx.obj)
    folder = RunFolder(options["out"] or Path("runs") / Path(spec.name).stem)
    settings = Settings(**{field.name: options[field.name] for field in fields(Settings)})
    limit = Limit(options["steps"], options["epochs"], options["minutes"])
    given = limit != Limit()
    plan = Plan(
        spec, options["choice"], options["data"], options["level"], folder, settings,
        limit if given else Limit(minutes=MINUTES), options["eval_every"], options["resume"], options["tune"],
        options["threads"],
    )  # fmt: skip
    return _as_before(plan, ctx, limit_given=given) if plan.resume else plan


def _as_before(plan: Plan, ctx: click.Context, *, limit_given: bool) -> Plan:
    """Take what the command line leaves open from the run that is resumed."""
    about = _newest_about(plan.folder)
    if about is None:
        return plan

    def said(name: str) -> bool:
        return ctx.get_parameter_source(name) is not ParameterSource.DEFAULT

    earlier = {k: v for k, v in about.get("settings", {}).items() if hasattr(plan.settings, k) and not said(k)}
    before = about.get("run", {})
    return replace(
        plan,
        settings=replace(plan.settings, **earlier),
        choice=Choice(
            plan.choice.dims if said("dims") else about["dims"],
            plan.choice.model if said("model") else before.get("model"),
            plan.choice.backend,
            plan.choice.dtype if said("dtype") else about["dtype"],
            Choices(**about.get("choices", {})),
        ),
        tune=False,
        threads=plan.threads if said("threads") else about.get("threads", 1),
        limit=plan.limit if limit_given else Limit(**before.get("limit", {})),
        level=plan.level if said("level") else before.get("level", plan.level),
        eval_every=plan.eval_every if said("eval_every") else before.get("eval_every", plan.eval_every),
    )


def _measured(plan: Plan, prepared: Prepared, modes: tuple[str, ...], output: Output) -> tuple[Plan, Prepared]:
    """Choose by measurement, on the first batch, what is to be chosen so."""

    def make(choice: Choice) -> Program:
        return compiled(plan.spec, replace(choice, dims=prepared.dims), modes)

    def case() -> Case:
        train, _ = prepared.dataset.split(plan.settings.held_out)
        batch = prepared.batches(train, plan.settings).batch(0, 0)
        data = {name: list(value) for name, value in batch.data.items()}
        params = prepared.program.init(plan.settings.seed)
        return Case(prepared.program.dims, params, data, dict(batch.lengths or {}), dict(batch.structure or {}))

    choice, found, known = measured(plan.choice, make, case, tune=plan.tune, threads=plan.threads)
    tell(output, found, known=known)
    return replace(plan, choice=choice), replace(prepared, program=make(choice))


def _newest_about(folder: RunFolder) -> dict[str, Any] | None:
    for path in reversed(folder.checkpoints()):
        try:
            return read_about(path)
        except CheckpointError:
            continue
    return None


def _trainer(plan: Plan, prepared: Prepared, output: Output) -> "tuple[Trainer, Any]":
    measure = prepared.measure()
    run = {"limit": asdict(plan.limit), "level": plan.level, "eval_every": plan.eval_every, "model": plan.choice.model}
    about = {**prepared.about(plan.spec, plan.choice), "run": run}
    job = prepared.job(plan.settings, plan.limit, about, plan.eval_every)
    count = sum(array.size for array in job.params.values())
    points = prepared.dataset.split(plan.settings.held_out)[0].points
    output.say(f"{prepared.program.name}: {count:,} parameters, {points:,} points, to {plan.folder.path}")
    display = reporter_for(output, measure)
    return Trainer(job, plan.folder, display), display


def _finish(finished: Finished, plan: Plan, prepared: Prepared, output: Output) -> None:
    folder, measure = plan.folder, prepared.measure()
    draw_curve(folder.curve, read_metrics(folder.metrics), measure.label, f"{prepared.program.name}, {plan.data.name}")
    module = folder.path / f"{prepared.program.name}.py"
    write_atomically(module, prepared.program.source.encode())
    content = {
        "ok": True, "exit_code": 0, "steps": finished.step, "seconds": finished.seconds, "measure": measure.label,
        "last": finished.last, "best": finished.best, "checkpoint": str(finished.saved),
        "best_checkpoint": str(folder.best), "curve": str(folder.curve), "metrics": str(folder.metrics),
        "module": str(module),
    }  # fmt: skip
    output.document(content)
    output.say(f"{finished.step} steps in {finished.seconds:.0f} s; best {measure.label}: {finished.best:.3f}")
    for what, path in (("best", folder.best), ("curve", folder.curve), ("module", module)):
        output.say(f"  {what:7s} {path}")


def _interrupted(stopped: Interrupted, plan: Plan, output: Output) -> int:
    again = f"rnndsl train {plan.spec.name} --data {plan.data} --out {plan.folder.path} --resume"
    output.document(
        {"ok": False, "exit_code": INTERRUPTED, "error": "interrupted", "step": stopped.step,
         "checkpoint": str(stopped.saved), "resume": again, "diagnostics": []}
    )  # fmt: skip
    output.tell(f"Stopped after step {stopped.step}; saved {stopped.saved}. Go on with:\n  {again}")
    return INTERRUPTED


def _diverged(diverged: Diverged, output: Output) -> int:
    norms = ", ".join(f"{norm:.3g} at step {step}" for step, norm in diverged.norms)
    kept = str(diverged.kept) if diverged.kept else None
    output.document(
        {"ok": False, "exit_code": DIVERGED, "error": str(diverged), "step": diverged.step, "checkpoint": kept,
         "norms": norms, "diagnostics": []}
    )  # fmt: skip
    output.tell(
        f"error[RNN710]: training diverged: {diverged}\n"
        f"  gradient norms: {norms}\n"
        f"  last good checkpoint: {kept or 'none yet'}\n"
        "help: try a smaller --lr or --clip, or --dtype float64"
    )
    return DIVERGED
