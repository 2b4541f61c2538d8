"""A notebook or script that was handed in: its answers live in worker processes, and are read in several ways."""

from __future__ import annotations

import functools
import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from ccv.grading import failures
from ccv.grading.answers import DEFAULT_TIMEOUT, RemoteAnswer
from ccv.grading.border import sandbox
from ccv.grading.border.ordered import OrderedSession
from ccv.grading.clock import Clock
from ccv.grading.isolation import Layers
from ccv.grading.reading.submission import Cells
from ccv.grading.ways import Way

SETUP_SECONDS = 60.0  # of what an exercise needs to have run before it is asked
_SLOW_SETUP = 5.0
# What may give a name a value that no statement shows.
_BINDS_UNSEEN = re.compile(
    r"(?:globals|locals|vars|setattr|exec|eval|\.ex|\.push|\.run_cell)\(|__dict__|__main__|user_ns|^\s*(?:global\s|%run\s)",
    re.MULTILINE,
)


class NotebookSubmission:
    """Answers of a notebook or script, each loaded into a worker process of its own.

    Args:
        cells: the source of each code cell.
        seed: of the random numbers in the student's processes.
        memory_bytes: the memory that a process may have beyond the libraries'.
        timeout: the longest that any check may wait for an answer, in seconds; the checks' own limits count too.
        setup_seconds: the longest that the statements may take which an exercise needs before it is asked.
        layers: the protections (see `ccv.grading.isolation.choose`); as a default the strongest that work here.
        clock: the time for all exercises together; as a default 5 minutes.
    """

    def __init__(
        self,
        cells: list[str],
        *,
        seed: int = 0,
        memory_bytes: int = sandbox.MEMORY_BYTES,
        timeout: float | None = None,
        setup_seconds: float = SETUP_SECONDS,
        layers: Layers | None = None,
        clock: Clock | None = None,
    ):
        cells = cells if isinstance(cells, Cells) else Cells(cells)
        self._kinds = [*("code" for _ in cells), *(kind for kind, _ in cells.others)]
        self._cells = [*cells, *(source for _, source in cells.others)]
        self._counts = dict(enumerate(cells.counts, start=1))
        self._start_worker = functools.partial(
            sandbox.start_worker, seed=seed, memory_bytes=memory_bytes, layers=layers, clock=clock or Clock()
        )
        self._timeout, self._setup_seconds = timeout, setup_seconds
        self._reader: sandbox.Worker | None = None
        self._open: list[sandbox.Worker] = []
        self._plans: dict[str, dict[str, Any]] = {}
        self._ordered: OrderedSession | None = None
        self._stops: dict[str, list[int]] = {}
        self._slow = ""  # the exercise whose process is kept for its next check, since its set-up takes long

    def open(
        self,
        name: str,
        timeout: float = DEFAULT_TIMEOUT,
        may_not_call: Sequence[str] = (),
        *,
        way: Way = Way.NAMES,
        helped: Mapping[str, Callable] | None = None,
    ) -> Any:
        """Load one exercise; see `Submission.open`.

        Raises:
            failures.Unanswered: the name is missing, blank, raises while it loads, takes too long or calls what it may
                not.
            sandbox.NotStarted: no process could be started for it, which is not the student's fault.
        """
        timeout = timeout if self._timeout is None else min(timeout, self._timeout)
        if way is Way.NAMES and name == self._slow and not self._open[-1].closed:
            answer = RemoteAnswer(name, self._open[-1], timeout, may_not_call)
            return _taken(answer, answer.take())
        self._end_open()
        if way in (Way.ORDER, Way.LATER):
            return self._in_order(name, timeout, may_not_call, way)
        plan = self._plan(name, timeout)
        keras = plan.get("heavy") is True
        answer = RemoteAnswer(name, self._start(keras), timeout, may_not_call, helped)
        began = time.monotonic()
        reply = answer.load(plan, self._setup_seconds)
        if time.monotonic() - began > _SLOW_SETUP and way is Way.NAMES:
            self._slow = name
        elif not keras:
            answer.with_keras = lambda: self._again_with_keras(answer, plan)
        return _taken(answer, reply)

    def may_differ(self, name: str, statuses: Collection[str]) -> bool:
        """Whether an exercise that failed for these reasons may earn more where the cells are run in order."""
        statuses = set(statuses)
        if statuses & {"timeout", "crashed", "forbidden"}:
            return False
        if name in self._plans and statuses - {"blank"}:  # missing: `if old: name = ...`
            return True
        return any(_BINDS_UNSEEN.search(cell) for cell in self._cells)

    def run_in_order(self, names: Collection[str]) -> None:
        """Prepare to read these exercises by a run of the cells in order."""
        self._end_ordered()
        script = self._ask_reader("script", "the notebook", self._setup_seconds, names=list(names))
        start = functools.partial(self._start_worker, keras=script.get("heavy") is True)
        script["counts"] = self._counts
        self._stops = script["stops"]
        self._ordered = OrderedSession(start, script, self._setup_seconds)

    def has_later(self, name: str) -> bool:
        """Whether there are cells below the exercise's own that may belong to it."""
        return len(self._stops.get(name, ())) > 1

    def uses(self, name: str) -> set[str]:
        """The names of the notebook that an answer uses."""
        return set(self._plans.get(name, {}).get("uses", ()))

    def slip(self, name: str) -> str:
        """What happened to the cell of an exercise: it is no code cell, or two."""
        plan = self._plans.get(name, {})
        kind = self._kinds[plan["cell"] - 1] if plan else "code"
        if kind != "code":
            return f"`{name}` stands in a {kind} cell: make it a code cell"
        return f"the cell of `{name}` was split in two: join them again" if plan.get("split") is True else ""

    def close(self) -> None:
        """End the workers."""
        self._end_open()
        self._end_ordered()
        self._end_reader()

    def _in_order(self, name: str, timeout: float, may_not_call: Sequence[str], way: Way) -> Any:
        stop = self._stops[name][0 if way is Way.ORDER else -1]
        assert self._ordered is not None
        answer = RemoteAnswer(name, self._ordered.advance(name, stop, may_not_call), timeout, may_not_call)
        return _taken(answer, answer.take())

    def _plan(self, name: str, timeout: float) -> dict[str, Any]:
        """What the exercise needs, from a process that reads the cells once and never runs any of their code."""
        plan = self._plans.get(name) or self._ask_reader("plan", name, timeout, name=name)
        self._plans[name] = plan
        return plan

    def _ask_reader(self, operation: str, about: str, timeout: float, **request: Any) -> dict[str, Any]:
        kept = self._reader is not None
        if self._reader is None:
            self._reader = self._start_worker(keras=False)
            stray = [n for n, kind in enumerate(self._kinds, start=1) if kind != "code"]
            request |= {"cells": self._cells, "stray": stray}
        answer = RemoteAnswer(about, self._reader, timeout)
        try:
            value = answer.ask(operation, **request).get("value")
        except (failures.Crashed, failures.TooSlow, failures.NoData):
            self._end_reader()
            if kept:  # it may have been ended with its server, for what another exercise did there
                return self._ask_reader(operation, about, timeout, **request)
            raise
        return value if type(value) is dict else {}

    def _start(self, keras: bool) -> sandbox.Worker:
        process = self._start_worker(keras=keras)
        self._open.append(process)
        return process

    def _again_with_keras(self, answer: RemoteAnswer, plan: dict[str, Any]) -> None:
        """Load an answer anew where Keras is loaded already: in a process of NumPy its import takes seconds."""
        self._end_open()
        answer.process = self._start(keras=True)
        answer.load(plan, self._setup_seconds)

    def _end_open(self) -> None:
        self._slow = ""
        while self._open:
            self._open.pop().close()

    def _end_ordered(self) -> None:
        if self._ordered is not None:
            self._ordered.close()
            self._ordered = None

    def _end_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None


def _taken(answer: RemoteAnswer, reply: dict[str, Any]) -> Any:
    """The value that came at once, or the answer that can be asked."""
    return reply["value"] if reply["kind"] == "data" else answer
