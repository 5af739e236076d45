"""What generated modules generate with: random numbers, tempered logits, beam search against an exhaustive one."""

from itertools import product

import numpy as np
import pytest

from rnndsl.codegen.prelude import Points
from rnndsl.codegen.prelude_decode import Array, Beam, Draws, draws, first_largest, followers, temper
from rnndsl.codegen.prelude_rows import Rows


@pytest.mark.parametrize(("kind", "neutral"), [("uniform", 0.5), ("normal", 0.0), ("gumbel", 0.0)])
def test_without_a_seed_numbers_are_neutral(kind: str, neutral: float) -> None:
    assert (draws(None, None, 0, kind, (3, 2)) == neutral).all()


@pytest.mark.parametrize("kind", ["uniform", "normal", "gumbel"])
def test_an_example_draws_the_same_in_any_batch(kind: str) -> None:
    both, one = Points([3, 2], 0), Points([3], 0)
    together, alone = draws(both, 7, 1, kind, (5, 4)), draws(one, 7, 1, kind, (3, 4))
    assert np.array_equal(together[both.example == 0], alone)
    assert not np.array_equal(together[both.example == 1], alone[:2])


@pytest.mark.parametrize("kind", ["uniform", "normal", "gumbel"])
def test_chunks_draw_what_the_whole_does(kind: str) -> None:
    whole = Points([5, 3], 0)
    first, second = Points([2, 3], 0), Points([3, 0], 0, np.array([2, 3]))
    found = draws(whole, 7, 1, kind, (8, 2, 3))
    parts = [draws(points, 7, 1, kind, (points.size, 2, 3)) for points in (first, second)]
    for example in (0, 1):
        own = [part[points.example == example] for part, points in zip(parts, (first, second), strict=True)]
        assert np.array_equal(np.concatenate(own), found[whole.example == example])


@pytest.mark.parametrize("kind", ["uniform", "normal", "gumbel"])
@pytest.mark.parametrize("backward", [False, True])
def test_steps_draw_what_all_points_do(kind: str, *, backward: bool) -> None:
    """Some steps at a time, in blocks that end within the sequences, whichever way a loop walks them."""
    points = Points([5, 0, 7, 7], 0, np.array([2, 0, 0, 1]))
    for seed in (None, 7):
        found = draws(points, seed, 1, kind, (points.size, 2, 3), first=4)
        own = Draws(points, seed, 1, kind, (2, 3), 4)
        own.steps = 3
        for step in sorted(range(points.steps), reverse=backward):
            assert np.array_equal(own.at(step), found[points.at[step]])


def test_steps_draw_blocks_of_bounded_size() -> None:
    own = Draws(Points([1000] * 8, 0), 7, 1, "gumbel", (50,))
    own.at(0)
    assert 2**16 < own.found.size <= 2**18


def test_what_was_drawn_long_before_is_skipped_and_not_drawn_again() -> None:
    assert draws(Points([1], 0, np.array([10**15])), 7, 1, "normal", (1, 1000)).shape == (1, 1000)


@pytest.mark.parametrize(
    ("kind", "mean", "sd"), [("uniform", 0.5, 12**-0.5), ("normal", 0.0, 1.0), ("gumbel", 0.5772, np.pi / 6**0.5)]
)
def test_moments(kind: str, mean: float, sd: float) -> None:
    found = draws(None, 3, 0, kind, (40, 1000))
    assert found.mean() == pytest.approx(mean, abs=5 * sd / 200)
    assert found.std() == pytest.approx(sd, rel=0.03)


def tempered(*logits: float, temperature: float = 1.0, top_k: int = 0, top_p: float = 1.0) -> list[float]:
    values = np.array([logits])
    return [float(one) for one in temper(values, temperature, top_k, top_p, np.empty_like(values))[0]]


def test_temperature_divides() -> None:
    assert tempered(1.0, 2.0, temperature=0.5) == [2.0, 4.0]


def test_the_largest_are_left() -> None:
    assert tempered(1.0, 3.0, 2.0, 3.0, top_k=2) == [-np.inf, 3.0, -np.inf, 3.0]
    assert tempered(3.0, 3.0, 3.0, top_k=1) == [3.0, -np.inf, -np.inf]


def test_those_are_left_that_make_up_a_share() -> None:
    logits = np.log([0.5, 0.3, 0.15, 0.05])
    kept = [tempered(*logits, top_p=share) for share in (0.4, 0.5, 0.51, 0.9, 1.0)]
    assert [sum(np.isfinite(one)) for one in kept] == [1, 1, 2, 3, 4]


