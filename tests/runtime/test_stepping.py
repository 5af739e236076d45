"""Point after point: the same bits as through all checks, and the same errors."""

from typing import Any

import numpy as np
import pytest

import rnndsl
from rnndsl.runtime.prepared import Prepared

TEXT = """
from cells import GRU

model Text(words = 7, n = 4):
    index  t : sequence
    input  y[t] : token(words)
    input  v : n
    param  E : n, words
    h[t] = GRU(n)(E @ y[t-1] + E @ y[t-2] + v)
    output h[t]
    output z[t] = E @ y[t]
"""
PROGRAM = rnndsl.compile(TEXT, dtype="float64")
PARAMS = {name: array + 0.1 for name, array in PROGRAM.init(0).items()}
V = np.linspace(-1, 1, 8).reshape(2, 4)


def points(count: int) -> list[dict[str, Any]]:
    return [{"y": np.array([k % 7, (3 * k + 1) % 7]), "v": V} for k in range(count)]


def warmed() -> tuple[Prepared, dict[str, Any]]:
    """Return prepared parameters that have seen a step, and what it left."""
    prepared = PROGRAM.prepare(PARAMS)
    _, carry = PROGRAM.step(prepared, points(1)[0])
    assert len(prepared.fitting) == 1
    return prepared, carry


def same(one: Any, other: Any) -> bool:
    pairs = [(a, b) for x, y in zip(one, other, strict=True) for a, b in zip(x.items(), y.items(), strict=True)]
    return all(n == m and a.dtype == b.dtype and a.tobytes() == b.tobytes() for (n, a), (m, b) in pairs)


def test_steps_are_the_same_bit_by_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared, _ = warmed()
    plain: dict[str, Any] = {}
    carry: dict[str, Any] = {}
    for k, data in enumerate(points(6)):
        wanted, found = PROGRAM.step(PARAMS, data, plain), PROGRAM.step(prepared, data, carry)
        assert same(wanted, found), k
        (_, plain), (_, carry) = wanted, found
    monkeypatch.setattr(type(PROGRAM), "run", lambda *_, **__: pytest.fail("checked again"))
    PROGRAM.step(prepared, points(1)[0], carry)


def test_results_are_nobody_elses() -> None:
    prepared, carry = warmed()
    out, after = PROGRAM.step(prepared, points(2)[1], carry)
    kept = {name: array.copy() for name, array in (*out.items(), *after.items())}
    PROGRAM.step(prepared, points(3)[2], after)
    assert all((array == kept[name]).all() for name, array in after.items())
    arrays = [*out.values(), *after.values()]
    assert not any(np.shares_memory(a, b) for k, a in enumerate(arrays) for b in arrays[:k])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": np.array([1, 7])}, "RNN605: .*token 7 of `y`"),
        ({"y": np.array([1.0, 2.0])}, "RNN602"),
        ({"y": np.array([1, 2, 3])}, "RNN603"),
        ({"v": np.ones((2, 3))}, "RNN603: .*`v` has shape"),
        ({"w": V}, "RNN601: .*no input or target `w`"),
    ],
)
def test_errors_are_those_of_any_call(change: dict[str, Any], message: str) -> None:
    prepared, carry = warmed()
    with pytest.raises(rnndsl.DataError, match=message):
        PROGRAM.step(prepared, {**points(1)[0], **change}, carry)


def test_a_carry_that_does_not_fit_is_refused() -> None:
    prepared, carry = warmed()
    with pytest.raises(rnndsl.DataError, match=r"RNN614: .*the carry lacks `h`"):
        PROGRAM.step(prepared, points(1)[0], {name: array for name, array in carry.items() if name != "h"})
    with pytest.raises(rnndsl.DataError, match=r"RNN614: .*`h` of the carry has shape"):
        PROGRAM.step(prepared, points(1)[0], {**carry, "h": np.ones((3, 2, 4))})


def test_lists_and_lengths_are_checked_every_time() -> None:
    prepared, carry = warmed()
    listed, counted = {"y": [1, 2], "v": V}, {"t": [1, 0]}
    assert same(PROGRAM.step(prepared, listed, carry), PROGRAM.step(PARAMS, listed, carry))
    found = PROGRAM.step(prepared, points(1)[0], carry, lengths=counted)
    assert same(found, PROGRAM.step(PARAMS, points(1)[0], carry, lengths=counted))


def test_what_goes_wrong_inside_is_told_at_its_equation(monkeypatch: pytest.MonkeyPatch) -> None:
    prepared, carry = warmed()

    def fail(*_: Any, **__: Any) -> None:
        raise FloatingPointError("overflow")

    monkeypatch.setattr(np, "tanh", fail)
    with pytest.raises(RuntimeError, match=r"gru.rnn.*overflow"):
        PROGRAM.step(prepared, points(1)[0], carry)


def test_programs_that_look_at_every_number_go_the_long_way() -> None:
    program = rnndsl.compile(TEXT, dtype="float64", finite=True)
    prepared = program.prepare(PARAMS)
    _, carry = program.step(prepared, points(1)[0])
    with pytest.raises(rnndsl.DataError, match="RNN606"):
        program.step(prepared, {**points(1)[0], "v": np.full((2, 4), np.inf)}, carry)
