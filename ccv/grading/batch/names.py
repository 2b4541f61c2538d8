"""Names of students, as Moodle, Canvas, nbgrader and people write them, and names that are safe to show and to save."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

_ESCAPE = re.compile(r"\x1b(?:\[[0-9;:?<=>]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_JOINERS = {"\u200c", "\u200d"}  # parts of letters in several scripts
_MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<title>.*))?", re.DOTALL)
_CANVAS = re.compile(r"(?P<name>[^_]+)_(?:LATE_)?(?P<id>\d+)_(?P<upload>\d+)_(?P<title>.+)", re.DOTALL | re.IGNORECASE)
_AGAIN = re.compile(r"(?:-(\d{1,3})| ?\((\d{1,3})\)|-Copy(\d{1,3}))$")
_RESERVED = {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
_HASHED = re.compile(r"-[0-9a-f]{8}$")
_LONGEST = 80
_LONGEST_STEM = 255  # of a file name; names in zips may be longer, and patterns slow on them


@dataclass(frozen=True)
class Identity:
    """Who handed in a file: the student's name as it was written, what the file was called, ids of a platform.

    `folders` is how many outer folders it took to name the student: 0 where it is the file's own name, -1 where it is
    a folder above all that was given. `skipped` is a reason not to look at the file at all.
    """

    written: str
    title: str
    platform: dict[str, str] = field(default_factory=dict)
    skipped: str = ""
    folders: int = 0

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


def recognise(parts: Sequence[str], lab: str, *, above: Sequence[str] = (), packed: bool = False) -> Identity:
    """Say who handed in the file at `parts` (its folders and its name, below the path that was given).

    The outermost name alone says it: whatever lies inside a student's folder or zip was named by that student.

    Args:
        parts: folders and file name.
        lab: the lab's name; a file or folder called so names no student.
        above: the folders above the path that was given, outermost first.
        packed: whether the outermost part is a zip.
    """
    alone = len(parts) == 1
    for part in above[-2:]:
        if match := _MOODLE.fullmatch(part):
            return _of_platform(match, parts[-1], is_file=False)
    if match := _MOODLE.fullmatch(parts[0]) or (_CANVAS.fullmatch(parts[0]) if alone or packed else None):
        return _of_platform(match, parts[-1], is_file=alone)
    if identity := _of_nbgrader(parts, lab, above, packed):
        return identity
    if alone:
        return _of_file(parts[0], lab, above)
    if parts[0].lower() != lab.lower() or packed:
        return Identity(parts[0], parts[-1], folders=1)
    inner = recognise(parts[1:], lab, above=(*above, parts[0]))
    return replace(inner, folders=inner.folders + 1) if inner.folders >= 0 else inner


def _of_platform(match: re.Match[str], file: str, *, is_file: bool) -> Identity:
    moodle = match.re is _MOODLE
    platform = {"moodle" if moodle else "canvas": match["id"]}
    title = match["title"] if is_file else file
    skipped = "text typed into Moodle" if moodle and match["kind"] != "file" else ""
    return Identity(match["name"], title or "", platform, skipped)


def _of_nbgrader(parts: Sequence[str], lab: str, above: Sequence[str], packed: bool) -> Identity | None:
    """The student in submitted/STUDENT/ASSIGNMENT/NOTEBOOK, wherever the path that was given ends."""
    near = [*above[-3:]] if above and above[-1].lower() == lab.lower() else [*above[-2:]]
    names = [*near, *parts[:-1]]
    seen = near if packed else names[: len(near) + 1]
    student = seen.index("submitted") + 1 if "submitted" in seen else len(names)
    if student >= len(names):
        return None
    folders = student + 1 - len(near)
    return Identity(names[student], parts[-1], folders=folders if folders > 0 else -1)


def _of_file(name: str, lab: str, above: Sequence[str]) -> Identity:
    stem = PurePosixPath(name).stem
    if left := _without_lab(stem, lab):
        return Identity(left, name)
    written = next((folder for folder in reversed(above) if folder.lower() != lab.lower()), stem)
    return Identity(written, name, folders=-1)


def _without_lab(stem: str, lab: str) -> str:
    """What a file's name says beyond the lab's own: `alice_01_xo` is alice's."""
    stem = base_title(stem)[0]
    if len(stem) > _LONGEST_STEM:
        return stem
    for pattern in (f"{re.escape(lab)}[ _.-]+(.+)", f"(.+?)[ _.-]+{re.escape(lab)}"):
        if match := re.fullmatch(pattern, stem, re.IGNORECASE | re.DOTALL):
            return match[1]
    return "" if stem.lower() == lab.lower() else stem


def base_title(stem: str) -> tuple[str, int]:
    """Split off the mark of a resubmission or a copy.

    >>> base_title("01_xo-2"), base_title("01_xo (1)"), base_title("01_xo")
    (('01_xo', 2), ('01_xo', 1), ('01_xo', 0))
    """
    match = _AGAIN.search(stem)
    return (stem[: match.start()], int(next(filter(None, match.groups())))) if match else (stem, 0)


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
