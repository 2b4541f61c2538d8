"""Hints on demand: written beside the solution, built into a data file, given one by one, and never part of a score."""

import json
import re

import nbformat
import pytest

import ccv
from ccv.course import build, catalog, session
from ccv.course.catalog import Lab, labs
from ccv.course.hints import read_hints
from ccv.course.nbgrader import notebook as nbgrader_notebook
from ccv.grading import check_live, grade

SOLUTION = """\
# %%
def area(sides):
    ### BEGIN SOLUTION
    total = 1
    for side in sides:
        total *= side - 1
    return {"area": total}, total + 2
    ### END SOLUTION


# %% [markdown] hints="area"
# 1. Step
#    one.
# 2. Step two.
# 3. Step three.
#
# The idea: Multiply.

# %%
### BEGIN SOLUTION
best = "round"
### END SOLUTION

# %% [markdown] hints="best"
# 1. A.
# 2. B.
# 3. C.
#
# The idea: D.
"""
CHECKS = """\
import pytest
@pytest.mark.exercise("area", points=2)
def test_area(answer): assert answer((3, 3))[1] == 6
@pytest.mark.exercise("best")
def test_best(answer): assert answer == "round"
"""


@pytest.fixture
def lab(tmp_path):
    folder = tmp_path / "00_demo"
    folder.mkdir()
    (folder / "00_demo.py").write_text(SOLUTION)
    (folder / "test_00_demo.py").write_text(CHECKS)
    return Lab(folder)


@pytest.fixture
def opened(lab, monkeypatch):
    """The demo is the lab that the notebook has opened."""
    build.build(lab)
    monkeypatch.setattr(session, "_opened", session.OpenLab(lab.name, "quick", 0))
    monkeypatch.setattr(session, "find_lab", lambda name: lab)
    monkeypatch.setattr(session, "_hints_taken", {})
    monkeypatch.setattr(session, "_scores", {})
    return lab


def test_hints_become_a_data_file_and_no_notebook_holds_them(lab):
    build.build(lab)
    steps = ["Step one.", "Step two.", "Step three."]
    assert json.loads(lab.hints.read_text())["area"] == {"steps": steps, "idea": "Multiply."}
    for notebook in (build.student_notebook(lab), build.solved_notebook(lab), nbgrader_notebook(lab)):
        assert "Step" not in str(notebook)


@pytest.mark.parametrize(
    ("before", "after", "complaint"),
    [
        ("# 3. Step three.\n", "", "hints of area must be three steps"),
        ("# 3. C.\n", "# 3. C.\n# 4. More.\n", "hints of best must be three steps"),
        ("# The idea: Multiply.", "", "hints of area must be three steps"),
        ("# 2. Step two.", "# 2.", "hints of area must be three steps"),
        ('hints="best"', 'hints="worst"', "hints for worst, which is no exercise"),
        (SOLUTION[SOLUTION.index("# %%\n### BEGIN") :], "", "best has no hints"),
        ('hints="best"\n', 'hints="best"\n# %% [markdown] hints="best"\n', "hints of best must be three steps"),
        ('# %% [markdown] hints="best"', '# %%\n1\n# %% [markdown] hints="best"', "right below the cell"),
    ],
)
def test_hints_that_are_not_as_they_should_be_are_refused(lab, before, after, complaint):
    assert SOLUTION.count(before) == 1
    lab.source.write_text(SOLUTION.replace(before, after))
    with pytest.raises(ValueError, match=complaint):
        build.build(lab)
    assert not lab.hints.exists()


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        ("Step two", "Write `total*=side-1` in the loop"),
        ("Step two", "Begin with total =\n#    1"),
        ("Multiply", "Return {'area':total} and more"),
        ("one.", "total+2."),
        ("D.", "It is round."),
    ],
)
def test_a_hint_that_holds_a_line_of_the_solution_is_refused(lab, hint, text):
    lab.source.write_text(SOLUTION.replace(hint, text))
    with pytest.raises(ValueError, match="holds a line of its solution"):
        build.build(lab)


@pytest.mark.parametrize("text", ["The sides are the totals.", "A rounded number, around 1.", "Call it total."])
def test_words_that_happen_to_be_in_the_solution_are_no_code(lab, text):
    lab.source.write_text(SOLUTION.replace("D.", text))
    build.build(lab)
    assert read_hints(lab)["best"].idea == text


