"""What is asked of generating is checked; prompts are filled up; what follows an end symbol is cut off."""

from typing import Any

import numpy as np
import pytest

import rnndsl
from rnndsl.runtime.generation import check_mix, check_sampling, check_search, cut_at_end, fill_up, sequence_of, targets

LM = """
model LM(words, n):
    index  t : sequence
    input  z : n
    target y[t] : token(words)
    param  W, U, V, b
    h[t] : n = tanh(W @ h[t-1] + U @ y[t-1] + b)
    init h[t] = z
    y[t] ~ categorical(V @ h[t])
    output h[t]
"""
PROGRAM = rnndsl.compile(LM, dims={"words": 5, "n": 3}, dtype="float64", modes=("observe", "sample", "beam", "mix"))
PLAIN = rnndsl.compile(LM, dims={"words": 5, "n": 3}, dtype="float64")
PARAMS = {name: array * 3 + 0.2 for name, array in PROGRAM.init(0).items()}
Z = np.random.default_rng(0).normal(size=(3, 3))


def batch(seed: int, *lengths: int) -> dict[str, Any]:
    """Return a ragged batch."""
    rng = np.random.default_rng(seed)
    return {"z": rng.normal(size=(len(lengths), 3)), "y": [rng.integers(0, 5, n) for n in lengths]}


# Options --------------------------------------------------------------------------------------------------------------


def test_options_have_defaults() -> None:
    found = check_sampling({"temperature": 2})
    assert found == {"seed": 0, "greedy": False, "temperature": 2.0, "top_k": 0, "top_p": 1.0, "end": None}
    assert check_search({}) == {"width": 5, "end": None, "normalise": 0.0, "best": 1}


WRONG: list[dict[str, Any]] = [
    {"seed": -1}, {"seed": True}, {"greedy": 1}, {"temperature": 0}, {"temperature": float("nan")},
    {"temperature": "hot"}, {"top_k": -1}, {"top_k": 1.5}, {"top_p": 0}, {"top_p": 1.5}, {"warmth": 1},
]  # fmt: skip


@pytest.mark.parametrize("how", WRONG, ids=str)
def test_wrong_options_of_sampling_are_refused(how: dict[str, Any]) -> None:
    with pytest.raises(rnndsl.DataError, match="RNN613") as caught:
        PROGRAM.sample(PARAMS, {"z": Z}, lengths={"t": [2, 2, 2]}, **how)
    assert next(iter(how)) in str(caught.value)


@pytest.mark.parametrize(
    "how",
    [{"width": 0}, {"best": 6}, {"best": 0}, {"normalise": -1}, {"normalise": float("inf")}, {"beam": 3}],
    ids=str,
)
def test_wrong_options_of_a_search_are_refused(how: dict[str, Any]) -> None:
    with pytest.raises(rnndsl.DataError, match="RNN613"):
        PROGRAM.beam(PARAMS, {"z": Z}, lengths={"t": [2, 2, 2]}, **how)


@pytest.mark.parametrize("end", [-1, 5, 1.0, True, "a"])
def test_only_a_token_ends_a_sequence(end: Any) -> None:
    for call in (PROGRAM.sample, PROGRAM.beam):
        with pytest.raises(rnndsl.DataError, match="RNN613: end is"):
            call(PARAMS, {"z": Z}, lengths={"t": [2, 2, 2]}, end=end)


def test_only_a_single_target_ends() -> None:
    text = LM.replace("target y[t]", "target x[t] : token(words)\n    target y[t]").replace(
        "    output", "    x[t] ~ categorical(V @ h[t])\n    output"
    )
    program = rnndsl.compile(text, dims={"words": 5, "n": 3}, dtype="float64", modes=("sample",))
    assert [info.name for info in targets(program.graph)] == ["x", "y"]
    with pytest.raises(rnndsl.DataError, match="2 targets of tokens"):
        program.sample(PARAMS, {"z": Z}, lengths={"t": [2, 2, 2]}, end=0)


def test_a_mix_is_a_probability_with_a_seed() -> None:
    assert check_mix(0, None) == 0
    assert check_mix(1, 0) == 1
    for mix, noise in ((1.5, 0), (-0.1, 0), ("half", 0), (0.5, None)):
        with pytest.raises(rnndsl.DataError, match="RNN613"):
            check_mix(mix, noise)


