"""`rnndsl sample`: generate with a trained model."""

import sys
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from rnndsl.cli.conversation import Conversation, converse
from rnndsl.cli.generating import LENGTH, Sample, Start, Wish, from_file, from_text, generate
from rnndsl.cli.options import SEED, Finite, reporting
from rnndsl.cli.output import Output
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.cli.trained import Trained, load_trained
from rnndsl.runtime.generation import Sampling, Search

#: Options that say how points are drawn, and so have no meaning in a beam search.
DRAWING = ("seed", "temperature", "top_k", "top_p", "greedy")


@click.command(
    "sample",
    cls=TeachingCommand,
    short_help="Generate with a trained model.",
    examples=(
        'rnndsl sample runs/char_lstm/best.safetensors --prompt "ROMEO:" --length 200 --temperature 0.8',
        'rnndsl sample runs/char_lstm/best.safetensors --prompt "ROMEO:" --beam 5 --end "\\n" --json',
        "rnndsl sample runs/luong/best.safetensors --data questions.jsonl --beam 5 --end 0",
        "rnndsl sample runs/char_lstm/best.safetensors --interactive",
    ),
)
@click.argument("model_file", metavar="CHECKPOINT", type=click.Path(path_type=Path))
@click.option("--prompt", default="", help="The beginning of the text.")
@click.option("--data", type=click.Path(path_type=Path), help="Inputs, one example per line: .jsonl, also .gz.")
@click.option("--anew", is_flag=True, help="Draw the targets in --data anew instead of going on with them.")
@click.option("--length", type=click.IntRange(0), help=f"Points behind the prompt, at most.  [default: {LENGTH}]")
@click.option(
    "--end",
    metavar="SYMBOL",
    help="The symbol (\\n for a line's end), or token, that ends a sequence; in a prompt it ends none.",
)
@click.option("--count", type=click.IntRange(1), default=1, show_default=True, help="How many, of every example.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="Of the draws.")
@click.option("--temperature", type=Finite(0, min_open=True), default=1.0, show_default=True,
              help="Below 1 likely tokens become likelier.")  # fmt: skip
@click.option("--top-k", type=click.IntRange(0), default=0, help="Draw from so many likeliest tokens; 0: from all.")
@click.option("--top-p", type=Finite(0, 1, min_open=True), default=1.0, show_default=True,
              help="Draw from the likeliest tokens with this probability together.")  # fmt: skip
@click.option("--greedy", is_flag=True, help="Take what is most likely at every point.")
@click.option("--beam", type=click.IntRange(1), help="Search with a beam of this width; --count of the best are told.")
@click.option("--normalise", type=Finite(0), default=0.0, show_default=True,
              help="Rank a beam's sequences by log-probability over length to this power.")  # fmt: skip
@click.option("--interactive", is_flag=True, help="Read lines, and go on with the text after each.")
@reporting
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Generate with a trained model: continue a text, or draw the targets that belong to the inputs in a file.

    The same seed draws the same, and of a batch every example as if it were alone in its place. In --data a target may
    be left out, or given in part: then it is a prompt. Log-probabilities are at temperature 1 and of the whole
    sequence, its prompt included.
    """
    _check(ctx, options)
    trained = load_trained(options["model_file"], ("observe", "beam" if options["beam"] else "sample"))
    wish = _wish(trained, options)
    if options["interactive"]:
        converse(Conversation(trained, wish, options["prompt"]), sys.stdin, ctx.obj)
        return
    start = (
        from_file(trained, options["data"], anew=options["anew"])
        if options["data"]
        else from_text(trained, options["prompt"])
    )
    _tell(trained, start, generate(trained, start, wish), options, ctx.obj)


def _check(ctx: click.Context, options: dict[str, Any]) -> None:
    """Refuse options that contradict each other."""
    given = {name for name in options if ctx.get_parameter_source(name) is not ParameterSource.DEFAULT}
    if options["beam"] and given & set(DRAWING):
        names = ", ".join(f"--{name.replace('_', '-')}" for name in DRAWING if name in given)
        raise click.UsageError(f"a beam search draws nothing; leave out {names}")
    if options["beam"] and options["count"] > options["beam"]:
        raise click.UsageError("--count is at most the width of the --beam")
    if options["data"] and options["prompt"]:
        raise click.UsageError("--prompt is for texts; prompts of --data stand in its lines")
    if options["anew"] and not options["data"]:
        raise click.UsageError("--anew needs --data")
    if options["interactive"] and (options["data"] or ctx.obj.json or options["count"] > 1):
        raise click.UsageError("--interactive goes with neither --data nor --json nor --count")


def _wish(trained: Trained, options: dict[str, Any]) -> Wish:
    end = None if options["end"] is None else _token(trained, options["end"])
    if options["beam"]:
        search = Search(width=options["beam"], end=end, normalise=options["normalise"], best=options["count"])
        return Wish(options["length"], search=search)
    sampling = Sampling(
        seed=options["seed"], greedy=options["greedy"], temperature=options["temperature"],
        top_k=options["top_k"], top_p=options["top_p"], end=end,
    )  # fmt: skip
    return Wish(options["length"], options["count"], sampling)


def _token(trained: Trained, word: str) -> int:
    """Return the token that an end symbol stands for."""
    if trained.symbols is None:
        if not word.isdecimal():
            raise click.UsageError(f"--end {word!r}: the model has no symbols, so it takes a token, such as 0")
        return int(word)
    symbol = word.replace("\\n", "\n").replace("\\t", "\t")
    tokens = trained.symbols.encode(symbol)
    if len(tokens) != 1:
        raise click.UsageError(f"--end {word!r} is {len(tokens)} symbols of the model's, not one")
    return int(tokens[0])


def _text(trained: Trained, start: Start, sample: Sample) -> str | None:
    if trained.symbols is None or len(sample.values) != 1:
        return None
    return trained.symbols.decode([*start.lead, *next(iter(sample.values.values())).tolist()])


def _tell(trained: Trained, start: Start, samples: Sequence[Sample], options: dict[str, Any], output: Output) -> None:
    entries = []
    for sample in samples:
        text = _text(trained, start, sample)
        values = {name: _listed(value.tolist()) for name, value in sample.values.items()}
        entry = {"example": sample.example, **values, "log_prob": sample.log_prob}
        entries.append(entry if text is None else {**entry, "text": text})
    output.document({"ok": True, "exit_code": 0, "checkpoint": str(options["model_file"]), "samples": entries})
    single = len(samples) == 1 and start.examples == 1
    for sample, entry in zip(samples, entries, strict=True):
        if not single:
            output.say(f"--- example {sample.example + 1}, log-probability {sample.log_prob:.3f}")
        if "text" in entry:
            output.say(str(entry["text"]))
        else:
            output.say("\n".join(_shown(f"{name}: ", value) for name, value in sample.values.items()))


def _listed(value: Any) -> Any:
    """Return nested lists of numbers as JSON knows them: what is not there is null."""
    if isinstance(value, list):
        return [_listed(one) for one in value]
    return None if value != value else value  # noqa: PLR0124 (NaN)


def _shown(name: str, value: Any) -> str:
    """Return a value's tokens, or points, in a line for each row, or its numbers."""
    if value.dtype.kind == "i":
        rows = value.reshape(prod(value.shape[:-1]), value.shape[-1] if value.ndim else 1).tolist()
        return name + f"\n{' ' * len(name)}".join(" ".join(map(str, row)) for row in rows)
    return f"{name}{value.astype(float).round(4).tolist()}"  # float32 has more decimal digits than its precision
