"""A batch in parts: where it is cut, and how results are put together."""

from dataclasses import replace
from threading import Thread
from typing import Any

import numpy as np
import pytest

from rnndsl.runtime.binding import Bound
from rnndsl.runtime.parts import Board, Part, count_examples, cut, put_together, taken


def bound(lengths: list[int]) -> Bound:
    data: dict[str, Any] = {"x": [np.full(n, k) for k, n in enumerate(lengths)], "z": np.arange(len(lengths))}
    structure: dict[str, Any] = {"n": [[[]]] * len(lengths)}
    return Bound({}, data, {"t": np.array(lengths, np.intp)}, structure, {})


@pytest.mark.parametrize(
    ("lengths", "parts", "spans"),
    [
        ([5, 5, 5, 5], 2, [(0, 2), (2, 4)]),
        ([9, 1, 1, 1, 1, 1, 1, 1], 2, [(0, 2), (2, 8)]),
        ([1, 1, 1, 20], 3, [(0, 2), (2, 3), (3, 4)]),
        ([30, 1, 1], 3, [(0, 1), (1, 2), (2, 3)]),
        ([0, 0, 0], 2, [(0, 1), (1, 3)]),
    ],
)
def test_parts_follow_one_another_with_about_as_many_points(
    lengths: list[int], parts: int, spans: list[tuple[int, int]]
) -> None:
    assert cut(bound(lengths), parts) == spans


def test_a_part_holds_its_examples() -> None:
    own = taken(bound([3, 1, 2]), 1, 3)
    assert [array.tolist() for array in own.data["x"]] == [[1], [2, 2]]
    assert own.data["z"].tolist() == [1, 2]  # type: ignore[union-attr]
    assert own.lengths["t"].tolist() == [1, 2]
    assert len(own.structure["n"]) == 2


def test_examples_are_counted_where_there_are_some() -> None:
    assert count_examples(bound([3, 1, 2])) == 3
    assert count_examples(replace(bound([3]), lengths={})) == 1
    assert count_examples(Bound({}, {}, {}, {}, {})) == 1


def test_shares_are_added_in_the_order_of_the_parts() -> None:
    """(1e8 + 1) + -1e8 is 0 in float32, the other way round it is 1."""
    shares = [np.full((), value, np.float32) for value in (1e8, 1.0, -1e8)]
    board = Board(3)

    def work(number: int) -> None:
        part = Part(board, number, 0)
        part.join(shares[number])
        part.join(shares[number])

    threads = [Thread(target=work, args=(number,)) for number in (2, 0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [float(share) for share in shares] == [0.0, 0.0, 0.0]


def test_shorter_parts_are_padded() -> None:
    one = {"h": np.ones((1, 3, 2)), "y": np.ones((1, 3), np.intp)}
    other = {"h": np.ones((2, 1, 2)), "y": np.ones((2, 1), np.intp)}
    found = put_together([one, other], {}, ())
    assert found["h"].shape == (3, 3, 2)
    assert found["h"][:, :, 0].tolist() == [[1, 1, 1], [1, 0, 0], [1, 0, 0]]
    assert found["y"].tolist() == [[1, 1, 1], [1, -1, -1], [1, -1, -1]]


def test_shares_of_a_loss_are_added_and_the_rest_is_not() -> None:
    def result(k: float) -> tuple[object, ...]:
        grads = {"W": np.full(2, k), "r": np.full(2, 7.0), "x": np.full((1, 2), k)}
        return k, {"y": (k, 10.0)}, grads, {"h": np.full((1, 1), k)}

    total, terms, grads, carry = put_together(
        [result(1), result(2)], {"W": np.ones(2), "r": np.ones(2)}, ("y.weight", "r")
    )
    assert (total, terms) == (3, {"y": (3, 10)})
    assert {name: array.tolist() for name, array in grads.items()} == {
        "W": [3, 3], "r": [7, 7], "x": [[1, 1], [2, 2]],
    }  # fmt: skip
    assert carry["h"].tolist() == [[1], [2]]
