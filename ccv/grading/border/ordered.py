"""The trusted side of a run of a notebook's cells in order: one process, led on from exercise to exercise."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from ccv.grading import failures
from ccv.grading.border import sandbox, wire
from ccv.grading.border.conversation import START_SECONDS

STATEMENT_SECONDS = 20.0
_SLACK = 5.0  # beyond what a cell may take: its process is to pass over the statement itself
_MOST_PROCESSES = 5


class OrderedSession:
    """A process in which the cells of a notebook have been run up to some cell.

    A cell in which the process dies, or falls silent, is left out of the processes that follow.

    Args:
        start: starts a worker.
        script: all statements of the notebook, as `Student.script` gives them.
        seconds: the time that the cells up to an exercise may take.
    """

    def __init__(self, start: Callable[[], sandbox.Worker], script: dict[str, Any], seconds: float):
        self._start, self._script, self._seconds = start, script, seconds
        self._cells = sorted({step[0] for step in script["steps"]})
        self._process: sandbox.Worker | None = None
        self._position = 0
        self._fatal: dict[int, failures.Unanswered] = {}
        self._processes = 0

    def advance(self, name: str, cell: int, may_not_call: Sequence[str]) -> sandbox.Worker:
        """Run the cells up to and including `cell`, and return the process.

        Raises:
            failures.Unanswered: the process ends in that cell, or in too many others.
        """
        deadline = time.monotonic() + self._seconds
        watched = {"watched": name, "may_not_call": list(may_not_call)}
        if self._position > cell:
            self.close()
        while True:
            process = self._alive(name)
            ahead = [c for c in self._cells if self._position < c <= cell and c not in self._fatal]
            if not ahead:
                break
            self._run(process, ahead[0], min(STATEMENT_SECONDS, deadline - time.monotonic()), name, watched)
        if cell in self._fatal:
            raise self._fatal[cell]
        return process

    def close(self) -> None:
        """End the process; the next exercise begins anew."""
        if self._process is not None:
            self._process.close()
        self._process, self._position = None, 0

    def _alive(self, name: str) -> sandbox.Worker:
        if self._process is not None and not self._process.closed:
            return self._process
        self.close()
        self._processes += 1
        if self._processes > _MOST_PROCESSES:
            raise failures.Crashed(name)
        self._process = self._start()
        self._process.ask(START_SECONDS, op="begin", script=self._script)
        return self._process

    def _run(self, process: sandbox.Worker, cell: int, seconds: float, name: str, watched: dict[str, Any]) -> None:
        if seconds <= 0:
            raise failures.TooSlow(name, self._seconds)
        try:
            process.ask(seconds + _SLACK, op="run_cell", cell=cell, seconds=seconds, **watched)
            self._position = cell
            return
        except wire.TimedOut:
            self._fatal[cell] = failures.TooSlow(name, seconds)
        except (sandbox.Gone, wire.WireError):
            self._fatal[cell] = failures.Crashed(name)
        process.close()
