"""A spec and what is chosen for it become a program."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from rnndsl.choice import Choice
from rnndsl.compiler import compile as compile_spec
from rnndsl.runtime.program import Program


class Spec(Protocol):
    """A spec's name and text, and what the compiler takes of it: a path, so that relative imports work, or the text."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    @property
    def text(self) -> str:
        """Its text."""
        ...

    @property
    def source(self) -> Path | str:
        """What the compiler takes."""
        ...


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
        threads=choice.threads,
        choices=choice.choices,
    )
