"""What individuals are judged by: one module for each task, and their names."""

from collections.abc import Callable, Mapping
from typing import Final

from rnndsl.evolve.tasks.held_out import HeldOut
from rnndsl.evolve.verdict import Task

#: The tasks by the names that a trial's process is given; their fields are JSON.
TASKS: Final[Mapping[str, Callable[..., Task]]] = {"held_out": HeldOut}

__all__ = ["TASKS", "HeldOut"]
