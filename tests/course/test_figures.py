"""Every figure of a lab fits a page, says what it shows, and has no text too small to read at 700 pixels.

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
WALKED = [
    "01_xo",
    "02_convolution",
    "03_lenet",
    # a lab is added here when its figures have been walked; in the end the list goes
]
LABS = {lab.name: lab for lab in labs() if lab.name in WALKED}
SHORT = """
import keras
_whole = keras.Model.fit

def _short(self, *data, epochs=1, initial_epoch=0, **options):
    epochs = min(epochs, initial_epoch + 2)
    return _whole(self, *data, **options | {"epochs": epochs, "initial_epoch": initial_epoch, "steps_per_epoch": 2})

keras.Model.fit = _short
"""


@pytest.fixture(scope="module", params=LABS)
def figures(request, tmp_path_factory):
    """By cell: the pictures of a lab, as their size and what the notebook says of them."""
    notebook = solved_notebook(LABS[request.param])
    notebook.cells.insert(0, new_code_cell(SHORT))
    place = {"metadata": {"path": str(tmp_path_factory.mktemp(request.param))}}
    NotebookClient(notebook, kernel_name="python3", resources=place, timeout=600).execute()
    return [
        (cell.source, Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).size, output)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]


def test_each_says_what_it_shows(figures):
    assert len(figures) > 3
    silent = [source for source, _, output in figures if len(output.metadata.get("image/png", {}).get("alt", "")) < 40]
    assert silent == []
    assert [source for source, _, output in figures if 'alt="' not in output.data.get("text/html", "")] == []


def test_each_fits_a_page(figures):
    assert [(width, source) for source, (width, _), _ in figures if not 300 <= width <= 1100] == []


def test_each_can_be_read(figures):
    sizes = [(output.metadata.get("image/png", {}).get("smallest_text", 0), source) for source, _, output in figures]
    assert [(pixels, source) for pixels, source in sizes if pixels < 8] == []
