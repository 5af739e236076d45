"""A schedule holds everything that code generation needs, for every node of the graph."""

import pytest

from rnndsl.schedule.plan import Place
from rnndsl.schedule.schedule import make_schedule
from tests.graph.examples import EXAMPLES
from tests.schedule.specs import order_of


@pytest.mark.parametrize("name", EXAMPLES)
def test_schedules_are_complete(name: str) -> None:
    schedule = make_schedule(EXAMPLES[name]())
    graph = schedule.graph
    assert sorted(order_of(schedule.steps)) == sorted(graph.nodes) == sorted(schedule.storage)
    for number, storage in schedule.storage.items():
        assert storage.place in Place
        inside = number in schedule.home
        assert inside or storage.place not in {Place.STEP, Place.TAPE}
        if storage.halo:
            (index,) = [index for index in graph.nodes[number].domain if index.ragged]
            assert schedule.halos[index] > 0
        if storage.into is not None:
            assert graph.users[number] == (storage.into,)


def test_the_same_on_every_run() -> None:
    for make in EXAMPLES.values():
        one, other = make_schedule(make()), make_schedule(make())
        assert one.steps == other.steps
        assert one.storage == other.storage