def test_prompts_are_filled_up() -> None:
    y, lengths = PROGRAM.inputs["y"], {"t": np.array([4, 2, 0])}
    ragged = fill_up(y, [np.array([1, 2]), np.array([3, 1]), np.array([], int)], lengths)
    assert [array.tolist() for array in ragged] == [[1, 2, -1, -1], [3, 1], []]
    padded = fill_up(y, np.ones((3, 1), np.uint8), lengths)
    assert np.asarray(padded).tolist() == [[1, -1, -1, -1]] * 3
    assert np.asarray(fill_up(y, np.ones((3, 6), int), lengths)).shape == (3, 6)
    with pytest.raises(rnndsl.DataError, match="RNN604: example 1 of `y` has 3 points along `t`, but only 2"):
        fill_up(y, [np.ones(4, int), np.ones(3, int), np.ones(0, int)], lengths)


def test_real_prompts_are_filled_with_nan() -> None:
    text = "model A(n):\n    index t : sequence\n    target y[t] : n\n    y[t] ~ normal(y[t-1])\n"
    y = rnndsl.compile(text, dims={"n": 2}).inputs["y"]
    (filled,) = fill_up(y, [np.array([[1, 2]])], {"t": np.array([3])})
    np.testing.assert_array_equal(filled, [[1, 2], [np.nan] * 2, [np.nan] * 2])


def test_what_follows_the_first_end_is_absent() -> None:
    drawn = {"y": np.array([[1, 0, 2, 0, 3], [0, 1, 1, -1, -1], [3, 3, 3, 3, 0]]), "y.log_prob": -np.ones((3, 5))}
    cut = cut_at_end(drawn, PROGRAM.inputs["y"], 0)
    assert cut["y"].tolist() == [[1, 0, -1, -1, -1], [0, -1, -1, -1, -1], [3, 3, 3, 3, 0]]
    assert cut["y.log_prob"].sum(axis=1).tolist() == [-2, -1, -5]


def test_an_end_in_a_prompt_ends_nothing() -> None:
    drawn = {"y": np.array([[0, 0, 2, 0, 3], [0, 1, 0, -1, -1]]), "y.log_prob": -np.ones((2, 5))}
    cut = cut_at_end(drawn, PROGRAM.inputs["y"], 0, [np.array([0, 0, -1]), np.array([0, -1])])
    assert cut["y"].tolist() == [[0, 0, 2, 0, -1], [0, 1, 0, -1, -1]]
    free = PROGRAM.sample(PARAMS, {"z": Z, "y": [[0], [0], [0]]}, lengths={"t": [9] * 3}, seed=1)["y"]
    ended = PROGRAM.sample(PARAMS, {"z": Z, "y": [[0], [0], [0]]}, lengths={"t": [9] * 3}, seed=1, end=0)["y"]
    assert (ended[:, 1] == free[:, 1]).all()
    found = PROGRAM.beam(PARAMS, {"z": Z, "y": [[0], [0], [0]]}, lengths={"t": [9] * 3}, width=2, end=0)
    assert (found["y"][:, 0, 1] >= 0).all()


def test_the_sequence_of_a_target() -> None:
    assert sequence_of(PROGRAM.inputs["y"].domain) == "t"
    assert sequence_of(PROGRAM.inputs["z"].domain) is None


# Programs -------------------------------------------------------------------------------------------------------------


def test_modes() -> None:
    assert PLAIN.modes == ("observe",)
    assert PROGRAM.modes == ("observe", "sample", "beam", "mix")
    for call in (PLAIN.sample, PLAIN.beam):
        with pytest.raises(rnndsl.DataError, match="RNN613: LM was compiled without mode"):
            call(PARAMS, {"z": Z}, lengths={"t": [1, 1, 1]})
    with pytest.raises(rnndsl.DataError, match='without mode "mix"'):
        PLAIN.loss_and_grad(PARAMS, batch(0, 2), mix=0.5, noise=0)


