"""Names that platforms give to submissions: whose a file is, and what the name says of when it was handed in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

SUMMARY = "blackboard.txt"  # what we call the text beside the files of an attempt in Blackboard

_MOODLE = re.compile(r"(?P<name>.+?)_(?P<moodle>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<title>.*))?", re.DOTALL)
_CANVAS = re.compile(
    r"(?P<name>[^_]+)_(?P<late>LATE_)?(?P<canvas>\d+)_(?:(?P<serial>\d+)_(?P<title>.+)|(?P<typed>(?:text|link)\.html))",
    re.DOTALL | re.IGNORECASE,
)
_CANVAS_ANONYMOUS = re.compile(
    r"(?P<late>LATE_)?(?P<name>anon_(?P<anonymous>[A-Za-z0-9]{5}))_"
    r"(?:(?P<serial>\d+)_(?P<title>.+)|(?P<typed>(?:text|link)\.html))",
    re.DOTALL,
)
_BLACKBOARD = re.compile(
    r"(?P<blackboard>(?:.*_)?(?P<name>[^_]+))_attempt_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<title>.+)|\.txt)", re.DOTALL
)
_NBGRADER = re.compile(  # the exchange's inbound folder
    r"(?P<nbgrader>(?P<name>[^+]+))\+[^+]+\+(?P<time>\d{4}-\d\d-\d\d[ T_]\d\d[:._-]\d\d[:._-]\d\d[^+]*)(?:\+.*)?",
    re.DOTALL,
)
_IDS = ("moodle", "canvas", "anonymous", "blackboard", "nbgrader")
DATE = (
    r"(?<!\d)(?P<year>20\d\d)[-_.]?(?P<month>[01]\d)[-_.]?(?P<day>[0-3]\d)"
    r"(?:(?:[T_ -]|\s+at\s+)(?P<hour>[0-2]\d)[-:._h]?(?P<minute>[0-5]\d)(?:[-:._m]?(?P<second>[0-5]\d))?)?(?!\d)"
)
_DATE = re.compile(DATE)


@dataclass(frozen=True)
class Handed:
    """What a platform's name says.

    Attributes:
        written: the student, as the platform writes the name.
        title: what the student called the file; of a folder nothing.
        platform: the student's ids there.
        time: when it was handed in, as "2026-11-03 10:22:11", where the name says so.
        late: whether it is marked as late; None where such names hold no mark.
        serial: the number of the upload, which grows with time.
    """

    written: str
    title: str
    platform: dict[str, str] = field(default_factory=dict)
    time: str = ""
    late: bool | None = None
    serial: int | None = None


def of_folder(name: str) -> Handed | None:
    """What the name of a folder says: Moodle's, or that of nbgrader's exchange."""
    return _handed(_MOODLE.fullmatch(name) or _NBGRADER.fullmatch(name), "")


def of_file(name: str, lab: str) -> Handed | None:
    """What the name of a file, or of a zip without its suffix, says: Moodle's, Canvas's or Blackboard's."""
    patterns = (_MOODLE, _BLACKBOARD, _CANVAS_ANONYMOUS, _CANVAS)
    return _handed(next(filter(None, (p.fullmatch(name) for p in patterns)), None), lab)


def time_in(text: str) -> str:
    """The first date in a text, with its time of day, in a form that sorts; nothing where there is none.

    >>> time_in("attempt_2026-11-03-10-22-11"), time_in("2026-11-03 10:22:11.5 UTC"), time_in("xo_20261103")
    ('2026-11-03 10:22:11', '2026-11-03 10:22:11', '2026-11-03')
    """
    match = _DATE.search(text[:1000])
    if not match:
        return ""
    date, clock = match.group("year", "month", "day"), match.group("hour", "minute", "second")
    return f"{'-'.join(date)} {':'.join(filter(None, clock))}".strip()


def _handed(match: re.Match[str] | None, lab: str) -> Handed | None:
    if match is None:
        return None
    said = match.groupdict()
    written, title = said["name"], said.get("title") or said.get("typed") or ""
    if match.re is _BLACKBOARD:
        title = title or SUMMARY
        # A user's name may hold underscores, and so may the assignment's, which is before it.
        whole = said["blackboard"]
        written = whole[len(lab) + 1 :] if whole.lower().startswith(f"{lab.lower()}_") else written
    late = bool(said["late"]) if "late" in said else None
    serial = int(said["serial"]) if said.get("serial") else None
    ids = {name: said[name] for name in _IDS if said.get(name)}
    return Handed(written, title, ids, time_in(said.get("time") or ""), late, serial)
