"""`rnndsl score`: measure how well a trained model predicts data."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from rnndsl.cli.choice import Choice
from rnndsl.cli.options import Finite, compiling, reporting
from rnndsl.cli.output import Output
from rnndsl.cli.specs import Spec, read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.cli.training import Prepared, prepare
from rnndsl.data import Symbols
from rnndsl.train import Score, Settings, read, read_about, score


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
@click.option("--chunk", type=click.IntRange(1), default=256, show_default=True, help="Points of a text per call.")
@compiling
@reporting
@click.pass_context
def command(ctx: click.Context, /, choice: Choice, **options: Any) -> None:
    """Score data with a trained model: nats, bits and perplexity per point of every target.

    A checkpoint holds its spec, its dimensions and its symbols, so it is all that is needed. With a SPEC, `--params`
    names the checkpoint whose parameters are used.
    """
    model_file, params, data = options["model_file"], options["params"], options["data"]
    checkpoint = params or Path(model_file)
    about = read_about(checkpoint)
    spec = read_spec(model_file, ctx.obj) if params else _saved_spec(about)
    choice = Choice(
        {**about["dims"], **choice.dims},
        choice.model or about.get("run", {}).get("model"),
        choice.backend,
        about["dtype"],
    )
    symbols = about.get("symbols")
    known = Symbols(tuple(symbols["entries"]), symbols["level"]) if symbols else None
    prepared = prepare(spec, choice, data, known.level if known else "char", known)
    settings = Settings(batch=options["batch"], chunk=options["chunk"])
    _tell(_scored(prepared, checkpoint, settings, options["held_out"]), prepared, checkpoint, ctx.obj)


def _saved_spec(about: Mapping[str, Any]) -> Spec:
    """Return the spec that a checkpoint holds; the file it came from, if unchanged, so that its imports are found."""
    path = Path(str(about.get("spec_name", "spec")))
    unchanged = path.is_file() and path.read_bytes() == about["spec"].encode()
    return Spec(path.name, about["spec"], path if unchanged else None)


def _scored(prepared: Prepared, checkpoint: Path, settings: Settings, held_out: float | None) -> Score:
    weights = read(checkpoint, prepared.program.init(0)).params
    dataset = prepared.dataset if held_out is None else prepared.dataset.split(held_out)[1]
    return score(prepared.program, weights, prepared.all_batches(dataset, settings))


def _tell(found: Score, prepared: Prepared, checkpoint: Path, output: Output) -> None:
    terms = {
        name: {"nll": term.nll, "bits": term.bits, "perplexity": _finite(term.perplexity), "count": term.count}
        for name, term in found.terms.items()
    }
    output.document(
        {"ok": True, "exit_code": 0, "checkpoint": str(checkpoint), "loss": _finite(found.loss), "targets": terms}
    )
    unit = prepared.measure().label.removeprefix("bits per ") if prepared.measure().target else "point"
    for name, term in found.terms.items():
        output.say(
            f"{name}: {term.nll:.4f} nats = {term.bits:.4f} bits per {unit}, perplexity {term.perplexity:.3f}, "
            f"over {term.count:,.0f} points"
        )
    output.say(f"loss: {found.loss:.4f}")


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
