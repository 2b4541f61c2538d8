"""Whose submission it is, from the names that platforms and people give to files and folders."""

import json
import zipfile
from dataclasses import asdict

import pytest

from ccv.grading.batch.choosing import choose
from ccv.grading.batch.names import clean, safe_name
from ccv.grading.batch.submissions import find_submissions, shard_of

NOTEBOOK = json.dumps({"cells": [{"cell_type": "code", "source": "x = 1"}]})

# What lies in the folder that is graded, and the student of each submission with the file that is read.
LAYOUTS = {
    "flat files": (["alice.ipynb", "bob.py"], {"alice": "alice.ipynb", "bob": "bob.py"}),
    "flat, with the lab's name behind": (["alice_01_xo.ipynb"], {"alice": "alice_01_xo.ipynb"}),
    "flat, with the lab's name before": (["01_xo-bob.ipynb"], {"bob": "01_xo-bob.ipynb"}),
    "flat resubmission": (["alice.ipynb", "alice-1.ipynb", "alice-2.ipynb"], {"alice": "alice-2.ipynb"}),
    "a download's copy": (["alice.ipynb", "alice (1).ipynb"], {"alice": "alice (1).ipynb"}),
    "numbers in natural order": (["s10.ipynb", "s9.ipynb"], {"s9": "s9.ipynb", "s10": "s10.ipynb"}),
    "a folder a student": (
        ["alice/01_xo.ipynb", "bob/work.ipynb"],
        {"alice": "alice/01_xo.ipynb", "bob": "bob/work.ipynb"},
    ),
    "the lab's name wins": (["alice/a.ipynb", "alice/01_xo.ipynb", "alice/z.py"], {"alice": "alice/01_xo.ipynb"}),
    "the latest resubmission wins": (["al/01_xo.ipynb", "al/01_xo-1.ipynb"], {"al": "al/01_xo-1.ipynb"}),
    "deep in a student's folder": (["alice/home/mine/01_xo.ipynb"], {"alice": "alice/home/mine/01_xo.ipynb"}),
    "nbgrader": (
        ["submitted/alice/01_xo/01_xo.ipynb", "submitted/bob/01_xo/01_xo.ipynb"],
        {"alice": "submitted/alice/01_xo/01_xo.ipynb", "bob": "submitted/bob/01_xo/01_xo.ipynb"},
    ),
    "nbgrader's submitted folder itself": (
        ["alice/01_xo/01_xo.ipynb", "alice/03_lenet/03_lenet.ipynb"],
        {"alice": "alice/01_xo/01_xo.ipynb"},
    ),
    "nbgrader with one student": (["submitted/eve/01_xo/nb.ipynb"], {"eve": "submitted/eve/01_xo/nb.ipynb"}),
    "Moodle folders": (
        ["Ann Lee_1234567_assignsubmission_file_/x.ipynb", "Bo_7_assignsubmission_file/y.py"],
        {"Ann Lee": "Ann Lee_1234567_assignsubmission_file_/x.ipynb", "Bo": "Bo_7_assignsubmission_file/y.py"},
    ),
    "Moodle flat": (
        ["Ann Lee_1234567_assignsubmission_file_01_xo.ipynb"],
        {"Ann Lee": "Ann Lee_1234567_assignsubmission_file_01_xo.ipynb"},
    ),
    "Moodle's typed text": (
        ["Ann_1_assignsubmission_onlinetext_/onlinetext.html", "Ann_1_assignsubmission_file_/a.ipynb"],
        {"Ann": "Ann_1_assignsubmission_file_/a.ipynb"},
    ),
    "Moodle's typed text alone": (
        ["Ann_1_assignsubmission_onlinetext_/onlinetext.html", "Bo_2_assignsubmission_onlinetext_onlinetext.html"],
        {"Ann": "Ann_1_assignsubmission_onlinetext_/onlinetext.html", "Bo": None},
    ),
    "Moodle with underscores": (["van_der_Berg_12_assignsubmission_file_/a.ipynb"], {"van_der_Berg": None}),
    "Canvas": (["doejane_890_12345_01_xo.ipynb"], {"doejane": "doejane_890_12345_01_xo.ipynb"}),
    "Canvas late": (["doejane_LATE_890_12345_01_xo.ipynb"], {"doejane": "doejane_LATE_890_12345_01_xo.ipynb"}),
    "Canvas resubmitted": (["doe_8_1_01_xo.ipynb", "doe_8_2_01_xo-1.ipynb"], {"doe": "doe_8_2_01_xo-1.ipynb"}),
    "Canvas namesakes": (["li_8_1_x.ipynb", "li_9_2_x.ipynb"], {"li": "li_8_1_x.ipynb", "li (2)": "li_9_2_x.ipynb"}),
    "Canvas, several files": (["doe_8_1_notes.py", "doe_8_2_01_xo.ipynb"], {"doe": "doe_8_2_01_xo.ipynb"}),
    "Canvas, no notebook": (["doe_8_1_report.pdf"], {"doe": None}),
    "Canvas's typed text": (["doe_8_text.html"], {"doe": "doe_8_text.html"}),
    "Canvas, anonymous": (["anon_aB3xY_1_x.ipynb", "LATE_anon_ab3dE_2_x.py"], {"anon_ab3dE": None, "anon_aB3xY": None}),
    "Canvas late again": (["doe_LATE_8_1_b.ipynb", "doe_8_2_a.ipynb"], {"doe": "doe_LATE_8_1_b.ipynb"}),
    "Blackboard": (
        [
            "Lab 1_bo2_attempt_2026-11-03-10-22-11_01_xo.ipynb",
            "Lab 1_bo2_attempt_2026-11-03-10-22-11.txt",
            "Lab 1_bo2_attempt_2026-11-02-23-00-00_z.ipynb",
            "Lab 1_al_attempt_2026-11-03-10-22-11.txt",
        ],
        {"al": None, "bo2": "Lab 1_bo2_attempt_2026-11-03-10-22-11_01_xo.ipynb"},
    ),
    "Blackboard, names with underscores": (
        ["01_xo_jo_doe_attempt_2026-11-03-10-22-11_x.ipynb", "01_xo_al_doe_attempt_2026-11-03-10-22-11_x.ipynb"],
        {"al_doe": None, "jo_doe": None},
    ),
    "nbgrader's exchange": (
        [
            "alice+01_xo+2026-11-03 10:22:11 UTC+3f/01_xo.ipynb",
            "alice+01_xo+2026-11-04 10:22:11 UTC+2e/01_xo.ipynb",
            "bob+01_xo+2026-11-03 10:22:11 UTC/01_xo.ipynb",
        ],
        {"alice": "alice+01_xo+2026-11-04 10:22:11 UTC+2e/01_xo.ipynb", "bob": None},
    ),
    "Google Classroom": (
        ["Ann Lee - Lab 1.ipynb", "Bo Ek - Lab 1.ipynb", "Copy of Bo Ek - Lab 1.ipynb"],
        {"Ann Lee": "Ann Lee - Lab 1.ipynb", "Bo Ek": None},
    ),
    "Google's hyphen in names": (["Lee - Ann.ipynb", "Lee - Bo.ipynb"], {"Lee - Ann": None, "Lee - Bo": None}),
    "numbers that are names": (["group-1.ipynb", "group-2.ipynb"], {"group-1": None, "group-2": None}),
    "attempts by their names": (["al_v1.ipynb", "al_v2.ipynb", "bo attempt 9.py"], {"al": "al_v2.ipynb", "bo": None}),
    "dates in names": (["al_2026-11-03.ipynb", "al_2026-09-30.ipynb"], {"al": "al_2026-11-03.ipynb"}),
    "folders of attempts": (["al/attempt 2/x.ipynb", "al/attempt 10/x.ipynb"], {"al": "al/attempt 10/x.ipynb"}),
    "a notebook and its export": (["alice.ipynb", "alice.py"], {"alice": "alice.ipynb"}),
    "what a browser saved": (["alice/x.ipynb.txt", "bo/x.ipynb.json"], {"alice": "alice/x.ipynb.txt", "bo": None}),
    "only test files": (["alice/test_x.py", "bob/x.ipynb"], {"alice": None, "bob": None}),
    "an outer folder": (["class/alice/a.ipynb", "class/bob/b.ipynb"], {"alice": None, "bob": None}),
    "an outer folder of Moodle's": (["dl/Ann_1_assignsubmission_file_/a.ipynb"], {"Ann": None}),
    "a folder of the lab's name": (["01_xo/alice.ipynb", "01_xo/bob.ipynb"], {"alice": None, "bob": None}),
    "umlauts and spaces": (["Zoë Müller/x.ipynb"], {"Zoë Müller": "Zoë Müller/x.ipynb"}),
    "what is nobody's": (
        ["alice/x.ipynb", "alice/.ipynb_checkpoints/01_xo.ipynb", "__MACOSX/alice/._x.ipynb", ".hidden.ipynb"],
        {"alice": "alice/x.ipynb"},
    ),
    "test files and conftest": (["al/conftest.py", "al/test_01_xo.py", "al/mine.py"], {"al": "al/mine.py"}),
    "a folder without a notebook": (["alice/x.ipynb", "bob/essay.pdf"], {"alice": "alice/x.ipynb", "bob": None}),
    "other files beside": (["alice.ipynb", "README.md"], {"alice": "alice.ipynb"}),
}


