"""Seconds: every kind of work takes what its constant says."""

from dataclasses import fields

import pytest

from rnndsl.schedule.machine import Machine
from rnndsl.schedule.products import Product
from rnndsl.schedule.work import LIGHT, MOVE, TANH, Work


def machine(**constants: float) -> Machine:
    return Machine(**{field.name: constants.get(field.name, 0.0) for field in fields(Machine)})


WORK = Work(1, 3, 5, {LIGHT: 7, TANH: 11, MOVE: 13}, 17, 19, Product(1, 1, 100, 2, 300))


@pytest.mark.parametrize(
    ("constant", "seconds"),
    [("call", 3), ("view", 5), ("light", 7), ("tanh", 11), ("move", 13), ("row", 17), ("far", 19), ("exp", 0),
     ("operation", 2 * 100 * 2 * 300), ("streamed", 0), ("packed", 0), ("small", 0), ("lock", 0)],
)  # fmt: skip
def test_work_takes_what_the_constants_say(constant: str, seconds: float) -> None:
    assert machine(**{constant: 1.0}).seconds([WORK, Work(2)]) == seconds


@pytest.mark.parametrize(
    ("rows", "columns", "constant"), [(1, 300, "streamed"), (300, 2, "streamed"), (16, 300, "packed")]
)
def test_few_rows_cost_the_larger_matrix(rows: float, columns: float, constant: str) -> None:
    work = [Work(1, product=Product(4, 4, rows, 50, columns))]
    found = {name: machine(**{name: 1.0}).seconds(work) for name in ("streamed", "packed", "small")}
    assert found == {"streamed": 0, "packed": 0, "small": 0, constant: 4 * 50 * 300}


def test_products_inside_of_one_call_cost_each() -> None:
    assert machine(small=1.0).seconds([Work(1, product=Product(4, 64, 2, 2, 2))]) == 64


def test_numbers_of_twice_the_size_take_twice_as_long_and_calls_do_not() -> None:
    double = machine(call=1.0, light=1.0, operation=1.0, far=1.0).of_width(8)
    assert double == machine(call=1.0, light=2.0, operation=2.0, far=1.0)


def test_threads_wait_after_the_calls_of_statements() -> None:
    work = [Work(None, calls=1000), Work(1, calls=10)]
    assert [machine(lock=1.0).waiting(work, threads) for threads in (1, 2, 4)] == [0, 10, 30]
