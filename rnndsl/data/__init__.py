"""Data for training and scoring: text, NumPy archives and JSON lines, split, cut and batched."""

from rnndsl.data.batches import Batch, ExampleBatches, StreamBatches
from rnndsl.data.dataset import Dataset, Examples, Stream
from rnndsl.data.dimensions import check_sizes, open_dimensions
from rnndsl.data.load import Loaded, load
from rnndsl.data.prompts import Prompts, read_prompts
from rnndsl.data.symbols import Symbols

__all__ = [
    "Batch",
    "Dataset",
    "ExampleBatches",
    "Examples",
    "Loaded",
    "Prompts",
    "Stream",
    "StreamBatches",
    "Symbols",
    "check_sizes",
    "load",
    "open_dimensions",
    "read_prompts",
]