# Beam search ----------------------------------------------------------------------------------------------------------


def search(tables: list[Array], lengths: list[int], width: int, end: int = -1) -> dict[str, Array]:
    """Search where a token's log-probability depends on the one before, and stands in `tables` [before, token]."""
    points = Points(lengths, 0)
    beam = Beam(points, width, end)
    before = np.full((points.batch, width), -1)
    for n in points.counts:
        rows = zip(points.order[:n], before[:n], strict=True)
        log_probs = np.stack([tables[example][last] for example, last in rows])
        beam.choose(log_probs, np.full(n, -1), before[:n])
    return beam.results(width, 0.0)


def table(seed: int, vocabulary: int = 3) -> Array:
    logits = np.random.default_rng(seed).normal(size=(vocabulary + 1, vocabulary))
    logs: Array = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return logs[[*range(1, vocabulary + 1), 0]]  # the last row: before anything


def exhaustive(logs: Array, length: int) -> list[tuple[float, tuple[int, ...]]]:
    vocabulary = logs.shape[1]
    found = []
    for tokens in product(range(vocabulary), repeat=length):
        pairs = zip((-1, *tokens), tokens, strict=False)
        found.append((float(sum(logs[a, b] for a, b in pairs)), tokens))
    return sorted(found, reverse=True)


def test_a_wide_beam_finds_what_an_exhaustive_search_finds() -> None:
    tables, lengths = [table(0), table(1)], [3, 2]
    out = search(tables, lengths, 27)
    for example, length in enumerate(lengths):
        wanted = exhaustive(tables[example], length)[:9]
        assert out["log_prob"][example, :9].tolist() == pytest.approx([score for score, _ in wanted])
        assert [tuple(row[:length]) for row in out["y"][example, :9].tolist()] == [tokens for _, tokens in wanted]


def test_a_beam_of_one_takes_the_most_likely_token() -> None:
    logs = table(2)
    tokens, last = [], -1
    for _ in range(4):
        last = int(np.argmax(logs[last]))
        tokens.append(last)
    assert search([logs], [4], 1)["y"][0, 0].tolist() == tokens


def test_what_has_ended_grows_no_more_and_keeps_its_score() -> None:
    logs = np.log(np.array([[0.1, 0.9], [0.1, 0.9], [0.4, 0.6]]))
    out = search([logs], [3], 4, end=0)
    rows = {tuple(row): score for row, score in zip(out["y"][0].tolist(), out["log_prob"][0].tolist(), strict=True)}
    assert rows[0, -1, -1] == pytest.approx(np.log(0.4))
    assert rows[1, 1, 1] == pytest.approx(np.log(0.6 * 0.9 * 0.9))


def test_longer_sequences_gain_where_length_is_normalised() -> None:
    beam = Beam(Points([2], 0), 2, 0)
    for logs in (np.log([[[0.4, 0.6]]]), np.log([[[0.5, 0.5]]])):
        beam.choose(logs, np.full(1, -1), np.empty((1, 2), dtype=np.intp))
    assert beam.results(1, 0.0)["y"].tolist() == [[[0, -1]]]
    assert beam.results(1, 2.0)["y"].tolist() == [[[1, 0]]]


def test_given_tokens_are_taken() -> None:
    beam = Beam(Points([2], 0), 2, -1)
    logs = np.log(np.array([[[0.9, 0.1]]]))
    out = np.empty((1, 2), dtype=np.intp)
    beam.choose(logs, np.array([1]), out)
    assert out.tolist() == [[1, -1]]  # there is no other beginning
    beam.choose(logs, np.array([-1]), out)
    found = beam.results(1, 0.0)
    assert found["y"].tolist() == [[[1, 0]]]
    assert found["log_prob"][0, 0] == pytest.approx(np.log(0.09))


def test_a_given_end_does_not_end() -> None:
    beam = Beam(Points([2], 0), 2, 1)
    logs, out = np.log(np.array([[[0.9, 0.1]]])), np.empty((1, 2), dtype=np.intp)
    beam.choose(logs, np.array([1]), out)
    beam.choose(logs, np.array([-1]), out)
    assert beam.results(1, 0.0)["y"].tolist() == [[[1, 0]]]


def test_examples_choose_among_as_many_options_as_they_have() -> None:
    beam, out = Beam(Points([1, 1, 1], 0), 2, -1), np.empty((3, 2), dtype=np.intp)
    logs = np.array([[np.log(0.3), np.log(0.7)], [0.0, -np.inf], [-np.inf, -np.inf]])
    beam.choose(logs[:, None], np.full(3, -1), out)
    found = beam.results(2, 0.0)
    assert found["y"][..., 0].tolist() == [[1, 0], [0, -1], [-1, -1]]
    assert found["lengths"].tolist() == [[1, 1], [1, 0], [0, 0]]
    assert np.exp(found["log_prob"]).tolist() == pytest.approx(np.array([[0.7, 0.3], [1.0, 0.0], [1.0, 0.0]]))


