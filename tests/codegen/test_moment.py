"""The module of one point: straight code without points and loops, for the models that have one."""

import re

from rnndsl.codegen.module import ModuleOptions
from rnndsl.codegen.moment import MomentModule, emit_moment
from rnndsl.compiler import build, check, optimise
from rnndsl.locations import data_folder
from rnndsl.schedule.chunks import find_stream
from rnndsl.version import VERSION
from tests.codegen.programs import body


def module_of(name: str) -> MomentModule | None:
    graph = build(check(data_folder("specs") / f"{name}.rnn"))
    stream, _ = find_stream(graph)
    assert stream is not None
    return emit_moment(optimise(graph)[0], ModuleOptions("", VERSION, "float64", {"forward": stream.name}))


def test_a_point_is_straight_code() -> None:
    module = module_of("models/char_lstm")
    assert module is not None
    text = body(module.source, "forward")
    assert not re.search(r"\bfor\b|Points|zip", text)
    assert text.count("np.matmul") == 4
    assert module.depth == 1
    assert module.states == {"y": (1,), "h_1": (1,), "h_1.c": (1,), "h_2": (1,), "h_2.c": (1,)}


def test_recurrent_matrices_are_turned_as_in_the_loop() -> None:
    module = module_of("models/char_lstm")
    assert module is not None
    prepared = body(module.source, "prepare_forward")
    assert len(re.findall(r"transpose\(\w+, \w+_T\)", prepared)) >= 2
    assert "_wide" in prepared


def test_a_model_with_an_encoder_of_its_own_has_none() -> None:
    assert module_of("models/luong") is None
