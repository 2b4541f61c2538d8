"""Training exercises: a fixed budget of steps, and a band that the reference reached over many seeds.

The student's function trains in its worker on data that the check sends; the trusted side evaluates on held-out
images that never entered the worker, and `band.check(...)` compares the figure with `labs/NN_topic/bands.json`::

    @pytest.mark.exercise("train", points=2, timeout=60)
    def test_train(answer, band, rng):
        trained = answer.drive(train_on, network, images, labels, STEPS)
        band.check(accuracy(trained), metric="held-out accuracy", steps=STEPS, weights=trained)

`python -m ccv.grading.band labs/NN_topic` measures the band again: the reference goes through the same checks, once
for each seed. The rule: `low` is the mean less four standard deviations, and never above the worst of the runs;
`high` is the mean plus four, and flags nothing.
"""

from __future__ import annotations

import functools
import hashlib
import json
import math
import re
import runpy
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

FILE = "bands.json"
DEVIATIONS = 4
MOST_WORK = 3  # times the reference's processor time, from which a teacher is told
_SHORTEST_WORK = 1.0  # seconds; to load the definitions takes time too
_LONGEST_CURVE = 200


class OutsideBand(AssertionError):
    """The training did not reach what the reference reaches; `picture` is the student's own curve."""

    def __init__(self, message: str, picture: dict[str, Any]):
        super().__init__(message)
        self.picture = picture


@dataclass(frozen=True)
class Band:
    """What the reference reached at an exercise over many seeds."""

    exercise: str
    metric: str = ""
    seeds: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    steps: int = 0
    low: float = -math.inf
    high: float = math.inf
    seconds: float = math.inf
    pace: float = 1.0
    mistakes: dict[str, str] = field(default_factory=dict, repr=False)
    _weights: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, directory: Path, exercise: str, weights: dict[str, str] | None = None) -> Band:
        """Read the band of an exercise of a lab; `weights` receives the sha256 of weights that it checks.

        Raises:
            LookupError: the lab has measured no band for this exercise.
        """
        from ccv.grading.mutants import load_mutants

        mistakes = {name: m.says for name, m in load_mutants(directory / "mutants.py").items()}
        known = _read(directory)
        if exercise not in known and not is_measuring():
            raise LookupError(f"{directory.name} has no band for {exercise!r}: python -m ccv.grading.band {directory}")
        return cls(exercise, **known.get(exercise, {}), mistakes=mistakes, _weights={} if weights is None else weights)

    def check(
        self,
        value: float,
        *,
        metric: str,
        steps: int,
        curve: Sequence[float] = (),
        weights: Sequence[Any] = (),
        hint: str = "",
    ) -> None:
        """Assert that `value` (more is better) is not below the band.

        Args:
            value: what the trusted side measured on held-out data.
            metric: how the message calls it, "held-out accuracy"; as it is in `bands.json`.
            steps: the budget of training steps; as it is in `bands.json`.
            curve: the same figure after each epoch, for the picture.
            weights: arrays of the trained model; their sha256 goes to the score sheet.
            hint: the mistake, where the check knows it.

        Raises:
            OutsideBand: the value is too low, or no number.
            RuntimeError: the band was measured with another metric or budget.
        """
        if weights:
            self._weights[self.exercise] = fingerprint(weights)
        if is_measuring():
            _measured.append(Measurement(self.exercise, metric, steps, float(value)))
            return
        if (metric, steps) != (self.metric, self.steps):
            raise RuntimeError(
                f"the band of {self.exercise!r} is for {self.steps} steps and {self.metric!r}: measure it"
            )
        if value >= self.low:
            return
        said = f"{metric} is {value:.3f} after {steps} steps of training, below the pass line of {self.low:.3f}"
        raise OutsideBand(f"{said}\n→ {hint}" if hint else said, self.picture(curve or [value]))

    def judge_work(self, seconds: float | None) -> str:
        """Return what a teacher should know of the processor time of an answer; while measuring, remember it."""
        if seconds is None:
            return ""
        if is_measuring():
            _measured[-1:] = [replace(m, seconds=seconds) for m in _measured[-1:] if m.exercise == self.exercise]
            return ""
        usual = max(_SHORTEST_WORK, self.seconds * pace() / self.pace)
        if seconds <= MOST_WORK * usual:
            return ""
        return f"`{self.exercise}` worked for {seconds:.0f} s, where the reference takes about {usual:.0f} s here"

    def picture(self, curve: Sequence[float]) -> dict[str, Any]:
        """The student's own curve and the pass line."""
        values = [round(float(v), 4) if math.isfinite(v) else 0.0 for v in curve[:_LONGEST_CURVE]]
        line = round(self.low, 4) if math.isfinite(self.low) else None
        note = f"{self.metric} after each epoch; the line is what passes"
        return {"kind": "curve", "values": values, "line": line, "note": note}


@functools.cache
def pace() -> float:
    """The processor seconds of a fixed piece of work in Python and NumPy, which says how fast this machine is."""
    return max(min(_piece_of_work() for _ in range(3)), 1e-3)


def _piece_of_work() -> float:
    import numpy as np

    began = time.thread_time()  # of this thread alone, and nothing here starts another
    for _ in range(20):
        np.sort(np.sin(np.arange(20_000.0)))
        sum(n * n for n in range(10_000))
    return time.thread_time() - began


def fingerprint(weights: Sequence[Any]) -> str:
    """The sha256 of arrays: their types, shapes and bytes."""
    import numpy as np

    digest = hashlib.sha256()
    for array in map(np.ascontiguousarray, weights):
        digest.update(f"{array.dtype.str}{array.shape}".encode() + array.tobytes())
    return digest.hexdigest()


def limits(values: Sequence[float]) -> tuple[float, float]:
    """Return `low` and `high` of a band.

    >>> limits([0.90, 0.92, 0.94])
    (0.84, 1.0)
    """
    mean, deviation = statistics.fmean(values), statistics.stdev(values)
    low = min(mean - DEVIATIONS * deviation, *values)
    high = max(mean + DEVIATIONS * deviation, *values)
    return math.floor(low * 1000 + 1e-6) / 1000, math.ceil(high * 1000 - 1e-6) / 1000


def compact(found: dict[str, dict[str, Any]]) -> str:
    """Return bands as JSON with each list on one line."""
    return re.sub(r"\[\s+([^\]]*?)\s+\]", lambda m: f"[{' '.join(m[1].split())}]", json.dumps(found, indent=2)) + "\n"


def _read(directory: Path) -> dict[str, dict[str, Any]]:
    path = directory / FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


# -------------------------------------------------------------------------------------------------------- measuring


@dataclass(frozen=True)
class Measurement:
    """What the reference reached in one run."""

    exercise: str
    metric: str
    steps: int
    value: float
    seconds: float | None = None


_measured: list[Measurement] = []
_is_measuring = False


def is_measuring() -> bool:
    """Whether checks record what they see instead of judging it."""
    return _is_measuring


@contextmanager
def measuring() -> Iterator[list[Measurement]]:
    """Let the checks with a band, and only those, record."""
    global _is_measuring
    _measured.clear()
    _is_measuring = True
    try:
        yield _measured
    finally:
        _is_measuring = False


if __name__ == "__main__":
    runpy.run_module("ccv.grading.measure", run_name="__main__")
