"""Names of students, as Moodle, Canvas, nbgrader and people write them, and names that are safe to show and to save."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from ccv.grading.batch import platforms
from ccv.grading.batch.marks import Beside, person_in
from ccv.grading.batch.platforms import Handed

_ESCAPE = re.compile(r"\x1b(?:\[[0-9;:?<=>]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_JOINERS = {"\u200c", "\u200d"}  # parts of letters in several scripts
_RESERVED = {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
_HASHED = re.compile(r"-[0-9a-f]{8}$")
_LONGEST = 80
_LONGEST_STEM = 255  # patterns are slow on longer ones
_NONE = Beside()


@dataclass(frozen=True)
class Identity:
    """Who handed in a file: the student's name as it was written, the ids of a platform, what the names say of when.

    `own` is what the student named: folders, if any, and the file. `folders` is how many outer folders it took to name
    the student: 0 where it is the file's own name, -1 where it is a folder above all that was given.
    """

    written: str
    own: tuple[str, ...]
    platform: dict[str, str] = field(default_factory=dict)
    folders: int = 0
    time: str = ""
    late: bool | None = None
    serial: int | None = None

    @property
    def title(self) -> str:
        """What the student called the file."""
        return self.own[-1]

    @property
    def student(self) -> str:
        """The name as it may be shown."""
        return clean(self.written) or "unnamed"


def clean(text: str, longest: int = _LONGEST) -> str:
    r"""A name as it may be shown: no control characters, escapes or marks that turn text around, bounded length.

    >>> clean("\x1b[31mMax\x1b[0m \u202eMüller\n"), clean("x" * 100, 5), clean("\udcff")
    ('Max Müller', 'xxxx…', '\ufffd')
    """
    text = _ESCAPE.sub("", text[:4096])
    text = "".join(" " if c in "\t\r\n" else _shown(c) for c in text)
    text = " ".join(unicodedata.normalize("NFC", text).split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _shown(character: str) -> str:
    kind = unicodedata.category(character)
    if kind == "Cs":
        return "\ufffd"
    hidden = kind in {"Cc", "Cf", "Co", "Cn", "Zl", "Zp"} and character not in _JOINERS
    return "" if hidden else character


def recognise(
    parts: Sequence[str], lab: str, *, above: Sequence[str] = (), packed: bool = False, others: Beside = _NONE
) -> Identity:
    """Say who handed in the file at `parts` (its folders and its name, below the path that was given).

    The outermost name alone says it: whatever lies inside a student's folder or zip was named by that student.

    Args:
        parts: folders and file name.
        lab: the lab's name; a file or folder called so names no student.
        above: the folders above the path that was given, outermost first.
        packed: whether the outermost part is a zip.
        others: what the files beside a file that lies in no folder say of its name.
    """
    alone = len(parts) == 1
    for part in above[-2:]:
        if handed := platforms.of_folder(part):
            return _of_platform(handed, tuple(parts))
    by_file = platforms.of_file(parts[0], lab) if alone or packed else None
    if handed := by_file or platforms.of_folder(parts[0]):
        outer = (handed.title,) if handed.title else ()
        return _of_platform(handed, (*outer, *parts[1:]) or tuple(parts))
    if identity := _of_nbgrader(parts, lab, above, packed):
        return identity
    if alone:
        return _of_file(parts[0], lab, above, others)
    if parts[0].lower() != lab.lower() or packed:
        return Identity(parts[0], tuple(parts[1:]), folders=1)
    inner = recognise(parts[1:], lab, above=(*above, parts[0]), others=others)
    return replace(inner, folders=inner.folders + 1) if inner.folders >= 0 else inner


def _of_platform(handed: Handed, own: tuple[str, ...]) -> Identity:
    return Identity(handed.written, own, handed.platform, time=handed.time, late=handed.late, serial=handed.serial)


def _of_nbgrader(parts: Sequence[str], lab: str, above: Sequence[str], packed: bool) -> Identity | None:
    """The student in submitted/STUDENT/ASSIGNMENT/NOTEBOOK, wherever the path that was given ends."""
    near = [*above[-3:]] if above and above[-1].lower() == lab.lower() else [*above[-2:]]
    names = [*near, *parts[:-1]]
    seen = near if packed else names[: len(near) + 1]
    student = seen.index("submitted") + 1 if "submitted" in seen else len(names)
    if student >= len(names):
        return None
    folders = student + 1 - len(near)
    own = tuple(parts[max(folders, 0) :])
    return Identity(names[student], own, folders=folders if folders > 0 else -1)


def _of_file(name: str, lab: str, above: Sequence[str], others: Beside) -> Identity:
    person = person_in(PurePosixPath(name).stem, others)
    if left := _without_lab(person, lab):
        return Identity(left, (name,))
    written = next((folder for folder in reversed(above) if folder.lower() != lab.lower()), person)
    return Identity(written, (name,), folders=-1)


def _without_lab(stem: str, lab: str) -> str:
    """What a file's name says beyond the lab's own: `alice_01_xo` is alice's."""
    if len(stem) > _LONGEST_STEM:
        return stem
    for pattern in (f"{re.escape(lab)}[ _.-]+(.+)", f"(.+?)[ _.-]+{re.escape(lab)}"):
        if match := re.fullmatch(pattern, stem, re.IGNORECASE | re.DOTALL):
            return match[1]
    return "" if stem.lower() == lab.lower() else stem


def unique(name: str, taken: set[str]) -> str:
    """Return the name, or "name (2)", "name (3)" ... where it is taken, and take it.

    >>> taken = {"alice"}
    >>> unique("alice", taken), unique("alice", taken)
    ('alice (2)', 'alice (3)')
    """
    number, chosen = 1, name
    while chosen in taken:
        number += 1
        chosen = f"{name} ({number})"
    taken.add(chosen)
    return chosen


def safe_name(student: str) -> str:
    """A file name for a student: plain characters, never a path, the same every time, different for each student.

    >>> safe_name("alice"), safe_name("../../x")[:2] != "..", safe_name("con") != "con"
    ('alice', True, True)
    """
    plain = unicodedata.normalize("NFKD", student).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", plain).strip("-_")[:60]
    # File systems that ignore case would let Alice and alice share a page.
    ours = plain and plain == student and plain == plain.lower() and not _HASHED.search(plain)
    if ours and plain not in _RESERVED:
        return plain
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{plain or 'student'}-{digest}"
