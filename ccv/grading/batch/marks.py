"""Marks in the names that students and browsers give to files: which attempt it is, and of what day."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ccv.grading.batch.platforms import DATE, time_in

_LONGEST_STEM = 255  # of a file name; names in zips may be longer, and patterns slow on them
_AGAIN = re.compile(r"-(\d{1,3})$")  # Canvas's mark of a resubmission; also the name of group-12
_DOWNLOAD = re.compile(r" ?\((\d{1,3})\)$")
_COPY = re.compile(r"-Copy(?:\d{1,3})$")  # Jupyter's, which may be older or newer than what it was copied from
_ATTEMPT = re.compile(
    r"(?:^|[ _.-]+)(?:attempt|try|version|versuch|resubmission|rev|v)[ _.-]?(\d{1,3})$", re.IGNORECASE
)
_DATED = re.compile(rf"(?:^|[ _.-]+)(?:(?:attempt|version|versuch)[ _.-]?)?{DATE}Z?$", re.IGNORECASE)
_COPY_OF = re.compile(r"^(?:copy of )+", re.IGNORECASE)  # Google Drive's
_OF = re.compile(r"(.+?) - (.+)", re.DOTALL)  # Google Classroom's: Ann Lee - Lab 1.ipynb


@dataclass(frozen=True)
class Beside:
    """What the files beside a file say of its name: `title` is shared by all, `stems` are names without suffix."""

    title: str = ""
    stems: frozenset[str] = field(default_factory=frozenset)


def beside(names: Iterable[str]) -> Beside:
    """Look at the names of files that lie beside each other.

    >>> beside(["Ann Lee - Lab 1.ipynb", "Copy of Bo - Lab 1.ipynb"]).title, beside(["Lee - Ann.ipynb"]).title
    ('Lab 1', '')
    """
    stems = frozenset(PurePosixPath(name).stem for name in names)
    pairs = [m.groups() for s in stems if (m := _OF.fullmatch(person_in(s, Beside(stems=stems))))]
    titles = {title for _, title in pairs}
    shared = len(titles) == 1 and len({student for student, _ in pairs}) > 1
    return Beside(titles.pop() if shared else "", stems)


def person_in(stem: str, others: Beside) -> str:
    """A file's name without the marks of attempts and copies, and without the title that all files share.

    A number behind a hyphen is a mark only where the file without it is there too: group-12 is not group's twelfth.

    >>> person_in("alice-1", Beside(stems=frozenset({"alice"}))), person_in("group-12", Beside())
    ('alice', 'group-12')
    """
    if len(stem) > _LONGEST_STEM:
        return stem
    if _AGAIN.search(stem) and _AGAIN.sub("", stem) in others.stems:
        stem = _AGAIN.sub("", stem)
    for mark in (_DOWNLOAD, _COPY, _ATTEMPT, _DATED):
        stem = mark.sub("", stem) or stem
    stem = _COPY_OF.sub("", stem) or stem
    match = _OF.fullmatch(stem)
    return match[1] if match and others.title and match[2] == others.title else stem


def numbered(name: str) -> tuple[str, tuple[int, int]]:
    """A name without its numbers of attempts, and these: that in words, and that of a resubmission or a download.

    >>> numbered("01_xo-2"), numbered("01_xo_v3 (1)"), numbered("attempt 2"), numbered("01_xo")
    (('01_xo', (0, 2)), ('01_xo', (3, 1)), ('', (2, 0)), ('01_xo', (0, 0)))
    """
    if len(name) > _LONGEST_STEM:
        return name, (0, 0)
    again = _AGAIN.search(name) or _DOWNLOAD.search(name)
    base = name[: again.start()] if again else name
    attempt = _ATTEMPT.search(base)
    base = base[: attempt.start()] if attempt else base
    return base, (int(attempt[1]) if attempt else 0, int(again[1]) if again else 0)


def time_of(names: Iterable[str]) -> str:
    """The last date in the names of folders and a file, outermost first; nothing where they hold none."""
    return next((time for name in reversed([*names]) if (time := time_in(name))), "")
