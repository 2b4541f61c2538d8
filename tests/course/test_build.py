"""From a lab's one source to the student's notebook and back."""

import re

import nbformat
import pytest

from ccv.course import build, syllabus
from ccv.course.catalog import Lab, find_lab, lab_of_exercise, labs

SOURCE = """\
# ---
# jupyter:
#   ccv: {minutes: 30, needs: "nothing", about: "signs"}
# ---

# %% [markdown]
# # A title
#
# Words.

# %%
def f(x):
    ### BEGIN SOLUTION
    y = x
    if y:
        y = -y
    return y
    ### END SOLUTION

# %% [markdown] hints="f"
# 1. Look at the sign.
# 2. What is zero
#    without its sign?
# 3. Zero stays zero.
#
# The idea: the number with the other sign.

# %%
### BEGIN SOLUTION
a, b = 1, 2
c = 3
### END SOLUTION

# %%
x = 1
"""


@pytest.fixture
def lab(tmp_path):
    folder = tmp_path / "00_demo"
    folder.mkdir()
    (folder / "00_demo.py").write_text(SOURCE)
    checks = 'import pytest\n@pytest.mark.exercise("f", points=2)\ndef test_f(answer): pass\n'
    (folder / "test_00_demo.py").write_text(checks + checks.replace("test_f", "test_g").replace(", points=2", ""))
    return Lab(folder)


def test_the_student_gets_stubs_and_no_solution(lab):
    notebook = nbformat.reads(build.student_notebook(lab), as_version=4)
    nbformat.validate(notebook)
    sources = [c.source for c in notebook.cells]
    assert sources == [
        "# A title\n\nWords.",
        'def f(x):\n    raise NotImplementedError("your answer")',
        "a = ...  # your answer\nb = ...  # your answer\nc = ...  # your answer",
        "x = 1",
    ]
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


def test_the_solved_notebook_keeps_solutions_without_marks(lab):
    sources = [c.source for c in build.solved_notebook(lab).cells]
    assert sources[1] == "def f(x):\n    y = x\n    if y:\n        y = -y\n    return y"
    assert sources[2] == "a, b = 1, 2\nc = 3"


def test_building_twice_changes_nothing(lab):
    assert build.build(lab) is True
    assert build.build(lab) is False
    for made in (lab.notebook, lab.hints):
        before = made.read_text()
        made.write_text("{}")
        assert not build.is_current(lab)
        made.write_text(before)
    assert build.is_current(lab)


def test_what_is_known_of_a_lab(lab):
    facts = {"minutes": 30, "needs": "nothing", "about": "signs"}
    assert (lab.title, lab.facts, lab.exercises) == ("A title", facts, {"f": 3})


def test_the_syllabus_has_a_row_for_each_lab(lab):
    page = syllabus.page([lab, lab])
    assert "2 labs, 2 exercises, 6 points, about 1 hours" in page
    assert page.count("| [00_demo](00_demo/00_demo.ipynb) | signs | 1 | 3 | 30 | nothing |") == 2


def test_a_head_that_leaves_the_syllabus_blank_is_told(lab):
    lab.source.write_text(SOURCE.replace(', needs: "nothing", about: "signs"', ""))
    with pytest.raises(ValueError, match=r"00_demo\.py: the head says no needs and no about under `ccv:`; see"):
        syllabus.page([lab])


def test_an_open_solution_is_an_error(lab):
    lab.source.write_text(SOURCE.replace("    ### END SOLUTION\n", ""))
    with pytest.raises(ValueError, match="cell 2 has"):
        build.student_notebook(lab)


def test_only_assignments_may_be_answers_outside_functions(lab):
    lab.source.write_text(SOURCE.replace("c = 3", "print(3)"))
    with pytest.raises(ValueError, match="must be assignments"):
        build.student_notebook(lab)


def test_copying_never_overwrites_a_students_work(lab, tmp_path):
    build.build(lab)
    target = tmp_path / "course"
    (path,) = build.copy_notebooks([lab], target)
    path.write_text("my work")
    with pytest.raises(FileExistsError, match="--force"):
        build.copy_notebooks([lab], target)
    assert path.read_text() == "my work"
    build.copy_notebooks([lab], target, force=True)
    assert path.read_text() != "my work"


def test_labs_are_found_by_name_topic_and_number():
    for name in ("03_lenet", "lenet", "3", "03", "03_LeNet", "03_lenet/"):
        assert find_lab(name).name == "03_lenet"
    with pytest.raises(ValueError, match="did you mean '03_lenet'"):
        find_lab("03_lennet")


def test_an_exercise_names_its_lab():
    first = labs()[0]
    assert lab_of_exercise(next(iter(first.exercises))).name == first.name
    with pytest.raises(ValueError, match="no exercise called 'zzz'"):
        lab_of_exercise("zzz")


@pytest.mark.parametrize("lab", labs(), ids=lambda lab: lab.name)
def test_no_notebook_shows_the_catalogue_s_codes(lab):
    """E-24, X-21 and their like are for the checks: a student has no list of them."""
    cells = nbformat.read(lab.notebook, as_version=4).cells
    found = [re.findall(r"\b[ACDESX]-\d{2,3}\b", cell.source) for cell in cells]
    assert not [codes for codes in found if codes]
