"""Figures of detection: boxes are where they should be, labels readable and inside; bad input is one sentence."""

# mypy: ignore-errors
# (every getter of matplotlib may return None)

import io
from itertools import pairwise

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.patches import Rectangle

from ccv import plots
from ccv.plots.detection_boxes import LABEL_FONT, free_place, shortened, text_width

NAMES = ["ellipse", "rectangle", "an extraordinarily long name of a class that fits into no picture at all"]
NOTHING = ([], [], [])
FOUND = ([[2, 3, 12, 20], [10, 10, 30, 31]], [0.9, 0.5], [0, 1])
TRUTH = [[0.1, 0.2, 0.5, 0.6, 0], [-1, -1, -1, -1, -1]]
GRAY = np.zeros((32, 32))


def crowd(count, side, seed=0):
    """Boxes all over an image, at its corners and beyond its border too."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform(-0.05, 0.9, (count, 2)) * side
    boxes = np.concatenate([corners, corners + rng.uniform(0.02, 0.4, (count, 2)) * side], axis=1)
    boxes[:2] = [[0, 0, 3, 3], [side - 3, side - 3, side, side]]
    return boxes, rng.uniform(0, 1, count), rng.integers(0, 3, count)


CALLS = {
    "tiny image": lambda: plots.detections(np.zeros((1, 16, 16)), [crowd(4, 16)], class_names=NAMES),
    "tiny images": lambda: plots.detections(np.zeros((5, 32, 32)), [crowd(3, 32)] * 5, class_names=NAMES, title="five"),
    "photograph": lambda: plots.detections(np.zeros((1, 300, 500, 3)), [crowd(60, 300)], class_names=NAMES),
    "truth too": lambda: plots.detections([GRAY], [FOUND], truth=[TRUTH], class_names=NAMES),
    "a narrow image": lambda: plots.detections([np.zeros((300, 30))], [crowd(5, 30)], class_names=NAMES),
    "suppression": lambda: plots.suppression(np.zeros((99, 99, 3)), *crowd(9, 99)[:2], [0, 1], title="NMS"),
    "progress": lambda: plots.detection_progress([GRAY] * 2, {e: [FOUND, NOTHING] for e in "abcd"}, truth=[TRUTH, []]),
    "grid": lambda: plots.grid_cells(np.zeros((64, 48)), [*TRUTH, [0, 0, 1, 1, 2]], (8, 6), class_names=NAMES),
    "anchors": lambda: plots.anchors(np.linspace(0.1, 0.9, 18).reshape(9, 2), np.full((5, 2), 0.5), title="anchors"),
    "targets": lambda: plots.target_maps(np.ones((7, 7, 3)), list("xyw"), title="targets"),
    "targets of anchors": lambda: plots.target_maps(np.random.default_rng(0).normal(size=(9, 9, 2, 5)), ["n"] * 5),
    "precision": lambda: plots.precision_recall({NAMES[2]: ([0.1, 1], [1, 0.5]), "b": ([], [])}, {"b": 0.7}, title="p"),
    "iou": lambda: plots.average_iou({k: 1 - 1 / (k + 1) for k in range(1, 16)}, 14, title="average IoU"),
    "bars": lambda: plots.bars({NAMES[2]: (1, 2), "b": (3, 4)}, ["one", "two"], ylabel="y", title="bars"),
    "stacked": lambda: plots.bars({str(i): (i, 2) for i in range(30)}, ["one", "two"], stacked=True),
    "dots": lambda: plots.dots({NAMES[2]: [0.1, 0.2], "b": [0.9]}, "right", low=0, chance=0.1, title="dots"),
}  # fmt: skip


@pytest.fixture(scope="module", params=CALLS.values(), ids=CALLS)
def drawn(request):
    figure = request.param()
    figure.draw_without_rendering()
    return figure


def extents(panel):
    """What the labels of a panel cover, boxes around them included, in pixels."""
    return [text.get_bbox_patch().get_window_extent() for text in panel.texts if text.get_bbox_patch()]


def test_every_text_lies_inside_the_figure(drawn):
    window = drawn.get_tightbbox()
    width, height = drawn.get_size_inches()
    assert window.x0 > -0.05
    assert window.y0 > -0.05
    assert window.x1 < width + 0.05
    assert window.y1 < height + 0.05
    assert width < 20
    assert pyplot.get_fignums() == []


def test_labels_lie_inside_their_picture_and_apart(drawn):
    for panel in drawn.axes:
        inside = panel.get_window_extent().padded(2)
        labels = extents(panel)
        for index, label in enumerate(labels):
            assert label.x0 >= inside.x0
            assert label.x1 <= inside.x1
            assert label.y0 >= inside.y0
            assert label.y1 <= inside.y1
            for other in labels[:index]:
                across = min(label.x1, other.x1) - max(label.x0, other.x0)
                down = min(label.y1, other.y1) - max(label.y0, other.y0)
                assert min(across, down) < 2.5


def test_labels_keep_their_place_at_another_resolution():
    figure = plots.detections([GRAY], [FOUND], class_names=NAMES)
    figure.draw_without_rendering()
    before = [label.bounds for label in extents(figure.axes[0])]
    figure.savefig(io.BytesIO(), dpi=250)
    figure.draw_without_rendering()
    np.testing.assert_allclose([label.bounds for label in extents(figure.axes[0])], before, atol=0.6)


def test_boxes_stand_where_they_were_found():
    panel = plots.detections([GRAY], [FOUND], truth=[TRUTH], class_names=NAMES).axes[0]
    truth, *found = [patch for patch in panel.patches if isinstance(patch, Rectangle)]
    np.testing.assert_allclose(truth.get_bbox().extents, np.array([0.1, 0.2, 0.5, 0.6]) * 32 - 0.5)
    assert truth.get_linestyle() != "-"
    # The surest comes last, on top.
    np.testing.assert_allclose([patch.get_bbox().extents for patch in found], np.array(FOUND[0])[::-1] - 0.5)
    assert sorted(text.get_text() for text in panel.texts) == ["ellipse 0.90", "rectangle 0.50"]


def test_a_class_has_a_colour_of_its_own():
    boxes = [[0, 0, 9, 9], [20, 20, 31, 31], [0, 20, 9, 31]]
    panel = plots.detections([GRAY], [(boxes, [0.9, 0.8, 0.7], [0, 1, 0])]).axes[0]
    third, second, first = [patch.get_edgecolor() for patch in panel.patches]
    assert first == third != second
    assert [text.get_text() for text in panel.texts] == ["0 0.90", "1 0.80", "0 0.70"]


def test_padding_is_not_drawn():
    padded = ([[0, 0, 9, 9], [0, 0, 0, 0]], [0.9, 0.0], [2, -1])
    assert len(plots.detections([GRAY], [padded]).axes[0].patches) == 1
    assert len(plots.detections([GRAY], truth=[TRUTH]).axes[0].patches) == 1


def test_too_many_labels_are_counted():
    boxes = np.tile([5.0, 5, 9, 9], (40, 1))
    panel = plots.detections([GRAY], [(boxes, np.linspace(0, 1, 40), np.zeros(40))], class_names=NAMES).axes[0]
    *labels, note = [text.get_text() for text in panel.texts]
    assert labels[0] == "ellipse 1.00"
    assert len(labels) >= 4
    assert note == f"+ {40 - len(labels)} labels"
    assert len(panel.patches) == 40


def test_a_free_place_is_found_above_below_beside_or_inside():
    room, box, size = (0, 0, 100, 100), (40, 40, 60, 60), (20, 10)
    taken = []
    for _ in range(8):
        taken.append(free_place(box, size, room, taken))
    assert taken[:4] == [(40, 60, 60, 70), (40, 30, 60, 40), (60, 50, 80, 60), (20, 50, 40, 60)]
    assert taken[-1] == (40, 40, 60, 50)
    assert free_place(box, size, room, taken) is None
    assert free_place((-20, 95, 5, 120), size, room, []) == (0, 90, 20, 100)


def test_texts_are_cut_to_the_width_that_there_is():
    assert text_width("m" * 20) > 20 * LABEL_FONT / 2
    for width in (5, 20, 40, 80, 400):
        text = shortened(NAMES[2], "0.90", width)
        assert not text or text_width(text) <= width
        assert width < 40 or text.endswith("0.90")


def test_suppression_shows_all_and_those_that_are_left():
    """C-103: keep 0, 2, 3."""
    boxes = np.array([[100, 100, 210, 210], [105, 105, 215, 215], [150, 150, 260, 260], [300, 300, 380, 380]])
    for kept in ([0, 2, 3], np.array([True, False, True, True])):
        figure = plots.suppression(np.zeros((400, 400)), boxes, [0.9, 0.8, 0.7, 0.6], kept)
        assert [axes.get_title() for axes in figure.axes] == ["before: 4 boxes", "after: 3 boxes"]
        assert [len(axes.patches) for axes in figure.axes] == [4, 3]
        assert sorted(text.get_text() for text in figure.axes[1].texts) == ["0.60", "0.70", "0.90"]


def test_nothing_found_is_an_ordinary_outcome():
    for nothing in ((np.zeros((0, 4)), np.zeros(0), [], np.zeros(0, int)), ([], [], np.zeros(0, bool))):
        figure = plots.suppression(GRAY, *nothing, class_names=NAMES)
        assert [axes.get_title() for axes in figure.axes] == ["before: 0 boxes", "after: 0 boxes"]
        assert [len(axes.patches) for axes in figure.axes] == [0, 0]
    for boxes, scores in ((np.zeros((0, 4)), [0.9]), (FOUND[0], [])):
        with pytest.raises(ValueError, match=r"(boxes|scores) is empty"):
            plots.suppression(GRAY, boxes, scores, [])


def test_progress_has_a_row_for_each_image_and_a_column_for_each_time():
    figure = plots.detection_progress([GRAY, GRAY], {"epoch 1": [NOTHING, FOUND], "epoch 9": [FOUND, FOUND]})
    assert [axes.get_title() for axes in figure.axes] == ["epoch 1", "epoch 9", "", ""]
    assert [len(axes.patches) for axes in figure.axes] == [0, 2, 2, 2]


def test_the_cell_with_the_midpoint_answers():
    """C-099, E-68: (0.53, 0.22) on 7x7 lies in column 3, row 1."""
    panel = plots.grid_cells(np.zeros((70, 70)), [[0.43, 0.12, 0.63, 0.32, 0]], 7).axes[0]
    assert panel.get_xlabel() == "row 1, column 3"
    cell = panel.patches[0].get_bbox().extents
    np.testing.assert_allclose(cell, np.array([30, 10, 40, 20]) - 0.5)
    offset = (panel.lines[0].get_xydata()[0] - cell[:2]) / 10
    np.testing.assert_allclose(offset, [0.71, 0.54])
    assert plots.grid_cells(GRAY, [[0.9, 0.9, 1.1, 1.1, 0]], (2, 4)).axes[0].get_xlabel() == "row 1, column 3"


def test_maps_of_a_target_hold_its_numbers():
    target = np.full((7, 7, 2, 3), np.nan)
    target[1, 3, 1] = [0.71, 0.54, 1]
    figure = plots.target_maps(target, ["x", "y", "objectness"])
    assert [panel.get_ylabel() for panel in figure.axes[::3]] == ["anchor 0", "anchor 1"]
    written = [[text.get_text() for text in panel.texts if text.get_text()] for panel in figure.axes]
    assert written == [[], [], [], ["0.71"], ["0.54"], ["1"]]
    np.testing.assert_array_equal(figure.axes[4].images[0].get_array(), target[:, :, 1, 1])
    assert [len(panel.patches) for panel in figure.axes] == [49, 49, 49, 48, 48, 48]  # hatched: not taught
    many = plots.target_maps(np.zeros((3, 3, 85)), ["n"] * 85, title="v3")
    assert (len(many.axes), many.get_suptitle()) == (16, "v3, 16 of 85 numbers")


def test_a_taught_zero_can_be_seen():
    """A midpoint on the corner of a cell lies at (0, 0) in it: that is taught, and what stands elsewhere is not."""
    target = np.full((4, 4, 3), np.nan)
    target[..., 2] = 0
    target[2, 1] = [0, 0, 1]
    panels = plots.target_maps(target, ["across", "down", "object"]).axes
    written = [[text.get_text() for text in panel.texts if text.get_text()] for panel in panels]
    assert written == [["0"], ["0"], ["0"] * 9 + ["1"] + ["0"] * 6]
    hatched = [{tuple(patch.get_center()) for patch in panel.patches if patch.get_hatch()} for panel in panels]
    assert [len(cells) for cells in hatched] == [15, 15, 0]
    assert (1, 2) not in hatched[0]


def test_anchors_are_boxes_from_one_corner():
    shapes = np.array([[0.1, 0.2], [0.5, 0.4], [0.2, 0.9]])
    figure = plots.anchors(shapes, [[0.3, 0.3]])
    axes = figure.axes[0]
    drawn = sorted((patch.get_x(), patch.get_y(), patch.get_width(), patch.get_height()) for patch in axes.patches)
    assert drawn == sorted((0, 0, *shape) for shape in shapes.tolist())
    assert axes.get_ylim()[1] > 0.9
    assert [text.get_text() for text in figure.legends[0].get_texts()][1] == "1: 0.5 x 0.4"


@pytest.mark.parametrize("count", [1, 9, 18])
def test_a_long_title_does_not_run_into_the_legend_of_anchors(count):
    sizes = np.linspace(0.1, 0.9, 2 * count).reshape(count, 2)
    figure = plots.anchors(sizes, title="anchors by k-means on the training boxes of the blood cells, mean IoU 71.3 %")
    figure.draw_without_rendering()
    title, legend = figure._suptitle.get_window_extent(), figure.legends[0].get_window_extent()
    assert not title.overlaps(legend)


def test_precision_and_recall_are_steps_the_best_class_first():
    curves = {"a": ([0.5, 1.0], [1.0, 0.6]), "b": ([0.2], [0.9]), "none": ([], [])}
    figure = plots.precision_recall(curves, {"a": 0.5, "b": 0.8, "none": float("nan")})
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["b 0.800", "a 0.500", "none nan"]
    line = figure.axes[0].lines[1]
    assert line.get_xydata().tolist() == [[0, 1], [0.5, 1], [1, 0.6]]
    assert line.get_drawstyle() == "steps-pre"
    many = plots.precision_recall({str(i): ([0, 1], [1, 0]) for i in range(25)})
    assert len(many.legends[0].get_texts()) == 20
    assert many.axes[0].get_title() == "20 of 25 classes are named"


def test_average_iou_marks_the_choice():
    axes = plots.average_iou({1: 0.4, 2: 0.55, 3: 0.6}, 2).axes[0]
    assert axes.lines[0].get_xydata().tolist() == [[1, 0.4], [2, 0.55], [3, 0.6]]
    assert axes.lines[1].get_xydata().tolist() == [[2, 0.55]]
    assert axes.yaxis.get_major_formatter()(0.55) == "55%"


# Charts ----------------------------------------------------------------------------------------------------------


def heights(axes):
    return [[bar.get_height() for bar in group] for group in axes.containers]


def test_bars_side_by_side_and_stacked():
    votes = {"X": (0.92, 0.5), "O": (0.25, 0.75)}
    axes = plots.bars(votes, ["for X", "for O"]).axes[0]
    assert heights(axes) == [[0.92, 0.25], [0.5, 0.75]]
    lefts = sorted((bar.get_x(), bar.get_x() + bar.get_width()) for group in axes.containers for bar in group)
    assert all(end <= start + 1e-9 for (_, end), (start, _) in pairwise(lefts))
    axes = plots.bars(votes, ["for X", "for O"], stacked=True).axes[0]
    assert [bar.get_y() for bar in axes.containers[1]] == [0.92, 0.25]
    assert [text.get_text() for text in axes.texts] == ["1.42", "1.00"]


def test_bars_say_their_numbers_or_what_they_are_told():
    assert [text.get_text() for text in plots.bars({"a": 61_706, "b": 3}).axes[0].texts] == ["61,706", "3"]
    figure = plots.bars({"a": 25, "b": 18}, labels=["25C²", "18C²"], ylabel="weights", log=True)
    assert [text.get_text() for text in figure.axes[0].texts] == ["25C²", "18C²"]
    assert (figure.axes[0].get_yscale(), figure.axes[0].get_ylabel(), figure.legends) == ("log", "weights", [])


def test_dots_show_every_run_and_the_mean():
    axes = plots.dots({"a": [0.5, 1.0], "b": [0.25]}, "right", low=0.1, chance=0.2).axes[0]
    assert axes.lines[0].get_xydata().tolist() == [[0.5, 0], [1, 0]]
    assert list(axes.lines[1].get_xdata()) == [0.75, 0.75]
    assert list(axes.lines[-1].get_xdata()) == [0.2, 0.2]
    assert axes.get_xlim()[0] == 0.1
    assert plots.dots({"a": [0.05]}, low=0.1).axes[0].get_xlim()[0] < 0.05  # none is drawn beside the axes
    assert axes.get_ylim()[0] > axes.get_ylim()[1]


BAD = [
    ("nothing", lambda: plots.detections([GRAY]), ValueError, "nothing to draw: give found, truth"),
    ("no images", lambda: plots.detections([], []), ValueError, "images is empty"),
    ("counts", lambda: plots.detections([GRAY], [FOUND] * 2), ValueError, "found must have an entry for each"),
    ("pairs", lambda: plots.detections([GRAY], [FOUND[:2]]), ValueError, r"found\[0\] must be boxes \(n, 4\), scores"),
    ("boxes", lambda: plots.detections([GRAY], [([[1, 2, 3]], [1], [1])]), ValueError, r"boxes \(1, 4\) for its"),
    ("scores", lambda: plots.detections([GRAY], [(FOUND[0], [1], [1, 2])]), ValueError, "as many scores as labels"),
    ("truth", lambda: plots.detections([GRAY], truth=[[[0, 0, 1, 1]]]), ValueError, r"truth\[0\] must be \(boxes, 5\)"),
    ("kept", lambda: plots.suppression(GRAY, FOUND[0], [1, 1], [5]), ValueError, "kept must be indices of the 2 boxes"),
    ("no time", lambda: plots.detection_progress([GRAY], {}), ValueError, "found is empty"),
    ("times", lambda: plots.detection_progress([GRAY], {"a": []}), ValueError, r"found\['a'\] must have an entry"),
    ("grid", lambda: plots.grid_cells(GRAY, TRUTH, 0), ValueError, "grid must have at least one cell, got 0"),
    ("anchors", lambda: plots.anchors([[1, 2, 3]]), ValueError, r"anchors must be \(boxes, 2\), width and height"),
    ("names", lambda: plots.target_maps(np.zeros((3, 3, 2)), ["x"]), ValueError, "one entry for each of"),
    ("no curve", lambda: plots.precision_recall({}), ValueError, "curves is empty"),
    ("lengths", lambda: plots.precision_recall({"a": ([1], [1, 2])}), ValueError, "a: recall and precision must be"),
    ("percent", lambda: plots.precision_recall({"a": ([1], [90])}), ValueError, "a: .* must lie between 0 and 1"),
    ("chosen", lambda: plots.average_iou({1: 0.4}, 2), ValueError, "chosen=2 is no point of the curve: choose from 1"),
    ("no bars", lambda: plots.bars({}), ValueError, "heights is empty"),
    ("series", lambda: plots.bars({"a": (1, 2)}, ["one"]), ValueError, "heights must have 1 numbers for each name"),
    ("labels", lambda: plots.bars({"a": 1}, labels=["x", "y"]), ValueError, r"labels must be \(1, 1\)"),
    ("no dots", lambda: plots.dots({}), ValueError, "results is empty"),
    ("no runs", lambda: plots.dots({"a": []}), ValueError, r"results\['a'\] is empty"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "error", "sentence"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_input(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()
