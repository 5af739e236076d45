"""What a text feeds."""

import numpy as np
import pytest

from rnndsl.data.text import as_stream
from rnndsl.diagnostics.diagnostic import DataError
from tests.data.models import N, S, label, named, point, token, vector

TEXT = np.arange(6)


def test_a_single_target_reads_the_text() -> None:
    assert as_stream(TEXT, named(token("y"))).arrays["y"].tolist() == [0, 1, 2, 3, 4, 5]


def test_an_input_beside_the_target_reads_one_step_earlier() -> None:
    stream = as_stream(TEXT, named(token("y"), token("x", role="input")))
    assert stream.arrays["x"].tolist() == [0, 1, 2, 3, 4]
    assert stream.arrays["y"].tolist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "infos",
    [
        (vector("x"), token("y")),
        (token("x", "words", role="input"), token("y", "tags")),
        (token("x", role="input", index=S), token("y")),
        (token("x"), token("y")),
        (token("y", index=N),),
        (point("y", S),),
        (token("x", role="input"), label()),
        (token("x", role="input"),),
        (),
    ],
)
def test_other_models_are_refused_with_what_they_read(infos: tuple[object, ...]) -> None:
    with pytest.raises(DataError, match="RNN608") as caught:
        as_stream(TEXT, named(*infos))  # type: ignore[arg-type]  # the parameters are InputInfos
    assert ".npz or .jsonl" in caught.value.diagnostic.help


def test_what_is_read_is_written_as_in_the_language() -> None:
    with pytest.raises(
        DataError, match=r"reads target y\[t\] : point\(s\), input x\[t\] : n, target z : token\(classes\)"
    ):
        as_stream(TEXT, named(point("y", S), vector("x"), label("z")))
