"""Reports: complete, the same every time, and deaf to what students write into names, messages and files."""

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas
import pytest

from ccv.grading.batch.record import Header, Record
from ccv.grading.report import write_reports
from ccv.grading.report.pages import EXPLANATIONS, WORDS
from ccv.grading.report.results import KINDS

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\x1b[31mred\x1b]0;t\x07\x00\u202e\ud800&amp;"
PROTECTIONS = [
    {"name": "process", "active": True, "guards": "a process of its own", "remedy": ""},
    {"name": "bubblewrap", "active": False, "guards": "hides files", "remedy": "apt install bubblewrap"},
]
HEADER = Header("01_xo", "ab" * 32, 7, "0.1.0", {"blur": 2.0, "votes": 3.0}, PROTECTIONS, None)
MASK = {"kind": "mask", "wrong": ["0000", "0000", "1111"], "note": "Where your map differs."}
CURVE = {"kind": "curve", "values": [0.2, 0.5, float("nan"), 0.7], "line": 0.8, "note": "Accuracy by epoch."}


def exercise(name, points, maximum, status, message="", picture=None):
    return {
        "name": name,
        "points": points,
        "max_points": maximum,
        "status": status,
        "message": message,
        "picture": picture,
    }


def graded(student, blur=2.0, votes=3.0, *, status=("passed", "passed"), message=("", ""), picture=None, **extra):
    exercises = [
        exercise("blur", blur, 2, status[0], message[0], picture),
        exercise("votes", votes, 3, status[1], message[1]),
    ]
    sheet = {"lab": "01_xo", "points": blur + votes, "max_points": 5, "exercises": exercises, "submission": "/tmp/q/x"}
    record = Record(student, f"{student}.ipynb", "d" * 64, 11, "graded", "", sheet, [], {}, {}, 1.5)
    return replace(record, **extra)


def ungraded(student, status, message):
    return Record(student, f"{student}.ipynb", "", 12, status, message, None, [], {}, {}, 1.5)


CLASS = [
    graded("Zoe"),
    graded("anna", 1, 0, status=("partial", "failed"), message=("", "wrong in 3 places\n→ the kernel is turned")),
    graded("Ágnes", 0, 0, status=("blank", "timeout"), message=("still blank", "still running")),
    ungraded("carl", "unreadable", "carl.ipynb is empty: save the notebook"),
    ungraded("dora", "failed", "two graders died"),
]


@pytest.fixture
def write(tmp_path):
    def run(records=CLASS, header=HEADER, **options):
        out = tmp_path / "out"
        write_reports(header, records, out, **options)
        return out

    return run


