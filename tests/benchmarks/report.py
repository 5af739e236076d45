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
                {"shape": list(shape), "peers": {peer: asdict(cost) for peer, cost in found.items()}}
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
            "Training steps in float32, the loss and its gradients. ms: median of the turns (quartiles); MB: by how",
            "much the process has grown since before its first step.",
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
    heads = [problem.sizes, "who", "ms", f"{OURS} / who", "MB"]
    yield from ("", f"{problem.title}:", "", _row(heads), _row(["---"] * len(heads)))
    for shape, found in costs.items():
        for peer, cost in found.items():
            ratio = "" if peer == OURS else f"{_ratio(found, peer):.2f}"
            yield _row(
                [written(shape), peer, _spread(cost.ms), ratio, "unknown" if cost.mb is None else f"{cost.mb:.0f}"]
            )
    peers = next(iter(costs.values()))
    for peer in peers if len(costs) > 1 else ():
        if peer != OURS:
            mean = geometric_mean(_ratio(found, peer) for found in costs.values())
            yield _row(["geometric mean", peer, "", f"{mean:.2f}", ""])


def _ratio(found: Mapping[str, Cost], peer: str) -> float:
    return found[OURS].ms.median / found[peer].ms.median


def _spread(spread: Spread) -> str:
    return f"{spread.median:.1f} ({spread.low:.1f}-{spread.high:.1f})"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
