"""The files of one student, and which of them may be graded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from ccv.grading.batch import order
from ccv.grading.batch.archives import Found
from ccv.grading.batch.attempts import SCRIPT, TEXT
from ccv.grading.batch.kinds import kind_of, plain_name
from ccv.grading.batch.names import Identity, clean
from ccv.grading.batch.platforms import time_in
from ccv.grading.batch.reading import Location, read
from ccv.grading.reading.submission import UnreadableSubmission
from ccv.names import natural_key

MAX_CANDIDATES = 50
_NAMES_SHOWN = 6


@dataclass(frozen=True)
class Candidate:
    """A file of a student that may be graded; `file` is how it is shown.

    `kind` is one of `attempts`; `rank` is its place in time among the student's files, and `when` says why, in words;
    `late` is the platform's mark; `problem` is why it cannot be read, where that is known already.
    """

    file: str
    location: Location
    kind: int = 0
    rank: int = 0
    when: str = ""
    late: bool = False
    problem: str = ""

    @property
    def name(self) -> str:
        """The file's own name, without what a browser put behind it."""
        return plain_name(self.file.rpartition("/")[2])


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Attributes:
        student: id, unique within the class.
        name: the id before it was made unique; the seed depends on it.
        platform: ids of Moodle, Canvas and others.
        candidates: files that may be graded, the likeliest first; none where there is nothing to read.
        problem: why there is nothing to read.
        file: how the submission is shown where there is nothing to read.
    """

    student: str
    name: str
    platform: dict[str, str]
    candidates: tuple[Candidate, ...]
    problem: str = ""
    file: str = ""

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """What tells it from every other submission of the class."""
        return self.student, tuple(c.file for c in self.candidates) or (self.file,)


@dataclass
class Pile:
    """All files of one student, each with how it is shown."""

    identity: Identity
    files: list[tuple[Identity, Found, str]] = field(default_factory=list)


def submission(pile: Pile, lab: str) -> Submission:
    """What a student handed in, from all of the student's files."""
    identity = pile.identity
    readable = [entry for entry in pile.files if not entry[1].problem and kind_of(entry[0].title) is not None]
    assigned = [e for e in readable if lab.lower() in _folders(e[1])] or readable  # alice/01_xo/, alice/03_lenet/
    if assigned:
        candidates = (*_candidates(assigned, lab, _timestamps(pile)), *_broken(pile))
        return Submission(identity.student, identity.student, identity.platform, candidates)
    broken = [entry for entry in pile.files if entry[1].problem]
    _, first, label = (broken or pile.files)[0]
    problem = f"{clean(first.parts[-1])}: {first.problem}".removeprefix(": ") if broken else _nothing_to_read(pile)
    return Submission(identity.student, identity.student, identity.platform, (), problem, label)


def _candidates(
    files: Sequence[tuple[Identity, Found, str]], lab: str, timestamps: dict[tuple, str]
) -> tuple[Candidate, ...]:
    stamps = [order.stamp(i, f.times, timestamps.get(_place(f), "")) for i, f, _ in files]
    places = zip(files, order.standings(stamps), strict=True)
    # Of equally likely ones the last by its name comes first: it is the likelier to be final.
    by_name = sorted(places, key=lambda pair: natural_key(pair[0][2]), reverse=True)
    likeliest = sorted(by_name, key=lambda pair: _likeliness(pair[0][0], pair[0][1], lab))
    return tuple(
        Candidate(label, found.location, kind_of(identity.title) or 0, at.rank, at.when, bool(identity.late))
        for (identity, found, label), at in likeliest[:MAX_CANDIDATES]
    )


def _broken(pile: Pile) -> list[Candidate]:
    """What cannot be read beside what can, so that it is told; a folder with nothing in it is no loss."""
    files = [(found, label) for _, found, label in pile.files if found.problem and found.parts[-1]]
    return [Candidate(label, found.location, problem=found.problem) for found, label in files[:MAX_CANDIDATES]]


def _timestamps(pile: Pile) -> dict[tuple, str]:
    """What nbgrader's timestamp.txt says of the files beside it, by where they lie."""
    said = {}
    for _, found, _ in pile.files:
        if found.parts[-1] != "timestamp.txt" or found.problem:
            continue
        try:
            text = read(found.location)[:200].decode("utf-8", "replace")
        except UnreadableSubmission:
            continue
        said[_place(found)] = time_in(text)
    return said


def _place(found: Found) -> tuple:
    """The folder in which a file lies, on disk or in a zip."""
    path, members = found.location.path, found.location.members
    return (path, members[:-1], found.parts[:-1]) if members else (str(Path(path).parent),)


def _nothing_to_read(pile: Pile) -> str:
    names = [clean(found.parts[-1]) for _, found, _ in pile.files]
    one = len(names) == 1
    return (
        f"{listed(names)} {'is no' if one else 'are no'} notebook{'' if one else 's'} (.ipynb) or "
        f"script{'' if one else 's'} (.py), and there is no other file"
    )


def listed(names: Sequence[str]) -> str:
    """Names in one line; of many the first."""
    more = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _folders(found: Found) -> set[str]:
    return {part.lower() for part in found.parts[:-1]}


def _likeliness(identity: Identity, found: Found, lab: str) -> tuple[Any, ...]:
    """Sort key: notebooks first, then the lab's name, then the outer one."""
    kind = kind_of(identity.title) or 0
    title = PurePosixPath(plain_name(identity.title))
    return (
        kind in {SCRIPT, TEXT},
        title.stem.lower() != lab.lower(),
        lab.lower() not in title.stem.lower(),
        len(found.parts),
        tuple(-number for number in found.location.members),  # of two with one name, the later counts
    )
