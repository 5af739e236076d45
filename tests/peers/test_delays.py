"""Models whose memory is slow, frozen or made of delays equal a few lines of torch, written from their papers."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.peers.comparison import Array, Tensor, Tensors, torch
from tests.peers.sequences import previous, ragged
from tests.peers.structures import ENGINES, Batch, Case, Example, Results, Score, classified, compare, model, zeros

VOCAB, UNITS, CONTEXT, INPUTS, OUTPUTS = 5, 4, 3, 2, 3
INPUT_DELAYS, OUTPUT_DELAYS = 2, 3
# Some shorter than the delays.
LENGTHS = (6, 1, 9, 3, 2)


def texts(seed: int) -> Batch:
    """Draw texts."""
    return Batch({"y": ragged(seed, LENGTHS, VOCAB)})


def series(seed: int) -> Batch:
    """Draw series of vectors, and those to predict at every step."""
    rng = np.random.default_rng(seed)
    x, y = ([rng.normal(size=(length, size)) for length in LENGTHS] for size in (INPUTS, OUTPUTS))
    data: dict[str, list[Array]] = {"x": x, "y": y}
    return Batch(data, targets=["y"])


def predicted(means: Tensor, target: Tensor) -> Score:
    """Score means by the likelihood of what was observed, all with standard deviation 1."""
    total = -torch.distributions.Normal(means, 1.0).log_prob(target).sum()
    return Score(total, float(len(target)), {"y.mean": means, "y.sd": torch.ones(len(target), dtype=torch.float64)})


def scrn(p: Tensors, example: Example) -> Score:
    """A network with a block of units whose recurrent matrix is alpha times the identity, as section 3 motivates it."""
    h, s, logits = zeros(UNITS), zeros(CONTEXT), []
    words = zip(previous(p["A"], example.data["y"]), previous(p["B"], example.data["y"]), strict=True)
    for fast, slow in words:
        s = 0.05 * slow + 0.95 * torch.eye(CONTEXT, dtype=torch.float64) @ s
        h = torch.sigmoid(p["P"] @ s + fast + p["R"] @ h)
        logits.append(p["U"] @ h + p["V"] @ s)
    return classified(torch.stack(logits), example.data["y"])


def echo_state(p: Tensors, example: Example) -> Score:
    h, echoes = zeros(UNITS), []
    for x in example.data["x"]:
        h = torch.tanh(p["W"] @ h + p["U"] @ x)
        echoes.append(torch.cat([h, x]))
    return predicted(torch.stack(echoes) @ p["V"].T + p["c"], example.data["y"])


def narx(p: Tensors, example: Example) -> Score:
    """Two tapped delay lines, the newest value first, and a perceptron that sees them."""
    taps = [zeros(INPUTS)] * (INPUT_DELAYS + 1), [zeros(OUTPUTS)] * OUTPUT_DELAYS
    weights = torch.cat([*p["A"], *p["B"]], dim=1)
    outputs = []
    for x in example.data["x"]:
        taps = [x, *taps[0][:-1]], taps[1]
        outputs.append(p["V"] @ torch.tanh(weights @ torch.cat([*taps[0], *taps[1]]) + p["b"]) + p["c"])
        taps = taps[0], [outputs[-1], *taps[1][:-1]]
    return predicted(torch.stack(outputs), example.data["y"])


CASES = (
    Case("SCRN", model("scrn", vocab=VOCAB, hidden=UNITS, context=CONTEXT), texts, scrn),
    Case("EchoState", model("echo_state", inputs=INPUTS, outputs=OUTPUTS, reservoir=UNITS), series, echo_state),
    Case(
        "NARX",
        model(
            "narx",
            inputs=INPUTS,
            outputs=OUTPUTS,
            hidden=UNITS,
            input_delays=INPUT_DELAYS,
            output_delays=OUTPUT_DELAYS,
        ),
        series,
        narx,
    ),
)


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_equals_its_paper(
    case: Case, engine: Callable[..., Results], record_property: Callable[[str, object], None]
) -> None:
    record_property("difference", compare(engine, case.spec, case.batch(0), case.reference))
