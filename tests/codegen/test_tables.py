"""Look-ups, and the gradients of tables, as statements: tables are turned once, and nothing is copied for nothing."""

import rnndsl
from tests.codegen.emitting import statements, text_of, using, written
from tests.codegen.programs import body

TOKENS = ("input x[t] : token(words)", "target y[t] : n")


def test_look_ups_take_rows_and_make_no_one_hot_vectors() -> None:
    lines = statements(
        "input x[t] : token(words)", "param U : n, words", "param E : words, n", "output z[t] = U @ x[t] + x[t] @ E"
    )
    assert len(using(lines, "lookup")) in {1, 2}  # tables may be stacked
    assert using(lines, "put") == []
    assert using(lines, "np.matmul") == []


def test_a_table_that_a_loop_reads_is_turned_once_before_it() -> None:
    text = text_of("target y[t] : token(words)", "param U, b", "y[t] ~ categorical(U @ y[t-1] + b)")
    source = rnndsl.compile(text, dims={"words": 3, "n": 2, "m": 2}, modes=("sample",)).source
    before, loop = body(source, "sample").split("for live", maxsplit=1)
    assert "_T[...] = U.T" in before
    assert ".T" not in loop


def test_the_gradient_of_a_look_up_is_scattered() -> None:
    lines = statements(
        "input x[t] : token(words)",
        "target y[t] : n",
        "param U : n, words",
        "y[t] ~ normal(U @ x[t])",
        function="loss_and_grad",
    )
    assert len(using(lines, "scatter")) == 1


def test_matrices_that_are_only_looked_up_are_joined_turned() -> None:
    lines = statements(TOKENS[0], "param U, V : m, words", "output z[t] = tanh(U @ x[t]) * sigmoid(V @ x[t])")
    (joined,) = using(lines, "np.concatenate")
    assert joined.count(".T") == 2
    assert "axis=-1" in joined
    assert len(using(lines, "lookup")) == 1


def test_a_table_that_every_call_turns_is_left_alone_for_few_tokens() -> None:
    params = "param U, V : n, words"
    lines = written(
        TOKENS[0], TOKENS[1], params, "y[t] ~ normal(tanh(U @ x[t]) * (V @ x[t]))", function="loss_and_grad"
    )
    (look,) = using(lines, "lookup_columns")
    assert look.startswith("lookup_columns((U, V), x, ")
    twice = written(TOKENS[0], TOKENS[1], params, "y[t] ~ normal(U @ x[t-1] + U @ x[t])", function="loss_and_grad")
    assert using(twice, "lookup_columns") == []


def test_matrices_that_are_multiplied_too_are_joined_as_they_are() -> None:
    lines = statements(
        TOKENS[0],
        "input v[t] : words",
        "param U, V : m, words",
        "output z[t] = tanh(U @ x[t] + U @ v[t]) * sigmoid(V @ x[t] + V @ v[t])",
    )
    assert all(".T" not in line for line in using(lines, "np.concatenate"))


def test_a_gradient_that_is_only_returned_is_stored_turned_and_returned_in_order() -> None:
    lines = statements(*TOKENS, "param U : n, words", "y[t] ~ normal(U @ x[t])", function="loss_and_grad")
    (scattered,) = using(lines, "scatter")
    name = scattered.split(", ")[-1].removesuffix(".T)")
    assert scattered.endswith(f"{name}.T)")
    assert f'{name} = ws("{name}", (words, n)).T' in lines
    assert f'grads["U"] = np.array({name}, order="C")' in lines
    text = text_of(*TOKENS, "param U : n, words", "y[t] ~ normal(U @ x[t])")
    program = rnndsl.compile(text, dims={"words": 5, "n": 2})
    data = {"x": [[1, 3, 1]], "y": [[[1.0, 2.0], [0.5, 1.0], [0.0, 1.0]]]}
    _, grads = program.loss_and_grad(program.init(seed=0), data)
    assert grads["U"].flags.c_contiguous


def test_a_gradient_that_others_are_added_to_is_brought_to_its_place() -> None:
    lines = statements(
        *TOKENS,
        "param U : n, words",
        "y[t] ~ normal(U @ x[t] + U @ (x[t] @ transpose(U) @ U))",
        function="loss_and_grad",
    )
    (scattered,) = using(lines, "scatter")
    rows = scattered.split(", ")[-1].removesuffix(")")
    assert [line for line in using(lines, "np.copyto") if line.endswith(f"{rows}.swapaxes(-1, -2))")] != []
