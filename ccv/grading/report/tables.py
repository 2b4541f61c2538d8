"""Scores as tables for other programs: CSV, JSON, and what Moodle and Canvas import."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from ccv.grading.batch.record import ABSENT, UNCLEAR, Header
from ccv.grading.batch.roster import Person
from ccv.grading.report._text import cell, one_line, plain
from ccv.grading.report.looking import counted_file, ids, left_out
from ccv.grading.report.results import Result, tidy
from ccv.grading.report.similarity import Pair

_BOM = "\ufeff"  # Excel takes a file for UTF-8 by it; pandas and csv's "utf-8-sig" pass over it


def scores_csv(header: Header, results: Sequence[Result], *, roster: bool = False) -> str:
    """A row per submission, and with a roster one for everybody on it.

    Points are empty where the grader gave up: that is no zero. Who handed in nothing has 0 points, and says so.
    """
    names = list(header.exercises)
    who = ["id", "name", "email", "section", "handed_in"] if roster else []
    tail = ["total", "max", "status", "seed", "file", "message", "late", "files", "counts", "left_out"]
    rows: list[list[Any]] = [["student", *who, *names, *tail, *(["roster"] if roster else [])]]
    for result in results:
        record, graded = result.record, result.points is not None
        points = {e.name: e.points for e in result.exercises}
        each = [points.get(n, 0) if graded else None for n in names]
        seed = record.seed if result.handed_in else None
        end = [result.points, result.max_points, record.status, seed, record.file, record.message, *_files(result)]
        on_it = _on_roster(result) if roster else []
        rows.append([record.student, *on_it, *each, *end, *([result.remark] if roster else [])])
    return _BOM + _csv(rows)


def _files(result: Result) -> list[Any]:
    """Lateness, how many files there are, the one that counts and why, and the others."""
    attempts = result.record.attempts
    late = "yes" if any(a["late"] and a["counts"] for a in attempts) else ""
    return [late, len(attempts), counted_file(result), "; ".join(left_out(result))]


def _on_roster(result: Result) -> list[str]:
    person = result.person or Person("")
    handed_in = {ABSENT: "no", UNCLEAR: "unclear"}.get(result.record.status, "yes")
    return [person.id, person.name, person.email, person.section, handed_in]


def scores_json(header: Header, results: Iterable[Result]) -> str:
    """Everything that the scores rest on, without times: the same submissions and seed give the same bytes."""
    data = plain({"header": asdict(header), "submissions": [_submission(r) for r in results]})
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _submission(result: Result) -> dict[str, Any]:
    record = result.record
    said: dict[str, Any] = {
        "student": record.student,
        "file": record.file,
        "digest": record.digest,
        "seed": record.seed,
        "status": record.status,
        "message": record.message,
        "points": result.points,
        "max_points": result.max_points,
        # The path under which a sheet was made may be a temporary one; `file` says whose it is.
        "sheet": {k: v for k, v in record.sheet.items() if k != "submission"} if record.sheet else None,
        "weights": dict(sorted(record.weights.items())),
        "platform": dict(sorted(record.platform.items())),
        "attempts": record.attempts,
    }
    if result.person or result.remark:
        said |= {"person": asdict(result.person) if result.person else None, "roster": result.remark}
    return said


def moodle_csv(results: Iterable[Result]) -> str | None:
    """Moodle's offline grading worksheet, or None where neither a file's name nor the roster held a Moodle id.

    Moodle's importer (mod/assign/feedback/offline/importgradeslib.php) wants the columns Identifier, Grade and
    "Last modified (grade)" by their English names, and takes the number after "Participant "; a comment is HTML.
    Without a date, Moodle asks to "allow updating records" where a grade is there already.
    """
    rows: list[list[Any]] = [
        ["Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)", "Feedback comments"]
    ]
    for result in results:
        number = ids(result).get("moodle")
        # Where the grader gave up there is no row, so that nobody's grade is overwritten.
        if not number or result.points is None:
            continue
        name = f"Participant {number}"
        rows.append([name, result.person_name or result.name, result.points, result.max_points, "", _comment(result)])
    return _csv(rows) if len(rows) > 1 else None


def _comment(result: Result) -> str:
    if not result.exercises:
        return html.escape(one_line(result.record.message) or result.record.status)
    lines = [f"{result.points:g} of {result.max_points:g} points"]
    for e in result.exercises:
        said = e.diagnoses[0] if e.diagnoses else e.message.split("\n")[0]
        lines.append(f"{e.name}: {e.points:g} / {e.max_points:g}" + (f" ({one_line(said)})" if said else ""))
    return "<br>".join(html.escape(line, quote=False) for line in lines)


def canvas_csv(header: Header, results: Iterable[Result]) -> str | None:
    """Canvas's gradebook import, or None where neither a file's name nor the roster held a Canvas id.

    Canvas's importer (lib/gradebook_importer.rb) wants the columns Student, ID, optionally both SIS ids, and Section,
    then one per assignment, found by its title; the row "Points Possible" holds the points to be had.
    """
    maximum = tidy(sum(header.exercises.values()))
    rows: list[list[Any]] = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", header.lab]]
    rows.append(["    Points Possible", "", "", "", "", maximum])
    for result in results:
        known, person = ids(result), result.person
        if not (known.get("canvas") or known.get("sis")) or result.points is None:
            continue
        numbers = [known.get(kind, "") for kind in ("canvas", "sis", "login")]
        section = person.section if person else ""
        rows.append([result.person_name or result.name, *numbers, section, result.points])
    return _csv(rows) if len(rows) > 2 else None


def similarity_csv(pairs: Iterable[Pair]) -> str:
    """Pairs for the teacher's eyes, most alike first."""
    rows: list[list[Any]] = [["first", "second", "containment", "jaccard", "shared", "reasons"]]
    rows += [[p.first, p.second, p.containment, p.jaccard, p.shared, "; ".join(p.reasons)] for p in pairs]
    return _BOM + _csv(rows)


def _csv(rows: list[list[Any]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows([cell(value) for value in row] for row in rows)
    return file.getvalue()
