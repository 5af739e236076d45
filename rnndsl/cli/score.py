"""`rnndsl score`: measure how well a trained model predicts data."""

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np

from rnndsl.choice import Choice
from rnndsl.cli.options import Finite, compiling, reporting
from rnndsl.cli.output import Output
from rnndsl.cli.specs import read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.cli.trained import saved_spec, saved_symbols
from rnndsl.compiler import assemble
from rnndsl.data import Symbols
from rnndsl.fitting import Prepared, Reading, prepare
from rnndsl.train import Score, Settings, read, read_about, score
from rnndsl.train.atomic import write_atomically
from rnndsl.train.points import Points, Tally, score_points, with_points
from rnndsl.train.protocols import Array, Batches


@click.command(
    "score",
    cls=TeachingCommand,
    short_help="Measure how well a trained model predicts data.",
    examples=(
        "rnndsl score runs/char_lstm/best.safetensors --data shakespeare.txt --held-out 0.1",
        "rnndsl score char_lstm.rnn --params runs/char_lstm/best.safetensors --data other.txt --json",
    ),
)
@click.argument("model_file", metavar="CHECKPOINT|SPEC")
@click.option("--params", type=click.Path(path_type=Path), help="The checkpoint, when a SPEC is given.")
@click.option(
    "--data", required=True, type=click.Path(path_type=Path), help="The data: text, .npz or .jsonl; also .gz."
)
@click.option("--held-out", type=Finite(0, 1), help="Score only this last part of the data.")
@click.option("--batch", type=click.IntRange(1), default=16, show_default=True, help="Examples, or parallel streams.")
@click.option(
    "--per-point", type=click.Path(path_type=Path, dir_okay=False), help="Write a JSON line for every scored point."
)
@click.option("--chunk", type=click.IntRange(1), default=256, show_default=True, help="Points of a text per call.")
@compiling
@reporting
@click.pass_context
def command(ctx: click.Context, /, choice: Choice, **options: Any) -> None:
    """Score data with a trained model: log-likelihood, nats, bits and perplexity, and how often it is right.

    Of every target the log-likelihood is told in nats, in total and per point; of tokens the share of points, by
    weight, at which the likeliest one is the one that is there (accuracy).

    A checkpoint holds its spec, its dimensions and its symbols, so it is all that is needed. With a SPEC, `--params`
    names the checkpoint whose parameters are used.
    """
    model_file, params, data = options["model_file"], options["params"], options["data"]
    checkpoint = params or Path(model_file)
    about = read_about(checkpoint)
    spec = read_spec(model_file, ctx.obj) if params else saved_spec(about)
    choice = Choice(
        {**about["dims"], **choice.dims},
        choice.model or about.get("run", {}).get("model"),
        choice.backend,
        about["dtype"],
    )
    known = saved_symbols(about)
    prepared = prepare(spec, choice, data, Reading(known.level if known else "char", known))
    weights = read(checkpoint, prepared.program.init(0)).params
    settings = Settings(batch=options["batch"], chunk=options["chunk"])
    dataset = prepared.dataset if options["held_out"] is None else prepared.dataset.split(options["held_out"])[1]
    batches = prepared.all_batches(dataset, settings)
    found = score(prepared.program, weights, batches)
    tallies = _by_point(prepared, weights, batches, options["per_point"]) if found.terms else {}
    _tell(found, tallies, prepared, {"checkpoint": checkpoint, "per_point": options["per_point"]}, ctx.obj)


def _by_point(
    prepared: Prepared, weights: Mapping[str, Array], batches: Batches, file: Path | None
) -> dict[str, Tally]:
    """Count right choices by target; write the scores of all points to a file, if there is one."""
    program = assemble(with_points(prepared.program.graph), dtype=prepared.program.dtype)
    tallies: dict[str, Tally] = {}
    lines: list[str] = []
    for points in score_points(program, weights, batches):
        tallies.setdefault(points.target, Tally()).add(points)
        if file is not None:
            lines += (json.dumps(entry) for entry in _entries(points, prepared.symbols))
    if file is not None:
        write_atomically(file, "".join(f"{line}\n" for line in lines).encode())
    return tallies


def _entries(points: Points, symbols: Symbols | None) -> Iterator[dict[str, Any]]:
    """Describe the scored points of an example."""
    for place in np.ndindex(points.log_prob.shape):
        if points.weight[place] == 0:
            continue
        value = points.values[place].tolist()
        entry = {
            "target": points.target,
            "example": points.example,
            "point": [points.start + place[0], *place[1:]] if place else [],
            "value": symbols.entries[value] if symbols else value,
            "log_prob": _finite(float(points.log_prob[place])),
            "weight": float(points.weight[place]),
        }
        yield entry if points.correct is None else {**entry, "correct": bool(points.correct[place])}


def _tell(
    found: Score, tallies: Mapping[str, Tally], prepared: Prepared, files: Mapping[str, Path | None], output: Output
) -> None:
    right = {name: tallies[name].accuracy if name in tallies else None for name in found.terms}
    terms = {
        name: {
            "log_likelihood": _finite(-term.nll * term.count), "nll": term.nll, "bits": term.bits,
            "perplexity": _finite(term.perplexity), "accuracy": right[name], "count": term.count,
        }
        for name, term in found.terms.items()
    }  # fmt: skip
    named = {name: str(file) for name, file in files.items() if file is not None}
    output.document({"ok": True, "exit_code": 0, **named, "loss": _finite(found.loss), "targets": terms})
    unit = prepared.measure().label.removeprefix("bits per ") if prepared.measure().target else "point"
    for name, term in found.terms.items():
        correct = "" if right[name] is None else f", accuracy {right[name]:.4f}"
        output.say(
            f"{name}: {term.nll:.4f} nats = {term.bits:.4f} bits per {unit}, perplexity {term.perplexity:.3f}"
            f"{correct}, log-likelihood {-term.nll * term.count:,.2f} nats over {term.count:,.0f} points"
        )
    output.say(f"loss: {found.loss:.4f}")


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