# Names inside a student's own folder or zip that look like somebody else's, and whose they are all the same.
IMPERSONATIONS = {
    "nbgrader": (["bob/01_xo.py", "alice/submitted/bob/01_xo/01_xo.py"], ["alice", "bob"]),
    "Moodle": (
        ["Bo_7_assignsubmission_file_/01_xo.py", "mallory/Bo_7_assignsubmission_file_/01_xo-9.py"],
        ["Bo", "mallory"],
    ),
    "Moodle within Moodle": (
        ["Bo_7_assignsubmission_file_/x.py", "Mia_8_assignsubmission_file_/Bo_7_assignsubmission_file_x.py"],
        ["Bo", "Mia"],
    ),
    "Moodle in a file's name": (["Mia_8_assignsubmission_file_Bo_7_assignsubmission_file_x.py"], ["Mia"]),
    "Canvas": (["dave_8_1_01_xo.py", "trent/dave_8_1_01_xo-9.py"], ["dave", "trent"]),
    "the lab's folder": (["bob/01_xo.py", "alice/01_xo/bob.py", "alice/01_xo/bob/01_xo-2.py"], ["alice", "bob"]),
    "several": (
        ["alice/submitted/bob/x/y.py", "alice/Bo_7_assignsubmission_file_/z.py", "eve/x.py"],
        ["alice", "eve"],
    ),
}


