"""What was measured, as tables for people and as JSON for programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from statistics import geometric_mean
from typing import Any

from rnndsl.bench.bench import Spread
from tests.benchmarks.measure import Cost
from tests.benchmarks.overhead import Compilation, Overhead
from tests.benchmarks.problem import APART, FUSED, OPTIONAL, OURS, written
from tests.benchmarks.problems import PROBLEMS

#: What a step costs, by shape and peer.
Costs = Mapping[tuple[Any, ...], Mapping[str, Cost]]


@dataclass(frozen=True)
class Report:
    """All measurements; those of problems by their names, with one thread, and as `cores` with as many as are taken.

    `kept` are the bytes of what the adjoint reads, by problem and shape, `results` those of the gradients; `notes` say
    what was left out, and why.
    """

    machine: Mapping[str, str]
    rounds: int
    problems: Mapping[str, Costs]
    overhead: Overhead | None = None
    kept: Mapping[str, Mapping[tuple[Any, ...], int]] = field(default_factory=dict)
    notes: Sequence[str] = ()
    cores: Mapping[str, Costs] = field(default_factory=dict)
    results: Mapping[str, Mapping[tuple[Any, ...], int]] = field(default_factory=dict)

    def with_cores(self) -> "Report":
        """Return the report of the problems with as many threads as are taken."""
        return replace(self, problems=self.cores, cores={}, overhead=None)

    def as_json(self) -> dict[str, object]:
        """Return it as JSON knows it."""
        problems, cores = self._rows(self.problems), self._rows(self.cores)
        overhead = None if self.overhead is None else asdict(self.overhead)
        about = {"machine": dict(self.machine), "rounds": self.rounds, "notes": list(self.notes)}
        return {**about, "problems": problems, "cores": cores, "overhead": overhead}

    def _rows(self, problems: Mapping[str, Costs]) -> dict[str, object]:
        return {
            name: [
                {
                    "shape": list(shape),
                    "kept": self.kept.get(name, {}).get(shape),
                    "results": self.results.get(name, {}).get(shape),
                    "peers": {peer: _numbers(name, shape, cost) for peer, cost in found.items()},
                }
                for shape, found in costs.items()
            ]
            for name, costs in problems.items()
        }

    @staticmethod
    def of_json(found: Mapping[str, Any]) -> "Report":
        """Return the report that JSON was made of."""
        kept, results = _sizes(found, "kept"), _sizes(found, "results")
        problems, cores = _costs(found["problems"]), _costs(found.get("cores", {}))
        given = found["overhead"]
        overhead = given and Overhead(
            Spread(**given["imports"]),
            Spread(**given["helps"]),
            given["grammar"],
            [Compilation(**{**each, "later": Spread(**each["later"])}) for each in given["compilations"]],
        )
        return Report(found["machine"], found["rounds"], problems, overhead, kept, found["notes"], cores, results)

    def as_text(self) -> str:
        """Return its tables as Markdown."""
        lines = [
            "In float32: training steps, loss and gradients; forward alone where it says so; texts that a model",
            "writes. ms: median of the turns (quartiles). first: milliseconds from making a peer to the end of its",
            "first step, compilers included, data not. MB: by how much the process has grown since before its",
            "first step. Peers run with one thread, on one core, and with as many threads as they take by themselves;",
            "none of them runs while another one is measured.",
            f"`{APART} ...` is no competitor: less or other work, for comparison.",
            "",
            ", ".join(f"{name} {value}" for name, value in self.machine.items()) + ".",
            *(
                f'{package} is not installed: pip install ".[{extra}]" adds its rows.'
                for package, extra in OPTIONAL.items()
                if package not in self.machine
            ),
            *self.notes,
            *(line for name, costs in self.problems.items() for line in _table(name, costs, "one thread")),
            *(
                line
                for name, costs in self.cores.items()
                for line in _table(name, costs, "as many threads as it takes")
            ),
            *(() if self.overhead is None else _overhead(self.overhead)),
        ]
        return "\n".join(lines) + "\n"


def ratio(found: Mapping[str, Cost], peer: str, ours: str = OURS) -> float:
    """Return the time of a peer over that of ours: what is above 1 is slower than ours."""
    return found[peer].ms.median / found[ours].ms.median


def spread_text(spread: Spread) -> str:
    """Return a median with its quartiles; small numbers have more digits."""
    digits = 1 if spread.median >= 10 else 2
    return f"{spread.median:.{digits}f} ({spread.low:.{digits}f}-{spread.high:.{digits}f})"


def row_text(cells: Sequence[str]) -> str:
    """Return a row of a table."""
    return f"| {' | '.join(cells)} |"


def _table(name: str, costs: Costs, threads: str) -> Iterator[str]:
    problem = PROBLEMS[name]
    compared = [each for each in (OURS, FUSED) if each in next(iter(costs.values()))]
    heads = [problem.sizes, "who", "ms", *(["per s"] if problem.made else []), *(f"who / {each}" for each in compared)]
    heads += ["first", "MB"]
    yield from ("", f"{problem.title} (`{name}`), {threads}:", "", row_text(heads), row_text(["---"] * len(heads)))
    for shape, found in costs.items():
        for peer, cost in found.items():
            speed = [f"{_made_per_second(name, shape, cost):.0f}"] if problem.made else []
            ratios = ["" if peer == each else f"{ratio(found, peer, each):.2f}" for each in compared]
            grown = "unknown" if cost.mb is None else f"{cost.mb:.0f}"
            yield row_text([written(shape), peer, spread_text(cost.ms), *speed, *ratios, f"{cost.first:.0f}", grown])
    everywhere = [peer for peer in problem.peers if all(peer in found for found in costs.values())]
    for peer in everywhere if len(costs) > 1 else ():
        means = [
            "" if peer == each else f"{geometric_mean(ratio(found, peer, each) for found in costs.values()):.2f}"
            for each in compared
        ]
        if any(means):
            yield row_text(["geometric mean", peer, *[""] * (len(heads) - 4 - len(means)), *means, "", ""])


def _overhead(found: Overhead) -> Iterator[str]:
    heads = ["model", "equations", "ms", "ms per equation", "lines of the module"]
    yield from ("", "Compiling, from text to loaded module. Lengths of sequences take no part in it:")
    yield from ("", row_text(heads), row_text(["---"] * len(heads)))
    for each in found.compilations:
        per_equation = f"{each.later.median / each.equations:.2f}"
        yield row_text([each.model, str(each.equations), spread_text(each.later), per_equation, str(each.lines)])
    yield from ("", f"The first compilation of a process reads the grammar, too: {found.grammar:.0f} ms more.")
    imports, helps = spread_text(found.imports), spread_text(found.helps)
    yield f"`import rnndsl`: {imports} ms. `rnndsl --help`, a whole process: {helps} ms."


def _sizes(found: Mapping[str, Any], what: str) -> dict[str, dict[tuple[Any, ...], int]]:
    """Return bytes by problem and shape."""
    sizes: dict[str, dict[tuple[Any, ...], int]] = {}
    for name, rows in [*found["problems"].items(), *found.get("cores", {}).items()]:
        shape = PROBLEMS[name].shape
        own = {shape(*row["shape"]): row[what] for row in rows if row.get(what) is not None}
        sizes[name] = sizes.get(name, {}) | own
    return sizes


def _costs(problems: Mapping[str, Any]) -> dict[str, Costs]:
    """Return what JSON says of problems."""
    return {
        name: {
            PROBLEMS[name].shape(*row["shape"]): {peer: _cost(numbers) for peer, numbers in row["peers"].items()}
            for row in rows
        }
        for name, rows in problems.items()
    }


def _numbers(name: str, shape: tuple[Any, ...], cost: Cost) -> dict[str, object]:
    speed = {"per_second": _made_per_second(name, shape, cost)} if PROBLEMS[name].made else {}
    return asdict(cost) | speed


def _cost(numbers: Mapping[str, Any]) -> Cost:
    return Cost(Spread(**numbers["ms"]), numbers["mb"], numbers["first"])


def _made_per_second(name: str, shape: tuple[Any, ...], cost: Cost) -> float:
    made = PROBLEMS[name].made
    return 0.0 if made is None else 1000 * made(PROBLEMS[name].shape(*shape)) / cost.ms.median
