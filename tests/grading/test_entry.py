"""What pytest loads of ccv: in other people's projects a mark and options, with the checks of a lab the rest."""

import subprocess
import sys

import pytest

OTHERS = """
import sys
import pytest

@pytest.fixture
def answer():
    return 42

@pytest.mark.exercise
def test_a_mark_of_their_own():
    pass

def test_a_fixture_of_their_own(answer):
    assert answer == 42

def test_a_fixture_that_they_forgot(rng):
    pass

def test_nothing_else_is_loaded():
    assert {{m for m in sys.modules if m.startswith("ccv")}} <= {loaded}
    assert not {{"numpy", "keras", "rich", "nbformat"}} & set(sys.modules)
"""
LOADED = {"ccv", "ccv.keras_hook", "ccv.lazy", "ccv.versions", "ccv.grading", "ccv.grading.entry"}


def run_pytest(folder, *arguments):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_in_another_project_it_does_nothing(tmp_path):
    (tmp_path / "test_theirs.py").write_text(OTHERS.format(loaded=LOADED))
    said = run_pytest(tmp_path)
    assert "3 passed, 1 error" in said and "fixture 'rng' not found" in said, said


LAB = "raise SystemExit('the solved lab was run')"
CHECK = """
import pytest

@pytest.mark.exercise("size")
def test_size(answer):
    assert answer == 3, "the size"
"""


@pytest.mark.slow
@pytest.mark.parametrize("doctests", [[], ["--doctest-modules"]])
def test_checks_of_a_lab_bring_the_rest_and_never_import_the_lab(tmp_path, doctests):
    lab = tmp_path / "labs" / "00_small"
    lab.mkdir(parents=True)
    for name in ("00_small", "mutants", "right"):
        (lab / f"{name}.py").write_text(LAB)
    (lab / "test_00_small.py").write_text(CHECK)
    (lab / "mine.py").write_text("size = 3")
    for target in (lab, lab / "test_00_small.py", lab.parent):
        said = run_pytest(tmp_path, str(target), *doctests, "--submission", str(lab / "mine.py"))
        assert "1 of 1 points" in said and "1 passed" in said, said
