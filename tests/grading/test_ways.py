"""What is green in the notebook is green in the sheet: unusual notebooks, earlier exercises that are wrong, slips."""

import ast
import json
import runpy
from pathlib import Path

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

import ccv
from ccv.grading import check_live, failures, grade, handed_in
from ccv.grading.answers import RemoteAnswer
from ccv.grading.border import kernel
from ccv.grading.check import run_checks
from ccv.grading.live import LiveSubmission
from ccv.grading.reading.extract import Definitions

UNUSUAL = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "unusual.py"))
KINDS, cells_of_kind = UNUSUAL["KINDS"], UNUSUAL["cells_of_kind"]
RIGHT = "def right_answer(n, kernel, stride=1):\n    return (n - kernel) // stride + 1"
ORDERLY, FOLLOWED = "earned by running the notebook's cells in order", "earned with the lab's own `double`"


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """An IPython shell as a notebook's kernel has, in a folder of its own; what its cells tell NumPy goes with it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    with np.errstate(), np.printoptions():
        yield InteractiveShell()
    InteractiveShell.clear_instance()


@pytest.mark.parametrize("kind", KINDS)
def test_an_unusual_notebook_earns_everything_as_a_file(kind, lab, hand_in):
    cells = cells_of_kind(kind, "output_size", RIGHT, "5, 3")
    sheet = grade(lab, hand_in("import numpy as np", *cells), exercises=["output_size"])
    assert (sheet.points, sheet.max_points) == (3, 3), sheet


@pytest.mark.parametrize("kind", KINDS)
def test_an_unusual_notebook_is_green_when_it_is_open(kind, lab, shell, capsys):
    cells = cells_of_kind(kind, "output_size", RIGHT, "5, 3")
    for cell in cells:
        if "# below" not in cell:
            shell.run_cell(cell)
    sheet = check_live(lab, shell.user_ns, ["output_size"])
    assert (sheet.points, sheet.max_points) == (3, 3), sheet


def test_how_the_points_were_earned_is_said(lab, hand_in):
    usual = cells_of_kind("another name", "output_size", RIGHT, "")
    unusual = cells_of_kind("globals()", "output_size", RIGHT, "")
    assert grade(lab, hand_in(*usual), exercises=["output_size"]).exercises[0].message == ""
    assert grade(lab, hand_in(*unusual), exercises=["output_size"]).exercises[0].message == ORDERLY


CHAIN = """
# %%
def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
# %%
def quadruple(x):
    ### BEGIN SOLUTION
    return double(double(x))
    ### END SOLUTION
# %%
def total(values):
    ### BEGIN SOLUTION
    return sum(quadruple(v) for v in values)
    ### END SOLUTION
"""
CHAIN_CHECKS = """
import pytest


@pytest.mark.exercise("double")
def test_double(answer):
    assert answer(4) == 8


@pytest.mark.exercise("quadruple", points=2)
def test_quadruple(answer):
    assert answer(4) == 16


@pytest.mark.exercise("total", points=3)
def test_total(answer):
    assert answer([1, 2]) == 12
