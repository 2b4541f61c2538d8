"""What a grader process does with one submission: choose its notebook, check it, and say before each step what is next.

So whoever watches it knows at which exercise it died, and how long its silence may last.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ccv.grading.batch.choosing import choose
from ccv.grading.batch.record import Record
from ccv.grading.batch.watched import Watched
from ccv.grading.clock import LIMIT_SECONDS, Clock
from ccv.grading.reading.evasions import evasions
from ccv.grading.reading.submission import Cells, handed_out_cells

READING, SIMILARITY = "reading", "similarity"
_READING_SECONDS = 60.0
_MEMORY_BYTES = 6 * 2**30  # of this process beyond what it has before a check: a bomb is an error, not the end


class Grader:
    """Judges submissions to one lab; `say` tells the parent.

    Args:
        settings: `lab` (folder), `exercises` (points by name), `timeout` and `memory_bytes` (None: as the checks say),
            `hidden` (paths that students' code must not read), `limit` (seconds for all exercises together),
            `tells_checks` (whether each check's result is said too).
        say: sends one message to the parent.
    """

    def __init__(self, settings: dict[str, Any], say: Callable[[dict], None]):
        self._lab = Path(settings["lab"])
        self._exercises: dict[str, float] = settings.get("exercises") or {}
        self._tells_checks = settings.get("tells_checks", False)
        self._limit = settings.get("limit", LIMIT_SECONDS)
        self._timeout, self._memory_bytes = settings.get("timeout"), settings.get("memory_bytes")
        self._say = say
        hide_from_students([*settings.get("hidden", []), settings["lab"]])
        notebook = self._lab / f"{self._lab.name}.ipynb"
        self._handed_out = handed_out_cells(notebook)

    def describe(self) -> dict[str, Any]:
        """What only a process that loads the checks can say: exercises, and the protections of this machine.

        Raises:
            NotStarted: no process for an answer starts here, so that nothing can be graded.
        """
        from ccv.grading.check import exercises_of

        described = {"exercises": exercises_of(self._lab), **isolation()}
        try_to_start()
        return described

    def grade(self, task: dict[str, Any]) -> dict[str, Any]:
        """Judge one submission and return its record as plain data.

        Raises:
            NotStarted: no process starts any more, for this submission or any other.
        """
        began = time.monotonic()
        choice = choose(
            task["candidates"], self._exercises, task["rule"], lambda n: self._begins_reading(n, task), task["only"]
        )
        record = Record(
            task["student"],
            choice.file,
            choice.digest,
            task["seed"],
            status="unreadable" if choice.problem else "skipped",
            message=choice.problem,
            sheet=None,
            fingerprints=[],
            weights={},
            platform=task["platform"],
            seconds=0.0,
            attempts=[a.plain() for a in choice.attempts],
            name=task["name"],
        )
        cells = choice.cells
        if cells is not None and choice.typed:
            cells = Cells([*self._handed_out, *cells], cells.others)
        details = {} if cells is None else self._judged(task, choice.file, cells)
        return asdict(record) | details | {"seconds": round(time.monotonic() - began, 3)}

    def _begins_reading(self, number: int, task: dict[str, Any]) -> bool:
        """Say that a file is read next, unless a reader stopped at it before."""
        stage = f"{READING} {number}"
        if stage in task["avoid"]:
            return False
        self._say({"stage": stage, "seconds": _READING_SECONDS})
        return True

    def _judged(self, task: dict, file: str, cells: list[str]) -> dict[str, Any]:
        from ccv.grading.border.sandbox import NotStarted

        fingerprints, eyes = ([], []) if SIMILARITY in task["avoid"] else self._looked_at(cells)
        clock = Clock(self._limit, task.get("used", 0.0))
        watched = Watched(lambda: self._submission(cells, task["seed"], clock))
        try:
            sheet, blamed = self._sheet(task, file, watched)
        except NotStarted as error:
            try_to_start()  # where nothing starts, the class must stop; else it is this submission's doing
            return {"status": "failed", "message": str(error)}
        finally:
            watched.close()
        eyes = [*sheet.pop("eyes", []), *eyes]
        sheet |= {"eyes": eyes} if eyes else {}
        status, message = "graded", ""
        if blamed:
            message = f"our grader stopped at {', '.join(blamed)}: look at this submission"
            status = "failed" if set(blamed) == set(self._exercises) else "graded"
        return {
            "status": status,
            "message": message,
            "sheet": sheet,
            "fingerprints": fingerprints,
            "weights": watched.weights,
        }

    def _submission(self, cells: list[str], seed: int, clock: Clock) -> Any:
        from ccv.grading.check import notebook_submission

        limits = {"memory_bytes": self._memory_bytes, "timeout": self._timeout, "clock": clock}
        return notebook_submission(cells, seed=seed, **limits)

    def _sheet(self, task: dict, file: str, watched: Watched) -> tuple[dict, list[str]]:
        """The sheet as plain data, and the exercises at which a grader stopped."""
        from ccv.grading.border.sandbox import NotStarted

        if not task["careful"]:
            try:
                return self._checked(list(self._exercises), file, task["seed"], watched), []
            except NotStarted:  # the machine's fault, not an exercise's
                raise
            except Exception:  # whatever it was, one exercise must not cost the others
                watched.weights.clear()
        known, blamed = dict(task["known"]), list(task["blamed"])
        for exercise in self._exercises:
            if exercise in known:
                continue
            try:
                known[exercise] = self._checked([exercise], file, task["seed"], watched)["exercises"][0]
            except NotStarted:
                raise
            except Exception:
                known[exercise] = blamed_exercise(exercise, self._exercises[exercise], "crashed")
                blamed.append(exercise)
            self._say({"exercise": exercise, "score": known[exercise], "blamed": exercise in blamed})
        return self._put_together(known, file, task["seed"]), blamed

    def _checked(self, exercises: list[str], file: str, seed: int, watched: Watched) -> dict[str, Any]:
        from ccv.grading.check import run_checks
        from ccv.grading.isolation.limits import limit_own_memory

        def watch(exercise: str, seconds: float) -> None:
            limit_own_memory(_MEMORY_BYTES)
            self._say({"stage": exercise, "seconds": seconds})

        sheet = run_checks(self._lab, watched, file, exercises, seed, watch)
        if self._tells_checks:
            self._say({"checks": {name: asdict(result) for name, result in sheet.checks.items()}})
        return sheet.to_dict()

    def _put_together(self, known: dict[str, dict], file: str, seed: int) -> dict[str, Any]:
        exercises = [known[name] for name in self._exercises]
        points, most = (_tidy(sum(e[key] for e in exercises)) for key in ("points", "max_points"))
        head = {"lab": self._lab.name, "points": points, "max_points": most}
        return head | {"exercises": exercises, "submission": file, "seed": seed}

    def _looked_at(self, cells: list[str]) -> tuple[list[int], list[str]]:
        """Hints for the teacher, worth no student's points: the code's fingerprints, and what may evade a rule."""
        from ccv.grading.report.similarity import fingerprint

        self._say({"stage": SIMILARITY, "seconds": _READING_SECONDS})
        eyes = evasions(cells, self._handed_out)
        try:
            return list(fingerprint(cells, self._handed_out)), eyes
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return [], eyes


def blamed_exercise(name: str, max_points: float, status: str) -> dict[str, Any]:
    """The score of an exercise at which a grader died (`crashed`) or fell silent (`timeout`)."""
    why = {"crashed": "stopped", "timeout": "was still at work at its limit"}[status]
    message = f"our grader {why} while it judged `{name}`, so there are no points for it: ask your teacher to look"
    return {
        "name": name,
        "points": 0,
        "max_points": _tidy(max_points),
        "status": status,
        "message": message,
        "picture": None,
    }


def isolation() -> dict[str, Any]:
    """The protections of this machine as plain data, and what is missing for `--require-isolation`."""
    from ccv.grading.isolation import missing_for_isolation, protections

    return {"protections": [asdict(p) for p in protections()], "missing": missing_for_isolation()}


def try_to_start() -> None:
    """Start a process such as answers live in, from a new server, and end it. Raises NotStarted where none starts."""
    from ccv.grading.border import sandbox

    sandbox.close_servers()
    sandbox.start_worker().close()


def hide_from_students(paths: list[str]) -> None:
    """Hide the teacher's files, but no folder that Python itself lies in."""
    from ccv.grading.isolation import hide

    needed = [Path(p).resolve() for p in (sys.executable, sys.prefix, sys.base_prefix, __file__)]
    hide(*(p for p in paths if not any(n.is_relative_to(p) for n in needed)))


def _tidy(points: float) -> float:
    points = round(points, 6)
    return int(points) if points == int(points) else points
