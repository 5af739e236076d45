"""A spec and what the command line says of it become a program."""

from collections.abc import Mapping
from types import MappingProxyType

from rnndsl.cli.choice import Choice
from rnndsl.cli.specs import Spec
from rnndsl.compiler import compile as compile_spec
from rnndsl.runtime.program import Program


def compiled(
    spec: Spec, choice: Choice, modes: tuple[str, ...] = ("observe",), feed: Mapping[str, str] = MappingProxyType({})
) -> Program:
    """Compile a spec; `feed` says which inputs need not be given when generating.

    Raises:
        SpecError: it has mistakes.
        DataError: RNN613, an input cannot be fed.
    """
    return compile_spec(
        spec.source,
        dims=choice.dims,
        model=choice.model,
        backend=choice.backend,
        dtype=choice.dtype,
        modes=modes,
        feed=feed,
    )
