"""Scores as tables for other programs: CSV, JSON, and what Moodle and Canvas import."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from ccv.grading.batch.record import Header
from ccv.grading.report._text import cell, one_line, plain
from ccv.grading.report.results import Result, tidy
from ccv.grading.similarity import Pair

_BOM = "\ufeff"  # Excel takes a file for UTF-8 by it; pandas and csv's "utf-8-sig" pass over it


def scores_csv(header: Header, results: Iterable[Result]) -> str:
    """A row per submission. Points are empty where the grader gave up: that is no zero."""
    names = list(header.exercises)
    rows: list[list[Any]] = [["student", *names, "total", "max", "status", "seed", "file", "message"]]
    for result in results:
        record, graded = result.record, result.points is not None
        points = {e.name: e.points for e in result.exercises}
        each = [points.get(n, 0) if graded else None for n in names]
        tail = [result.points, result.max_points, record.status, record.seed, record.file, record.message]
        rows.append([record.student, *each, *tail])
    return _BOM + _csv(rows)


def scores_json(header: Header, results: Iterable[Result]) -> str:
    """Everything that the scores rest on, without times: the same submissions and seed give the same bytes."""
    submissions = [
        {
            "student": r.record.student,
            "file": r.record.file,
            "digest": r.record.digest,
            "seed": r.record.seed,
            "status": r.record.status,
            "message": r.record.message,
            "points": r.points,
            "max_points": r.max_points,
            # The path under which a sheet was made may be a temporary one; `file` says whose it is.
            "sheet": {k: v for k, v in r.record.sheet.items() if k != "submission"} if r.record.sheet else None,
            "weights": dict(sorted(r.record.weights.items())),
            "platform": dict(sorted(r.record.platform.items())),
        }
        for r in results
    ]
    data = plain({"header": asdict(header), "submissions": submissions})
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def moodle_csv(results: Iterable[Result]) -> str | None:
    """Moodle's offline grading worksheet, or None where no name held a Moodle id.

    Moodle's importer (mod/assign/feedback/offline/importgradeslib.php) wants the columns Identifier, Grade and
    "Last modified (grade)" by their English names, and takes the number after "Participant "; a comment is HTML.
    Without a date, Moodle asks to "allow updating records" where a grade is there already.
    """
    rows: list[list[Any]] = [
        ["Identifier", "Full name", "Grade", "Maximum Grade", "Last modified (grade)", "Feedback comments"]
    ]
    for result in results:
        number = result.record.platform.get("moodle")
        # Where the grader gave up there is no row, so that nobody's grade is overwritten.
        if not number or result.points is None:
            continue
        name = f"Participant {number}"
        rows.append([name, result.name, result.points, result.max_points, "", _comment(result)])
    return _csv(rows) if len(rows) > 1 else None


def _comment(result: Result) -> str:
    if not result.exercises:
        return html.escape(one_line(result.record.message))
    lines = [f"{result.points:g} of {result.max_points:g} points"]
    for e in result.exercises:
        said = e.diagnoses[0] if e.diagnoses else e.message.split("\n")[0]
        lines.append(f"{e.name}: {e.points:g} / {e.max_points:g}" + (f" ({one_line(said)})" if said else ""))
    return "<br>".join(html.escape(line, quote=False) for line in lines)


def canvas_csv(header: Header, results: Iterable[Result]) -> str | None:
    """Canvas's gradebook import, or None where no name held a Canvas id.

    Canvas's importer (lib/gradebook_importer.rb) wants the columns Student, ID, optionally both SIS ids, and Section,
    then one per assignment, found by its title; the row "Points Possible" holds the points to be had.
    """
    maximum = tidy(sum(header.exercises.values()))
    rows: list[list[Any]] = [["Student", "ID", "SIS User ID", "SIS Login ID", "Section", header.lab]]
    rows.append(["    Points Possible", "", "", "", "", maximum])
    for result in results:
        ids = result.record.platform
        if not ids.get("canvas") or result.points is None:
            continue
        rows.append([result.name, ids["canvas"], "", ids.get("login", ""), "", result.points])
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
