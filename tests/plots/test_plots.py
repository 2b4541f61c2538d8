"""Figures are returned, say what they should, and leave matplotlib as it was."""

# mypy: ignore-errors
# (every getter of matplotlib may return None)

import io
import subprocess
import sys
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

from ccv import plots
from ccv.plots import confusion_matrix, feature_maps, image_grid, kernels, learning_curves, matrices, matrix
from ccv.plots.figure import LabFigure
from ccv.plots.style import wrapped

HISTORY = {"loss": [2.0, 1.0, 0.5], "val_loss": [2.1, 1.5, 1.6], "accuracy": [0.3, 0.5, 0.8]}
CALLS = {
    "image_grid": lambda: image_grid(np.zeros((3, 8, 8)), ["a", "b", "c"], title="three"),
    "kernels": lambda: kernels({"a": np.eye(3), "b": -np.eye(2)}),
    "kernels of a layer": lambda: kernels(np.ones((3, 3, 3, 4))),
    "feature_maps": lambda: feature_maps(np.zeros((1, 8, 8, 6))),
    "matrix": lambda: matrix(np.eye(3), title="identity"),
    "matrices": lambda: matrices({"a": np.eye(3), "b": np.eye(2)}, "*", title="two"),
    "learning_curves": lambda: learning_curves(HISTORY),
    "confusion_matrix": lambda: confusion_matrix([0, 1, 1], [0, 1, 0], ["X", "O"]),
}


def texts(axes):
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_returns_a_figure_and_leaves_no_trace(call):
    settings = dict(matplotlib.rcParams)
    figure = call()
    assert isinstance(figure, Figure)
    figure.savefig(io.BytesIO())
    assert pyplot.get_fignums() == []
    assert dict(matplotlib.rcParams) == settings


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_every_text_lies_inside_the_figure(call):
    figure = call()
    figure.draw_without_rendering()
    window = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert window.x0 > -0.05
    assert window.y0 > -0.05
    assert window.x1 < width + 0.05
    assert window.y1 < height + 0.05


def test_plots_load_matplotlib_only():
    code = "import sys, ccv.plots;assert not {'keras', 'tensorflow', 'sklearn', 'matplotlib.pyplot'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_ipython_shows_one_picture():
    from IPython.core import formatters

    data, _ = formatters.DisplayFormatter().format(matrix([[1]]))
    assert set(data) == {"text/plain", "text/html", "image/png"}
    assert data["image/png"][:4] == b"\x89PNG"


@pytest.mark.slow
@pytest.mark.parametrize("setup", ["", "%matplotlib inline", "import matplotlib.pyplot as plt"])
def test_a_notebook_shows_one_picture(setup):
    import nbclient
    import nbformat

    cell = nbformat.v4.new_code_cell(f"{setup}\nfrom ccv.plots import matrix\nmatrix([[1, 2]])")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbclient.NotebookClient(notebook, timeout=120).execute()
    assert [output.output_type for output in cell.outputs] == ["execute_result"]
    assert "image/png" in cell.outputs[0].data


def test_titles_break_evenly_and_keep_their_own_breaks():
    assert wrapped("output, stride 1", 1.35) == "output,\nstride 1"
    assert wrapped("one\ntwo", 5) == "one\ntwo"
    assert wrapped("indivisible_name", 0.5) == "indivisible_name"
    assert wrapped("", 1) == ""


def test_image_grid_shows_every_image_with_its_title():
    figure = image_grid([np.zeros((4, 6)), np.ones((5, 5, 3)), np.ones((5, 5, 1))], ["a", 2, "c"], columns=2)
    assert [axes.get_title() for axes in figure.axes] == ["a", "2", "c"]
    assert figure.axes[0].get_subplotspec().get_gridspec().get_geometry() == (2, 2)


def test_gray_images_share_one_scale():
    figure = image_grid(np.stack([np.zeros((4, 4)), np.full((4, 4), 7)]))
    assert [axes.images[0].get_clim() for axes in figure.axes] == [(0, 7)] * 2
    assert image_grid([np.eye(3)], vmin=-1, vmax=2).axes[0].images[0].get_clim() == (-1, 2)
    assert image_grid([np.full((3, 3), 255, np.uint8)]).axes[0].images[0].get_clim() == (0, 255)


