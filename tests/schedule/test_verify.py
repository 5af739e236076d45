"""The verifier accepts what the scheduler makes, and each of its clauses refuses one corrupt schedule."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from rnndsl.autodiff.differentiate import differentiate
from rnndsl.compiler import build, check
from rnndsl.locations import data_folder
from rnndsl.ops import Op
from rnndsl.passes import AFTER, BEFORE, run
from rnndsl.schedule.layouts import choose_layouts
from rnndsl.schedule.placement import is_sliced, moves
from rnndsl.schedule.plan import (
    Evaluate,
    Loop,
    Place,
    Schedule,
    ScheduleError,
    Spot,
    Storage,
    Walk,
    spot_of,
    spots_in,
    with_spot,
)
from rnndsl.schedule.schedule import make_schedule
from rnndsl.schedule.storage import find_home
from rnndsl.schedule.verify import _check_whole, verify_schedule
from tests.schedule.specs import node_of

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

# Several steps back, and along another index, too.
MANY = """
model Many(n):
    index  s, u : sequence
    index  d : 1..2
    input  x[s, d] : n
    target y[s, u] : n
    f[s, u, d] : n = tanh(x[s, d] + f[s-d, u-1, 1])
    y[s, u] ~ normal(f[s, u, 2])
"""

# Along t there is a walk in every row s, but g needs a whole row at once.
ROWS = """
model Rows(n):
    index  t, s : sequence
    input  x[t, s] : n
    f[s, t] : n = tanh(f[s, t+1] + g[t-1, s-1])
    g[t, s] : n = tanh(softmax(f[s-1, t-1] over t) + f[s, t+1] + x[t, s])
    output g[t, s]
"""

# What h reads in its loop over i is what g reads beside it.
BESIDE = """
model Beside(n, k = 3):
    index  t : sequence
    index  i : 1..k
    input  x[t] : n
    param  W
    h[t, i] : n = tanh(W @ h[t, i-1] + x[t] * i + g[t-1, i])
    g[t, i] : n = tanh(h[t, i-1] * x[t] + g[t-1, i])
    output g[t, i]
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


def test_many_other_steps_are_read_from_a_tape() -> None:
    schedule = scheduled(MANY)
    numbers = {schedule.graph.nodes[user].operands[0] for user in slanted(schedule)}
    assert len(numbers) == 2  # forward and back
    for number in numbers:
        assert schedule.storage[number].place is Place.TAPE
        with pytest.raises(ScheduleError, match=r"not on a tape|only one step is kept"):
            verify_schedule(corrupt(schedule, number, Storage(Place.STEP, halo=True, ring=2)))


def slanted(schedule: Schedule) -> list[int]:
    """Return the reads of other steps in the loops of a schedule that are no slices."""
    found = [(n, path[0]) for n, path in schedule.home.items() if path and moves(schedule.graph, n, path[0])]
    return [number for number, loop in found if not is_sliced(schedule.graph, number, loop)]


def test_what_needs_all_points_at_once_is_not_walked_along() -> None:
    schedule = scheduled(ROWS)
    number = next(n for n, node in schedule.graph.nodes.items() if node.op is Op.SOFTMAX)
    (loop, *_) = schedule.home[number]
    assert [index.name for index in loop.layout((), spots_in(loop)[number]).walked] == ["s"]
    (index,) = schedule.graph.nodes[number].attr.indices  # type: ignore[union-attr]
    walked = replace(loop, walk=((index, 1),), inside=())
    home = {n: (walked, *path[1:]) if path[:1] == (loop,) else path for n, path in schedule.home.items()}
    with pytest.raises(ScheduleError, match="all points of an index that is walked"):
        _check_whole(replace(schedule, home=home), number)


def test_a_view_of_one_point_of_a_range_is_used_there() -> None:
    schedule = scheduled(BESIDE)
    users, home = schedule.graph.users, schedule.home
    apart = [n for n, path in home.items() if len(path) == 2 and any(len(home.get(u, ())) == 1 for u in users[n])]
    read = next(n for n in apart if schedule.graph.nodes[n].op is Op.READ)
    assert schedule.storage[read].place is not Place.VIEW
    with pytest.raises(ScheduleError, match="a view of one"):
        verify_schedule(corrupt(schedule, read, Storage(Place.VIEW)))


def test_shared_buffer() -> None:
    schedule = scheduled("char_lstm")
    number = next(n for n, s in schedule.storage.items() if s.into is not None)
    busy = next(n for n, users in schedule.graph.users.items() if len(users) > 1)
    user = schedule.graph.users[busy][0]
    with pytest.raises(ScheduleError, match="needed elsewhere"):
        verify_schedule(corrupt(schedule, busy, replace(schedule.storage[busy], into=user)))
    with pytest.raises(ScheduleError, match="runs elsewhere"):
        verify_schedule(corrupt(schedule, number, replace(schedule.storage[number], halo=True)))


