"""Training and scoring: optimisers, the loop, checkpoints that survive a crash, and the loss curve."""

from rnndsl.train.checkpoint import Checkpoint, read, read_about
from rnndsl.train.errors import CheckpointError, Diverged, Interrupted
from rnndsl.train.folder import RunFolder
from rnndsl.train.progress import Moment, Reporter, Silent
from rnndsl.train.scoring import Score, TermScore, score
from rnndsl.train.settings import Limit, Measure, Settings
from rnndsl.train.trainer import Finished, Job, Trainer

__all__ = [
    "Checkpoint",
    "CheckpointError",
    "Diverged",
    "Finished",
    "Interrupted",
    "Job",
    "Limit",
    "Measure",
    "Moment",
    "Reporter",
    "RunFolder",
    "Score",
    "Settings",
    "Silent",
    "TermScore",
    "Trainer",
    "read",
    "read_about",
    "score",
]
