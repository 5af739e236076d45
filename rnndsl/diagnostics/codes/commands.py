"""Commands that yield the codes about data files and checkpoints, RNN607 to RNN611 and RNN7xx, and right ones."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rnndsl.diagnostics.codes.entry import Calls, Commands

_TEXT: Final = 'yes "the cat sat on the mat" | head -n 100 > cats.txt\n'
_TRAIN: Final = "rnndsl train char_lstm --data cats.txt --set hidden=8 --steps 2"
_RUN: Final = f"{_TEXT}{_TRAIN} --out run\n"
_SCORE: Final = "rnndsl score run/best.safetensors --data cats.txt"
_EVOLVE: Final = (
    "rnndsl evolve gru --in char_lstm --data cats.txt --set hidden=4 --set layers=1 --trial-steps 1 --individuals 1"
)
_NOT_FINITE: Final = """\
import numpy as np
from rnndsl.train.checkpoint import Checkpoint, to_bytes
"""

COMMANDS: Final[Mapping[str, Calls]] = MappingProxyType(
    {
        "RNN607": Commands(_TEXT, _TRAIN.replace("cats", "dogs"), _TRAIN),
        "RNN608": Commands(_TEXT, "rnndsl train tagger --data cats.txt --steps 2", _TRAIN),
        "RNN609": Commands(_TEXT, f"{_TRAIN} --held-out 0.99", f"{_TRAIN} --held-out 0.1"),
        "RNN610": Commands(_TEXT, f"{_TRAIN} --set vocab=3", _TRAIN),
        "RNN611": Commands(
            _RUN,
            "rnndsl sample run/best.safetensors --length 9 --prompt dog",
            "rnndsl sample run/best.safetensors --length 9 --prompt cat",
        ),
        "RNN701": Commands(
            f"{_RUN}head -c 20000 run/best.safetensors > half.safetensors\n", _SCORE.replace("run/best", "half"), _SCORE
        ),
        "RNN702": Commands(
            f"{_RUN}cp run/best.safetensors hit.safetensors\n"
            "printf 'hit' | dd of=hit.safetensors bs=1 seek=15000 conv=notrunc\n",
            _SCORE.replace("run/best", "hit"),
            _SCORE,
        ),
        "RNN703": Commands(
            f"{_RUN}LC_ALL=C sed 's/format\\(..\\): 1/format\\1: 2/' run/best.safetensors > later.safetensors\n",
            _SCORE.replace("run/best", "later"),
            _SCORE,
        ),
        "RNN704": Commands(
            _RUN,
            "rnndsl train char_lstm --data cats.txt --set hidden=9 --steps 4 --out run --resume",
            "rnndsl train char_lstm --data cats.txt --set hidden=8 --steps 4 --out run --resume",
        ),
        "RNN705": Calls(
            _NOT_FINITE,
            'to_bytes(Checkpoint({}, {"params/W": np.array([1.0, np.nan])}))',
            'to_bytes(Checkpoint({}, {"params/W": np.array([1.0, 2.0])}))',
        ),
        "RNN706": Commands(
            f"{_TEXT}{_TRAIN.replace('--steps 2', '--minutes 5')} --out run &\n"
            "until [ -e run/.lock ]; do sleep 0.1; done\n",
            f"{_TRAIN} --out run",
            f"{_TRAIN} --out other",
        ),
        "RNN707": Commands(_TEXT, f"{_TRAIN} --out /dev/null/run", f"{_TRAIN} --out run"),
        "RNN708": Commands(_RUN, f"{_TRAIN} --out run", f"{_TRAIN} --out other"),
        "RNN709": Commands(
            _RUN,
            f"{_TRAIN.replace('2', '4')} --out run --resume --lr 0.1",
            f"{_TRAIN.replace('2', '4')} --out run --resume",
        ),
        "RNN710": Commands(_TEXT, f"{_TRAIN.replace('2', '9')} --lr 1e38 --clip 0", _TRAIN),
        "RNN751": Commands("", "rnndsl mutate clockwork", "rnndsl mutate lstm"),
        "RNN752": Commands(_TEXT, "rnndsl evolve gru --in models/elman --data cats.txt", _EVOLVE),
        "RNN753": Commands(f"{_TEXT}{_EVOLVE}\n", "rnndsl evolve --show run", "rnndsl evolve --show runs/evolve"),
    }
)
