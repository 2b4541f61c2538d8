"""An open lab: what a notebook asks of the course while somebody works in it."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ccv.course.catalog import Lab, find_lab, lab_of_exercise
from ccv.course.hints import STEPS, Hint, read_hints, said
from ccv.course.so_far import so_far
from ccv.grading.sheet import ExerciseScore, Sheet
from ccv.names import check_name

_opened: OpenLab | None = None
_hints_taken: dict[tuple[str, str], int] = {}  # by lab and exercise; nobody's affair but the student's
_scores: dict[str, dict[str, ExerciseScore]] = {}  # by lab: the last score of each exercise that was checked


@dataclass(frozen=True)
class OpenLab:
    """The lab that a notebook opened with `ccv.lab(...)`.

    Attributes:
        name: `NN_topic`.
        scale: `"quick"` (two CPU cores, under two minutes) or `"full"`, from `$CCV_SCALE`.
        seed: seed of everything random, from `$CCV_SEED` (0).
    """

    name: str
    scale: str
    seed: int

    @property
    def quick(self) -> bool:
        """Whether the lab runs at its small scale."""
        return self.scale == "quick"

    def check(self, *exercises: str) -> Sheet:
        """Check exercises of this lab on the live answers; all of them where none is named."""
        return _check(find_lab(self.name), exercises, sys._getframe(1).f_globals)

    def record(self, **metrics: float | int | str) -> None:
        """Keep figures of this run; under `ccv run` they end in `metrics.json`."""
        folder = os.environ.get("CCV_OUT")
        if not folder:
            return
        path = Path(folder) / "metrics.json"
        kept = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        path.write_text(json.dumps(kept | metrics, indent=2) + "\n", encoding="utf-8")


def lab(name: str) -> OpenLab:
    """Open a lab: later `ccv.check(...)` calls mean its exercises, and TensorFlow's start-up chatter is off.

    Raises:
        ValueError: there is no such lab, or `$CCV_SCALE` or `$CCV_SEED` is not what it should be.
    """
    global _opened
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    scale, seed = os.environ.get("CCV_SCALE", "quick"), os.environ.get("CCV_SEED", "0")
    if scale not in {"quick", "full"}:
        raise ValueError(f"CCV_SCALE={scale!r} is not known: set it to quick or full")
    if not seed.isdigit():
        raise ValueError(f"CCV_SEED={seed!r} is no whole number: set it to 0, 1, 2 ...")
    _opened = OpenLab(find_lab(name).name, scale, int(seed))
    return _opened


def check(*exercises: str) -> Sheet:
    """Check exercises by name on the answers of this notebook and return the score table.

    Raises:
        ValueError: no exercise has that name; the message names the nearest.
    """
    if _opened is None and not exercises:
        raise ValueError("say which exercise to check, or open a lab first: ccv.lab('03_lenet')")
    return _check(_chosen(exercises[0] if exercises else ""), exercises, sys._getframe(1).f_globals)


def hint(exercise: str = "", *, step: int | None = None) -> Hint:
    """Return the next hint for an exercise: three steps, and after them the idea of the solution.

    Which hints were taken is remembered in this session only, and is no part of any score.

    Args:
        exercise: its name.
        step: see this one (again): 1 to 3, or 4 for the idea.

    Raises:
        ValueError: no exercise has that name (the message names the nearest), or there is no such step.
    """
    if not isinstance(exercise, str) or not exercise:
        raise ValueError('say for which exercise you want a hint, by its name in quotes: ccv.hint("iou")')
    chosen = _chosen(exercise)
    check_name(f"exercise of {chosen.name}", exercise, chosen.exercises)
    hints = read_hints(chosen).get(exercise)
    if hints is None:
        raise ValueError(f"there are no hints for {exercise}: ask whoever gave you this lab")
    if step not in {None, *range(1, STEPS + 2)}:
        raise ValueError(f"step={step!r} must be 1 to {STEPS}, or {STEPS + 1} for the idea")
    taken = _hints_taken.get((chosen.name, exercise), 0)
    number = taken + 1 if step is None else step
    _hints_taken[chosen.name, exercise] = max(taken, number)
    return said(hints, number)


def _chosen(exercise: str) -> Lab:
    return find_lab(_opened.name) if _opened else lab_of_exercise(exercise)


def _check(chosen: Lab, exercises: tuple[str, ...], namespace: dict[str, Any]) -> Sheet:
    from ccv.grading import check_live

    for exercise in exercises:
        check_name(f"exercise of {chosen.name}", exercise, chosen.exercises)
    sheet = check_live(chosen.directory, namespace, list(exercises) or None)
    scores = _scores.setdefault(chosen.name, {})
    scores |= {score.name: score for score in sheet.exercises}
    sheet.progress = so_far(chosen, scores, namespace)
    return sheet