@pytest.mark.parametrize(
    "encode",
    [lambda x: x, lambda x: x * 255, lambda x: (x * 255).astype(np.uint8), lambda x: x * 2 - 1],
    ids=["0 to 1", "0 to 255", "uint8", "-1 to 1"],
)
def test_colours_look_alike_in_every_encoding(encode):
    colors = np.linspace(0, 1, 5 * 5 * 3).reshape(5, 5, 3)
    shown = image_grid([encode(colors)]).axes[0].images[0].get_array()
    np.testing.assert_allclose(shown, colors if shown.dtype.kind == "f" else colors * 255, atol=1.01 / 255)


def test_kernels_are_centred_on_zero():
    figure = kernels({"edge": [[1, 0, -3]], "blur": np.full((3, 3), 1 / 9)})
    assert [axes.get_title() for axes in figure.axes] == ["edge", "blur"]
    assert figure.axes[0].images[0].get_clim() == (-3, 3)
    assert len(kernels([[1, 0], [0, -1]]).axes) == 1


def test_kernels_have_their_numbers_where_they_can_be_read():
    figure = kernels({"identity": np.pad([[1]], 1), "blur": np.full((3, 3), 1 / 9)})
    written = [[text.get_text() for text in panel.texts] for panel in figure.axes]
    assert written == [["0", "0", "0", "0", "1", "0", "0", "0", "0"], ["0.11"] * 9]
    large = kernels({f"kernel {i}": np.linspace(-3, 1, 144).reshape(12, 12) for i in range(6)})
    assert not any(panel.texts for panel in large.axes)
    assert large.axes[0].get_xlabel() == "-3 to 1"


def test_kernels_of_a_layer_have_a_column_for_a_filter_and_a_row_for_a_channel():
    weights = np.zeros((3, 3, 2, 4))
    weights[..., 1, 2] = 5
    *panels, colorbar = kernels(weights).axes
    assert len(panels) == 8
    assert [panel.get_title() for panel in panels[:4]] == [f"filter {index}" for index in range(4)]
    assert [panel.get_ylabel() for panel in panels[::4]] == ["channel 0", "channel 1"]
    assert [panel.images[0].get_array().max() for panel in panels] == [0] * 6 + [5, 0]
    assert {panel.images[0].get_clim() for panel in panels} == {(-5, 5)}
    assert colorbar.get_ylabel() == "weight"


def test_large_layers_are_cut_and_say_so():
    figure = kernels(np.ones((3, 3, 16, 32)), limit=4, title="conv2")
    assert len(figure.axes) == 16 + 1
    assert figure.get_suptitle() == "conv2, 4 of 32 filters, 4 of 16 channels"
    figure = feature_maps(np.zeros((8, 8, 100)), limit=10)
    assert len(figure.axes) == 10
    assert figure.get_suptitle() == "10 of 100 maps"
    assert len(kernels(np.ones((3, 3, 1, 32))).axes) == 32 + 1


def test_feature_maps_are_the_channels():
    maps = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    for batch in (maps, maps[np.newaxis]):
        figure = feature_maps(batch, titles=list("abcd"))
        for index, axes in enumerate(figure.axes):
            np.testing.assert_array_equal(axes.images[0].get_array(), maps[..., index])
        assert [axes.get_title() for axes in figure.axes] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("values", "fmt", "printed"),
    [
        ([[1, -2]], None, ["1", "-2"]),
        ([[2**60 + 1]], None, [str(2**60 + 1)]),
        ([[30.0, -30.0]], None, ["30", "-30"]),
        ([[0.77, 1.0]], None, ["0.77", "1.00"]),
        ([[-0.001, np.nan]], None, ["0.00", "nan"]),
        ([[True, False]], None, ["1", "0"]),
        ([[0.5, 255]], ".1f", ["0.5", "255.0"]),
        ([[10, 255]], "x", ["a", "ff"]),
    ],
)
def test_matrix_prints_its_numbers(values, fmt, printed):
    assert texts(matrix(values, fmt=fmt).axes[0]) == printed


def test_matrix_text_is_readable_on_its_colour():
    colors = [text.get_color() for text in matrix([[0, 255]], cmap="gray").axes[0].texts]
    assert colors == ["white", "black"]


@pytest.mark.parametrize(
    ("highlight", "sides"),
    [
        (None, 0),
        ((0, 0), 4),
        (np.s_[0:3, 0:3], 12),
        (np.eye(4, dtype=bool), 16),
        (np.s_[:, 1], 10),
    ],
    ids=["nothing", "cell", "window", "mask", "column"],
)
def test_matrix_outlines_the_highlight(highlight, sides):
    assert len(matrix(np.eye(4), highlight=highlight).axes[0].lines) == sides


