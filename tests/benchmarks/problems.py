"""All benchmarks, by the names that `--only` knows."""

from collections.abc import Mapping
from typing import Any, Final

from tests.benchmarks.attention import ATTENTION
from tests.benchmarks.cells import CELLS
from tests.benchmarks.decoding import DECODING
from tests.benchmarks.lstm import LSTM
from tests.benchmarks.problem import Problem
from tests.benchmarks.trees import TREES

PROBLEMS: Final[Mapping[str, Problem[Any]]] = {
    "steps": LSTM,
    "cells": CELLS,
    "trees": TREES,
    "attention": ATTENTION,
    "decoding": DECODING,
}