def test_what_is_drawn_has_the_probability_that_it_says() -> None:
    drawn = PROGRAM.sample(PARAMS, {"z": Z}, lengths={"t": [5, 1, 3]}, seed=4)
    assert set(drawn) == {"y", "y.log_prob", "h"}
    assert (drawn["y"] >= 0).sum(axis=1).tolist() == [5, 1, 3]
    y = [own[own >= 0] for own in drawn["y"]]
    assert PROGRAM.loss(PARAMS, {"z": Z, "y": y}).terms["y"][0] == pytest.approx(-drawn["y.log_prob"].sum())
    np.testing.assert_allclose(drawn["h"], PROGRAM.run(PARAMS, {"z": Z, "y": y})["h"], rtol=1e-12, atol=1e-12)


def test_draws_depend_on_the_seed_alone() -> None:
    one = PROGRAM.sample(PARAMS, {"z": Z}, lengths={"t": [9, 9, 9]}, seed=4)["y"]
    again = PROGRAM.sample(PARAMS, {"z": Z[:1]}, lengths={"t": [9]}, seed=4)["y"]
    np.testing.assert_array_equal(one[:1], again)
    assert (one != PROGRAM.sample(PARAMS, {"z": Z}, lengths={"t": [9, 9, 9]}, seed=5)["y"]).any()


def test_prompts_stay() -> None:
    prompts = [np.array([1, 4]), np.array([], int), np.array([2, -1, 3])]
    for call in (PROGRAM.sample, PROGRAM.beam):
        y = call(PARAMS, {"z": Z, "y": prompts}, lengths={"t": [4, 2, 3]})["y"].reshape(3, 4)
        assert y[0, :2].tolist() == [1, 4]
        assert y[2, [0, 2]].tolist() == [2, 3]
        assert (y >= 0).sum(axis=1).tolist() == [4, 2, 3]
    with pytest.raises(rnndsl.DataError, match="RNN604: example 0 of `y` has 2 points"):
        PROGRAM.sample(PARAMS, {"z": Z, "y": prompts}, lengths={"t": [1, 2, 3]})
    with pytest.raises(rnndsl.DataError, match="RNN601") as caught:
        PROGRAM.sample(PARAMS, {"z": Z, "yy": prompts}, lengths={"t": [1, 2, 3]})
    assert caught.value.diagnostic.help == "did you mean `y`?"


def test_lengths_are_asked_for() -> None:
    for call in (PROGRAM.sample, PROGRAM.beam):
        with pytest.raises(rnndsl.DataError, match="RNN604: no data carries `t`"):
            call(PARAMS, {"z": Z})


def test_a_beam_of_one_is_greedy_and_a_wide_one_finds_no_less() -> None:
    lengths = {"t": [5, 1, 3]}
    greedy = PROGRAM.sample(PARAMS, {"z": Z}, lengths=lengths, greedy=True)
    one = PROGRAM.beam(PARAMS, {"z": Z}, lengths=lengths, width=1)
    np.testing.assert_array_equal(one["y"][:, 0], greedy["y"])
    np.testing.assert_allclose(one["log_prob"][:, 0], greedy["y.log_prob"].sum(axis=1), rtol=1e-12)
    wide = PROGRAM.beam(PARAMS, {"z": Z}, lengths=lengths, width=25, best=3)
    assert wide["y"].shape == (3, 3, 5)
    assert (wide["log_prob"][:, 0] >= one["log_prob"][:, 0] - 1e-12).all()
    assert (np.diff(wide["log_prob"], axis=1) <= 0).all()


def test_a_mix_changes_the_loss_and_nothing_else() -> None:
    data = batch(0, 6, 4)
    plain, grads = PROGRAM.loss_and_grad(PARAMS, data)
    expected, clean = PLAIN.loss_and_grad(PARAMS, data)
    assert plain == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(grads["W"], clean["W"], rtol=1e-12)
    mixed, _ = PROGRAM.loss_and_grad(PARAMS, data, mix=0.7, noise=1)
    assert mixed != plain
    assert mixed == PROGRAM.loss_and_grad(PARAMS, data, mix=0.7, noise=1)[0]
    assert mixed.terms["y"][1] == plain.terms["y"][1]


