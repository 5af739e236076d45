"""Threads that compute the parts of a batch at the same time, each with a BLAS of one thread.

NumPy lets go of Python's lock while it computes, so the parts run side by side; between two operations they take turns.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from contextvars import copy_context
from functools import cache, partial
from threading import BrokenBarrierError, Lock
from typing import Any, Final

from threadpoolctl import ThreadpoolController

from rnndsl.runtime.binding import Bound
from rnndsl.runtime.parts import Board, Part, count_examples, cut, put_together, taken

Job = Callable[[], Any]


class OneThread:
    """Holds BLAS to one thread while any call asks for it: how many it takes is a setting of the whole process."""

    def __init__(self) -> None:
        """Nobody asks for it yet."""
        self._lock, self._calls, self._limit = Lock(), 0, ExitStack()

    def __enter__(self) -> None:
        """Set it, if nobody did."""
        with self._lock:
            if not self._calls:
                self._limit.enter_context(_blas().limit(limits=1))
            self._calls += 1

    def __exit__(self, *_: object) -> None:
        """Take it back, if nobody needs it any more."""
        with self._lock:
            self._calls -= 1
            if not self._calls:
                self._limit.close()


ONE_THREAD: Final = OneThread()


@cache
def _blas() -> Any:
    """Return what sets the threads of the BLAS libraries that are loaded: NumPy's, and SciPy's if that is there."""
    return ThreadpoolController().select(user_api="blas")


class Team:
    """Threads for the parts of one call at a time; the caller's own computes the first."""

    def __init__(self, parts: int) -> None:
        """Threads start with the first call."""
        self.process = os.getpid()  # a fork takes no threads along
        self._others = ThreadPoolExecutor(parts - 1, thread_name_prefix="rnndsl")

    def run(self, jobs: Sequence[Job], board: Board) -> list[Any]:
        """Return the results of jobs that meet at a board; what went wrong in one of them is raised."""
        guarded = [_guarded(job, board) for job in jobs]
        around = [copy_context() for _ in jobs[1:]]  # with the caller's `np.errstate`
        futures: list[Future[Any]] = [
            self._others.submit(context.run, job) for context, job in zip(around, guarded[1:], strict=True)
        ]
        own: Future[Any] = Future()
        with ONE_THREAD:
            try:
                own.set_result(guarded[0]())
            except Exception as error:  # noqa: BLE001 - raised below, when all have stopped
                own.set_exception(error)
            finally:
                wait(futures)
        failed = [found for future in (own, *futures) if (found := future.exception()) is not None]
        if failed:  # those that only stopped waiting come last
            raise min(failed, key=lambda found: isinstance(found, BrokenBarrierError))
        return [future.result() for future in (own, *futures)]


class Teams:
    """As many teams as there are calls at the same time."""

    def __init__(self, size: int) -> None:
        """Start without any; a batch is computed in `size` parts, or in as many as it has examples."""
        self.size = size
        self._idle: list[Team] = []

    def call(
        self, function: Callable[..., Any], bound: Bound, options: Mapping[str, Any], common: Sequence[str]
    ) -> Any:
        """Call a generated function for every part of a batch, and put the results together."""
        spans = cut(bound, min(self.size, count_examples(bound)))
        board = Board(len(spans))

        def job(number: int, begin: int, end: int) -> Any:
            own, given = taken(bound, begin, end), dict(options)
            if "structure" in given:
                given["structure"] = own.structure
            if "carry" in given:
                given["carry"] = {name: array[begin:end] for name, array in given["carry"].items()}
            return function(own.params, own.data, lengths=own.lengths, part=Part(board, number, begin), **given)

        team = self._team()
        results = team.run([partial(job, number, *span) for number, span in enumerate(spans)], board)
        self._idle.append(team)
        return put_together(results, bound.params, common)

    def _team(self) -> Team:
        try:
            team = self._idle.pop()
        except IndexError:
            return Team(self.size)
        return team if team.process == os.getpid() else Team(self.size)


def _guarded(job: Job, board: Board) -> Job:
    """Let nobody wait for a part that failed."""

    def guarded() -> Any:
        try:
            return job()
        except BaseException:
            board.barrier.abort()
            raise

    return guarded
