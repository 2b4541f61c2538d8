"""The progress of an open notebook: what its checks earned so far, and what is left, seen without running anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ccv.course.catalog import Lab
from ccv.grading.progress import Progress
from ccv.grading.sheet import ExerciseScore

_STUB = "your answer"  # what a blank function of the handed-out notebook raises


def so_far(lab: Lab, scores: Mapping[str, ExerciseScore], namespace: Mapping[str, Any]) -> Progress:
    """Return the progress in a lab, from the scores of this session's checks and the notebook's globals."""
    left: dict[str, list[str]] = {"still blank": [], "cell not run yet": [], "not checked yet": []}
    for exercise in lab.exercises:
        if exercise not in namespace:
            left["cell not run yet"].append(exercise)
        elif _is_blank(namespace[exercise]) and not (exercise in scores and scores[exercise].points):
            left["still blank"].append(exercise)
        elif exercise not in scores:
            left["not checked yet"].append(exercise)
    earned = round(sum(score.points for score in scores.values()), 6)
    return Progress(lab.name, earned, round(sum(lab.exercises.values()), 6), {k: v for k, v in left.items() if v})


def _is_blank(value: Any) -> bool:
    """Whether an answer is as it was handed out: `...`, or a function that raises `NotImplementedError`."""
    code = getattr(value, "__code__", None)
    return value is Ellipsis or (_STUB in code.co_consts and "NotImplementedError" in code.co_names if code else False)
