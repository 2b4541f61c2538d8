"""What needs a teacher's eyes, and why."""

from __future__ import annotations

from collections.abc import Iterable

from ccv.grading.batch.record import ABSENT, UNCLEAR
from ccv.grading.report._text import one_line
from ccv.grading.report.results import Result

_STOPPED = {"crashed": "the process ended", "timeout": "stopped at the time limit"}
_IMPORTED = {"moodle", "canvas", "blackboard"}
_UNGRADED = {"failed": "the grader gave up", "unreadable": "the file cannot be read", UNCLEAR: "no points yet"}


def to_look_at(results: Iterable[Result]) -> list[tuple[Result, str]]:
    """Results with a reason: first what could not be graded, then whose it is, which file counts, stops, odd code."""
    found: list[list[tuple[Result, str]]] = [[] for _ in _REASONS]
    for result in results:
        for kind, reason in zip(found, _REASONS, strict=True):
            if why := reason(result):
                kind.append((result, why))
    return [pair for kind in found for pair in kind]


def absent(results: Iterable[Result]) -> list[Result]:
    """Who is on the roster and handed in nothing."""
    return [r for r in results if r.record.status == ABSENT]


def ungraded(result: Result) -> str:
    """Why there is no sheet."""
    record = result.record
    if record.status in {"graded", ABSENT}:
        return ""
    why = one_line(record.message)
    return f"{_UNGRADED.get(record.status) or one_line(record.status)}{': ' if why else ''}{why}"


def whose(result: Result) -> str:
    """What is not certain about who handed it in."""
    record = result.record
    shared = f"another submission has the name {record.name} too" if record.name not in ("", record.student) else ""
    return "; ".join(filter(None, (shared if result.handed_in else "", result.remark if result.doubtful else "")))


def choice(result: Result) -> str:
    """Which of several files counts, and what became of the others, where that is not plain."""
    if not any(a["look"] for a in result.record.attempts):
        return ""
    return "; ".join(filter(None, (counted_file(result), *left_out(result, only_to_look_at=True))))


def counted_file(result: Result) -> str:
    """The file that counts, and by which rule."""
    chosen = next((a for a in result.record.attempts if a["counts"]), None)
    if chosen is None or not chosen["why"]:
        return ""
    return f"{own_name(result, chosen['file'])} counts: {chosen['why']}"


def left_out(result: Result, *, only_to_look_at: bool = False) -> list[str]:
    """The files that do not count, each with the reason."""
    return [
        f"{own_name(result, a['file'])} {one_line(a['why'])}"
        for a in result.record.attempts
        if not a["counts"] and (a["look"] or not only_to_look_at) and len(result.record.attempts) > 1
    ]


def own_name(result: Result, file: str) -> str:
    """A file's name without the folders that all of a student's files share."""
    folders = [a["file"].split("/")[:-1] for a in result.record.attempts]
    shared = 0
    while all(len(f) > shared and f[shared] == folders[0][shared] for f in folders):
        shared += 1
    return one_line("/".join(file.split("/")[shared:]))


def stopped(result: Result) -> str:
    """The exercises at which a student's code ended or was stopped."""
    names = {s: [e.name for e in result.exercises if e.status == s] for s in _STOPPED}
    return "; ".join(f"{_STOPPED[s]}: {', '.join(n)}" for s, n in names.items() if n)


def odd(result: Result) -> str:
    """What the grader noticed in the code."""
    return "; ".join(map(one_line, (result.record.sheet or {}).get("eyes", [])))


_REASONS = (ungraded, whose, choice, stopped, odd)


def shared_ids(results: Iterable[Result]) -> list[str]:
    """Platform ids that two submissions claim: an import would take the last."""
    owners: dict[tuple[str, str], list[str]] = {}
    for result in results:
        for platform, value in sorted(ids(result).items()):
            if platform not in _IMPORTED:
                continue
            owners.setdefault((platform, value), []).append(result.name)
    return [f"{p} id {one_line(v)}: {', '.join(names)}" for (p, v), names in owners.items() if len(names) > 1]


def ids(result: Result) -> dict[str, str]:
    """The ids under which platforms know the student: those in the names, else the roster's."""
    person = result.person
    known = (
        {"moodle": person.moodle, "canvas": person.canvas, "login": person.login, "sis": person.sis} if person else {}
    )
    return {kind: value for kind, value in known.items() if value} | result.record.platform