# Fronts, trees, sums --------------------------------------------------------------------------------------------------

KNIGHT = """
model Knight(n):
    index  i, j : sequence
    input  x[i, j] : n
    h[i, j] : n = tanh(h[i-1, j+1] + h[i, j-1] + x[i, j])
    output h[i, j]
    loss sum(h[i, j] @ h[i, j] over i, j)
"""
TREE = """
model Tree(n):
    index  m : tree
    index  k : children(m)
    input  x[m] : n
    h[m] : n = tanh(sum(h[k] over k) + x[m])
    output h[m]
    loss sum(h[m] @ h[m] over m)
"""
ATTENTION = """
model Attention(n):
    index  t, s : sequence
    input  a[s] : n
    param  v : n
    param  W, U
    e[t, s] = v @ tanh(W @ d[t-1] + U @ a[s])
    d[t] : n = tanh(sum(softmax(e[t, s] over s) * a[s] over s))
    output d[t]
    loss sum(d[t] @ d[t] over t)
"""


def walked(schedule: Schedule, place: int, walk: Callable[[Walk], Walk], *, turned: bool = False) -> Schedule:
    """Return a schedule in which one of the loops is walked in another way."""
    old = [step for step in schedule.steps if isinstance(step, Loop)][place]
    new = replace(old, walk=walk(old.walk), forward=old.forward != turned)
    steps = tuple(new if step is old else step for step in schedule.steps)
    return replace(schedule, steps=steps, home=find_home(steps))


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("spec", [KNIGHT, TREE, ATTENTION], ids=["knight", "tree", "attention"])
def test_a_walk_the_wrong_way(spec: str, place: int) -> None:
    schedule = scheduled(spec)
    verify_schedule(walked(schedule, place, lambda walk: walk))
    with pytest.raises(ScheduleError, match="comes later"):
        verify_schedule(walked(schedule, place, lambda walk: walk, turned=True))


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("weights", [(1, 1), (1, 2), (1, 0), (0, 1), (2, -1)])
def test_fronts_in_which_a_read_is_not_earlier(weights: tuple[int, int], place: int) -> None:
    schedule = scheduled(KNIGHT)
    verify_schedule(walked(schedule, place, lambda walk: tuple((index, 2 * weight) for index, weight in walk)))
    with pytest.raises(ScheduleError, match="comes later"):
        verify_schedule(
            walked(
                schedule,
                place,
                lambda walk: tuple((index, w) for (index, _), w in zip(walk, weights, strict=True) if w),
            )
        )


@pytest.mark.parametrize("spec", [KNIGHT, TREE], ids=["knight", "tree"])
def test_other_fronts_are_read_from_a_tape(spec: str) -> None:
    schedule = scheduled(spec)
    number = node_of(schedule.graph, "h")
    for storage in (Storage(Place.TAPE), Storage(Place.STEP, halo=True), Storage(Place.STEP, ring=1)):
        with pytest.raises(ScheduleError, match=r"not on a tape|only one step is kept"):
            verify_schedule(corrupt(schedule, number, storage))


def test_parents_are_used_from_a_tape() -> None:
    schedule = scheduled(TREE)
    (uses,) = [node for node in schedule.graph.nodes.values() if node.op is Op.USES]
    with pytest.raises(ScheduleError, match=r"not on a tape"):
        verify_schedule(corrupt(schedule, uses.operands[0], Storage(Place.STEP)))


def test_what_another_loop_needs_is_kept_at_all_steps() -> None:
    schedule = scheduled(ATTENTION)
    (weights,) = [n for n, node in schedule.graph.nodes.items() if node.op is Op.SOFTMAX]
    assert schedule.storage[weights].place is Place.TAPE
    with pytest.raises(ScheduleError, match="only one step is kept"):
        verify_schedule(corrupt(schedule, weights, Storage(Place.STEP)))


def test_what_is_taken_again_outside_has_room_for_all_points() -> None:
    schedule = scheduled("elman")
    number = next(step.node for step in schedule.steps if isinstance(step, Evaluate) and step.node in schedule.home)
    assert schedule.storage[number].place is Place.VIEW
    with pytest.raises(ScheduleError, match="room for one step"):
        verify_schedule(corrupt(schedule, number, Storage(Place.STEP)))


