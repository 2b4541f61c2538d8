"""Measures the bands of a lab's training exercises: `python -m ccv.grading.band labs/NN_topic` (see `band`)."""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ccv.grading.band import FILE, Measurement, compact, limits, measuring, pace

FEWEST_SEEDS = 10


def measure(directory: Path, seed: int) -> list[Measurement]:
    """Train the lab's own solution with one seed, through the checks.

    Raises:
        LookupError: no check of this lab uses the fixture `band`.
        ValueError: the solution does not reach `band.check(...)`.
    """
    from ccv.grading.check import grade

    with measuring() as measured:
        sheet = grade(directory, directory / f"{directory.name}.py", seed=seed)
        if sheet.points < sheet.max_points:
            raise ValueError(f"the solution of {directory.name} fails its own checks with seed {seed}:\n{sheet}")
        return list(measured)


def bands(runs: dict[int, list[Measurement]]) -> dict[str, dict[str, Any]]:
    """Return what `bands.json` holds, from the measurements of each seed."""
    found: dict[str, dict[str, Any]] = {}
    for exercise in dict.fromkeys(m.exercise for run in runs.values() for m in run):
        taken = [(seed, m) for seed, run in runs.items() for m in run if m.exercise == exercise]
        low, high = limits([m.value for _, m in taken])
        found[exercise] = {
            "metric": taken[0][1].metric,
            "seeds": [seed for seed, _ in taken],
            "values": [round(m.value, 4) for _, m in taken],
            "steps": taken[0][1].steps,
            **_work([m.seconds for _, m in taken if m.seconds is not None]),
            "low": low,
            "high": high,
        }
    return found


def _work(seconds: list[float]) -> dict[str, float]:
    """The processor time of the reference, and this machine's pace, where the system says it."""
    return {"seconds": round(statistics.fmean(seconds), 2), "pace": round(pace(), 4)} if seconds else {}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the bands of a lab and write them beside it."""
    parser = argparse.ArgumentParser("python -m ccv.grading.band", description="Measure the pass bands of a lab again.")
    parser.add_argument("lab", type=Path, help="folder of the lab, such as labs/03_lenet")
    parser.add_argument("--seeds", type=int, default=12, help=f"how many runs, at least {FEWEST_SEEDS} (12)")
    parser.add_argument("--dry-run", action="store_true", help="print the bands, write nothing")
    given = parser.parse_args(arguments)
    directory = given.lab.resolve()
    if given.seeds < FEWEST_SEEDS:
        parser.error(f"a band needs at least {FEWEST_SEEDS} seeds")
    if not (directory / f"{directory.name}.py").is_file():
        parser.error(f"{given.lab} is no lab: it has no {directory.name}.py")
    from rich.console import Console
    from rich.progress import track

    seeds = track(range(1, given.seeds + 1), f"training {directory.name}", console=Console(stderr=True))
    runs = {seed: measure(directory, seed) for seed in seeds}
    text = compact(bands(runs))
    print(text, end="")
    if not given.dry_run:
        (directory / FILE).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
