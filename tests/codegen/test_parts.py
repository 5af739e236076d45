"""Functions that take a part of a batch: where they join sums, and what a module says of them."""

import re
from threading import Thread

import numpy as np

import rnndsl
from rnndsl.codegen.prelude import Points, dropout
from rnndsl.codegen.prelude_decode import draws
from rnndsl.runtime.load import load_source
from rnndsl.runtime.parts import Board, Part

SPEC = """model M(n = 2):
    index  t : sequence
    input  x[t] : n
    target y[t] : scalar
    param  W : n, n
    param  v : n
    h[t] : n = tanh(W @ h[t-1] + x[t])
    y[t] ~ bernoulli(v @ h[t])
"""


def test_one_thread_leaves_the_module_as_it_was() -> None:
    source = rnndsl.compile(SPEC).source
    assert source == rnndsl.compile(SPEC, threads=1).source
    assert not re.search(r"\bpart\b[=.,)]", source)


def test_the_weights_are_joined_before_they_are_divided_by() -> None:
    source = rnndsl.compile(SPEC, threads=2).source
    function = source[source.index("def loss_and_grad(") :]
    assert function.startswith(
        'def loss_and_grad(params, data, wrt="params", lengths=None, carry=None, noise=None, part=None,'
    )
    assert function.count("    if part:\n        part.join(y_product)\n") == 1
    assert function.index("out=y_product)") < function.index("part.join") < function.index("np.equal(y_product")
    assert '    "loss_and_grad": ("y.weight",),\n' in source


def test_a_module_can_be_called_by_part_without_the_rest_of_the_library() -> None:
    module, _ = load_source(rnndsl.compile(SPEC, dtype="float64", threads=2).source)
    rng = np.random.default_rng(0)
    params, x, y = module["init"](1), rng.normal(size=(3, 4, 2)), rng.integers(2, size=(3, 4)).astype(float)
    board, found = Board(2), {}

    def work(number: int, begin: int, end: int) -> None:
        data = {"x": x[begin:end], "y": y[begin:end]}
        found[number] = module["loss_and_grad"](params, data, part=Part(board, number, begin))

    threads = [Thread(target=work, args=span) for span in ((0, 0, 1), (1, 1, 3))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total, terms, grads = module["loss_and_grad"](params, {"x": x, "y": y})
    assert np.isclose(found[0][0] + found[1][0], total, rtol=1e-12)
    assert found[0][1]["y"][1] == found[1][1]["y"][1] == terms["y"][1] == 12
    np.testing.assert_allclose(found[0][2]["W"] + found[1][2]["W"], grads["W"], rtol=1e-9)


def test_random_numbers_are_counted_from_the_first_example() -> None:
    whole, part = Points([3, 2, 2], 0), Points([2, 2], 0)
    mask = whole.unpack(dropout(whole, 7, 0, 0.5, (whole.size, 2)))
    assert (part.unpack(dropout(part, 7, 0, 0.5, (part.size, 2), first=1)) == mask[1:, :2]).all()
    own = dropout(None, 7, 0, 0.5, (3, 2))
    assert (dropout(None, 7, 0, 0.5, (2, 2), 1) == own[1:]).all()
    drawn = whole.unpack(draws(whole, 7, 0, "normal", (whole.size, 2)))
    assert (part.unpack(draws(part, 7, 0, "normal", (part.size, 2), 1)) == drawn[1:, :2]).all()
