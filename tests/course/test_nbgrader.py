"""Labs as a course of nbgrader: what is written, and what nbgrader itself makes of it."""

import os
import re
import subprocess
import sys
import warnings
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from ccv.cli.app import app, main
from ccv.course import build
from ccv.course import nbgrader as exporter
from ccv.course.catalog import Lab, find_lab, labs
from ccv.grading import grade

MISSING = "nbgrader is not installed: pip install 'classic-cv[dev]'"
CHECKS = """
import logging, os, warnings
import pytest

@pytest.mark.exercise("f", points=0.7)
def test_f_of_two(answer):
    warnings.warn("a library is old")
    logging.warning("a library logs")
    os.write(2, b"a library in C writes")
    assert answer(2) == 4

@pytest.mark.exercise("f", points=0.1)
def test_f_of_three(answer):
    assert answer(3) == 9, "three is wrong"

@pytest.mark.exercise("weights")
def test_weights(answer):
    assert answer == 28

@pytest.mark.exercise("bias")
def test_bias(answer):
    assert answer == 1
"""
SOURCE = """\
# %% [markdown]
# # A demo

# %%
import ccv

# %%
def f(x):
    ### BEGIN SOLUTION
    return x * x
    ### END SOLUTION

# %%
ccv.check("f")

# %% [markdown]
# Words.

# %%
### BEGIN SOLUTION
weights = 28
bias = 1
### END SOLUTION

# %%
ccv.check("weights")

# %%
print("free to play")
"""
SQUARE_ONLY = """\
def slide_and_sum(image, kernel):
    windows = np.lib.stride_tricks.sliding_window_view(image, kernel.shape)
    return (windows * kernel).sum((2, 3))[:, : len(image) - len(kernel) + 1]
"""


@pytest.fixture
def demo(tmp_path):
    folder = tmp_path / "00_demo"
    folder.mkdir()
    (folder / "00_demo.py").write_text(SOURCE)
    (folder / "test_00_demo.py").write_text(CHECKS)
    return Lab(folder)


def marked(notebook, **wanted):
    """The cells with this metadata, by grade_id."""
    found = [c for c in notebook.cells if "nbgrader" in c.metadata]
    return {c.metadata.nbgrader.grade_id: c for c in found if wanted.items() <= c.metadata.nbgrader.items()}


# ------------------------------------------------------------------------------------------------ what is written


def test_each_exercise_has_a_solution_and_one_test_with_its_points(demo):
    notebook = exporter.notebook(demo)
    order = [c.metadata.get("nbgrader", {}).get("grade_id") for c in notebook.cells]
    assert order == [
        "before-f-1",
        "before-f-2",
        "f",
        "check-f",
        "before-weights-bias-1",
        "weights-bias",
        "check-bias",
        "check-weights",
        None,
    ]
    tests = marked(notebook, grade=True)
    assert {name: c.metadata.nbgrader.points for name, c in tests.items()} == {
        "check-f": 0.8,  # and not 0.7 + 0.1: nbgrader stops where somebody earns more than the maximum
        "check-weights": 1,
        "check-bias": 1,
    }
    assert all(c.metadata.nbgrader.locked and not c.metadata.nbgrader.solution for c in tests.values())
    assert "### BEGIN SOLUTION\n    return x * x\n    ### END SOLUTION" in marked(notebook, solution=True)["f"].source


