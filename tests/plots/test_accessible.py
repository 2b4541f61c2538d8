"""Every figure can be read without seeing it, without colour, and at 700 pixels."""

# mypy: ignore-errors
# (every getter of matplotlib may return None)

import base64
import io
from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.markers import MarkerStyle
from PIL import Image

from ccv import plots
from ccv.embedding import verify
from ccv.plots.figure import smallest_text
from ccv.plots.style import described, new_figure, styled
from ccv.plots.words import from_labels

RNG = np.random.default_rng(0)
GRAY, FOUND = np.zeros((32, 32)), ([[2, 3, 12, 20], [10, 10, 30, 31]], [0.9, 0.5], [0, 1])
TRUTH, BOXES = [[0.1, 0.2, 0.5, 0.6, 0]], [[1, 1, 5, 5], [1, 2, 5, 6], [4, 4, 8, 8]]
HISTORY = {"loss": [2.0, 1.0, 0.5], "val_loss": [2.1, 1.5, 1.6], "accuracy": [0.3, 0.5, 0.8]}
MAPS = np.zeros((9, 9, 2))
MAPS[8, 0, 1] = 3
PR = {str(i): ([0.2 * (i + 1) / 20, (i + 1) / 20], [1, 0.6]) for i in range(20)}

# By function: a figure, and what one must hear of it.
TOLD = {
    "anchors": (lambda: plots.anchors([[0.1, 0.2], [0.5, 0.4]], [[0.3, 0.3]]), "1: 0.5 x 0.4"),
    "average_iou": (lambda: plots.average_iou({1: 0.4, 2: 0.55}, 2), "1: 0.400 and 2: 0.550. 2 anchors are chosen"),
    "bars": (lambda: plots.bars({"a": (1, 2), "b": (3, 4)}, list("pq"), ylabel="cost"), "cost: p, a: 1 and b: 3"),
    "many bars": (lambda: plots.bars({f"layer {i}": i * i for i in range(30)}), "highest layer 29 with 841, lowest"),
    "bars of four": (lambda: plots.bars(dict.fromkeys("ab", (1, 2, 3, 4)), list("pqrs")), "s, a: 4 and b: 4"),
    "stacked": (lambda: plots.bars(dict.fromkeys("ab", (1, 2, 3, 4)), list("pqrs"), stacked=True), "s, a: 4 and b: 4"),
    "before_and_after": (lambda: plots.before_and_after(GRAY[None], GRAY[None, None]), "1 image, a row for each"),
    "blocks": (lambda: plots.blocks([("x", "input"), ("add", "merge", (0,))], title="A sum"), "A sum. A network as bo"),
    "cell_frames": (lambda: plots.cell_frames(GRAY, [0.4, 0.1, 0.6, 0.3], 7), "row 1, column 3; in the cell: x 0.5"),
    "convolution_frames": (lambda: plots.convolution_frames(np.eye(4), [[1, -1]]), "row 0, column 0: 1·1 + 0·(-1) = 1"),
    "course_map": (lambda: plots.course_map({"In": [("00", "Start", "a line")]}), "In: 00 Start (a line)"),
    "iou_frames": (lambda: plots.iou_frames([0, 0, 2, 2], [[1, 0, 3, 2]] * 6), "in 6 frames, what they share hatched"),
    "pooling_frames": (lambda: plots.pooling_frames(np.eye(12)), "row 0, column 0: max(1, 0, 0, 1) = 1"),
    "suppression_frames": (lambda: plots.suppression_frames(BOXES, [0.9, 0.8, 0.7]), "keep 0.90 and drop 0.80 (IoU"),
    "confusion_matrix": (lambda: plots.confusion_matrix([0, 0, 1], [0, 1, 1], list("XO")), "2 of 3 are right, 66.7%; "),
    "detection_progress": (lambda: plots.detection_progress([GRAY], {"epoch 1": [FOUND]}), "epoch 1: 0 0.90 and 1 0."),
    "detections": (lambda: plots.detections([GRAY], [FOUND], truth=[TRUTH]), "0 0.90 and 1 0.50, where there is 0"),
    "distances": (lambda: plots.distances([0.1, 0.6], [0.5, 0.9], 0.55), "let in: 50.0% of the same pairs and 50.0%"),
    "dots": (lambda: plots.dots({"a": [0.5, 1.0]}, "right", chance=0.2), "mean 75.0% of 2 runs, from 50.0% to 100.0%"),
    "embedding_map": (lambda: plots.embedding_map(RNG.normal(size=(6, 4)), [*"ЖЖЖggg"]), "6 embeddings of Ж and g"),
    "feature_maps": (lambda: plots.feature_maps(MAPS), "map 0 0 everywhere; map 1 from 0 to 3, largest lower left"),
    "grid_cells": (lambda: plots.grid_cells(GRAY, [[0.43, 0.12, 0.63, 0.32, 0]], 7), "0 in row 1, column 3"),
    "heat_maps": (lambda: plots.heat_maps(np.zeros((9, 9, 9, 3)), [MAPS[..., 1]] * 9), "image 0: lower left"),
    "image_grid": (lambda: plots.image_grid([GRAY] * 2, ["cat", "dog"]), "of 32 x 32 pixels, grey: cat and dog"),
    "kernels": (lambda: plots.kernels({"edge": [[1, -1]]}), "edge, 1 x 2, rows: 1 -1"),
    "kernels of a layer": (lambda: plots.kernels(np.ones((3, 3, 3, 8))), "8 filters of 3 x 3 for 3 channels"),
    "learning_curves": (lambda: plots.learning_curves(HISTORY), "training falls from 2 to 0.5 and validation goes"),
    "masks": (lambda: plots.masks([GRAY], [np.eye(32, dtype=int)], ["ground", "line"]), "picture 1: line on 3%"),
    "matrices": (lambda: plots.matrices({"a": [[1]], "b": [[2]]}, "*"), "a, 1 x 1, rows: 1 *; b, 1 x 1, rows: 2"),
    "four matrices": (lambda: plots.matrices({str(n): np.full((7, n), -0.1) for n in (8, 7, 4, 2)}, "+-="), "8, 7 x 8"),
    "matrix": (lambda: plots.matrix([[1, 2], [3, 4]], highlight=np.s_[0]), "outlined from row 0, column 0"),
    "nearest_images": (
        lambda: plots.nearest_images(np.zeros((1, 8, 8, 3)), np.ones((9, 8, 8, 3)), [range(9)], labels=[*"xoxoxoxox"]),
        "query 0: x, o, x, o",
    ),
    "network_costs": (lambda: plots.network_costs(["conv", "fc"], [4e6, 4e3], [1e3, 2e6]), "most in fc (100%)"),
    "precision_recall": (lambda: plots.precision_recall(PR, {"3": 0.7}), "3: average precision 0.700, recall up to"),
    "reliability": (lambda: plots.reliability([0.3, 0.8], [0.25, 0.7], [4, 10]), "sure 30%, right 25%; sure 80%"),
    "roc": (lambda: plots.roc({"net": verify(RNG.random(40), [0, 1] * 20)}), "net: true accepts of"),
    "suppression": (lambda: plots.suppression(GRAY, BOXES, [0.9, 0.8, 0.7], [0]), "before: 3 boxes: 0.90, 0.80"),
    "target_maps": (lambda: plots.target_maps(MAPS, ["x", "y"]), "taught. row 8, column 0: x 0 and y 3"),
    "targets of anchors": (lambda: plots.target_maps(RNG.normal(size=(7, 7, 2, 16)), ["n"] * 16), "Anchor 1: row 0"),
    "volumes": (lambda: plots.volumes([((8, 8, 1), "", "input"), ((6, 6, 4), "conv 3x3")]), "conv 3x3, 6 x 6 x 4"),
}  # fmt: skip


