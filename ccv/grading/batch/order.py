"""Which of a student's files is the later one: by the platform's names first, by clocks last."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from ccv.grading.batch.marks import numbered, time_of
from ccv.grading.batch.names import Identity

_CLOCK_SECONDS = 2.0  # as exact as a zip's times are; files that were copied together lie closer


@dataclass(frozen=True)
class Stamp:
    """What is known of when a file was handed in; each part may say nothing."""

    time: str
    late: bool | None
    base: tuple[str, ...]
    numbers: tuple[tuple[int, int], ...]
    serial: int | None
    clock: tuple[float | None, ...]


@dataclass(frozen=True)
class Standing:
    """A file's place in time among a student's files, from 0 for the oldest, and why, in words."""

    rank: int
    when: str


def stamp(identity: Identity, times: tuple[float | None, ...], timestamp: str = "") -> Stamp:
    """Put together what names and clocks say of a file; `timestamp` is what nbgrader wrote beside it."""
    *folders, file = identity.own
    path = PurePosixPath(file)
    marks = [numbered(name) for name in (*folders, path.stem)]
    time = identity.time or timestamp or time_of((*folders, path.stem))
    base = (*(name.lower() for name, _ in marks), path.suffix.lower())
    return Stamp(time, identity.late, base, tuple(n for _, n in marks), identity.serial, times)


def standings(stamps: Sequence[Stamp]) -> list[Standing]:
    """Order files in time. What only some of them say orders none of them; equal ranks are a tie.

    Most trusted are the times and the marks of lateness that platforms put into names, then numbers of attempts (of
    files that are called the same but for them), numbers of uploads, the times of zips' entries, and of files.
    """
    told = [rule for rule in _RULES if rule.applies(stamps)]
    keys = [tuple(rule.key(s, stamps) for rule in told) for s in stamps]
    ranks = {key: rank for rank, key in enumerate(sorted(set(keys)))}
    deciding = next((rule for rule in told if len({rule.key(s, stamps) for s in stamps}) > 1), None)
    return [Standing(ranks[k], deciding.words(s) if deciding else "") for k, s in zip(keys, stamps, strict=True)]


@dataclass(frozen=True)
class _Rule:
    applies: Callable[[Sequence[Stamp]], bool]
    key: Callable[[Stamp, Sequence[Stamp]], Any]
    words: Callable[[Stamp], str]


def _all(value: Callable[[Stamp], Hashable]) -> Callable[[Sequence[Stamp]], bool]:
    return lambda stamps: all(value(s) not in ("", None) for s in stamps)


def _clocks(one: Stamp, stamps: Sequence[Stamp]) -> tuple[int, ...]:
    """Times from the outermost zip inwards, each as its place among the others'."""
    return tuple(_place(seconds, depth, stamps) for depth, seconds in enumerate(one.clock))


def _place(seconds: float | None, depth: int, stamps: Sequence[Stamp]) -> int:
    """How many steps of more than `_CLOCK_SECONDS` lead to a time from the earliest one."""
    if seconds is None:
        return -1
    others = sorted(s.clock[depth] or 0.0 for s in stamps if len(s.clock) > depth)
    gaps = [later for earlier, later in pairwise(others) if later - earlier > _CLOCK_SECONDS]
    return sum(seconds >= gap for gap in gaps)


def _saved(one: Stamp) -> str:
    seconds = next((t for t in reversed(one.clock) if t is not None), 0.0)
    return f"saved {datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%d %H:%M:%S}"


def _attempt(one: Stamp) -> str:
    number = next((max(pair) for pair in one.numbers if any(pair)), 0)
    return f"number {number} by its name" if number else "without a number in its name"


_RULES = (
    _Rule(_all(lambda s: s.time), lambda s, _: s.time, lambda s: f"handed in {s.time} by its name"),
    _Rule(_all(lambda s: s.late), lambda s, _: s.late, lambda s: "marked as late" if s.late else "handed in on time"),
    _Rule(lambda stamps: len({s.base for s in stamps}) == 1, lambda s, _: s.numbers, _attempt),
    _Rule(_all(lambda s: s.serial), lambda s, _: s.serial, lambda s: f"upload {s.serial}"),
    _Rule(lambda stamps: all(s.clock and s.clock[0] is not None for s in stamps), _clocks, _saved),
)
