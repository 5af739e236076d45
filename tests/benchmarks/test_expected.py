"""What is expected stands beside what was measured."""

from tests.benchmarks.expected import FEWEST, Compared, compare, expected_of, table
from tests.benchmarks.problems import PROBLEMS


def test_steps_are_compared() -> None:
    found = list(compare(["ntm", "trees"], 0.0, small=True))
    assert [one.problem for one in found] == ["ntm", "trees", "trees", "trees"]
    assert all(one.measured > 0 and one.expected > 0 for one in found)
    small = PROBLEMS["ntm"].small(PROBLEMS["ntm"].shapes[0])
    assert found[0].expected == expected_of(PROBLEMS["ntm"].draw(small, "float32"))
    assert FEWEST > 1, "quartiles need two"


def test_the_table_has_ratios_and_errors() -> None:
    text = table([Compared("steps", "1, 2", 0.010, 0.008), Compared("ntm", "3", 0.002, 0.003)])
    rows = text.splitlines()
    assert rows[2:4] == ["| steps | 1, 2 | 10 | 8 | 0.80 |", "| ntm | 3 | 2 | 3 | 1.50 |"]
    assert rows[-1] == "Median error 38%, largest 50%, of 2 steps."


def test_larger_shapes_are_expected_to_take_longer() -> None:
    problem = PROBLEMS["steps"]
    less, more = (expected_of(problem.draw(problem.shape(4, batch, 8, 16), "float32")) for batch in (2, 200))
    assert less < more
