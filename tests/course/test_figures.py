"""Every lab runs, and each of its figures fits a page, says what it shows, and can be read at 700 pixels.

The labs are run as they are, but for the training, which is cut to two steps: the figures show other numbers than a
whole run's, and nothing else changes.
"""

import base64
import io

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell
from PIL import Image

from ccv.course.build import solved_notebook
from ccv.course.catalog import labs

pytestmark = pytest.mark.slow
LABS = {lab.name: lab for lab in labs()}
SHORT = """
import keras
_whole = keras.Model.fit

def _short(self, *data, epochs=1, initial_epoch=0, **options):
    epochs = min(epochs, initial_epoch + 2)
    return _whole(self, *data, **options | {"epochs": epochs, "initial_epoch": initial_epoch, "steps_per_epoch": 2})

keras.Model.fit = _short
"""


@pytest.mark.parametrize("name", LABS)
def test_each_figure_fits_a_page_says_what_it_shows_and_can_be_read(name, tmp_path):
    figures = list(drawn(LABS[name], tmp_path))
    assert len(figures) > 3
    assert {source: wrong for source, output in figures if (wrong := faults(output))} == {}


def drawn(lab, folder):
    """The pictures of a lab that is run, each with the source of its cell."""
    notebook = solved_notebook(lab)
    notebook.cells.insert(0, new_code_cell(SHORT))
    place = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, kernel_name="python3", resources=place, timeout=600).execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                yield cell.source, output


def faults(output):
    about = output.metadata.get("image/png", {})
    width, _ = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).size
    wrong = {
        "says nothing of what it shows": len(about.get("alt", "")) < 40,
        "has no alt text in its HTML": 'alt="' not in output.data.get("text/html", ""),
        f"is {width} pixels wide": not 300 <= width <= 1100,
        f"has text of {about.get('smallest_text', 0)} pixels": about.get("smallest_text", 0) < 8,
    }
    return [what for what, is_so in wrong.items() if is_so]