def test_a_sum_that_grows_is_used_after_its_loop() -> None:
    schedule = scheduled(ATTENTION)
    grown = [n for n, storage in schedule.storage.items() if storage.place is Place.SUM]
    assert grown != []
    inside = next(n for n in schedule.home if any(user in schedule.home for user in schedule.graph.users[n]))
    with pytest.raises(ScheduleError, match="before it is whole"):
        verify_schedule(corrupt(schedule, inside, Storage(Place.SUM)))


# Walks inside the steps of others -------------------------------------------------------------------------------------

SENTENCES = """
model Sentences(n):
    index  m, t : sequence
    input  x[m, t] : n
    f[m, t] : n = tanh(f[m, t-1] + s[m-1] + x[m, t])
    g[m, t] : n = tanh(g[m, t+1] + f[m, t])
    s[m] : n = tanh(first(g[m, t] over t))
    output s[m]
    loss sum(s[m] @ s[m] over m)
"""


def nested(change: Callable[[Loop], Loop], place: int) -> Schedule:
    """Return a schedule with two walks in every step of its two loops, one of which is changed; 1 is the adjoint's."""
    schedule = scheduled(SENTENCES)
    old = [step for step in schedule.steps if isinstance(step, Loop)][place]
    assert len(old.inside) == 2
    steps = tuple(change(old) if step is old else step for step in schedule.steps)
    home = find_home(steps)
    layouts = choose_layouts(schedule.graph, steps, home)
    return replace(schedule, steps=steps, home=home, layouts=layouts)


def turned(loop: Loop, place: int) -> Loop:
    """Return a loop in which one of the walks inside goes the other way."""
    inside = [replace(inner, forward=inner.forward != (k == place)) for k, inner in enumerate(loop.inside)]
    return replace(loop, inside=tuple(inside))


def respotted(loop: Loop, change: Callable[[Spot], Spot]) -> Loop:
    body = [with_spot(step, change(spot_of(step))) for step in loop.body]
    return replace(loop, body=tuple(sorted(body, key=spot_of)))


@pytest.mark.parametrize("place", [0, 1])
def test_walks_inside_are_accepted(place: int) -> None:
    verify_schedule(nested(lambda loop: loop, place))


@pytest.mark.parametrize("place", [0, 1])
def test_walks_inside_that_go_the_wrong_way(place: int) -> None:
    with pytest.raises(ScheduleError, match="comes in a later step"):
        verify_schedule(nested(lambda loop: replace(loop, forward=not loop.forward), place))
    for inner in range(2):
        with pytest.raises(ScheduleError, match="comes in a later step"):
            verify_schedule(nested(partial(turned, place=inner), place))


@pytest.mark.parametrize("place", [0, 1])
def test_walks_inside_in_another_order(place: int) -> None:
    def swapped(spot: Spot) -> Spot:
        return (1 - spot[0], *spot[1:]) if len(spot) > 1 else spot

    with pytest.raises(ScheduleError, match="comes in a later step"):
        verify_schedule(nested(lambda loop: respotted(loop, swapped), place))
    with pytest.raises(ScheduleError, match="in the order of the walks"):
        verify_schedule(nested(lambda loop: replace(loop, body=loop.body[::-1]), place))
    with pytest.raises(ScheduleError, match="in the order of the walks"):  # s[m] has no point along t
        verify_schedule(nested(lambda loop: respotted(loop, lambda spot: (1, 0) if spot == (2,) else spot), place))


def test_what_comes_before_walks_needs_nothing_from_behind_them() -> None:
    def early(spot: Spot) -> Spot:
        return (0,) if spot == (2,) else spot

    with pytest.raises(ScheduleError, match="comes in a later step"):
        verify_schedule(nested(lambda loop: respotted(loop, early), 0))


def test_points_are_laid_out_by_the_steps_that_meet_them() -> None:
    schedule = scheduled(SENTENCES)
    number = node_of(schedule.graph, "f")
    layout = schedule.layouts[number]
    assert layout is not None
    with pytest.raises(ScheduleError, match="not laid out by the steps"):
        verify_schedule(replace(schedule, layouts={**schedule.layouts, number: replace(layout, spot=(0,))}))


def test_other_walks_take_what_they_need_from_a_tape() -> None:
    graph = run(build(check(SENTENCES)), BEFORE)
    schedule = make_schedule(graph)
    number = node_of(graph, "f")
    crossing = [n for n, storage in schedule.storage.items() if storage.place is Place.TAPE and n in schedule.home]
    assert number in crossing
    for each in crossing:
        with pytest.raises(ScheduleError, match=r"not on a tape|only one step is kept"):
            verify_schedule(corrupt(schedule, each, Storage(Place.STEP)))
