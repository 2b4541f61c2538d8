"""Rosters as platforms export them, and whose submission is whose."""

import csv
import dataclasses
import io

import pytest

from ccv.grading.batch import grade_class, merge
from ccv.grading.batch.matching import match
from ccv.grading.batch.record import Record
from ccv.grading.batch.roster import Person, keep_roster, kept_roster, read_roster

CANVAS = """Student,ID,SIS User ID,SIS Login ID,Section,01_xo (77),Current Score
,,,,,Manual Posting,
    Points Possible,,,,,24,(read only)
"Lee, Ann",890,s001,alee,"CV 101, Mo",,
"O'Neil, Zoë",891,s002,zoneil,CV 102,12,50
"Student, Test",999,,abcdef,CV 101,,
"""
MOODLE_PARTICIPANTS = "First name,Last name,Email address,Groups\nAnn,Lee,ann@x.edu,Mo\nZoë,O'Neil,zoe@x.edu,Tu\n"
MOODLE_GRADES = (
    "Vorname;Nachname;ID-Nummer;E-Mail-Adresse;Kurs (Punkte)\nAnn;Lee;s001;ann@x.edu;-\nZoë;O'Neil;s002;zoe@x.edu;3,5\n"
)
MOODLE_WORKSHEET = (
    'Identifier,"Full name","Email address",Status,Grade,"Maximum Grade"\n'
    'Participant 1234,"Ann Lee",ann@x.edu,"No submission - ",,10\nParticipant 1235,"Zoë O\'Neil",zoe@x.edu,x,,10\n'
)
BLACKBOARD = (
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\n"Lee"\t"Ann"\t"alee"\t"s001"\t""\n'
    '"O\'Neil"\t"Zoë"\t"zoneil"\t"s002"\t""\n'
)
PLAIN = 'id,name,e-mail,section\ns001,"Lee, Ann",ann@x.edu,Mo\ns002,Zoë O\'Neil,zoe@x.edu,Tu\n'
EXPORTS = {
    "Canvas's gradebook": CANVAS,
    "Moodle's participants": MOODLE_PARTICIPANTS,
    "Moodle's grades, in German": MOODLE_GRADES,
    "Moodle's worksheet": MOODLE_WORKSHEET,
    "Blackboard's grade center": BLACKBOARD,
    "by hand": PLAIN,
    "with a title above": f"Course 7,,,\n\n{PLAIN}",
    "D2L": "OrgDefinedId,Username,Last Name,First Name,End-of-Line Indicator\n"
    "#s001,#alee,Lee,Ann,#\n#s002,#zo,O'Neil,Zoë,#\n",
}


def read(tmp_path, text, encoding="utf-8", newline="\n"):
    path = tmp_path / "students.csv"
    path.write_bytes(text.replace("\n", newline).encode(encoding))
    return read_roster(path)


def record(student, name="", **platform):
    return Record(student, "x.py", "", 0, "graded", "", None, [], {}, platform, 0.0, name=name or student)


@pytest.mark.parametrize("export", EXPORTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_exports_as_they_are(tmp_path, export, encoding):
    people = read(tmp_path, EXPORTS[export], encoding, newline="\r\n")
    assert [set(p.name.replace(",", "").split()) for p in people] == [{"Ann", "Lee"}, {"Zoë", "O'Neil"}]
    if export in ("by hand", "Moodle's grades, in German", "Blackboard's grade center", "D2L", "Canvas's gradebook"):
        assert [p.id for p in people] == ["s001", "s002"]


def test_what_each_platform_knows(tmp_path):
    ann = read(tmp_path, CANVAS)[0]
    assert ann == Person("Lee, Ann", "s001", "alee", "", "CV 101, Mo", canvas="890", sis="s001")
    assert read(tmp_path, MOODLE_WORKSHEET)[1] == Person("Zoë O'Neil", email="zoe@x.edu", moodle="1235")
    assert read(tmp_path, MOODLE_PARTICIPANTS)[0].section == "Mo"


def test_one_person_in_two_sections_is_one(tmp_path):
    people = read(tmp_path, "id,name,section\n1,Ann,Mo\n2,Ann,Tu\n1,Ann,We\n")
    assert [(p.id, p.section) for p in people] == [("1", "Mo, We"), ("2", "Tu")]
    assert len(read(tmp_path, "name\nAnn Lee\nAnn Lee\n")) == 2, "two of a name, as far as the roster says"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("colour,size\nred,3\n", "no column of names or ids"),
        ("", "no column of names or ids"),
        ("id,name\n", "names no student"),
        ("PK\x03\x04 rest", "save it as CSV"),
    ],
)
def test_what_is_no_roster_is_one_sentence(tmp_path, text, says):
    with pytest.raises(ValueError, match=says):
        read(tmp_path, text)
    with pytest.raises(FileNotFoundError, match="check the path"):
        read_roster(tmp_path / "nowhere.csv")


def test_a_roster_is_kept_for_later_runs(tmp_path):
    assert kept_roster(tmp_path) == []
    people = read(tmp_path, CANVAS)
    keep_roster(people, tmp_path)
    assert kept_roster(tmp_path) == people


ANN = Person("Lee, Ann", "s001", "alee", "ann.lee@x.edu", "Mo", canvas="890", moodle="1234")
ZOE = Person("Zoë Müller-O'Neil", "0042", "zoneil", "zoe@x.edu", "Tu")


