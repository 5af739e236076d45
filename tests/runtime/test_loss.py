"""A loss is a number that knows its terms."""

from rnndsl.runtime.loss import Loss


def test_a_loss_is_a_float_with_terms() -> None:
    terms = {"y": (6.0, 4.0)}
    loss = Loss(1.5, terms)
    assert (loss, loss.value, loss + 1) == (1.5, 1.5, 2.5)
    assert type(loss.value) is float
    terms["z"] = (0.0, 0.0)
    assert loss.terms == {"y": (6.0, 4.0)}
