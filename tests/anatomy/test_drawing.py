"""Networks as pictures: what is drawn, in which order, with which sizes."""

import functools
from itertools import pairwise

import keras
import numpy as np
import pytest
from matplotlib.patches import FancyArrowPatch
from matplotlib.path import Path

from ccv.anatomy import anatomy
from ccv.anatomy.drawing import alone
from ccv.anatomy.outline import outline
from ccv.anatomy.steps import first_steps
from ccv.graph import without_weights
from ccv.models import build, list_models
from ccv.plots.network_layout import places


@pytest.fixture(scope="module")
def whole():
    """The anatomy of a builder's network, whose weights are never filled."""

    @functools.cache
    def made(name, **options):
        with without_weights():
            return anatomy(build(name, **options))

    return made


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts if text.get_text()]


def test_lenet5_is_drawn_layer_by_layer(whole):
    lenet = whole("lenet5", input_shape=(32, 32, 1))
    words = ["conv 5x5", "average pool 2x2", "conv 5x5", "average pool 2x2", "dense 120", "dense 84", "dense 10"]
    steps = outline(lenet.rows)
    assert [step.words for step in steps[1:]] == words
    assert [step.output for step in steps] == [
        lenet[name].output for name in ("input", "c1", "s2", "c3", "s4", "f5", "f6", "predictions")
    ]
    assert texts(lenet.draw()) == [
        "32 x 32 x 1", "28 x 28 x 6", words[0], "14 x 14 x 6", words[1], "10 x 10 x 16", words[2], "5 x 5 x 16",
        words[3], "120", words[4], "84", words[5], "10", words[6],
    ]  # fmt: skip


def test_vgg16_is_drawn_stage_by_stage_in_the_sizes_that_the_model_has(whole):
    vgg = whole("vgg16")
    steps = outline(vgg.rows)
    convolutions = [(step.count, step.output) for step in steps if step.role == "convolution"]
    assert convolutions == [
        (2, (224, 224, 64)), (2, (112, 112, 128)), (3, (56, 56, 256)), (3, (28, 28, 512)), (3, (14, 14, 512)),
    ]  # fmt: skip
    assert steps[-2].words == "2 x dense 4096"
    for step in steps:
        assert step.output in {row.output for row in vgg.rows}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("resnet50", [f"{n} x residual block" for n in (3, 4, 6, 3)]),
        ("squeezenet1_1", ["2 x fire module"] * 4),
        ("mobilenet", ["5 x separable conv 3x3"]),
    ],
)
def test_blocks_are_one_step_and_counted(whole, name, expected):
    words = [step.words for step in outline(whole(name).rows)]
    assert [word for word in words if word in expected] == expected


def test_no_two_texts_of_volumes_meet_and_none_leaves_the_figure(whole):
    for name in ("lenet5", "vgg16", "resnet50", "mobilenet"):
        figure = whole(name).draw()
        figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in figure.axes[0].texts if text.get_text()]
        assert not [a for i, a in enumerate(boxes) for b in boxes[:i] if a.overlaps(b)], name
        assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes), name


def test_texts_are_read_at_700_pixels(whole):
    for name in ("lenet5", "vgg16", "resnet50"):
        figure = whole(name).draw()
        shrunk = min(1, 7 / figure.get_figwidth())  # 700 pixels at 100 dots an inch
        assert min(text.get_fontsize() for text in figure.axes[0].texts if text.get_text()) * shrunk >= 8


def test_a_figure_says_what_it_shows(whole):
    figure = whole("lenet5").draw()
    assert figure.alt.startswith("lenet5. A network as volumes: 28 x 28 x 1, conv 5x5, 28 x 28 x 6, average pool 2x2")
    assert figure.alt.endswith("dense 84, dense 10.")


def test_a_network_of_one_s_own_is_drawn():
    inputs = keras.Input((20, 30, 3))
    y = keras.layers.Conv2D(4, 3, strides=2, name="first")(inputs)
    y = keras.layers.ReLU()(keras.layers.BatchNormalization()(y))
    y = keras.layers.GlobalMaxPooling2D()(y)
    steps = outline(anatomy(keras.Model(inputs, keras.layers.Dense(5)(y))).rows)
    assert [step.words for step in steps[1:]] == ["conv 3x3, stride 2", "global max pool", "dense 5"]
    assert steps[1].extras == ("BN", "ReLU")