@pytest.mark.parametrize(
    ("one", "person"),
    [
        (record("leeann", canvas="890"), ANN),
        (record("Participant", moodle="1234"), ANN),
        (record("s001"), ANN),
        (record("S001"), ANN),
        (record("Ann s001"), ANN),
        (record("alee"), ANN),
        (record("ann.lee@x.edu"), ANN),
        (record("ann.lee"), ANN),
        (record("Ann Lee"), ANN),
        (record("lee_ann"), ANN),
        (record("leeann"), ANN),
        (record("annlee"), ANN),
        (record("Group A-Ann Lee", moodle="1234"), ANN),
        (record("ann (2)", name="alee"), ANN),
        (record("al", blackboard="Lab_1_alee"), ANN),
        (record("42"), ZOE),
        (record("0042"), ZOE),
        (record("zoe muller o'neil"), ZOE),
        (record("O'Neil, Zoe Mueller"), ZOE),
        (record("mueller-oneil zoe"), None),
        (record("Zoë"), ZOE),  # of zoe@x.edu
        (record("O'Neil"), None),
        (record("Ann Leeds"), None),
        (record("Lee, Ann", canvas="891"), None),  # another student of the same name, as the platform knows
        (record("1234"), None),  # Moodle's number of a participant is no id of a person
    ],
)
def test_whose_it_is(one, person):
    found = match([one], [ANN, ZOE])
    assert found.people.get(one.student) == person
    assert set(found.absent) == {ANN, ZOE} - {person}
    assert found.remarks[one.student].startswith("found by" if person else "not on the roster")
    assert (one.student in found.doubtful) == (person is None)


def test_what_fits_several_people_is_told_and_not_guessed():
    twins = [Person("Li, Na", "1"), Person("Na Li", "2"), ANN]
    found = match([record("Na Li"), record("alee")], twins)
    assert found.people == {"alee": ANN} and found.absent == []
    assert found.remarks["Na Li"] == "may be Li, Na (1) or Na Li (2): nothing was guessed"
    assert found.unclear == {twins[0]: ["Na Li"], twins[1]: ["Na Li"]}


def test_a_first_name_that_is_an_address_is_not_guessed_where_two_have_it():
    two = [Person("Ann Lee", email="ann@x.edu"), Person("Ann Berg", email="berg@x.edu")]
    assert match([record("ann")], two).unclear == {two[0]: ["ann"], two[1]: ["ann"]}
    assert match([record("berg")], two).people == {"berg": two[1]}


def test_two_submissions_of_one_person_are_told():
    found = match([record("alee"), record("Ann Lee")], [ANN])
    assert found.remarks["alee"] == "found by login, and so is Ann Lee"
    assert found.doubtful == {"alee", "Ann Lee"}
    only = dataclasses.replace(ANN, moodle="", canvas="")
    found = match([record("Ann Lee", moodle="1"), record("Ann Lee (2)", "Ann Lee", moodle="2")], [only])
    assert found.people == {} and found.unclear == {only: ["Ann Lee", "Ann Lee (2)"]}


# ------------------------------------------------------------------------------------------------------ a whole class


def rows(out):
    table = csv.DictReader(io.StringIO((out / "scores.csv").read_text("utf-8-sig")))
    return {row["student"]: row for row in table}


@pytest.mark.slow
def test_a_class_with_one_missing_and_one_extra(small_lab, classroom, tmp_path):
    folder = classroom(ann="size = 3", extra="size = 3")
    roster = tmp_path / "students.csv"
    roster.write_text("id,name,section\n1,Ann,Mo\n2,Bo,Tu\n")
    whole = tmp_path / "whole"
    grade_class(small_lab, [folder], whole, jobs=1, roster=roster)
    found = rows(whole)
    assert {s: (r["id"], r["handed_in"], r["total"], r["status"]) for s, r in found.items()} == {
        "ann": ("1", "yes", "1", "graded"),
        "Bo": ("2", "no", "0", "nothing handed in"),
        "extra": ("", "yes", "1", "graded"),
    }
    assert found["extra"]["roster"] == "not on the roster"

    parts = [tmp_path / "part1", tmp_path / "part2"]
    for i, part in enumerate(parts, start=1):
        grade_class(small_lab, [folder], part, jobs=1, roster=roster, shard=f"{i}/2")
        assert len(rows(part)) == 1, "a part of the class does not say who is missing"
    merge(small_lab, parts, tmp_path / "merged")
    for name in ("scores.csv", "scores.json", "index.html"):
        assert (tmp_path / "merged" / name).read_bytes() == (whole / name).read_bytes(), name
    merge(small_lab, parts[:1], tmp_path / "half")
    assert len(rows(tmp_path / "half")) == 1

    classroom(bo="size = 3")
    grade_class(small_lab, [folder], whole, jobs=1, resume=True)  # the roster was kept
    assert {s: r["id"] for s, r in rows(whole).items()} == {"ann": "1", "bo": "2", "extra": ""}
    roster.write_text("id,name,section\n1,Ann,Mo\n2,Bo,Tu\n3,Extra,Tu\n4,Late,Tu\n")
    grade_class(small_lab, [folder], whole, jobs=1, resume=True, roster=roster)
    assert {s: r["id"] for s, r in rows(whole).items()} == {"ann": "1", "bo": "2", "extra": "3", "Late": "4"}
