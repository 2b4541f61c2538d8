"""Code that could lead around a rule is shown to the teacher, and costs nothing; common code is not."""

import pytest

from ccv.grading import grade
from ccv.grading.reading.evasions import evasions
from ccv.grading.reading.submission import read_cells

ODD = {
    "exec('x = 1')": "exec",
    "answer = eval('1 + 1')": "eval",
    "code = compile('1', 'f', 'eval')": "compile",
    "np = __import__('numpy')": "__import__",
    "run = exec": "exec",
    "import importlib.util": "importlib",
    "from importlib import import_module as load": "importlib",
    "import inspect\ntext = inspect.getsource(len)": "getsource",
    "from inspect import getsource": "getsource",
    "def f(x):\n    return x.__code__": "__code__",
    "import gc\nseen = gc.get_objects()": "gc",
    "%matplotlib inline\nexec('1')": "exec",
}
COMMON = [
    "model.compile('sgd', 'mse')",
    "# exec and eval are words\ntext = 'eval(1)'",
    "model.eval()",
    "import re\npattern = re.compile('a')",
    "def compile_model(m):\n    m.compile('sgd')",
    "def broken(:",
    "(" * 5000,
    "import inspect",
]


@pytest.mark.parametrize("cell", ODD)
def test_what_could_lead_around_a_rule_is_told_with_its_cell(cell):
    assert f"`{ODD[cell]}` in cell 2" in evasions(["x = 1", cell])


@pytest.mark.parametrize("cell", COMMON)
def test_common_code_is_not(cell):
    assert evasions([cell]) == []


def test_what_was_handed_out_is_not():
    assert evasions(["exec('1')", "eval('1')"], handed_out=["exec('2')"]) == ["`eval` in cell 2"]


def test_the_sheet_has_it_and_the_points_stay(lab, tmp_path):
    file = tmp_path / "odd.py"
    file.write_text("\n# %%\n".join(["", *read_cells(lab / "00_demo.py"), "exec('x = 1')"]))
    sheet = grade(lab, file)
    assert sheet.points == sheet.max_points
    assert (
        [line.partition(" ")[0] for line in sheet.eyes]
        == ["`exec`"]
        == [line.partition(" ")[0] for line in sheet.to_dict()["eyes"]]
    )
    assert not grade(lab, lab / "00_demo.py").eyes