@pytest.fixture(scope="module", params=TOLD.values(), ids=TOLD)
def drawn(request):
    call, told = request.param
    return call(), told


def luminance(color):
    """What is left of a colour in grey, 0 to 1."""
    return float(np.dot(to_rgb(color), (0.299, 0.587, 0.114)))


def looks(axes):
    """The colour of each named series, in grey, and all else that tells it apart."""
    for line in axes.lines:
        if not line.get_label().startswith("_"):
            yield luminance(line.get_color()), (line.get_linestyle(), MarkerStyle(line.get_marker()).get_marker())
    for group in axes.containers:
        yield luminance(group[0].get_facecolor()[:3]), (group[0].get_hatch() or "",)


def test_every_function_is_here():
    assert set(plots.__all__) <= set(TOLD)


def test_it_is_told_what_it_shows(drawn):
    figure, told = drawn
    assert told in figure.alt
    assert "\n" not in figure.alt
    assert 30 < len(figure.alt) < 1500


def test_series_are_told_apart_in_grey(drawn):
    for axes in drawn[0].axes:
        for (grey, look), (other_grey, other_look) in combinations(looks(axes), 2):
            assert look != other_look or abs(grey - other_grey) > 0.1


def test_it_fits_a_page_and_its_smallest_text_is_readable(drawn):
    drawn[0].draw_without_rendering()
    assert drawn[0].get_tightbbox().width * drawn[0].dpi < 1080  # a file has a margin around it
    assert smallest_text(drawn[0]) > 8


