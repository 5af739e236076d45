"""What was measured, as tables for people and as JSON for programs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import geometric_mean
from typing import Any

from tests.benchmarks.measure import Compilation, Cost, Spread
from tests.benchmarks.problem import OPTIONAL, OURS, written
from tests.benchmarks.problems import PROBLEMS

#: What a step costs, by shape and peer.
Costs = Mapping[tuple[Any, ...], Mapping[str, Cost]]


@dataclass(frozen=True)
class Report:
    """All measurements; those of problems by their names."""

    machine: Mapping[str, str]
    rounds: int
    problems: Mapping[str, Costs]
    compilation: Compilation

    def as_json(self) -> dict[str, object]:
        """Return it as JSON knows it."""
        problems = {
            name: [
                {"shape": list(shape), "peers": {peer: _numbers(name, shape, cost) for peer, cost in found.items()}}
                for shape, found in costs.items()
            ]
            for name, costs in self.problems.items()
        }
        compiling = asdict(self.compilation)
        return {"machine": dict(self.machine), "rounds": self.rounds, "problems": problems, "compile": compiling}

    def as_text(self) -> str:
        """Return it as Markdown."""
        found = self.compilation
        compiling = f"{_spread(found.later)}; the first time {found.first:.1f}"
        lines = [
            "In float32: training steps, loss and gradients, and texts that a model writes. ms: median of the turns",
            "(quartiles); MB: by how much the process has grown since before its first step.",
            "",
            ", ".join(f"{name} {value}" for name, value in self.machine.items()) + ".",
            *(
                f'{package} is not installed: pip install ".[{extra}]" adds its rows.'
                for package, extra in OPTIONAL.items()
                if package not in self.machine
            ),
            *(line for name, costs in self.problems.items() for line in _table(name, costs)),
            "",
            f"Compiling char_lstm, in ms: {compiling}. Lengths take no part in it. Its module: {found.lines} lines.",
        ]
        return "\n".join(lines) + "\n"


def _table(name: str, costs: Costs) -> Iterator[str]:
    problem = PROBLEMS[name]
    heads = [problem.sizes, "who", "ms", *(["tokens/s"] if problem.made else []), f"{OURS} / who", "MB"]
    yield from ("", f"{problem.title}:", "", _row(heads), _row(["---"] * len(heads)))
    for shape, found in costs.items():
        for peer, cost in found.items():
            speed = [f"{_tokens_per_second(name, shape, cost):.0f}"] if problem.made else []
            ratio = "" if peer == OURS else f"{_ratio(found, peer):.2f}"
            grown = "unknown" if cost.mb is None else f"{cost.mb:.0f}"
            yield _row([written(shape), peer, _spread(cost.ms), *speed, ratio, grown])
    peers = next(iter(costs.values()))
    for peer in peers if len(costs) > 1 else ():
        if peer != OURS:
            mean = geometric_mean(_ratio(found, peer) for found in costs.values())
            yield _row(["geometric mean", peer, *[""] * (len(heads) - 4), f"{mean:.2f}", ""])


def _numbers(name: str, shape: tuple[Any, ...], cost: Cost) -> dict[str, object]:
    speed = {"tokens_per_second": _tokens_per_second(name, shape, cost)} if PROBLEMS[name].made else {}
    return asdict(cost) | speed


def _tokens_per_second(name: str, shape: tuple[Any, ...], cost: Cost) -> float:
    made = PROBLEMS[name].made
    return 0.0 if made is None else 1000 * made(PROBLEMS[name].shape(*shape)) / cost.ms.median


def _ratio(found: Mapping[str, Cost], peer: str) -> float:
    return found[OURS].ms.median / found[peer].ms.median


def _spread(spread: Spread) -> str:
    return f"{spread.median:.1f} ({spread.low:.1f}-{spread.high:.1f})"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
