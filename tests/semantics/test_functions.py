"""The table of functions."""

from rnndsl.semantics.functions import FUNCTIONS, INITIALISERS, RESERVED, Kind

LANGUAGE = """
    sum mean max min prod logsumexp first last root uses softmax normalize stack
    tanh sigmoid relu leaky_relu elu gelu silu softplus softsign hard_sigmoid exp log sqrt abs sign sin cos
    minimum maximum clip concat part slice component outer norm cosine layer_norm stop_gradient transpose
    dropout length leaf child parent log_prob categorical bernoulli normal normal2 mixture
"""


def test_the_table_is_that_of_the_language() -> None:
    assert set(LANGUAGE.split()) == set(FUNCTIONS)
    wanted = {"zeros", "ones", "constant", "uniform", "normal", "glorot", "he", "orthogonal", "identity"}
    assert set(INITIALISERS) == wanted
    assert set(FUNCTIONS) | wanted | {"infinity"} == RESERVED


def test_rows_are_consistent() -> None:
    for row in (*FUNCTIONS.values(), *INITIALISERS.values()):
        assert 0 <= row.least <= len(row.parameters)
        assert row.form.startswith(f"{row.name}(")
    assert all(row.kind is Kind.INITIALISER for row in INITIALISERS.values())


def test_forms() -> None:
    assert FUNCTIONS["elu"].form == "elu(a, alpha = 1)"
    assert FUNCTIONS["concat"].form == "concat(a, ...)"
    assert FUNCTIONS["softmax"].takes_over
    assert not FUNCTIONS["tanh"].takes_over