class Page(HTMLParser):
    """What a browser would see: tags, and the text beside style."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self._style = False
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *a) for a in attrs]
        self._style = tag == "style"

    def handle_endtag(self, tag):
        self._style = False

    def handle_data(self, data):
        self.text += "" if self._style else " ".join(data.split()) + " "


def rows(path):
    return list(csv.reader(io.StringIO(path.read_text("utf-8-sig"))))


# ------------------------------------------------------------------------------------------------------------ tables


def test_scores_csv_has_a_row_per_submission_by_name(write):
    table = rows(write() / "scores.csv")
    head = ["student", "blur", "votes", "total", "max", "status", "seed", "file", "message"]
    assert table[0] == [*head, "late", "files", "counts", "left_out"]
    assert [row[:6] for row in table[1:]] == [
        ["Ágnes", "0", "0", "0", "5", "graded"],
        ["anna", "1", "0", "1", "5", "graded"],
        ["carl", "0", "0", "0", "5", "unreadable"],
        ["dora", "", "", "", "5", "failed"],
        ["Zoe", "2", "3", "5", "5", "graded"],
    ]


def test_scores_csv_reads_in_pandas_and_excel(write):
    path = write() / "scores.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf"), "Excel takes it for Latin-1 without the mark"
    table = pandas.read_csv(path)
    assert table.columns[0] == "student"
    assert table.total.sum() == 6


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "\u202e=", "\x1b[31m=", "\uff1d"])
def test_no_cell_is_a_formula(write, start):
    evil = start + 'HYPERLINK("http://x")'
    platform = {"moodle": "1", "canvas": "2", "login": evil}
    out = write([graded(evil, message=(evil, evil), platform=platform, file=evil)])
    for path in out.glob("*.csv"):
        for row in rows(path):
            assert not [c for c in row if c.strip().startswith(("=", "+", "-", "@", "\uff1d"))], path.name


def test_negative_numbers_stay_numbers(write):
    assert rows(write([graded("a", -1.0, 0.0)]) / "scores.csv")[1][1] == "-1"


def test_scores_json_holds_all_but_times(write):
    data = json.loads((write() / "scores.json").read_text("utf-8"))
    assert data["header"]["protections"] == PROTECTIONS
    by_name = {s["student"]: s for s in data["submissions"]}
    assert by_name["anna"]["seed"] == 11 and by_name["anna"]["digest"] == "d" * 64
    assert by_name["anna"]["sheet"]["exercises"][1]["message"].endswith("→ the kernel is turned")
    assert by_name["dora"]["points"] is None
    text = (write() / "scores.json").read_text("utf-8")
    assert "seconds" not in text and "/tmp" not in text


def test_json_takes_what_json_cannot_hold(write):
    data = json.loads((write([graded(EVIL, picture=CURVE)]) / "scores.json").read_text("utf-8"))
    assert data["submissions"][0]["sheet"]["exercises"][0]["picture"]["values"] == [0.2, 0.5, None, 0.7]


def test_moodle_only_where_ids_were_found(write):
    assert not (write() / "moodle.csv").exists()
    records = [
        graded("Ann", 1, 0, status=("partial", "blank"), message=("a <b> & c", ""), platform={"moodle": "1234567"}),
        replace(ungraded("Bob", "unreadable", "is empty"), platform={"moodle": "9"}),
        replace(ungraded("Cy", "failed", "died"), platform={"moodle": "10"}),
        graded("Dan"),
    ]
    table = rows(write(records) / "moodle.csv")
    assert table[0][:4] == ["Identifier", "Full name", "Grade", "Maximum Grade"]
    assert "Last modified (grade)" in table[0], "Moodle refuses a worksheet without it"
    assert [row[:4] for row in table[1:]] == [
        ["Participant 1234567", "Ann", "1", "5"],
        ["Participant 9", "Bob", "0", "5"],
    ]
    assert "a &lt;b&gt; &amp; c" in table[1][-1]


def test_canvas_only_where_ids_were_found(write):
    assert not (write() / "canvas.csv").exists()
    table = rows(write([graded("Ann", platform={"canvas": "890", "login": "ann7"}), graded("Bo")]) / "canvas.csv")
    assert table == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "01_xo"],
        ["    Points Possible", "", "", "", "", "5"],
        ["Ann", "890", "", "ann7", "", "5"],
    ]


def test_export_of_an_earlier_run_goes_away(write):
    out = write([graded("Ann", platform={"moodle": "1"})])
    assert (out / "moodle.csv").exists()
    kept = out / "feedback" / "notes.html"
    kept.write_text("<p>the teacher's own")
    write([graded("Bo")])
    assert not (out / "moodle.csv").exists()
    assert sorted(p.name for p in (out / "feedback").iterdir()) == ["Bo.html", "notes.html"]


# ------------------------------------------------------------------------------------------------------------- pages


def test_same_bytes_in_whatever_order(write, tmp_path):
    def everything(records):
        out = write(records)
        return {p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()}

    first = everything(CLASS)
    assert first == everything([replace(r, seconds=99.0) for r in reversed(CLASS)])
    assert not [p for p in first if p.suffix == ".part"]


def test_feedback_says_what_to_do(write):
    out = write()
    page = Page(out / "feedback" / "anna.html")
    assert "1 of 5 points" in page.text
    assert EXPLANATIONS["partial"] in page.text and EXPLANATIONS["failed"] in page.text
    assert "wrong in 3 places" in page.text
    assert "It looks like this: the kernel is turned" in page.text
    assert "--submission=anna.ipynb --check-seed=11" in page.text


def test_odd_code_is_for_the_teachers_eyes_and_nobody_elses(write):
    record = graded("eve")
    record.sheet["eyes"] = ["`exec` in cell 3", EVIL]
    out = write([record, graded("fred")])
    assert "eve : exec in cell 3" in Page(out / "index.html").text
    assert "exec" not in (out / "feedback" / "eve.html").read_text("utf-8")
    assert "script" not in Page(out / "index.html").tags


def test_feedback_where_nothing_could_be_graded(write):
    out = write()
    assert "carl.ipynb is empty: save the notebook" in Page(out / "feedback" / "carl.html").text
    dora = Page(out / "feedback" / "dora.html").text
    assert "your teacher will look at it" in dora and "0 of" not in dora


def test_feedback_names_nobody_else_and_no_class_seed(write):
    out = write(header=replace(HEADER, seed=987654))
    for record in CLASS:
        text = (out / "feedback" / f"{record.student}.html").read_text("utf-8")
        assert not [
            o.student for o in CLASS if o.student != record.student and o.student in text.replace("standard", "")
        ]
        assert "987654" not in text, "with it the seeds of all others could be computed"


@pytest.mark.parametrize("status", [*WORDS, "something new"])
def test_every_status_has_a_page(write, status):
    earned = 2.0 if status == "passed" else 0.0
    page = Page(
        write([graded("a", earned, status=(status, "passed"), message=("Because.", ""))]) / "feedback" / "a.html"
    )
    assert WORDS.get(status, status) in page.text
    if status != "passed":
        assert EXPLANATIONS.get(status, "earned no points yet") in page.text


def test_statuses_are_known_everywhere():
    assert set(WORDS) == set(EXPLANATIONS) == set(KINDS)


def test_what_students_write_stays_text(write):
    record = graded(EVIL, 0, 0, status=("failed", "error"), message=(f"{EVIL}\n→ {EVIL} `{EVIL}`", EVIL), file=EVIL)
    record = replace(record, message=EVIL)
    record.sheet["exercises"][0]["picture"] = MASK | {"note": EVIL}
    header = replace(HEADER, lab=EVIL, protections=[{"name": EVIL, "active": False, "guards": EVIL, "remedy": EVIL}])
    records = [record, ungraded("x" + EVIL, "unreadable", EVIL), graded("y" + EVIL, digest="d" * 64)]
    out = write(records, header)
    pages = [*out.rglob("*.html")]
    assert len(pages) == 4
    for path in pages:
        raw, page = path.read_text("utf-8"), Page(path)
        assert not {"script", "img"} & set(page.tags)
        assert not [a for a in page.attributes if a[1].startswith("on")]
        assert "alert(1)" in page.text, "shown, not dropped"
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", raw)


def test_pages_are_self_contained_and_accessible(write):
    out = write([graded("a", 0, status=("failed", "passed"), picture=MASK)])
    for path in out.rglob("*.html"):
        page = Page(path)
        assert ("html", "lang", "en") in page.attributes
        assert {"main", "h1", "h2", "title"} <= set(page.tags) and page.tags.count("h1") == 1
        assert not {"script", "link", "iframe", "img"} & set(page.tags)
        links = [value for _, name, value in page.attributes if name in {"href", "src"}]
        assert not [link for link in links if ":" in link or link.startswith("/")]
        assert page.tags.count("th") == sum(1 for tag, name, _ in page.attributes if tag == "th" and name == "scope")
        drawn = [dict(a[1:] for a in page.attributes if a[0] == "svg")] if "svg" in page.tags else []
        assert all(d["role"] == "img" and d["aria-label"] for d in drawn)


def test_links_of_the_class_page_lead_to_the_feedback(write):
    from urllib.parse import unquote

    names = [
        "Ann Lee",
        "ann lee",
        "../../etc/passwd",
        "CON",
        "100%",
        "a?b#c",
        "محمد",
        "x" * 300,
        "",
        ".",
        "é",
        "e\u0301",
    ]
    out = write([graded(name) for name in names])
    links = {v for tag, n, v in Page(out / "index.html").attributes if n == "href" and v.startswith("feedback/")}
    files = {p.name.casefold() for p in (out / "feedback").iterdir()}
    assert len(files) == len(names), "no page overwrites another, whatever the case"
    assert {unquote(link).casefold() for link in links} == {f"feedback/{f}" for f in files}
    assert all(len(f.encode()) < 200 for f in files)


def test_a_name_cannot_take_the_page_of_another(write):
    out = write([graded("Ann Lee"), graded("ann lee")])
    taken = [p.stem for p in (out / "feedback").iterdir()]
    out = write([graded("Ann Lee"), graded("ann lee"), *(graded(t) for t in taken)])
    assert len(list((out / "feedback").iterdir())) == 4


def test_class_page(write):
    records = [*CLASS, graded("p", platform={"moodle": "5"}), graded("q", platform={"moodle": "5"})]
    text = Page(write(records) / "index.html").text
    assert "7 submissions, 5 of them graded" in text
    assert "two graders died" in text and "carl.ipynb is empty" in text and "stopped at the time limit: votes" in text
    assert "1 ×: the kernel is turned" in text
    assert "apt install bubblewrap" in text
    assert "moodle id 5: p, q" in text
    assert "the same file, byte for byte" in text
    assert text.index("votes 3 points") < text.index("blur 2 points"), "the hardest first"


def test_an_error_message_is_no_diagnosis(write):
    """The text of an exception is the student's own: an arrow in it must not count among the frequent mistakes."""
    out = write([graded("a", 0, status=("error", "passed"), message=("ValueError: x\n→ the teacher is wrong", ""))])
    assert "×: the teacher is wrong" not in Page(out / "index.html").text


def test_empty_class(write):
    out = write([])
    assert "No submission could be graded" in Page(out / "index.html").text
    assert len(rows(out / "scores.csv")) == 1


def test_handed_out_code_makes_no_pair(write):
    from ccv.grading.report.similarity import fingerprint

    stub = ["def f(a, b):\n    return [x * y for x, y in zip(a, b)] + [max(a), min(b), len(a), sum(b), a[0], b[1]]"] * 3
    many = [c.replace("max", n) for n in ("abs", "round", "sorted", "tuple") for c in stub]
    records = [graded(n, fingerprints=fingerprint(many), digest=n) for n in "ab"]
    assert len(rows(write(records) / "similarity.csv")) == 2
    assert len(rows(write(records, handed_out=many) / "similarity.csv")) == 1


def test_two_records_of_one_student_are_refused(write):
    with pytest.raises(ValueError, match="two records of 'Zoe'"):
        write([graded("Zoe"), graded("Zoe")])


def test_a_file_appears_whole_or_not_at_all(write, monkeypatch):
    from ccv.grading.report import write as module

    out = write()
    before = (out / "scores.csv").read_bytes()
    monkeypatch.setattr(module.Path, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write([graded("new")])
    assert (out / "scores.csv").read_bytes() == before
