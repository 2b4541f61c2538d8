"""What a grader process does with one submission: choose its notebook, check it, and say before each step what is next.

So whoever watches it knows at which exercise it died, and how long its silence may last.
"""

from __future__ import annotations

import hashlib
import re
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ccv.grading.batch.archives import Location, read
from ccv.grading.batch.record import Record
from ccv.grading.submission import UnreadableSubmission, cells_of

READING, SIMILARITY = "reading", "similarity"
_READING_SECONDS = 60.0
_MOST_WEIGHTS = 512 * 2**20
_MEMORY_BYTES = 6 * 2**30  # of this process beyond what it has before a check: a bomb is an error, not the end


class Grader:
    """Judges submissions to one lab; `say` tells the parent.

    Args:
        settings: `lab` (folder), `exercises` (points by name), `timeout` and `memory_bytes` (None: as the checks say),
            `hidden` (paths that students' code must not read).
        say: sends one message to the parent.
    """

    def __init__(self, settings: dict[str, Any], say: Callable[[dict], None]):
        self._lab = Path(settings["lab"])
        self._exercises: dict[str, float] = settings.get("exercises") or {}
        self._timeout, self._memory_bytes = settings.get("timeout"), settings.get("memory_bytes")
        self._say = say
        hide_from_students([*settings.get("hidden", []), settings["lab"]])
        notebook = self._lab / f"{self._lab.name}.ipynb"
        self._handed_out = handed_out_cells(notebook)

    def describe(self) -> dict[str, Any]:
        """What only a process that loads the checks can say: exercises, and the protections of this machine."""
        from ccv.grading.check import exercises_of

        return {"exercises": exercises_of(self._lab), **isolation()}

    def grade(self, task: dict[str, Any]) -> dict[str, Any]:
        """Judge one submission and return its record as plain data."""
        began = time.monotonic()
        file, digest, message, cells = task["candidates"][0][0], "", "", None
        try:
            if READING in task["avoid"]:
                raise UnreadableSubmission("our reader stopped at it: the file is damaged, or made to stop a reader")
            self._say({"stage": READING, "seconds": _READING_SECONDS})
            file, digest, cells = self._choose(task["candidates"])
        except UnreadableSubmission as error:
            message = str(error)
        record = Record(
            task["student"], file, digest, task["seed"], "unreadable", message, None, [], {}, task["platform"], 0.0
        )
        details = {} if cells is None else self._judged(task, file, cells)
        return asdict(record) | details | {"seconds": round(time.monotonic() - began, 3)}

    def _choose(self, candidates: list) -> tuple[str, str, list[str]]:
        """The candidate that binds most exercises, as far as its lines show; the first where there is a tie."""
        names = "|".join(map(re.escape, self._exercises))
        binds = re.compile(rf"^(?:async +def +|def +|class +)?({names})\b", re.MULTILINE)
        problem: UnreadableSubmission | None = None
        best: tuple[int, str, str, list[str]] | None = None
        for file, path, members in candidates:
            try:
                data = read(Location(path, tuple(members)))
                cells = cells_of(file.rpartition("/")[2], data)
            except UnreadableSubmission as error:
                problem = problem or _about(file, error)
                continue
            bound = len(set(binds.findall("\n".join(cells))))
            if best is None or bound > best[0]:
                best = (bound, file, hashlib.sha256(data).hexdigest(), cells)
        if best is None:
            raise problem or UnreadableSubmission("there is nothing to read")
        return best[1:]

    def _judged(self, task: dict, file: str, cells: list[str]) -> dict[str, Any]:
        from ccv.grading.sandbox import NotStarted

        fingerprints = [] if SIMILARITY in task["avoid"] else self._fingerprints(cells)
        watched = Watched(lambda: self._submission(cells, task["seed"]))
        try:
            sheet, blamed = self._sheet(task, file, watched)
        except NotStarted as error:
            return {"status": "failed", "message": str(error)}
        finally:
            watched.close()
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

    def _submission(self, cells: list[str], seed: int) -> Any:
        from ccv.grading.check import notebook_submission

        return notebook_submission(cells, seed=seed, memory_bytes=self._memory_bytes, timeout=self._timeout)

    def _sheet(self, task: dict, file: str, watched: Watched) -> tuple[dict, list[str]]:
        """The sheet as plain data, and the exercises at which a grader stopped."""
        from ccv.grading.sandbox import NotStarted

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

        return run_checks(self._lab, watched, file, exercises, seed, watch).to_dict()

    def _put_together(self, known: dict[str, dict], file: str, seed: int) -> dict[str, Any]:
        exercises = [known[name] for name in self._exercises]
        points, most = (_tidy(sum(e[key] for e in exercises)) for key in ("points", "max_points"))
        head = {"lab": self._lab.name, "points": points, "max_points": most}
        return head | {"exercises": exercises, "submission": file, "seed": seed}

    def _fingerprints(self, cells: list[str]) -> list[int]:
        from ccv.grading.similarity import fingerprint

        self._say({"stage": SIMILARITY, "seconds": _READING_SECONDS})
        try:
            return list(fingerprint(cells, self._handed_out))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return []  # a hint for the teacher, worth no student's points


class Watched:
    """The answers of a submission, with the weights of trained models remembered by their digest."""

    def __init__(self, make: Callable[[], Any]):
        self._make = make
        self._submission: Any = None
        self._last: tuple[str, Any] = ("", None)
        self.weights: dict[str, str] = {}

    def open(self, name: str, timeout: float) -> Any:
        """Open an answer; see `answers.Submission`."""
        self._remember()
        self._submission = self._submission or self._make()
        value = self._submission.open(name, timeout)
        self._last = (name, value)
        return value

    def close(self) -> None:
        """End what still runs."""
        self._remember()
        if self._submission is not None:
            self._submission.close()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        self._submission = self._submission or self._make()
        return getattr(self._submission, name)

    def _remember(self) -> None:
        (name, value), self._last = self._last, ("", None)
        for result in (value, *(call.result for call in getattr(value, "calls", []))):
            arrays = weights_of(result)
            if 0 < sum(a.nbytes for a in arrays) <= _MOST_WEIGHTS:
                self.weights[name] = hashlib.sha256(b"".join(a.tobytes() for a in arrays)).hexdigest()


def weights_of(result: Any) -> list[Any]:
    """The arrays that a driver reports under "weights": a trained model's. A model as it was built says nothing."""
    arrays = result.get("weights") if type(result) is dict else None
    if type(arrays) is not list or not all(hasattr(a, "nbytes") and hasattr(a, "tobytes") for a in arrays):
        return []
    return arrays


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


def hide_from_students(paths: list[str]) -> None:
    """Hide the teacher's files, but no folder that Python itself lies in."""
    from ccv.grading.isolation import hide

    needed = [Path(p).resolve() for p in (sys.executable, sys.prefix, sys.base_prefix, __file__)]
    hide(*(p for p in paths if not any(n.is_relative_to(p) for n in needed)))


def handed_out_cells(notebook: Path) -> list[str]:
    """The code cells of the notebook that students were given; none where there is no such file."""
    try:
        return cells_of(notebook.name, notebook.read_bytes())
    except (OSError, UnreadableSubmission):
        return []


def _about(file: str, error: UnreadableSubmission) -> UnreadableSubmission:
    name = file.rpartition("/")[2]
    return error if str(error).startswith(name) else UnreadableSubmission(f"{name}: {error}")


def _tidy(points: float) -> float:
    points = round(points, 6)
    return int(points) if points == int(points) else points
