"""What lab 00 says of its experiments, over three runs each, with the lab's own code."""

import ast
from itertools import pairwise

import numpy as np
import pytest

from ccv import models
from ccv.anatomy import stage_outputs
from ccv.course.catalog import find_lab
from ccv.grading.reading.extract import Definitions
from ccv.grading.reading.submission import read_cells

RUNS = 3
NAMES = "conv_net dense_net train share_right shuffled some linear_model hog x_train train_labels x_test test_labels"
NAMES += " page_net on_page digits digit_labels here elsewhere test_digit_labels"


@pytest.fixture(scope="module")
def cells():
    """The lab's own functions and pictures, without what it trains and draws."""
    wanted = f"wanted = ({', '.join(NAMES.split())})"
    namespace: dict = {}
    for statement in Definitions([*read_cells(find_lab("00_start").source), wanted]).needed("wanted"):
        exec(ast.unparse(statement.node), namespace)
    return namespace


@pytest.fixture(scope="module")
def accuracy(cells):
    """The share of held-out letters that networks read after training on all pictures, in order or shuffled."""

    def of(build, arrange=np.asarray):
        images, test = arrange(cells["x_train"]), arrange(cells["x_test"])
        trained = [cells["train"](cells[build], images, cells["train_labels"], run) for run in range(RUNS)]
        return np.array([cells["share_right"](network, test, cells["test_labels"]) for network in trained])

    return {
        "conv": of("conv_net"),
        "conv, shuffled": of("conv_net", cells["shuffled"]),
        "dense": of("dense_net"),
        "dense, shuffled": of("dense_net", cells["shuffled"]),
    }


@pytest.mark.slow
def test_shuffled_pixels_break_the_conv_net_and_not_the_dense_net(accuracy):
    assert (accuracy["conv"] - accuracy["conv, shuffled"]).min() > 0.2, accuracy
    assert abs(accuracy["dense"].mean() - accuracy["dense, shuffled"].mean()) < 0.04, accuracy
    assert accuracy["conv, shuffled"].max() < accuracy["dense, shuffled"].min(), accuracy


@pytest.mark.slow
def test_features_by_hand_win_with_few_pictures_and_lose_with_many(cells, accuracy):
    x, y, x_test, y_test = (cells[name] for name in ("x_train", "train_labels", "x_test", "test_labels"))
    few = [cells["some"](320, run) for run in range(RUNS)]
    features = cells["hog"](x_test)
    by_hand = np.array([cells["linear_model"](x[which], y[which]).score(features, y_test) for which in few])
    networks = [cells["train"](cells["conv_net"], x[which], y[which], run, 20) for run, which in enumerate(few)]
    learned = np.array([cells["share_right"](network, x_test, y_test) for network in networks])
    assert by_hand.mean() > learned.mean() + 0.02, (by_hand, learned)
    with_all = cells["linear_model"](x, y).score(features, y_test)
    assert accuracy["conv"].mean() > with_all + 0.01, (accuracy["conv"], with_all)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "knows"), [("dense", False), ("ConvNet, flattened", False), ("ConvNet, global pooling", True)]
)
def test_what_is_learned_in_one_corner_is_known_in_the_other_by_global_pooling_alone(cells, kind, knows):
    there = cells["on_page"](cells["digits"], 3, 3)
    for run in range(RUNS):
        network = cells["train"](lambda: cells["page_net"](kind), there, cells["digit_labels"], run, 3)
        same, other = (
            cells["share_right"](network, cells[name], cells["test_digit_labels"]) for name in ("here", "elsewhere")
        )
        assert same > 0.7, (kind, run, same)
        assert abs(same - other) < 0.03 if knows else other < 0.3, (kind, run, same, other)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lenet5", "alexnet", "vgg16", "resnet18", "resnet50", "mobilenet"])
def test_from_stage_to_stage_maps_shrink_and_are_never_fewer(name):
    options = {} if name == "lenet5" else {"width": 1 / 8}
    stages = [tensor.shape[1:] for tensor in stage_outputs(getattr(models, name)(**options)).values()]
    heights, _, channels = zip(*stages, strict=True)
    assert all(a > b for a, b in pairwise(heights)) and all(a <= b for a, b in pairwise(channels)), stages