@pytest.mark.parametrize("case", IMPERSONATIONS)
@pytest.mark.parametrize("packed", [False, True], ids=["folders", "zips"])
def test_names_inside_a_students_own_folder_are_never_names_of_students(tmp_path, case, packed):
    files, students = IMPERSONATIONS[case]
    for name in files:
        outer, _, inner = name.partition("/")
        if packed and inner:
            with zipfile.ZipFile(tmp_path / f"{outer}.zip", "a") as archive:
                archive.writestr(inner, "x = 1")
        else:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text("x = 1")
    found, _ = find_submissions([tmp_path], "01_xo")
    assert [s.student for s in found] == students
    for one in found:
        outer = {c.file.partition("/")[0] for c in one.candidates}
        assert len(outer) == 1 and all(file.startswith(one.name) for file in outer)


def test_a_folder_called_submitted_far_above_or_beside_others_merges_nobody(tmp_path):
    root = tmp_path / "submitted" / "class" / "2026"
    for name in ("alice", "bob", "submitted/bob"):
        (root / name).mkdir(parents=True)
        (root / name / "x.py").write_text("x = 1")
    found, warnings = find_submissions([root], "01_xo")
    assert [s.name for s in found] == ["alice", "bob", "bob"]
    assert len(warnings) == 1


def test_a_zip_from_canvas_is_its_students(tmp_path):
    with zipfile.ZipFile(tmp_path / "doe_8_1_work.zip", "w") as archive:
        archive.writestr("li_9_2_x.py", "x = 1")
    found, _ = find_submissions([tmp_path], "01_xo")
    assert [(s.student, s.platform) for s in found] == [("doe", {"canvas": "8"})]


def counted(submission, rule="latest"):
    """The file that counts, as a grader chooses it."""
    candidates = [asdict(c) | {"name": c.name} for c in submission.candidates]
    return choose(candidates, ["x"], rule, lambda _: True).file


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("packed", [False, True], ids=["folder", "zip"])
def test_whose_it_is(tmp_path, layout, packed):
    files, expected = LAYOUTS[layout]
    root = tmp_path / "cohort.zip" if packed else tmp_path / "cohort"
    if packed:
        with zipfile.ZipFile(root, "w") as archive:
            for name in files:
                archive.writestr(name, NOTEBOOK)
    else:
        for name in files:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(NOTEBOOK)
    found, _ = find_submissions([root], "01_xo")
    assert [s.student for s in found] == list(expected)
    for one, file in zip(found, expected.values(), strict=True):
        if file is not None:
            assert counted(one) == (f"cohort.zip/{file}" if packed else file)