@pytest.mark.parametrize("lab", labs(), ids=lambda lab: lab.name)
def test_every_lab_is_a_valid_notebook_of_nbgrader(lab):
    notebook = exporter.notebook(lab)
    nbformat.validate(notebook)
    tests = marked(notebook, grade=True)
    assert {n.removeprefix("check-"): c.metadata.nbgrader.points for n, c in tests.items()} == lab.exercises
    assert all(build.BEGIN not in c.source for c in notebook.cells if c not in marked(notebook, solution=True).values())
    assert marked(notebook, locked=True).keys() >= tests.keys()
    assert [c.source for c in notebook.cells if c.cell_type == "markdown"] == [
        c.source for c in build.solved_notebook(lab).cells if c.cell_type == "markdown"
    ]
    nbgraderformat = pytest.importorskip("nbgrader.nbgraderformat", reason=MISSING)
    nbgraderformat.MetadataValidator().validate_nb(notebook)
    for cell in notebook.cells:
        before = dict(cell.metadata.get("nbgrader", {}))
        nbgraderformat.MetadataValidator().upgrade_cell_metadata(cell)
        assert dict(cell.metadata.get("nbgrader", {})) == before, "nbgrader would have to repair it"


def test_tests_hold_no_answers(demo):
    (test,) = marked(exporter.notebook(demo), grade=True, grade_id="check-f").values()
    code = [line for line in test.source.splitlines() if line and not line.startswith("#")]
    assert code == ["import ccv.course.nbgrader", "ccv.course.nbgrader.points('00_demo', 'f')"]


def test_an_edit_keeps_the_ids_of_other_cells(demo):
    before = marked(exporter.notebook(demo)).keys()
    demo.source.write_text(
        SOURCE.replace("Words.", "Better words.").replace("# # A", "# more\n\n# %% [markdown]\n# # A")
    )
    assert marked(exporter.notebook(demo)).keys() - before == {"before-f-3"}


def test_the_export_is_the_same_every_time(demo, tmp_path):
    first, second = (exporter.export([demo], tmp_path / name) for name in "ab")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    assert [p.relative_to(tmp_path / "a").as_posix() for p in first] == [
        "nbgrader_config.py",
        "source/00_demo/00_demo.ipynb",
    ]


def test_a_course_that_is_there_is_not_touched_without_force(demo, tmp_path):
    config, notebook = exporter.export([demo], tmp_path / "course")
    config.write_text("# mine")
    notebook.write_text("edited")
    with pytest.raises(FileExistsError, match="--force"):
        exporter.export([demo], tmp_path / "course")
    assert notebook.read_text() == "edited"
    assert exporter.export([demo], tmp_path / "course", force=True) == [notebook]
    assert (config.read_text(), notebook.read_text()[0]) == ("# mine", "{")
    with pytest.raises(NotADirectoryError, match="is a file"):
        exporter.export([demo], config, force=True)


# -------------------------------------------------------------------------------------------------------- points


def test_points_are_partial_and_a_warning_costs_nothing(demo, monkeypatch, capfd):
    monkeypatch.setattr("ccv.course.catalog.labs", lambda: [demo])
    answers = {"right": lambda x: x * x, "half": lambda x: x + 2, "wrong": lambda x: 0}
    call = "from ccv.course.nbgrader import points\nearned = points('00_demo', 'f')"
    earned = {}
    for name, f in answers.items():
        namespace = {"f": f}
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            exec(call, namespace)
        earned[name] = namespace["earned"]
    assert earned == {"right": 0.8, "half": 0.7, "wrong": 0}
    output = capfd.readouterr()
    assert output.err == "", "nbgrader takes anything on stderr as a failure"
    assert "three is wrong" in output.out
    with pytest.raises(LookupError, match="no exercise called g"):
        exec(call.replace("'f'", "'g'"), {})


# ------------------------------------------------------------------------------------------------------- command


def test_the_command_exports_the_labs_that_are_named(tmp_path):
    result = CliRunner().invoke(app, ["labs", "export", "--nbgrader", str(tmp_path / "course"), "1", "01_xo"])
    assert result.exit_code == 0, result.output
    assert [p.name for p in (tmp_path / "course" / "source").iterdir()] == ["01_xo"]
    assert "nbgrader generate_assignment 01_xo" in result.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["03_lennet"], "did you mean '03_lenet'"), ([], "holds a course already")],
)
def test_the_command_says_what_is_wrong(tmp_path, capsys, arguments, says):
    (tmp_path / "nbgrader_config.py").touch()
    with pytest.raises(SystemExit) as stopped:
        main(["labs", "export", "--nbgrader", str(tmp_path), *arguments])
    assert stopped.value.code == 2
    assert says in " ".join(capsys.readouterr().err.split())


