"""What the journal holds: a header, then one record for each submission that was graded."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, TypeVar

STATUSES = ("graded", "unreadable", "failed")
ABSENT, UNCLEAR = "nothing handed in", "unclear"  # of people on the roster, who have no record in the journal
_COMMON = (
    ("lab", "lab"),
    ("lab_digest", "version of the lab"),
    ("seed", "seed"),
    ("attempts", "choice of --attempts"),
)
_Line = TypeVar("_Line", "Header", "Record")


@dataclass(frozen=True)
class Record:
    """The outcome of one submission.

    Attributes:
        student: id recognised from the names of file and folder, unique within the run.
        file: how the submission was called, relative to the path that was given, with `/`.
        digest: SHA-256 of its bytes; empty where it could not be read.
        seed: of its random inputs, from the class's seed and the student's id.
        status: "graded", "unreadable" (0 points; `message` says why) or "failed" (the teacher must look).
        message: one sentence, or nothing.
        sheet: `Sheet.to_dict()`, where there is one.
        fingerprints: of its code, for similarity hints.
        weights: SHA-256 of the weights of a model that came back, by exercise.
        platform: ids that were found in the names: "moodle", "canvas", "login".
        seconds: how long graders were at work on it, those that were stopped over it included.
        attempts: `attempts.Attempt.plain()` of each file that the student handed in; one of them counts.
        name: the student's name before it was made unique.
    """

    student: str
    file: str
    digest: str
    seed: int
    status: str
    message: str
    sheet: dict[str, Any] | None
    fingerprints: list[int]
    weights: dict[str, str]
    platform: dict[str, str]
    seconds: float
    attempts: list[dict[str, Any]] = field(default_factory=list)
    name: str = ""

    @property
    def points(self) -> float:
        """Points earned; 0 where there is no sheet."""
        return self.sheet["points"] if self.sheet else 0

    def without_time(self) -> dict[str, Any]:
        """Everything but the seconds: equal for two gradings of the same submission."""
        return asdict(self) | {"seconds": 0.0}


@dataclass(frozen=True)
class Header:
    """What every record of a journal has in common.

    Attributes:
        lab: the lab's name.
        lab_digest: SHA-256 over its checks, solution and mutants.
        seed: of the class.
        ccv: the version that graded.
        exercises: points by exercise, in the order of the checks.
        protections: `asdict` of each protection, as the graders found them.
        shard: "2/5" where only a part of the class was graded.
        attempts: by which rule one of a student's files counts; see `attempts.settle`.
    """

    lab: str
    lab_digest: str
    seed: int
    ccv: str
    exercises: dict[str, float]
    protections: list[dict[str, Any]]
    shard: str | None
    attempts: str = "latest"

    def differs_from(self, other: Header) -> str:
        """What makes records under two headers no class of one: one word, or nothing."""
        for name, word in _COMMON:
            if getattr(self, name) != getattr(other, name):
                return word
        return "" if list(self.exercises.items()) == list(other.exercises.items()) else "choice of exercises"


def to_line(value: Header | Record) -> str:
    """One line of JSON; every control character is escaped, so that a name cannot forge a line."""
    return json.dumps(asdict(value), ensure_ascii=True, allow_nan=False, separators=(",", ":")) + "\n"


def from_line(kind: type[_Line], line: str) -> _Line:
    """Read one line back. Raises ValueError where it is no such line."""
    try:
        data = json.loads(line)
    except RecursionError:
        raise ValueError("nested too deep") from None
    names = {f.name for f in fields(kind)}
    if not isinstance(data, dict) or set(data) != names:
        raise ValueError(f"no {kind.__name__.lower()}")
    return kind(**data)


def submission_seed(seed: int, student: str) -> int:
    """The seed of one submission: 31 bits of a hash of the class's seed and the student's id.

    >>> submission_seed(0, "alice") == submission_seed(0, "alice") != submission_seed(0, "bob")
    True
    """
    digest = hashlib.sha256(f"{seed}:{student}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:4], "big") & 0x7FFFFFFF