def test_an_inception_module_is_drawn_with_its_four_branches(whole):
    steps, figure = block_of(whole("googlenet"), "inception_3a")
    assert [step.label for step in steps if step.after == (0,)] == ["conv 1x1", "conv 1x1", "conv 1x1", "max pool 3x3"]
    assert len(steps[-1].after) == 4
    assert steps[-1].output == (28, 28, 256)
    assert texts(figure)[0] == "pool2\n28 x 28 x 192"
    assert texts(figure)[-1] == "concatenate\n28 x 28 x 256"


def test_a_shortcut_goes_around_the_boxes_that_it_passes(whole):
    steps, figure = block_of(whole("resnet50"), "conv2_block2")
    assert steps[-1].label == "add"
    assert 0 in steps[-1].after
    arrows = [patch for patch in figure.axes[0].patches if isinstance(patch, FancyArrowPatch)]
    assert len(arrows) == 5
    assert sorted(len(arrow.get_path().vertices) for arrow in arrows)[-1] >= 4
    assert "add, ReLU, 56 x 56 x 256 (after conv2_block1_out and conv 1x1)" in figure.alt


def block_of(network, name):
    inside = [i for i, row in enumerate(network.rows) if row.name.startswith(name)]
    return alone(first_steps(network.rows), inside), network.draw(name)


def test_what_begins_no_layer_s_name_is_refused(whole):
    with pytest.raises(ValueError, match="did you mean 'inception_3"):
        whole("googlenet").draw("inception_3z")


def test_block_1_is_not_block_10(whole):
    drawn = texts(whole("mobilenet_v2").draw("block_1"))
    assert drawn[0].startswith("expanded_conv")
    assert len(drawn) == 4


@pytest.mark.parametrize(("name", "up"), [("unet", 4), ("yolo_v3", 2), ("yolo_v3_tiny", 1)])
def test_what_comes_back_to_finer_maps_has_a_row_for_each_resolution(whole, name, up):
    steps = outline(whole(name).rows)
    at = places([step.after for step in steps], [step.level for step in steps])
    raised = [(i, j) for j, step in enumerate(steps) for i in step.after if at[i][1] > at[j][1]]
    assert len(raised) == up
    assert len({row for _, row in at}) == len({step.level for step in steps})
    assert len(set(at)) == len(at)


def test_models_inside_the_model_are_a_box_for_each_call(whole):
    assert [step.label for step in outline(whole("siamese").rows)] == [
        "left", "right", "tower", "tower", "absolute difference", "dense 1",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [n if n in {"xo_net", "unet", "siamese"} else pytest.param(n, marks=pytest.mark.slow) for n in list_models()],
)
def test_every_network_is_drawn_and_read(name):
    with without_weights():
        model = build(name)
    shapes = [(64, 64, 3), (8,), (20,)] if name == "multi_input" else None
    figure = anatomy(model, shapes).draw()
    figure.draw_without_rendering()
    written = [text for text in figure.axes[0].texts if text.get_text()]
    boxes = [text.get_window_extent() for text in written]
    assert not [(a, b) for i, a in enumerate(boxes) for b in boxes[:i] if a.overlaps(b)]
    assert min(text.get_fontsize() for text in written) * min(1, 7 / figure.get_figwidth()) >= 8
    assert figure.alt.startswith(name)


def test_shortcuts_one_after_the_other_do_not_run_into_one_line(whole):
    figure = whole("densenet121").draw("conv2")
    paths = [patch.get_path() for patch in figure.axes[0].patches if isinstance(patch, FancyArrowPatch)]
    ways = [path.vertices[path.codes != Path.CLOSEPOLY] for path in paths]  # what closes an arrow's head is no corner
    wide = max(np.ptp(way[:, 0]) for way in ways)
    around = [(way[:, 1].min(), way[:, 1].max()) for way in ways if np.ptp(way[:, 0]) > wide / 2]
    assert len(around) == 6
    assert all(end > start for (end, _), (_, start) in pairwise(around))


def test_the_title_of_a_tall_figure_stands_above_the_boxes(whole):
    figure = whole("densenet121").draw("conv2")
    figure.draw_without_rendering()
    assert figure._suptitle.get_window_extent().y0 > figure.axes[0].get_window_extent().y1
