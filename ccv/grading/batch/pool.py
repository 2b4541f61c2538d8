"""Grader processes at work on a class, and the watch over them: who dies or falls silent is replaced."""

from __future__ import annotations

import contextlib
import queue
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ccv.grading.batch.grader import READING, SIMILARITY, blamed_exercise
from ccv.grading.batch.process import NEVER, GraderProcess, Settings
from ccv.grading.batch.record import Record
from ccv.grading.batch.submissions import Submission
from ccv.grading.sheet import CheckResult

_MOST_DEATHS = 3  # outside of any exercise


@dataclass(frozen=True)
class Work:
    """A submission with its seed, and which of its files is graded: that of the rule, or only that of one number."""

    submission: Submission
    seed: int
    rule: str = "latest"
    only: int | None = None


@dataclass
class _Attempt:
    """A submission on its way, with what is known of it from graders that died over it."""

    work: Work
    careful: bool = False
    known: dict[str, dict] = field(default_factory=dict)
    blamed: list[str] = field(default_factory=list)
    avoid: list[str] = field(default_factory=list)
    stage: str = ""
    deaths: int = 0
    spent: float = 0.0  # seconds of graders at work on it
    began: float = 0.0

    def used(self) -> float:
        """The seconds that it has taken so far."""
        return self.spent + (time.monotonic() - self.began if self.began else 0.0)

    def task(self) -> dict[str, Any]:
        one, work = self.work.submission, self.work
        candidates = [asdict(c) | {"name": c.name} for c in one.candidates]
        who: dict[str, Any] = {"student": one.student, "name": one.name, "platform": one.platform}
        who |= {"seed": work.seed, "candidates": candidates, "rule": work.rule, "only": work.only}
        who |= {"used": self.used()}
        return who | {"careful": self.careful, "known": self.known, "blamed": self.blamed, "avoid": self.avoid}

    def record(self, status: str, message: str) -> Record:
        """A record without a sheet."""
        one = self.work.submission
        file, seconds = one.key[1][self.work.only or 0], round(self.spent, 3)
        common: dict[str, Any] = {"platform": one.platform, "seconds": seconds, "name": one.name, "sheet": None}
        nothing: dict[str, Any] = {"digest": "", "fingerprints": [], "weights": {}}
        return Record(one.student, file, seed=self.work.seed, status=status, message=message, **common, **nothing)

    def begin(self) -> None:
        """A grader takes it."""
        self.began = time.monotonic()

    def end(self) -> None:
        """A grader lets go of it, alive or not."""
        self.spent, self.began = self.used(), 0.0

    def learn(self, message: dict[str, Any]) -> None:
        """Keep the score of an exercise that was finished before another one stops the grader."""
        self.known[message["exercise"]] = message["score"]
        if message["blamed"]:
            self.blamed.append(message["exercise"])

    def blame(self, status: str, exercises: dict[str, float]) -> bool:
        """Draw the lesson of a grader's death; False where there is none left to draw."""
        if self.stage.startswith((READING, SIMILARITY)):
            self.avoid.append(self.stage)
        elif self.stage in exercises and self.careful:
            self.known[self.stage] = blamed_exercise(self.stage, exercises[self.stage], status)
            self.blamed.append(self.stage)
        elif self.stage in exercises:
            self.careful = True
        else:
            self.deaths += 1
        self.stage = ""
        return self.deaths < _MOST_DEATHS


class Pool:
    """Up to `jobs` graders; use it as a context, which ends them all, at once where an error leaves it."""

    def __init__(self, settings: Settings, scratch: Path, jobs: int):
        self.settings = settings
        self.checks: dict[str, CheckResult] = {}
        self._scratch, self._jobs = scratch, max(1, jobs)
        self._events: queue.Queue = queue.Queue()
        self._graders: list[GraderProcess] = []
        self._started = 0

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        for grader in self._graders:
            grader.hang_up() if kind is None else grader.kill()
        while self._graders:
            self._graders.pop().finish()

    def describe(self) -> dict[str, Any]:
        """Ask a grader for the lab's exercises and the machine's protections.

        Raises:
            RuntimeError: the checks do not load, or no grader starts.
        """
        grader = self._start()
        grader.ask(self.settings, "describe")
        event = self._next()
        if event is None or event[1] is None:
            words = grader.last_words() or "it ended without a word"
            raise RuntimeError(f"the grading process does not start: {words}")
        if "problem" in event[1]:
            raise RuntimeError(event[1]["problem"])
        grader.rest()
        return event[1]["description"]

    def grade(self, works: Iterable[Work]) -> Iterator[Record]:
        """Grade submissions; a record comes when it is finished, in any order.

        Raises:
            RuntimeError: no process for an answer starts any more, which is no student's fault.
        """
        waiting = deque(_Attempt(work) for work in works)
        while waiting or any(g.attempt for g in self._graders):
            if waiting and not waiting[0].work.submission.candidates:
                attempt = waiting.popleft()
                yield attempt.record("unreadable", attempt.work.submission.problem)
                continue
            self._hand_out(waiting)
            record = self._step(waiting)
            if record is not None:
                yield record

    def _hand_out(self, waiting: deque[_Attempt]) -> None:
        idle = [g for g in self._graders if g.attempt is None]
        while waiting and waiting[0].work.submission.candidates and (idle or len(self._graders) < self._jobs):
            grader = idle.pop() if idle else self._start()
            attempt = grader.attempt = waiting.popleft()
            attempt.begin()
            grader.ask(self.settings, "grade", task=attempt.task())

    def _step(self, waiting: deque[_Attempt]) -> Record | None:
        event = self._next()
        if event is None:
            return self._lost(min(self._graders, key=lambda g: g.deadline), "timeout", waiting)
        grader, message = event
        if grader not in self._graders:
            return None  # the last words of one that was replaced
        if message is None:
            return self._lost(grader, "crashed", waiting)
        if "halt" in message:
            raise RuntimeError(message["halt"])
        if grader.attempt is None:
            return None
        if "stage" in message:
            grader.attempt.stage = message["stage"]
            grader.allow(message["seconds"], self.settings.limit - grader.attempt.used())
        if "checks" in message:
            self.checks |= {name: CheckResult(**result) for name, result in message["checks"].items()}
        if "exercise" in message:
            grader.attempt.learn(message)
        if "record" not in message:
            return None
        attempt = grader.attempt
        attempt.end()
        grader.rest()
        return replace(Record(**message["record"]), seconds=round(attempt.spent, 3))

    def _lost(self, grader: GraderProcess, status: str, waiting: deque[_Attempt]) -> Record | None:
        """A grader died or is silent: the submission is tried again, with more care."""
        attempt = grader.attempt
        self._graders.remove(grader)
        grader.kill()
        if attempt is None:
            return None
        attempt.end()
        if attempt.blame(status, self.settings.exercises):
            waiting.appendleft(attempt)
            return None
        return attempt.record("failed", "our grader stopped at this submission again and again: look at it by hand")

    def _next(self) -> tuple[GraderProcess, dict | None] | None:
        """The next message of a grader (None: it died), or None where one has been silent for too long."""
        while True:
            left = min((g.deadline for g in self._graders), default=NEVER) - time.monotonic()
            if left <= 0 and self._events.empty():
                return None
            with contextlib.suppress(queue.Empty):
                return self._events.get(timeout=max(0.0, min(left, 1.0)))  # short, so that Ctrl-C is heard anywhere

    def _start(self) -> GraderProcess:
        self._started += 1
        grader = GraderProcess(self._scratch / str(self._started), self._events)
        self._graders.append(grader)
        return grader
