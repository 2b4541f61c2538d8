"""An installation from a stranger's point of view: the `ccv` command, in a folder that knows no checkout.

CI runs this in an empty environment that has the wheel alone. In a checkout the same must hold.
"""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
RIGHT = "def relu_map(x):\n    return np.maximum(x, 0)"
HOSTILE = "import os\ndef relu_map(x):\n    os.write(1, b'full marks')\n    os._exit(0)"


def ccv(folder, *arguments):
    """What the command says; it must succeed."""
    command = Path(sys.executable).parent / ("ccv.exe" if os.name == "nt" else "ccv")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CCV_", "PYTHON"))}
    done = subprocess.run(
        [command, *arguments], cwd=folder, capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A stranger's folder with the notebooks."""
    folder = tmp_path_factory.mktemp("stranger")
    ccv(folder, "labs", "copy", "course")
    return folder


def test_a_lab_runs_to_the_end_and_earns_everything(course):
    ccv(course, "run", "01_xo", "--out", "run")
    sheet = json.loads((course / "run" / "score.json").read_text())
    assert sheet["points"] == sheet["max_points"] > 20


def test_a_class_of_three_gets_the_scores_that_it_should(course):
    """Right: the notebook with one exercise answered; blank: as it was handed out; hostile: it ends its process."""
    handed_out = json.loads((course / "course" / "01_xo" / "01_xo.ipynb").read_text(encoding="utf-8"))
    folder = course / "class"
    folder.mkdir()
    for student, answer in (("blank", None), ("hostile", HOSTILE), ("right", RIGHT)):
        notebook = json.loads(json.dumps(handed_out))
        cell = next(c for c in notebook["cells"] if "def relu_map" in "".join(c["source"]))
        cell["source"] = answer or cell["source"]
        (folder / f"{student}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    ccv(course, "grade", "01_xo", "class", "--out", "grades")
    with (course / "grades" / "scores.csv").open(encoding="utf-8-sig") as file:
        totals = {row["student"]: float(row["total"]) for row in csv.DictReader(file)}
    assert totals == {"blank": 0, "hostile": 0, "right": 1}
    sheet = ccv(course, "grade", "01_xo", "class/right.ipynb", "--exercise", "relu_map")
    assert "1 of 1 points" in sheet


def test_the_package_is_whole(course):
    """Its weights, its marker of types, its labs and their hints."""
    code = (
        "import ccv; from pathlib import Path; from ccv.transfer import backbone; from ccv.course.catalog import labs; "
        "typed = (Path(ccv.__file__).parent / 'py.typed').is_file(); "
        "print(typed, len(labs()) > 5, ccv.hint('nms').text != '', backbone('resnet20', weights='ccv').name)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=course, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["True", "True", "True", "resnet20"], done.stderr[-1000:]
    assert "0.2" in ccv(course, "--version")
