"""A submission has one limit for all its exercises: what earned points until then keeps them."""

import time

import pytest

from ccv.grading import failures, grade
from ccv.grading.clock import Clock
from ccv.grading.handed_in import NotebookSubmission
from ccv.grading.reading.submission import read_cells


@pytest.mark.slow
def test_what_is_left_when_the_time_is_over_is_told_so():
    submission = NotebookSubmission(
        ["def f():\n    return 1", "import time\ndef g():\n    time.sleep(60)"], clock=Clock(12)
    )
    try:
        assert submission.open("f", 30)() == 1
        began = time.monotonic()
        with pytest.raises(failures.OutOfTime, match="used up its 12 s for all exercises together"):
            submission.open("g", 30)()
        with pytest.raises(failures.OutOfTime):
            submission.open("f", 30)()
        assert time.monotonic() - began < 40
    finally:
        submission.close()


def test_a_question_that_takes_too_long_itself_is_no_matter_of_the_whole():
    submission = NotebookSubmission(["import time\ndef g():\n    time.sleep(30)"], clock=Clock(60))
    try:
        with pytest.raises(failures.TooSlow):
            submission.open("g", 0.5)()
    finally:
        submission.close()


@pytest.mark.slow
def test_the_sheet_keeps_what_was_earned_before(lab, tmp_path):
    solved = [c for c in read_cells(lab / "00_demo.py") if "def blur" not in c]
    slow = "import time\n\n\ndef blur(image):\n    time.sleep(60)"
    file = tmp_path / "slow.py"
    file.write_text("\n# %%\n".join(["", *solved, slow]))
    began = time.monotonic()
    sheet = grade(lab, file, limit=9)
    assert time.monotonic() - began < 60
    found = {e.name: e for e in sheet.exercises}
    assert found["output_size"].points == found["output_size"].max_points
    assert (found["blur"].points, found["blur"].status) == (0, "timeout")
    assert "used up its 9 s" in found["blur"].message
    after = sheet.exercises[[e.name for e in sheet.exercises].index("blur") + 1 :]
    assert after and all(e.points == 0 and e.status == "timeout" for e in after)


@pytest.mark.parametrize("failure", [failures.OutOfTime(300), failures.Crashed("the notebook")])
def test_the_first_round_stands_where_a_second_cannot_begin(failure, lab, tmp_path, monkeypatch):
    def fails(submission, operation, *args, **kwargs):
        if operation == "script":
            raise failure
        return read(submission, operation, *args, **kwargs)

    read = NotebookSubmission._ask_reader
    monkeypatch.setattr(NotebookSubmission, "_ask_reader", fails)
    solved = [c for c in read_cells(lab / "00_demo.py") if "def blur" not in c]
    file = tmp_path / "late.py"
    file.write_text("\n# %%\n".join(["", *solved, "def blur(image):\n    return image"]))
    found = {e.name: e for e in grade(lab, file).exercises}
    assert found["output_size"].points == found["output_size"].max_points
    assert (found["blur"].points, found["blur"].status) == (0, "failed")