"""
DOUBLE, QUADRUPLE, TOTAL = (
    "def double(x):\n    return 2 * x",
    "def quadruple(x):\n    return double(double(x))",
    "def total(values):\n    return sum(map(quadruple, values))",
)
WRONG, BLANK = "def double(x):\n    return x + 1", 'def double(x):\n    raise NotImplementedError("your answer")'


@pytest.fixture(scope="module")
def chain(tmp_path_factory) -> Path:
    """A lab whose exercises call each other."""
    folder = tmp_path_factory.mktemp("labs") / "00_chain"
    folder.mkdir()
    (folder / "00_chain.py").write_text(CHAIN)
    (folder / "test_00_chain.py").write_text(CHAIN_CHECKS)
    return folder


def namespace_of(*cells: str) -> dict:
    namespace: dict = {}
    for cell in cells:
        exec(cell, namespace)
    return namespace


@pytest.mark.parametrize("double", [WRONG, BLANK, "double = 3", "def double(x):\n    return 1 / 0"])
def test_a_wrong_earlier_exercise_costs_its_own_points_alone(chain, hand_in, double):
    cells = [double, QUADRUPLE, TOTAL]
    live = check_live(chain, namespace_of(*cells), None)
    for sheet in (grade(chain, hand_in(*cells)), live):
        assert [e.points for e in sheet.exercises] == [0, 2, 3], sheet
        assert [FOLLOWED in e.message for e in sheet.exercises] == [False, True, True]


def test_what_follows_a_wrong_exercise_must_be_right_itself(chain, hand_in):
    cells = [WRONG, "def quadruple(x):\n    return 3 * double(x)", "def total(values):\n    return 12"]
    for sheet in (grade(chain, hand_in(*cells)), check_live(chain, namespace_of(*cells), None)):
        assert [e.points for e in sheet.exercises] == [0, 0, 3], sheet


def test_one_exercise_alone_is_followed_through_too(chain, hand_in):
    cells = [WRONG, QUADRUPLE]
    assert grade(chain, hand_in(*cells), exercises=["quadruple"]).points == 2
    namespace = namespace_of(*cells)
    mine = namespace["double"]
    assert check_live(chain, namespace, ["quadruple"]).points == 2
    assert namespace["double"] is mine  # it is put back


def test_a_right_notebook_is_asked_once(chain, hand_in):
    sheet = grade(chain, hand_in(DOUBLE, QUADRUPLE, TOTAL))
    assert [e.message for e in sheet.exercises] == ["", "", ""]
    assert sheet.points == 6


def test_the_labs_own_answer_is_of_no_use_to_its_own_exercise(chain, hand_in):
    keeps = "import pathlib\nkept = {}\ndef double(x):\n    return kept.get(x, 0)"
    asks = (
        "def quadruple(x):\n    kept.update({x: double(x)})\n"
        "    pathlib.Path('kept').write_text(str(kept))\n    return double(double(x))"
    )
    sheet = grade(chain, hand_in(keeps, asks, TOTAL))
    assert [e.points for e in sheet.exercises] == [0, 2, 3]


@pytest.mark.slow
@pytest.mark.parametrize(
    "body",
    [
        "return [double(1) for _ in range(100_000)][0]",
        "return double(10**100)",
        "return double('x' * 10**8)",
        "return double(lambda: 1)",
        "return double()",
        "return double.__globals__ and 1 / 0",
        "import os; os.write(3, b'?' * 100); return double(x)",
        "double.__closure__[0].cell_contents([b'{}']); return double(double(x))",
    ],
)
def test_too_much_or_nonsense_asked_of_the_trusted_side_is_no_answer(chain, hand_in, body):
    cells = [WRONG, f"def quadruple(x):\n    {body}", TOTAL]
    assert [e.points for e in grade(chain, hand_in(*cells)).exercises][:2] == [0, 0]


def test_the_first_error_is_told(chain, hand_in):
    cells = ["import nothing_of_this_name\nfactor = 1 / 0\nhalf = factor / 2", "def double(x):\n    return x * half"]
    (score,) = grade(chain, hand_in(*cells), exercises=["double"]).exercises
    assert "ZeroDivisionError" in score.message
    assert "cell 1, line 2: `factor = 1 / 0`" in score.message


def write(path: Path, *cells: tuple[str, str]) -> Path:
    path.write_text(json.dumps({"cells": [{"cell_type": kind, "source": c} for kind, c in cells]}))
    return path


@pytest.mark.parametrize(("kind", "called"), [("raw", "raw"), ("markdown", "Markdown")])
def test_an_answer_in_no_code_cell_counts_and_is_told(chain, tmp_path, kind, called):
    prose = ("markdown", "# Doubling\n\ndef is how a function begins.\n")
    path = write(tmp_path / "a.ipynb", prose, (kind, DOUBLE), ("code", QUADRUPLE))
    sheet = grade(chain, path, exercises=["double", "quadruple"])
    assert sheet.points == 3
    assert f"`double` stands in a {called} cell: make it a code cell" in sheet.exercises[0].message


@pytest.mark.parametrize(
    "halves",
    [
        ("def double(x):", "    return 2 * x"),
        ("def double(x):\n    y = x", "    y += x\n    return y"),
        ("def double(x):\n    for _ in range(2):", "        y = 2 * x\n    return y"),
        ("def double(\n    x,", "):\n    return 2 * x"),
        ('def double(x):\n    """Twice', 'the number."""\n    return 2 * x'),
    ],
)
def test_a_cell_that_was_split_is_joined_and_told(chain, tmp_path, halves):
    path = write(tmp_path / "a.ipynb", *(("code", cell) for cell in ["import math", *halves, "y = 3"]))
    (score,) = grade(chain, path, exercises=["double"]).exercises
    assert score.points == 1, score
    assert "was split in two" in score.message


SHOWN = [
    (["27 + 1", "weights = _"], None),
    (["28", "None", "print(3)", "5;", "weights = _"], None),
    (["28", "5", "weights = __"], None),
    (["28", "6", "5", "weights = ___"], None),
    (["28", "x = 5", "x", "weights = _1 if _3 == 5 else 0"], None),
    (["28", "5", "weights = Out[17]"], [17, 3, 18]),
    (["weights = 28 if len(In) == 2 and _ == '' else 0"], None),
    (["for _ in range(29):\n    pass", "5", "weights = _"], None),  # a name of the student's own stays
    (["In = 28", "5", "weights = In"], None),
    (["28", "await __import__('asyncio').sleep(0, 28)", "weights = _2"], None),
]


@pytest.mark.parametrize(("cells", "counts"), SHOWN)
def test_what_a_cell_showed_is_known_to_those_below(cells, counts, lab, tmp_path, shell, capsys):
    for place, cell in enumerate(cells):
        shell.execution_count = counts[place] if counts else place + 1
        shell.run_cell(cell, store_history=True)
    assert check_live(lab, shell.user_ns, ["weights"]).points == 1
    numbered = [
        {"cell_type": "code", "source": cell, "execution_count": counts and counts[place]}
        for place, cell in enumerate(cells)
    ]
    path = tmp_path / "shown.ipynb"
    path.write_text(json.dumps({"cells": numbered}))
    assert grade(lab, path, exercises=["weights"]).points == 1


@pytest.mark.slow
def test_a_long_set_up_is_no_endless_loop(lab, hand_in):
    slow = "import time\ntime.sleep(4)\nready = time.sleep(4) or True"
    answer = f"{RIGHT}\ndef output_size(*args, **options):\n    return right_answer(*args, **options) if ready else 0"
    sheet = grade(lab, hand_in(slow, answer), exercises=["output_size"])  # of which one check has 3 s
    assert sheet.points == 3


def test_training_and_endless_loops_are_passed_over_in_order(chain, hand_in, monkeypatch):
    monkeypatch.setattr("ccv.grading.border.ordered.STATEMENT_SECONDS", 0.5)
    cells = [
        "while True:\n    try:\n        pass\n    except BaseException:\n        pass",
        "import keras\nmodel = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])",
        "model.compile('sgd', 'mse')",
        "import numpy as np\nmodel.fit(np.ones((9, 2)), np.ones(9), epochs=10**6)",
        "globals()['two'] = 2",
        "def double(x):\n    return two * x",
    ]
    (score,) = grade(chain, hand_in(*cells), exercises=["double"]).exercises
    assert (score.points, score.message) == (1, ORDERLY)


NOT_INSTALLED = [
    ["import nowhere_plots as np_, math", "def double(x):\n    return math.floor(2 * x)"],
    ["from nowhere import njit", "@njit\ndef double(x):\n    return 2 * x"],
    ["from nowhere import njit", "@njit(cache=True)\ndef double(x):\n    return 2 * x"],
    ["import nowhere.express as px", "def double(x):\n    px.bar([x]).show()\n    return 2 * x"],
    ["from nowhere.auto import bar", "def double(x):\n    return sum(x for _ in bar(range(2), desc='twice'))"],
    [
        "import nowhere",
        "def double(x):\n    with nowhere.Timer('double') as t:\n        t.note(x)\n        return 2 * x",
    ],
    [
        "from nowhere import Int, typed",
        "def double(x: Int['n']) -> Int['n']:\n    return 2 * x\ndouble = typed(double)",
    ],
    [
        "try:\n    import nowhere as xp\nexcept ImportError:\n    import math as xp",
        "def double(x):\n    return xp.floor(2 * x)",
    ],
]


@pytest.mark.parametrize("cells", NOT_INSTALLED)
def test_what_is_not_installed_here_costs_only_what_it_computes(cells, chain, hand_in):
    assert grade(chain, hand_in(*cells), exercises=["double"]).points == 1
    computes = ["import nowhere", "def double(x):\n    return nowhere.times(2, x)"]
    (score,) = grade(chain, hand_in(*computes), exercises=["double"]).exercises
    assert score.points == 0 and "No module named 'nowhere'" in score.message


def test_a_cell_that_ends_the_process_costs_itself_alone(chain, hand_in):
    cells = ["import os", "os._exit(3)", "globals()['two'] = 2", "def double(x):\n    return two * x"]
    assert grade(chain, hand_in(*cells), exercises=["double"]).points == 1


@pytest.mark.parametrize("horizon", ["floor = 7", "for floor in range(8):\n    pass", "floor += 7"])
def test_a_name_means_what_it_meant_at_the_exercises_own_cell(horizon):
    cells = ["floor = 0", "def f():\n    return floor", horizon]
    namespace: dict = {}
    for statement in Definitions(cells).needed("f"):
        exec(compile(ast.Module([statement.node], []), "<cell>", "exec"), namespace)
    assert namespace["f"]() == 0


def test_what_is_bound_only_below_is_found(chain, hand_in):
    assert grade(chain, hand_in("def double(x):\n    return two * x", "two = 2"), exercises=["double"]).points == 1


def test_what_breaks_an_earlier_exercise_later_costs_nothing(chain, hand_in):
    broken_later = "two = 2\ndef double(x):\n    return two * x"
    sheet = grade(chain, hand_in(broken_later, "two = 7", QUADRUPLE, "double = 0.5", TOTAL))
    assert sheet.points == 6, sheet


def test_whose_stub_it_was_is_told(chain, hand_in):
    cells = [BLANK, "def quadruple(x):\n    return double(x) + 1"]
    for submission in (handed_in.NotebookSubmission(cells), LiveSubmission(namespace_of(*cells))):
        with pytest.raises(failures.Blank, match="`quadruple` calls `double`, which is still blank"):
            submission.open("quadruple", 5)(1)
        submission.close()
    sheet = grade(chain, hand_in(*cells))
    assert sheet.exercises[1].message == "`quadruple(4)` gives 9, which is not right"


def test_a_slow_set_up_is_run_once_for_all_checks_of_an_exercise(lab, hand_in, monkeypatch):
    monkeypatch.setattr(handed_in, "_SLOW_SETUP", 0.2)
    loads = []
    load = RemoteAnswer.load
    monkeypatch.setattr(RemoteAnswer, "load", lambda *args: loads.append(1) or load(*args))
    answer = "def output_size(*args, **options):\n    return right_answer(*args, **options) if ready is None else 0"
    cell = f"import time\n{RIGHT}\nready = time.sleep(0.3)\n{answer}"
    submission = handed_in.NotebookSubmission([cell])
    assert run_checks(lab, submission, "", ["output_size"], 0).points == 3
    assert len(loads) == 1


def test_the_lab_that_graded_code_opens_is_like_the_notebooks():
    mine, theirs = kernel.Lab("01_xo"), ccv.lab("01_xo")
    assert (mine.name, mine.scale, mine.seed, mine.quick) == (theirs.name, theirs.scale, theirs.seed, theirs.quick)
    assert {n for n in dir(theirs) if not n.startswith("_")} <= set(dir(mine))


IN_PLACE = [
    ("def blur(image):\n    image /= 9\n    return image", "`blur` changes `image` in place, which costs nothing here"),
    ("def blur(image):\n    image = image / 9\n    return image", ""),
]


@pytest.mark.parametrize(("cell", "says"), IN_PLACE)
def test_an_answer_that_changes_its_argument_is_right_and_told(cell, says, lab, hand_in):
    live = check_live(lab, namespace_of(cell), ["blur"])
    for sheet in (grade(lab, hand_in(cell), exercises=["blur"]), live):
        assert sheet.points == 1, sheet
        assert sheet.exercises[0].message.startswith(says) and bool(sheet.exercises[0].message) == bool(says)