# ------------------------------------------------------------------------------------------------ nbgrader itself


def nbgrader(course, *arguments):
    """Run nbgrader as a teacher would, with a home of its own."""
    home = {"HOME": str(course), "JUPYTER_CONFIG_DIR": str(course / ".jupyter"), "IPYTHONDIR": str(course / ".ipython")}
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=course, env=os.environ | home, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


def hand_in(course, student, notebook):
    path = course / "submitted" / student / "01_xo" / "01_xo.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(notebook, path)


def points_of(course, student):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        graded = book.find_submission_notebook("01_xo", "01_xo", student)
        return {g.name.removeprefix("check-"): g.auto_score for g in graded.grades}


@pytest.mark.slow
def test_nbgrader_makes_the_assignment_and_grades_it(tmp_path):
    """The solved lab runs whole, its training too; the others leave out what comes after the last exercise."""
    pytest.importorskip("nbgrader", reason=MISSING)
    lab = find_lab("01_xo")
    course = tmp_path / "course"
    exporter.export([lab], course)
    nbgrader(course, "generate_assignment", "01_xo")
    handed_out = (course / "release" / "01_xo" / "01_xo.ipynb").read_text()
    assert "SOLUTION" not in handed_out
    assert_stubs_are_ours(nbformat.reads(handed_out, as_version=4), lab)

    def submission(*solved, whole=False):
        made = nbformat.reads(handed_out, as_version=4)
        answers = marked(exporter.notebook(lab), solution=True)
        for name in solved:
            marked(made)[name].source = answers[name].source
        if not whole:
            last = [*marked(made, grade=True).values()][-1]
            del made.cells[made.cells.index(last) + 1 :]
        return made

    half = submission("pixel_match", "why_they_commute", "slide_and_sum")
    marked(half)["slide_and_sum"].source = SQUARE_ONLY
    marked(half)["check-kernel_kind"].source = "2"  # a forged test is put back
    hand_in(course, "blank", submission())
    hand_in(course, "half", half)
    hand_in(course, "solved", submission(*lab.exercises, whole=True))
    nbgrader(course, "autograde", "01_xo")

    assert points_of(course, "solved") == lab.exercises
    assert points_of(course, "blank") == dict.fromkeys(lab.exercises, 0)
    earned = {n: p for n, p in points_of(course, "half").items() if p}
    assert earned == {"pixel_match": 2, "why_they_commute": 1, "slide_and_sum": 2}
    ours = grade(lab.directory, course / "submitted" / "half" / "01_xo" / "01_xo.ipynb")
    assert {e.name: e.points for e in ours.exercises if e.points} == earned, "ccv grade gives the same"


def assert_stubs_are_ours(handed_out, lab):
    """A blank function is the one that `ccv labs build` hands out."""
    ours = {c.source for c in nbformat.reads(build.student_notebook(lab), as_version=4).cells}
    for cell in marked(handed_out, solution=True).values():
        assert cell.source in ours or re.fullmatch(r'raise NotImplementedError\("your answer"\)', cell.source)


def test_no_metadata_is_needed(tmp_path):
    """What nbgrader adds, and what it or anything else takes away, is nothing to `ccv grade`."""
    lab = find_lab("01_xo")
    exported = exporter.notebook(lab)
    nbformat.write(exported, tmp_path / "exported.ipynb")
    for cell in exported.cells:
        cell.metadata.clear()
    exported.metadata.clear()
    nbformat.write(exported, tmp_path / "stripped.ipynb")
    sheets = [grade(lab.directory, Path(tmp_path / name)) for name in ("exported.ipynb", "stripped.ipynb")]
    assert [{e.name: e.points for e in s.exercises} for s in sheets] == [lab.exercises] * 2