def test_matrices_have_cells_of_one_size_with_operators_between():
    figure = matrices(
        {"image": np.eye(4), "kernel": [[1, 2]], "map": np.eye(3)},
        ["*", "="],
        highlight={"image": (0, 0)},
        title="by hand",
    )
    assert [axes.get_title() for axes in figure.axes] == ["image", "kernel", "map"]
    assert [text.get_text() for text in figure.texts if text is not figure._suptitle] == ["*", "="]
    assert [len(axes.lines) for axes in figure.axes] == [4, 0, 0]
    size = figure.get_size_inches()
    cells = {
        tuple(np.round(axes.get_position().size * size / axes.images[0].get_array().shape[::-1], 6))
        for axes in figure.axes
    }
    assert len(cells) == 1


def test_learning_curves_pair_training_with_validation_and_mark_the_best():
    figure = learning_curves(HISTORY)
    loss, accuracy = figure.axes
    assert (loss.get_title(), accuracy.get_title()) == ("loss", "accuracy")
    labels = [text.get_text() for text in loss.get_legend().get_texts()]
    assert labels == ["training", "validation", "best: 1.5 at epoch 2"]
    assert [text.get_text() for text in accuracy.get_legend().get_texts()][-1] == "best: 0.8 at epoch 3"
    assert loss.get_xlabel() == "epoch"


def test_learning_curves_take_a_keras_history_and_sparse_validation():
    metrics = {"loss": [4.0, 3.0, 2.0, 1.0], "val_loss": [3.5, 3.0], "learning_rate": [0.1] * 4}
    loss, rate = learning_curves(SimpleNamespace(history=metrics)).axes
    assert list(loss.lines[1].get_xdata()) == [2, 4]
    assert rate.get_legend() is None


def test_learning_curves_survive_nan():
    loss = learning_curves({"loss": [np.nan, 2.0, np.nan]}).axes[0]
    assert loss.get_legend().get_texts()[-1].get_text() == "best: 2 at epoch 2"
    learning_curves({"loss": [np.nan, np.nan]})


def test_confusion_matrix_counts_by_true_row_and_predicted_column():
    axes, colorbar = confusion_matrix([0, 0, 0, 1], [0, 1, 1, 1], ["X", "O", "other"]).axes
    assert texts(axes) == ["1", "2", "0", "0", "1", "0", "0", "0", "0"]
    np.testing.assert_allclose(axes.images[0].get_array(), [[1 / 3, 2 / 3, 0], [0, 1, 0], [0, 0, 0]])
    assert (axes.get_ylabel(), axes.get_xlabel()) == ("true class", "predicted class")
    assert [label.get_text() for label in axes.get_xticklabels()] == ["X", "O", "other"]
    assert colorbar.get_ylabel() == "share of the true class"


def test_confusion_matrix_takes_names_as_labels():
    axes = confusion_matrix(["cat", "dog"], ["dog", "dog"]).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["cat", "dog"]
    assert texts(axes) == ["0", "1", "0", "1"]


def test_many_classes_are_drawn_without_numbers():
    axes = confusion_matrix(np.arange(60), np.arange(60)).axes[0]
    assert texts(axes) == []


