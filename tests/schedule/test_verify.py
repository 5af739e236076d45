"""The verifier accepts what the scheduler makes, and each of its clauses refuses one corrupt schedule."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.compiler import build, check
from rnndsl.locations import data_folder
from rnndsl.passes import AFTER, BEFORE, run
from rnndsl.schedule.plan import Evaluate, Loop, Place, Schedule, Storage
from rnndsl.schedule.schedule import make_schedule
from rnndsl.schedule.verify import ScheduleError, verify_schedule

SPECS = sorted((data_folder("specs") / "models").glob("*.rnn"))
PROGRAMS = sorted((Path(__file__).parents[1] / "cases" / "codegen" / "programs").glob("*.rnn"))

# b is read at a later step after it has been computed: its ring may only be written last.
LATE = """
model Late(n):
    index  t : sequence
    input  x[t] : n
    b[t] : n = tanh(c[t+1] + x[t])
    c[t] : n = b[t] * b[t+1]
    output c[t]
    loss sum(sum(c[t]) over t)
"""


def scheduled(spec: str | Path) -> Schedule:
    """Schedule a spec (a text, a path, or a model of the library by name) with its adjoint."""
    known = data_folder("specs") / "models" / f"{spec}.rnn" if isinstance(spec, str) and "\n" not in spec else spec
    graph = run(build(check(known)), BEFORE)
    return make_schedule(run(differentiate(graph), AFTER) if "loss" in graph.outputs else graph)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_library_is_accepted(path: Path) -> None:
    verify_schedule(scheduled(path))


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_programs_are_accepted(path: Path) -> None:
    for text in re.split(r"\n{3,}", path.read_text(encoding="utf-8")):
        verify_schedule(scheduled(f"{text}\n"))


def corrupt(schedule: Schedule, number: int, storage: Storage) -> Schedule:
    return replace(schedule, storage={**schedule.storage, number: storage})


def first(schedule: Schedule, **wanted: object) -> int:
    """Return the first node whose storage has all the attributes given."""
    return next(n for n, s in schedule.storage.items() if all(getattr(s, k) == v for k, v in wanted.items()))


def test_order() -> None:
    schedule = scheduled("elman")
    with pytest.raises(ScheduleError, match=r"comes later|computed outside"):
        verify_schedule(replace(schedule, steps=tuple(reversed(schedule.steps))))


def test_twice_and_never() -> None:
    schedule = scheduled("elman")
    alone = next(step for step in schedule.steps if isinstance(step, Evaluate))
    with pytest.raises(ScheduleError, match="computed twice"):
        verify_schedule(replace(schedule, steps=(*schedule.steps, alone)))
    with pytest.raises(ScheduleError, match="never computed"):
        verify_schedule(replace(schedule, steps=schedule.steps[:-1]))


def test_home() -> None:
    schedule = scheduled("elman")
    loop = next(step for step in schedule.steps if isinstance(step, Loop))
    inside = next(step.node for step in loop.body if isinstance(step, Evaluate))
    with pytest.raises(ScheduleError, match="outside its home"):
        verify_schedule(replace(schedule, home={**schedule.home, inside: ()}))


def test_halo() -> None:
    schedule = scheduled("elman")
    number = first(schedule, place=Place.TAPE, halo=True)
    with pytest.raises(ScheduleError, match="tape with a halo"):
        verify_schedule(corrupt(schedule, number, Storage(Place.TAPE)))
    with pytest.raises(ScheduleError, match="further back than the halo"):
        verify_schedule(replace(schedule, halos=dict.fromkeys(schedule.halos, 0)))


def test_ring() -> None:
    schedule = scheduled("tagger")
    number = next(n for n, s in schedule.storage.items() if s.ring)
    with pytest.raises(ScheduleError, match="not in a ring"):
        verify_schedule(corrupt(schedule, number, replace(schedule.storage[number], ring=0, in_ring=False)))


def test_ring_that_is_overwritten_too_early() -> None:
    schedule = scheduled(LATE)
    number = next(e.node for e in schedule.graph.equations.values() if e.name == "b")
    with pytest.raises(ScheduleError, match="still reads the later step"):
        verify_schedule(corrupt(schedule, number, replace(schedule.storage[number], in_ring=True)))


def test_shared_buffer() -> None:
    schedule = scheduled("char_lstm")
    number = next(n for n, s in schedule.storage.items() if s.into is not None)
    busy = next(n for n, users in schedule.graph.users.items() if len(users) > 1)
    user = schedule.graph.users[busy][0]
    with pytest.raises(ScheduleError, match="needed elsewhere"):
        verify_schedule(corrupt(schedule, busy, replace(schedule.storage[busy], into=user)))
    with pytest.raises(ScheduleError, match="runs elsewhere"):
        verify_schedule(corrupt(schedule, number, replace(schedule.storage[number], halo=True)))