def test_sequences_may_grow_from_their_last_point() -> None:
    beam, out = Beam(Points([2, 1], 0), 1, -1, -1), np.empty((2, 1), dtype=np.intp)
    beam.choose(np.log([[[0.2, 0.8]]]), np.full(1, -1), out[:1])  # only the first example has a second point
    beam.choose(np.log([[[0.9, 0.1]], [[0.4, 0.6]]]), np.full(2, -1), out)
    assert beam.results(1, 0.0)["y"].tolist() == [[[0, 1]], [[1, -1]]]


def test_members_take_over_what_those_have_that_they_continue() -> None:
    beam = Beam(Points([1, 1], 0), 2, -1)
    beam.moved = np.array([[1, 0], [1, 1]])
    values = np.arange(8.0).reshape(2, 2, 2)
    beam.follow(values)
    assert values.tolist() == [[[2, 3], [0, 1]], [[6, 7], [6, 7]]]
    lanes = np.arange(6.0).reshape(3, 2)
    beam.follow(lanes, np.array([0, 1, 1]))
    assert lanes.tolist() == [[1, 0], [3, 3], [5, 5]]
    tape = np.arange(10.0).reshape(5, 2)
    beam.follow_rows(tape, np.array([3, 0]), np.array([1, 0]))
    assert tape.tolist() == [[1, 0], [2, 3], [4, 5], [7, 7], [8, 9]]


def test_examples_may_make_their_choices_in_any_steps() -> None:
    tables, lengths = [table(0), table(1), table(2)], [2, 3, 1]
    together = search(tables, lengths, 27)
    beam, before = Beam(Points(lengths, 0), 27, -1), np.full((3, 27), -1)
    for whose in ([1], [0, 1], [2, 1], [0]):
        log_probs = np.array([tables[example][before[example]] for example in whose]).reshape(-1, 27, 3)
        out = np.empty((len(whose), 27), dtype=np.intp)
        beam.choose(log_probs, np.full(len(whose), -1), out, np.array(whose, dtype=np.intp))
        before[whose] = out
    alone = beam.results(27, 0.0)
    for name, value in together.items():
        np.testing.assert_array_equal(alone[name], value)


def test_rows_that_follow_a_choice_are_those_of_its_point() -> None:
    rows = Rows([(("t",), Points([2, 1], 0), np.array([2, 1])), (("s",), Points([2, 1], 0), 1)], steps=4)
    onto = Rows([(("t",), Points([2, 1], 0), np.array([2, 1]))], steps=4, begin=np.array([1, 0]))
    found = followers(onto.find(rows.example, rows.place["t"]), onto)
    points = [[(int(rows.example[row]), int(rows.place["t"][row]), int(rows.place["s"][row])) for row in own]
              for own, _ in found]  # fmt: skip
    assert points == [[(1, 0, 0)], [(0, 0, 0), (0, 0, 1)], [], [(0, 1, 0), (0, 1, 1)]]
    assert [whose.tolist() for _, whose in found] == [[0], [0, 0], [], [0, 0]]


def test_the_largest_of_a_row_the_first_of_equal_ones() -> None:
    values = np.array([[1.0, 3.0, 3.0, 2.0, 3.0], [-np.inf, -np.inf, 0.0, -np.inf, -np.inf]])
    assert first_largest(values, 2).tolist() == [[1, 2], [2, 0]]
    assert first_largest(values, 5).tolist() == [[1, 2, 4, 3, 0], [2, 0, 1, 3, 4]]
    many = np.random.default_rng(0).integers(0, 9, (20, 50)).astype(float)
    assert (first_largest(many, 7) == np.argsort(-many, axis=1, kind="stable")[:, :7]).all()


def test_what_is_not_a_number_is_never_chosen() -> None:
    beam, out = Beam(Points([2], 0), 2, -1), np.empty((1, 2), dtype=np.intp)
    beam.choose(np.array([[[np.nan, -1.0, np.nan]]]), np.full(1, -1), out)
    assert out.tolist() == [[1, -1]]
    beam.choose(np.full((1, 1, 3), np.nan), np.full(1, -1), out)
    assert beam.results(1, 0.0)["log_prob"].tolist() == [[-np.inf]]  # there is no sequence