def test_ids_of_the_platforms_are_kept(tmp_path):
    for name in ("Ann_77_assignsubmission_file_x.ipynb", "doe_890_12_y.ipynb", "eve.ipynb"):
        (tmp_path / name).write_text(NOTEBOOK)
    found, _ = find_submissions([tmp_path], "01_xo")
    assert {s.student: s.platform for s in found} == {"Ann": {"moodle": "77"}, "doe": {"canvas": "890"}, "eve": {}}


def test_one_file_has_the_id_that_it_has_in_the_class(tmp_path):
    files = [
        "alice/01_xo.ipynb",
        "submitted/bob/01_xo/01_xo.ipynb",
        "carl.ipynb",
        "Ann_7_assignsubmission_file_/01_xo.ipynb",
        "doe_8_1_01_xo.ipynb",
    ]
    for name, student in zip(files, ("alice", "bob", "carl", "Ann", "doe"), strict=True):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NOTEBOOK)
        assert find_submissions([path], "01_xo")[0][0].student == student
    assert find_submissions([tmp_path / "alice"], "01_xo")[0][0].student == "alice"


def test_namesakes_are_both_graded_with_a_warning(tmp_path):
    for folder in ("monday", "tuesday"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "alice.ipynb").write_text(NOTEBOOK)
    found, warnings = find_submissions([tmp_path / "monday", tmp_path / "tuesday"], "01_xo")
    assert [s.student for s in found] == ["alice", "alice (2)"]
    assert [s.name for s in found] == ["alice", "alice"]
    assert [s.candidates[0].file for s in found] == ["monday/alice.ipynb", "tuesday/alice.ipynb"]
    assert "alice (2)" in warnings[0]


def test_names_that_only_look_alike_do_not_share_a_submission(tmp_path):
    for folder in ("alice", "alice\u202e", "al\x1b[31mice"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.ipynb").write_text(NOTEBOOK)
    found, _ = find_submissions([tmp_path], "01_xo")
    assert sorted(s.student for s in found) == ["alice", "alice (2)", "alice (3)"]


def test_invalid_utf8_in_a_name_is_shown_replaced(tmp_path):
    try:
        (tmp_path / "m\udcffx.ipynb").write_text(NOTEBOOK)
    except OSError:
        pytest.skip("this file system takes valid UTF-8 only")
    found, _ = find_submissions([tmp_path], "01_xo")
    assert found[0].student == "m\ufffdx"
    assert found[0].candidates[0].file.encode() == "m\ufffdx.ipynb".encode()


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07name", "name"),
        ("two\nlines\r\tand tabs", "two lines and tabs"),
        ("a\u202eb\u200bc", "abc"),
        ("nul\x00byte", "nulbyte"),
        ("\ud800lone", "\ufffdlone"),
        ("Zoe\u0308", "Zoë"),
        ("<script>", "<script>"),
    ],
)
def test_names_are_shown_without_tricks(raw, shown):
    assert clean(raw) == shown
    assert len(clean(raw * 100)) <= 80


def test_files_of_students_never_leave_the_folder(tmp_path):
    names = ["../../x", "..", ".", "", "/etc/passwd", "C:\\x", "con", "CON", "nul.txt", "a" * 300, "alice", "Alice"]
    names += ["Ümit", "Umit", "a b", "a-b", "a/b", "\x00", "COM1", "x\ud800", "alice-3bc51062"]
    files = [safe_name(n) for n in names]
    assert files == [safe_name(n) for n in names]
    assert len({f.lower() for f in files}) == len(names)
    for file in files:
        assert (tmp_path / f"{file}.html").resolve().parent == tmp_path.resolve()
        assert file.isascii() and 0 < len(file) <= 80 and not file.startswith(".")
        assert file.partition(".")[0].lower() not in {"con", "nul", "com1"}


def test_shards_share_out_everything_once():
    everyone = list(range(11))
    shards = [shard_of(everyone, f"{i}/3") for i in (1, 2, 3)]
    assert sorted(x for s in shards for x in s) == everyone
    assert max(map(len, shards)) - min(map(len, shards)) <= 1
    for wrong in ("0/3", "4/3", "1", "a/b", "1/0", "-1/2"):
        with pytest.raises(ValueError, match="--shard"):
            shard_of(everyone, wrong)


def test_nothing_to_grade_is_one_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match="check the path"):
        find_submissions([tmp_path / "nowhere"], "01_xo")
    (tmp_path / "README.md").write_text("nothing")
    with pytest.raises(ValueError, match="no notebook"):
        find_submissions([tmp_path], "01_xo")
