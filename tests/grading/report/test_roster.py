"""A class beside its roster: a row for everybody, the platforms' ids, and figures that agree everywhere."""

import csv
import io
import re

import pytest
from rich.console import Console

from ccv.cli.grade import summary_table
from ccv.grading.batch.attempts import Attempt
from ccv.grading.batch.record import Header, Record
from ccv.grading.batch.roster import Person
from ccv.grading.report import write_reports
from ccv.grading.report.results import read_results

HEADER = Header("01_xo", "ab" * 32, 7, "0.1.0", {"blur": 2.0, "votes": 3.0}, [], None)
ROSTER = [
    Person("Lee, Ann", "s1", "alee", "ann@x.edu", "Mo", canvas="890", sis="s1"),
    Person("Ek, Bo", "s2", "bek", "bo@x.edu", "Tu", moodle="77"),
    Person("Missing, Mira", "s3", "mm", "mira@x.edu", "Tu", canvas="892", moodle="78", sis="s3"),
    Person("Li, Na", "s4"),
    Person("Na Li", "s5"),
]


def record(student, points=5.0, status="graded", message="", **fields):
    exercises = [
        {"name": n, "points": p, "max_points": m, "status": "passed" if p == m else "failed", "message": ""}
        for n, p, m in (("blur", min(points, 2.0), 2), ("votes", max(points - 2.0, 0.0), 3))
    ]
    sheet = {"lab": "01_xo", "points": points, "max_points": 5, "exercises": exercises} if status == "graded" else None
    record = Record(student, f"{student}.ipynb", "", 11, status, message, sheet, [], {}, {}, 1.5, name=student)
    return Record(**(vars(record) | fields))


CLASS = [
    record("alee", 4.0),
    record("Bo Ek", 2.0),
    record("stranger", 5.0),
    record("Na Li", 1.0),
    record("broken", status="unreadable", message="it is empty"),
    record("gaveup", status="failed", message="two graders died"),
]


@pytest.fixture
def write(tmp_path):
    def run(records=CLASS, roster=ROSTER, header=HEADER, **options):
        write_reports(header, records, tmp_path / "out", roster=roster, **options)
        return tmp_path / "out"

    return run


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def text_of(path):
    return " ".join(re.sub(r"<[^>]+>", " ", path.read_text("utf-8").partition("</style>")[2]).split())


def test_everybody_has_a_row(write):
    table = {row["student"]: row for row in rows(write() / "scores.csv")}
    assert set(table) == {r.student for r in CLASS} | {"Missing, Mira", "Li, Na", "Na Li (2)"}
    ann, mira = table["alee"], table["Missing, Mira"]
    assert [ann[k] for k in ("id", "name", "email", "section", "handed_in", "total")] == [
        *("s1", "Lee, Ann", "ann@x.edu", "Mo", "yes", "4")
    ]
    assert [mira[k] for k in ("id", "section", "handed_in", "total", "status", "seed")] == [
        *("s3", "Tu", "no", "0", "nothing handed in", "")
    ]
    assert table["stranger"]["roster"] == "not on the roster"
    assert "nothing was guessed" in table["Na Li"]["roster"]
    for unclear in ("Li, Na", "Na Li (2)"):
        assert (table[unclear]["status"], table[unclear]["total"]) == ("unclear", ""), "it may be theirs: no zero"


def test_the_pages_tell_who_is_missing_and_who_is_extra(write):
    out = write()
    page = text_of(out / "index.html")
    assert "Nothing handed in Missing, Mira (Tu)" in page
    assert "stranger : not on the roster" in page and "nothing was guessed" in page
    assert "1 on the roster handed in nothing" in page
    assert "no file of yours arrived" in text_of(out / "feedback" / "Missing__Mira.html")
    assert "It costs no points" in text_of(out / "feedback" / "Li__Na.html")


def test_the_platforms_get_the_rosters_ids(write):
    out = write()
    canvas = {row["ID"]: row for row in rows(out / "canvas.csv") if row["ID"]}
    assert {i: (r["SIS User ID"], r["SIS Login ID"], r["Section"], r["01_xo"]) for i, r in canvas.items()} == {
        "890": ("s1", "alee", "Mo", "4"),
        "892": ("s3", "mm", "Tu", "0"),
    }
    moodle = {row["Identifier"]: (row["Full name"], row["Grade"]) for row in rows(out / "moodle.csv")}
    assert moodle == {"Participant 77": ("Ek, Bo", "2"), "Participant 78": ("Missing, Mira", "0")}


def test_a_part_of_the_class_says_of_nobody_that_nothing_was_handed_in(write):
    assert {row["student"] for row in rows(write(complete=False) / "scores.csv")} == {r.student for r in CLASS}


def test_without_a_roster_nothing_is_said_of_one(write):
    out = write(roster=())
    assert "roster" not in rows(out / "scores.csv")[0]
    assert "roster" not in text_of(out / "index.html") and "Section" not in text_of(out / "index.html")


@pytest.mark.parametrize("roster", [(), ROSTER])
def test_the_terminal_and_the_page_say_the_same(write, roster):
    page = text_of(write(roster=roster) / "index.html")
    mean, median = (re.search(rf"{what} ([\d.]+) of 5 points", page)[1] for what in ("Mean", "Median"))
    console = Console(width=200, force_terminal=False)
    with console.capture() as capture:
        console.print(summary_table(HEADER, read_results(HEADER, CLASS, roster)))
    assert f"mean {mean}, median {median}, of 5" in capture.get()
    assert mean == "2.4", "an unreadable file counts as 0, as in the sheet; where the grader gave up, nothing counts"
    assert "4 graded, 1 unreadable, 1 failed" in capture.get()
    share = re.search(r"votes 3 points (\d+) %", page)[1]
    assert f"votes ({share}%)" in capture.get()


def test_what_was_left_out_stands_in_the_sheet_and_on_both_pages(write):
    attempts = [
        Attempt("al/new.ipynb", rank=1, late=True, digest="a", counts=True, why="it is the latest (saved x)"),
        Attempt("al/<b>old.ipynb", why="is older (saved y)", look=True),
        Attempt("al/copy.ipynb", why="holds the same code"),
    ]
    out = write([record("al", file="al/new.ipynb", attempts=[a.plain() for a in attempts])], roster=())
    row = rows(out / "scores.csv")[0]
    assert (row["late"], row["files"]) == ("yes", "3")
    assert row["counts"] == "new.ipynb counts: it is the latest (saved x)"
    assert row["left_out"] == "<b>old.ipynb is older (saved y); copy.ipynb holds the same code"
    for page in ("index.html", "feedback/al.html"):
        assert "&lt;b&gt;old.ipynb is older (saved y)" in (out / page).read_text("utf-8"), page
    assert "copy.ipynb" not in text_of(out / "index.html"), "a copy needs nobody's eyes"


def test_names_that_two_submissions_share_need_the_teachers_eyes(write):
    page = text_of(write([record("al"), record("al (2)", name="al")], roster=()) / "index.html")
    assert "another submission has the name al too" in page
