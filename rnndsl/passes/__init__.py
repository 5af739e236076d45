"""Passes over the recurrence graph: pure functions, in a literal order, before and after differentiation."""

from rnndsl.passes.pipeline import AFTER as AFTER
from rnndsl.passes.pipeline import BEFORE as BEFORE
from rnndsl.passes.pipeline import Pass as Pass
from rnndsl.passes.pipeline import run as run