# what is wrong, the call, the error, its sentence
BAD = [
    ("one image", lambda: image_grid(np.zeros((8, 8))), ValueError, r"look like a single image.* \[image\]"),
    ("one colour image", lambda: image_grid(np.zeros((8, 8, 3))), ValueError, "look like a single image"),
    ("two channels", lambda: image_grid(np.zeros((1, 8, 8, 2))), ValueError, r"images\[0\] must be \(height"),
    ("no images", lambda: image_grid([]), ValueError, "images is empty"),
    ("empty image", lambda: image_grid(np.zeros((1, 0, 8))), ValueError, r"images\[0\] is empty"),
    ("no list", lambda: image_grid(7), TypeError, "images must be a batch or a list of images, got int"),
    ("text", lambda: image_grid([[["a"]]]), TypeError, r"images\[0\] must hold numbers"),
    ("ragged", lambda: image_grid([[[1, 2], [3]]]), ValueError, "rows have different lengths"),
    ("titles", lambda: image_grid(np.zeros((2, 8, 8)), ["a"]), ValueError, "one entry for each of 2 pictures"),
    ("titles as text", lambda: image_grid(np.zeros((2, 8, 8)), "ab"), ValueError, "titles must be a list"),
    (
        "columns",
        lambda: image_grid(np.zeros((2, 8, 8)), columns=0),
        ValueError,
        "columns=0 must be an integer of at least 1",
    ),
    ("many images", lambda: image_grid(np.zeros((401, 2, 2))), ValueError, "too many for one figure"),
    ("cmap", lambda: image_grid(np.zeros((2, 8, 8)), cmap="grau"), ValueError, "cmap='grau' is no colour map"),
    ("kernels 3-D", lambda: kernels(np.zeros((3, 3, 3))), ValueError, r"weights must be \(height, width\) or"),
    ("kernels by name", lambda: kernels({"a": [1, 2]}), ValueError, r"'a' must be \(height, width\)"),
    ("no kernels", lambda: kernels({}), ValueError, "weights is an empty mapping"),
    (
        "kernels limit",
        lambda: kernels(np.zeros((3, 3, 1, 1)), limit=0),
        ValueError,
        "limit=0 must be an integer of at least 1",
    ),
    ("maps of a batch", lambda: feature_maps(np.zeros((2, 8, 8, 3))), ValueError, r"of 2: pass maps\[:1\]"),
    ("maps 2-D", lambda: feature_maps(np.zeros((8, 8))), ValueError, r"maps must be \(height, width, ch"),
    ("maps titles", lambda: feature_maps(np.zeros((8, 8, 3)), ["a"]), ValueError, "each of 3 maps"),
    ("matrix 1-D", lambda: matrix([1, 2]), ValueError, r"values must be \(rows, columns\), got the shape \(2,\)"),
    ("matrix of text", lambda: matrix([["a"]]), TypeError, "values must hold numbers"),
    ("matrix too large", lambda: matrix(np.zeros((99, 99))), ValueError, "too many cells .* image_grid"),
    ("matrix fmt", lambda: matrix([[1.5]], fmt="d"), ValueError, "fmt='d' cannot print float64"),
    (
        "matrix highlight",
        lambda: matrix([[1]], highlight=(3, 3)),
        ValueError,
        "highlight is no index of values with shape",
    ),
    ("matrices of a list", lambda: matrices([[[1]]]), TypeError, "panels must map titles to matrices"),
    ("matrices 1-D", lambda: matrices({"a": [1]}), ValueError, r"a must be \(rows, columns\)"),
    ("matrices operators", lambda: matrices({"a": [[1]]}, "*"), ValueError, "1 panels need 0 operators"),
    ("matrices highlight", lambda: matrices({"a": [[1]]}, highlight={"b": 0}), ValueError, "panels are"),
    ("history is a list", lambda: learning_curves([1, 2]), TypeError, "history must be what model.fit returns"),
    ("history is empty", lambda: learning_curves({}), ValueError, "history is empty: train for at least one"),
    ("no epochs", lambda: learning_curves({"loss": []}), ValueError, "history is empty"),
    ("history text", lambda: learning_curves({"loss": ["a"]}), TypeError, r"history\['loss'\] must hold num"),
    ("odd epochs", lambda: learning_curves({"a": [1, 2, 3], "b": [1, 2]}), ValueError, "do not fit 3 epochs"),
    ("scores", lambda: confusion_matrix([0], [[0.1, 0.9]]), ValueError, r"argmax\(axis=-1\)"),
    ("float labels", lambda: confusion_matrix([0.5], [1]), TypeError, "y_true must hold class numbers or names"),
    ("lengths", lambda: confusion_matrix([0, 1], [1]), ValueError, "equally long, got 2 and 1"),
    ("no labels", lambda: confusion_matrix([], []), ValueError, "y_true is empty"),
    ("mixed labels", lambda: confusion_matrix(["a"], [1]), TypeError, "both be numbers or both be text"),
    ("class names", lambda: confusion_matrix([0, 2], [0, 1], ["a", "b"]), ValueError, r"labels \[2\] are outside"),
    ("names twice", lambda: confusion_matrix(["a"], ["a"], ["a"]), TypeError, "leave them out"),
]


@pytest.mark.parametrize(("call", "error", "sentence"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_input(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()


def test_every_public_function_has_an_example():
    for name in plots.__all__:
        assert ">>>" in getattr(plots, name).__doc__
    assert isinstance(matrix([[1]]), LabFigure)