def test_the_text_reaches_the_image_the_page_and_the_file():
    figure = described(new_figure(2, 1, "Two"), 'a "quoted" <text>')
    data, known = figure._repr_mimebundle_()
    assert known["image/png"]["alt"] == 'Two. a "quoted" <text>'
    assert 'alt="Two. a &quot;quoted&quot; &lt;text&gt;"' in data["text/html"]
    assert Image.open(io.BytesIO(data["image/png"])).text["Description"] == 'Two. a "quoted" <text>'
    source = data["text/html"].split("base64,")[1].split('"')[0]
    assert Image.open(io.BytesIO(base64.b64decode(source))).size == Image.open(io.BytesIO(data["image/png"])).size
    assert len(source) <= len(base64.b64encode(data["image/png"]))


def test_what_a_page_cannot_hold_is_left_out_of_the_text():
    _, known = described(new_figure(2, 1), "a\x00b c\ud800d\u202e.")._repr_mimebundle_()
    assert known["image/png"]["alt"] == "ab cd."


def test_html_that_nbconvert_writes_has_the_text():
    import nbformat

    exporters = pytest.importorskip("nbconvert.exporters", reason="nbconvert is not installed: pip install jupyterlab")
    data, known = plots.matrix([[7]])._repr_mimebundle_()
    data["image/png"] = base64.b64encode(data["image/png"]).decode()
    cell = nbformat.v4.new_code_cell(outputs=[nbformat.v4.new_output("display_data", data, metadata=known)])
    notebook = nbformat.v4.new_notebook(cells=[cell])
    for template in ("lab", "classic"):
        page, _ = exporters.HTMLExporter(template_name=template).from_notebook_node(notebook)
        assert page.count("rows: 7") == 1
        assert page.count("<img ") == 1


def test_a_figure_that_nobody_described_is_told_by_its_labels():
    figure = new_figure(4, 3, "Speed")
    axes = figure.add_subplot()
    axes.plot([1, 2], label="ours")
    axes.plot([], label="theirs")
    axes.plot([5, 5])
    axes.set(title="on two cores", xlabel="images", ylabel="seconds")
    axes.legend()
    assert (
        from_labels(figure)
        == "A figure: Speed; on two cores: seconds against images: ours rises from 1 to 2 and theirs is empty."
    )
    assert figure._repr_mimebundle_()[1]["image/png"]["alt"] == from_labels(figure)
    assert from_labels(Figure()) == "A figure without title and labels."


def test_lines_of_a_lab_are_told_apart_in_grey_too():
    @styled
    def draw():
        axes = new_figure(4, 3).add_subplot()
        for name in "abcd":
            axes.plot([1, 2], label=name)
        return axes

    assert len({look for _, look in looks(draw())}) == 4


@pytest.mark.parametrize(("inches", "pixels"), [(10, 12 / 72 * 70), (5, 12 / 72 * 100)])
def test_the_smallest_text_is_measured_where_the_figure_is_at_most_700_pixels_wide(inches, pixels):
    figure = styled(lambda: new_figure(inches, 2, layout="none"))()
    for x in (0, 1):
        figure.text(x, 0.5, "|", fontsize=12)
    figure.text(0.5, 0.5, " ", fontsize=1)
    figure.text(0.5, 0.5, "hidden", fontsize=1, visible=False)
    assert smallest_text(figure) == pytest.approx(pixels, rel=0.02)
