"""The bar of a lab's points and what is still blank, below the table of every check."""

import pytest

import ccv
from ccv.course import session
from ccv.course.build import blank_out
from ccv.grading.progress import Progress

BLANK = "def relu_map(x):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION"


@pytest.fixture
def notebook(monkeypatch):
    """The globals of a notebook of lab 01, in which `run(code)` runs a cell and returns what its `sheet` is."""
    monkeypatch.setattr(session, "_opened", None)
    monkeypatch.setattr(session, "_scores", {})
    names = {"ccv": ccv}
    exec("import numpy as np\nccv.lab('01_xo')", names)

    def run(code):
        exec(code, names)
        return names.get("sheet")

    return run


def test_each_check_adds_to_the_points_so_far(notebook):
    first = notebook("def relu_map(x):\n    return np.maximum(x, 0)\nsheet = ccv.check('relu_map')").progress
    assert (first.points, first.max_points) == (1, 24)
    second = notebook("why_they_commute = 'monotone'\nsheet = ccv.check('why_they_commute')").progress
    assert (second.points, second.open.get("still blank")) == (2, None)
    worse = notebook("def relu_map(x):\n    return x\nsheet = ccv.check('relu_map')").progress
    assert worse.points == 1


def test_what_is_left_is_seen_without_running_it(notebook):
    cells = f"{blank_out(BLANK)}\nwhy_they_commute = ...\ndef votes(vector):\n    raise SystemExit('ran')\n"
    left = notebook(f"{cells}\nsheet = ccv.check('why_they_commute')").progress.open
    assert left["still blank"] == ["relu_map", "why_they_commute"]
    assert left["not checked yet"] == ["votes"]
    assert "pixel_match" in left["cell not run yet"] and len(left["cell not run yet"]) == 9


def test_numbers_are_text_and_the_bar_is_for_the_eye(notebook):
    sheet = notebook(f"{blank_out(BLANK)}\nwhy_they_commute = 'monotone'\nsheet = ccv.check('why_they_commute')")
    assert "01_xo so far: 1 of 24 points  █░░░" in str(sheet) and "still blank: relu_map" in str(sheet)
    page = sheet._repr_html_()
    assert "01_xo so far: 1 of 24 points <span aria-hidden='true'" in page and "<br>still blank: relu_map<br>" in page
    assert "progress" not in sheet.to_dict()


@pytest.mark.parametrize(("points", "full"), [(0, 0), (0.1, 1), (12, 12), (23.9, 23), (24, 24)])
def test_the_bar_is_full_with_all_points_and_empty_with_none(points, full):
    assert Progress("lab", points, 24).bar == "█" * full + "░" * (24 - full)


def test_a_long_list_says_how_many_more():
    names = [f"exercise_{n}" for n in range(12)]
    said = str(Progress("lab", 0, 24, {"still blank": names, "not checked yet": ["last"]}))
    assert "exercise_7, and 4 more\nnot checked yet: last" in said
