"""`rnndsl bench`: time a spec's module, and say where the time goes."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import click

from rnndsl.choice import Choice
from rnndsl.cli.options import SEED, compiling, reporting, spec_argument
from rnndsl.cli.output import Output
from rnndsl.cli.specs import read_spec
from rnndsl.cli.teaching import TeachingCommand
from rnndsl.cli.tuning import document, measured, sized, sizing, tell, threading, tuning

if TYPE_CHECKING:
    from rnndsl.bench.bench import Report, Row, Spread
    from rnndsl.bench.predict import Prediction
    from rnndsl.runtime.program import Program
    from rnndsl.schedule.machine import Machine
    from rnndsl.verify.cases import Case

#: How many characters of an equation are shown.
SHOWN: Final = 60


@click.command(
    "bench",
    cls=TeachingCommand,
    short_help="Time a spec's module, and say where the time goes.",
    examples=(
        "rnndsl bench char_lstm --set vocab=65 --set hidden=256 --batch 32 --steps 100",
        "rnndsl bench tree_lstm --set vocab=1000 --leaves 25 --tune --threads auto",
        "OMP_NUM_THREADS=1 rnndsl bench my_cell.rnn --ragged --json",
    ),
)
@spec_argument
@sizing
@click.option("--calibrate", is_flag=True, help="Measure the constants of the cost model here at first; remembered.")
@click.option("--rounds", type=click.IntRange(1, 1000), default=9, show_default=True, help="Calls that are timed.")
@click.option("--seed", type=SEED, default=0, show_default=True, help="Of the random parameters and data.")
@threading
@tuning
@compiling
@reporting
@click.pass_obj
def command(
    output: Output, /, spec: str, choice: Choice, rounds: int, seed: int, *, calibrate: bool, **options: Any
) -> None:
    """Time calls of SPEC's module on random data: forward, with the gradient, and equation by equation.

    Beside each equation stands what its matrix products alone take, the least that any program needs for them, and what
    the cost model expects of it: where the first is much longer than the second, something disturbs the run, or the
    model does not know the machine (--calibrate). A dimension without a value is taken as 64. Medians; other work on
    the machine disturbs them. Shares, and what is expected, are those of one thread.

    On a GPU (--backend cupy) nothing is expected, and it is waited for behind every equation: their times add up to
    more than the call takes.
    """
    from rnndsl.bench import bench  # noqa: PLC0415 (the compiler is slow to import)
    from rnndsl.bench.calibrate import calibrated, known_machine  # noqa: PLC0415 (the same)
    from rnndsl.bench.workload import Sizes, draw_workload  # noqa: PLC0415 (the same)
    from rnndsl.building import compiled  # noqa: PLC0415 (the same)

    on_gpu = choice.backend == "cupy"
    if on_gpu and calibrate:
        raise click.UsageError("the cost model is for a CPU, so there is nothing to calibrate for a GPU")
    source = read_spec(spec, output)
    asked = {name: options.pop(name) for name in ("tune", "threads")}
    sizes: dict[str, Any] = options
    choice = sized(compiled(source, choice), choice, output)
    program = compiled(source, choice)
    choice, found, known = measured(
        choice, lambda one: compiled(source, one), lambda: draw_workload(program, Sizes(**sizes), seed), **asked
    )
    tell(output, found, known=known)
    program = compiled(source, choice)
    machine = calibrated() if calibrate else known_machine()
    expected = None if on_gpu else _expecting(choice, machine)
    report = bench(program, Sizes(**sizes), rounds=rounds, seed=seed, expected=expected)
    output.document(
        {"ok": True, "exit_code": 0, "model": program.name, "dims": dict(program.dims), "dtype": program.dtype,
         "threads": choice.threads, **document(found), **sizes, **_document(report)}
    )  # fmt: skip
    head = _head(program, sizes, _hardware(on_gpu=on_gpu))
    output.say("\n".join([head, "", *_summary(report, here=machine is not None), "", *_table(report)]))


def _expecting(choice: Choice, machine: "Machine | None") -> "Callable[[Program, Case], Prediction]":
    """Return what says what the cost model expects of the longer call, by known constants or the built-in ones."""
    from rnndsl.bench.predict import predict  # noqa: PLC0415 (the compiler is slow to import)
    from rnndsl.schedule.machine import Machine  # noqa: PLC0415 (the same)

    constants = machine or Machine()
    return lambda program, case: list(predict(program, case, choice, constants).values())[-1]


def _hardware(*, on_gpu: bool) -> str:
    """Say what computes: the first GPU, or cores."""
    if on_gpu:
        from rnndsl.runtime.gpu import gpus  # noqa: PLC0415 (slow to import, as the compiler is)

        return gpus()[0]
    threads = os.environ.get("OMP_NUM_THREADS")
    return f"{os.cpu_count()} cores" + (f", OMP_NUM_THREADS={threads}" if threads else "")


def _head(program: "Program", sizes: dict[str, Any], hardware: str) -> str:
    kinds = {index.kind.name for index in program.graph.indices}
    parts = [f"{sizes['batch']} examples"]
    if "SEQUENCE" in kinds:
        parts.append(f"{'1 to ' if sizes['ragged'] else ''}{sizes['steps']} points each")
    if kinds & {"TREE", "DAG"}:
        parts.append(f"{sizes['leaves']} leaves each")
    parts += [f"{name} {value}" for name, value in program.dims.items()]
    parts_of_batch = f" in {program.threads} threads" if program.threads > 1 else ""
    return f"{program.name}: {', '.join(parts)}{parts_of_batch}; {program.dtype}, {hardware}"


def _summary(report: "Report", *, here: bool) -> list[str]:
    longest = report.longest
    lines = [_timed("forward", report.forward)]
    if report.training is not None:
        lines.append(_timed("forward and gradient", report.training))
    rate = report.operations / report.products / 1e9 if report.products else 0.0
    share = f"{longest.median / report.products:.2f} times that is what the call takes" if report.products else ""
    lines.append(f"{'its products alone':<22}{1e3 * report.products:9.2f} ms   {rate:.0f} GFLOP/s; {share}")
    lines += _expected(report.expected, here=here) if report.expected else []
    lines.append(f"{'points per second':<22}{report.points / longest.median:9,.0f}")
    return [*lines, f"{'buffers':<22}{report.memory / 1e6:9.1f} MB"]


def _expected(found: "Prediction", *, here: bool) -> list[str]:
    """Say what the cost model expects of the longer call, and of what kind of work."""
    shares = ", ".join(f"{what} {100 * share:.0f}%" for what, share in found.shares.items())
    constants = "measured here" if here else "built in"
    return [
        f"{'expected':<22}{1e3 * found.seconds:9.2f} ms   by the cost model (its constants: {constants})",
        f"{'':<37}{shares}",
    ]


def _timed(what: str, spread: "Spread") -> str:
    between = f"half of the calls between {1e3 * spread.low:.2f} and {1e3 * spread.high:.2f}"
    return f"{what:<22}{1e3 * spread.median:9.2f} ms   {between}"


def _table(report: "Report") -> list[str]:
    total = sum(row.total for row in report.rows) + report.other
    lines = [f"{'share':>6}  {'forward':>9}  {'gradient':>9}  {'products':>9}  {'expected':>9}   equation (ms)"]
    lines += [f"{_costs(row, total)}   {_short(row.place, row.text)}" for row in report.rows]
    rest = f"{100 * report.other / total:5.1f}%  {1e3 * report.other:9.2f}" if total else ""
    return [*lines, f"{rest}{'':33}   loops, views, packing of the data"]


def _costs(row: "Row", total: float) -> str:
    times = (row.forward, row.gradient, row.products, row.expected)
    shown = ("-" if value is None else f"{1e3 * value:.2f}" for value in times)
    return "  ".join([f"{100 * row.total / total:5.1f}%", *(f"{text:>9}" for text in shown)])


def _short(place: str, text: str) -> str:
    return f"{place}  {text if len(text) <= SHOWN else f'{text[: SHOWN - 3]}...'}"


def _document(report: "Report") -> dict[str, Any]:
    """Return the report as JSON holds it: seconds, bytes, operations."""
    spreads = {"forward": report.forward, "training": report.training}
    return {
        **{name: s and {"median": s.median, "low": s.low, "high": s.high} for name, s in spreads.items()},
        "products": report.products,
        "expected": report.expected and {"seconds": report.expected.seconds, "shares": dict(report.expected.shares)},
        "operations": report.operations,
        "memory": report.memory,
        "points": report.points,
        "other": report.other,
        "equations": [
            {"place": row.place, "text": row.text, "forward": row.forward, "gradient": row.gradient,
             "products": row.products, "operations": row.operations,
             "expected": row.expected}
            for row in report.rows
        ],
    }  # fmt: skip