def test_hints_come_one_by_one_then_the_idea_then_no_more(opened):
    given = [ccv.hint("area") for _ in range(6)]
    assert [hint.title for hint in given] == [
        *(f"Hint {n} of 3 for area" for n in (1, 2, 3)),
        "The idea of area",
        *["There are no more hints for area"] * 2,
    ]
    assert [hint.text for hint in given] == ["Step one.", "Step two.", "Step three.", "Multiply.", "", ""]
    assert 'ccv.hint("area", step=1)' in str(given[3]) and 'ccv.hint("area", step=1)' in str(given[4])
    assert str(ccv.hint("best")).startswith("Hint 1 of 3 for best: A.\n")
    assert ccv.hint("area", step=2)._repr_markdown_().startswith("**Hint 2 of 3 for area:** Step two.\n\n")


def test_a_hint_seen_again_does_not_move_the_count(opened):
    ccv.hint("area"), ccv.hint("area")
    assert ccv.hint("area", step=1).text == "Step one."
    assert ccv.hint("area").text == "Step three."


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"exercise": "aera"}, "no exercise of 00_demo called 'aera': did you mean 'area'"),
        ({}, "say for which exercise"),
        ({"exercise": 3}, "say for which exercise"),
        ({"exercise": "area", "step": 0}, "step=0 must be 1 to 3, or 4"),
        ({"exercise": "area", "step": 5}, "step=5 must be 1 to 3, or 4"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(opened, arguments, complaint):
    with pytest.raises(ValueError, match=complaint):
        ccv.hint(**arguments)


def test_a_lab_without_its_file_of_hints_says_so(opened):
    opened.hints.unlink()
    with pytest.raises(ValueError, match="there are no hints for area"):
        ccv.hint("area")


def test_without_an_open_lab_the_exercise_says_which(monkeypatch):
    monkeypatch.setattr(session, "_opened", None)
    monkeypatch.setattr(session, "_hints_taken", {})
    assert ccv.hint("relu_map").title == "Hint 1 of 3 for relu_map"
    with pytest.raises(ValueError, match="did you mean 'relu_map'"):
        ccv.hint("relu_mapp")


def test_an_exercise_of_two_labs_is_asked_back(lab, monkeypatch):
    monkeypatch.setattr(session, "_opened", None)
    monkeypatch.setattr(catalog, "labs", lambda: [lab, lab])
    with pytest.raises(ValueError, match="say which with"):
        ccv.hint("area")


def test_hints_taken_cost_nothing(opened, tmp_path):
    taking = 'import ccv\nfrom ccv import hint\nccv.hint("area")\nhint("best")\nccv.hint("nothing like it")\n'
    cells = [taking, 'def area(sides):\n    ccv.hint("area")\n    return {}, 6', 'best = "round"\nccv.hint("best")']
    file = tmp_path / "taken.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells]), file)
    sheet = grade(opened.directory, file)
    assert (sheet.points, sheet.max_points, sheet.eyes) == (3, 3, []), str(sheet)
    notebook = {"ccv": ccv}
    for cell in cells[1:]:
        exec(cell, notebook)
    assert check_live(opened.directory, notebook, None).points == 3


def test_cells_that_take_hints_run_in_order_too(opened, tmp_path):
    """What needs the cells in order (here: a registry that is filled) is the grader's second way."""
    cells = [
        "import ccv\nkept = {}\ndef keep(f):\n    kept['f'] = f",
        'keep(lambda sides: ({}, 6))\nccv.hint("area", step=9)',
        "def area(sides):\n    return kept['f'](sides)",
    ]
    file = tmp_path / "order.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells]), file)
    assert grade(opened.directory, file, exercises=["area"]).points == 2


@pytest.mark.parametrize("lab", labs(), ids=lambda lab: lab.name)
def test_hints_of_the_labs_stand_alone(lab):
    texts = [text for hints in read_hints(lab).values() for text in hints.texts]
    found = [re.findall(r"\b[ACDESX]-\d{2,3}\b|\bslides?\b|```", text) for text in texts]
    assert not [words for words in found if words]
