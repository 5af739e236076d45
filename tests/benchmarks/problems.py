"""All benchmarks, by the names that `--only` knows."""

from collections.abc import Mapping
from typing import Any, Final

from tests.benchmarks.attention import ATTENTION
from tests.benchmarks.cells import CELLS
from tests.benchmarks.decoding import DECODING
from tests.benchmarks.layers import LAYERS, RAGGED
from tests.benchmarks.lstm import LSTM
from tests.benchmarks.ntm import NTM
from tests.benchmarks.problem import Problem
from tests.benchmarks.streaming import STREAMING
from tests.benchmarks.trees import TREES

PROBLEMS: Final[Mapping[str, Problem[Any]]] = {
    "steps": LSTM,
    "layers": LAYERS,
    "ragged": RAGGED,
    "cells": CELLS,
    "ntm": NTM,
    "trees": TREES,
    "attention": ATTENTION,
    "decoding": DECODING,
    "streaming": STREAMING,
}
