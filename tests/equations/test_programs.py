"""Every construct of the language, one small program each: its printed adjoint is its gradient."""

import pytest

from rnndsl.diagnostics.diagnostic import SpecError
from tests.codegen.programs import PROGRAMS
from tests.equations.printed import assert_gradient, printed

#: A start that is no number, of what is the same at all points.
REFUSED = "InitWithMoreIndices"


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name != REFUSED])
def test_is_the_gradient(name: str) -> None:
    assert_gradient(PROGRAMS[name], examples=1)


def test_what_is_not_printed() -> None:
    with pytest.raises(SpecError, match="RNN490"):
        printed(PROGRAMS[REFUSED])
