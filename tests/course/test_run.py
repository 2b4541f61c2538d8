"""Running a solved lab headless: what it leaves behind."""

import json

import nbformat
import pytest

from ccv.course.catalog import Lab
from ccv.course.run import LabFailed, run_lab

SOURCE = """\
# %% [markdown]
# # A title

# %%
import os, json, pathlib
pathlib.Path(os.environ["CCV_OUT"], "metrics.json").write_text(json.dumps({"test_accuracy": 0.75}))

# %% [markdown]
# ## The figure: one

# %%
from matplotlib.figure import Figure
import base64
from IPython.display import display, Image
figure = Figure(figsize=(1, 1))
figure.savefig("x.png")
Image("x.png")

# %%
def f():
    ### BEGIN SOLUTION
    return 3
    ### END SOLUTION
"""


@pytest.fixture
def lab(tmp_path):
    folder = tmp_path / "00_demo"
    folder.mkdir()
    (folder / "00_demo.py").write_text(SOURCE)
    check = 'import pytest\n@pytest.mark.exercise("f")\ndef test_f(answer):\n    assert answer() == 3\n'
    (folder / "test_00_demo.py").write_text(check)
    return Lab(folder)


def test_a_run_leaves_notebook_figures_metrics_and_sheet(lab, tmp_path):
    steps = []
    out = tmp_path / "out"
    sheet = run_lab(lab, out, seed=3, progress=lambda *step: steps.append(step))
    assert (sheet.points, sheet.max_points) == (1, 1)
    assert steps == [(1, 3, "A title"), (2, 3, "The figure: one"), (3, 3, "The figure: one")]
    nbformat.validate(nbformat.read(out / "00_demo.ipynb", as_version=4))
    assert [p.name for p in (out / "figures").iterdir()] == ["01_the_figure_one.png"]
    assert (out / "figures" / "01_the_figure_one.png").read_bytes().startswith(b"\x89PNG")
    metrics = json.loads((out / "metrics.json").read_text())
    assert (metrics["test_accuracy"], metrics["seed"], metrics["scale"]) == (0.75, 3, "quick")
    assert {"seconds", "versions"} <= set(metrics)
    assert json.loads((out / "score.json").read_text())["points"] == 1


def test_a_cell_that_fails_is_named_and_the_rest_is_kept(lab, tmp_path):
    lab.source.write_text(SOURCE.replace("figure.savefig", "1 / 0\nfigure.savefig"))
    with pytest.raises(LabFailed, match=r"cell 2 \(under 'The figure: one'\) raised ZeroDivisionError"):
        run_lab(lab, tmp_path / "out")
    assert (tmp_path / "out" / "00_demo.ipynb").is_file()