def test_chunks_go_on_while_sampling_is_scheduled() -> None:
    data = batch(3, 4, 4)
    first, second = ({**data, "y": [own[k : k + 2] for own in data["y"]]} for k in (0, 2))
    _, _, carry = PROGRAM.loss_and_grad(PARAMS, first, carry={}, mix=0.5, noise=2)
    _, grads, _ = PROGRAM.loss_and_grad(PARAMS, second, carry=carry, mix=0.5, noise=3)
    assert np.abs(grads["W"]).max() > 0
    loss, own = PROGRAM.loss(PARAMS, first, carry={})
    assert loss == PLAIN.loss(PARAMS, first)
    assert PROGRAM.loss(PARAMS, second, carry=own)[0] > 0


# Chunks ---------------------------------------------------------------------------------------------------------------

STREAM = """
model Stream(words, n):
    index  t : sequence
    index  m : 1..2
    input  z : n
    target y[t] : token(words)
    target x[t] : n
    param  W, U, V
    param  R[m] : n
    h[t] : n = tanh(W @ h[t-1] + U @ y[t-1] + x[t-1] + z)
    y[t] ~ categorical(V @ h[t])
    x[t] ~ mixture(R[m] @ h[t], normal(m * h[t], 0.3) over m)
"""


@pytest.mark.parametrize("how", [{"seed": 4}, {"greedy": True}, {"seed": 4, "temperature": 0.7, "top_k": 3}], ids=str)
def test_chunks_draw_what_the_whole_draws(how: dict[str, Any]) -> None:
    program = rnndsl.compile(STREAM, dims={"words": 5, "n": 3}, dtype="float64", modes=("sample",))
    params = {name: array * 3 + 0.2 for name, array in program.init(0).items()}
    whole = program.sample(params, {"z": Z}, lengths={"t": [7, 4, 2]}, **how)
    carry: dict[str, Any] = {}
    for first, lengths in ((0, [1, 1, 1]), (1, [4, 3, 1]), (5, [2, 0, 0])):
        part, carry = program.sample(params, {"z": Z}, lengths={"t": lengths}, carry=carry, **how)
        for name, value in part.items():
            for example, size in enumerate(lengths):
                expected = whole[name][example, first : first + size]
                np.testing.assert_allclose(value[example, :size], expected, rtol=1e-12)


def test_a_prompt_goes_on_in_the_next_chunk() -> None:
    whole = PROGRAM.sample(PARAMS, {"z": Z, "y": [[1, 2, 3], [4], []]}, lengths={"t": [8, 8, 8]}, seed=9)
    _, carry = PROGRAM.sample(PARAMS, {"z": Z, "y": [[1, 2], [4], []]}, lengths={"t": [2, 2, 2]}, carry={}, seed=9)
    rest, _ = PROGRAM.sample(PARAMS, {"z": Z, "y": [[3], [], []]}, lengths={"t": [6, 6, 6]}, carry=carry, seed=9)
    np.testing.assert_array_equal(rest["y"], whole["y"][:, 2:])


def test_what_follows_an_end_is_not_carried() -> None:
    cut, carry = PROGRAM.sample(PARAMS, {"z": Z}, lengths={"t": [30] * 3}, seed=2, end=1, carry={})
    lengths = (cut["y"] >= 0).sum(axis=1)
    assert lengths.min() < 30
    assert carry["t"].tolist() == lengths.tolist()
    assert all(carry["y"][e, -1] == cut["y"][e, n - 1] for e, n in enumerate(lengths))


def test_a_carry_of_another_function_is_refused() -> None:
    _, carry = PROGRAM.run(PARAMS, batch(0, 3, 3, 3), carry={})
    PROGRAM.sample(PARAMS, {"z": Z}, lengths={"t": [2] * 3}, carry=carry)
    with pytest.raises(rnndsl.DataError, match="RNN614: the carry lacks"):
        PROGRAM.sample(PARAMS, {"z": Z}, lengths={"t": [2] * 3}, carry={"t": carry["t"]})
    with pytest.raises(rnndsl.DataError, match="RNN614"):
        PROGRAM.sample(PARAMS, {"z": Z}, lengths={"t": [2] * 3}, carry={n: a[:2] for n, a in carry.items()})
