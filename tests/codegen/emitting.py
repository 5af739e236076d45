"""What the tests of single emitters share: a spec of a few lines, emitted, its statements, and whether it is right."""

import re

from rnndsl.codegen.context import Context
from rnndsl.codegen.function import make_context
from rnndsl.codegen.labels import make_labels
from rnndsl.compiler import build, check
from rnndsl.graph.graph import RecurrenceGraph
from rnndsl.schedule.schedule import make_schedule
from rnndsl.verify import verify
from tests.codegen.programs import body, compile_small

HEAD = "model Net(words, n, m, k = 3):\n"
INDICES = {"t": "sequence", "s": "sequence", "i": "1..k", "j": "1..k"}


def text_of(*lines: str) -> str:
    """Return a spec with dimensions words, n, m, and of sequences t and s and ranges i and j what is used."""
    used = "\n".join(lines)
    indices = [f"index {name} : {kind}" for name, kind in INDICES.items() if re.search(rf"\b{name}\b", used)]
    return HEAD + "".join(f"    {line}\n" for line in [*indices, *lines])


def graph_of(*lines: str) -> RecurrenceGraph:
    """Return its graph."""
    return build(check(text_of(*lines)))


def context_of(*lines: str) -> Context:
    """Return a context for it, at the start of a function."""
    schedule = make_schedule(graph_of(*lines))
    return make_context(schedule, make_labels(schedule.graph))


def statements(*lines: str, function: str = "forward") -> list[str]:
    """Return the statements of one function of its module, without their indentation; it must verify."""
    assert verify(text_of(*lines)).ok
    return written(*lines, function=function)


def written(*lines: str, function: str = "forward") -> list[str]:
    """Return the same of what other tests have verified; statements that were broken are one line again."""
    text = body(compile_small(text_of(*lines)).source, function)
    for broken, whole in ((r",?\n\s*(?=\))", ""), (r",\n\s*", ", "), (r"(?<=\()\n\s*", "")):
        text = re.sub(broken, whole, text)
    return [line.strip() for line in text.splitlines()]


def using(lines: list[str], name: str) -> list[str]:
    """Return the statements that call something."""
    call = re.compile(rf"(?<![\w.]){re.escape(name)}\(")
    return [line for line in lines if not line.startswith("#") and call.search(line)]


def stepwise(lines: list[str]) -> list[str]:
    """Return the products that are taken step by step with a matrix that may be in panels."""
    return [line for line in lines if re.match(r"(multiply|times(_\d+)?)\(", line)]
