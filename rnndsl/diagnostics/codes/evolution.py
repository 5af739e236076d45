"""Findings about mutants and runs of evolution: RNN75x."""

from typing import Final

from rnndsl.diagnostics.codes.entry import Code

EVOLUTION_CODES: Final[tuple[Code, ...]] = (
    Code(
        "RNN751",
        "nothing can be mutated",
        "Evolution changes the equations of a file's cells, or of its model when it has none, outside of `for` and "
        "`if`. Every mutant must be a valid spec that reads the states and inputs of its parent; of none that were "
        "tried this is so, or a cell is so large that it is not tried.",
    ),
    Code(
        "RNN752",
        "these specs cannot be put together",
        "An individual is one file that imports nothing: the cells that a model imports come into it, and with `--in` "
        "a cell takes the place of the one cell that a model applies. Two cells of one name, or a model that applies "
        "several cells or none, leave open what is meant; and what is judged by different measures cannot compete.",
    ),
    Code(
        "RNN753",
        "the results of a run cannot be read or written",
        "A run of evolution keeps its results in one SQLite file in its folder. The file is missing, is not one of "
        "rnndsl's, is damaged, was written by a newer version, or the disk is full.",
    ),
)
