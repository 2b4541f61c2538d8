"""What lab 09 says of published tables and of the front follows from the counts of the builders."""

import pytest


@pytest.fixture(scope="module")
def lab(solved):
    """A function that gives what a name of the solved lab stands for."""
    names = ("OURS", "LECTURE", "counts", "which_unit", "FIELD", "field", "pareto", "ratios", "vgg")
    return solved("09_compare", *names).__getitem__


@pytest.mark.parametrize(
    ("row", "form", "unit"),
    [
        ("AlexNet", "two towers", "FLOPs"),
        ("AlexNet", "one tower", "neither"),
        ("VGGNet", "VGG-19", "multiply-adds"),
        ("VGGNet", "VGG-16", "neither"),
        ("Inception", "GoogLeNet", "neither"),
        ("ResNet-152", "ResNet-152", "multiply-adds"),
    ],
)
def test_the_lectures_table_has_three_units(lab, row, form, unit):
    name, number = lab("OURS")[row][form]
    macs = lab("counts")(name, number)[1]
    assert lab("which_unit")(lab("LECTURE")[row][2], macs * 1e6) == unit


def test_how_many_times_the_work(lab):
    """S-125: where the table has 7, 1.3 and 10."""
    counts = lab("counts")
    (towers, alexnet), (single, _) = counts("alexnet", 1), counts("alexnet", 0)
    assert round(counts("resnet152")[1] / alexnet) == 16
    assert round(counts("googlenet")[1] / alexnet, 1) == 2.2
    assert round(towers / counts("googlenet")[0]) == round(single / counts("googlenet")[0]) == 9


def test_vgg_is_dominated_and_the_front_is_of_searched_networks(lab):
    names, field = lab("FIELD"), lab("field")
    assert len(names) == 35 == len(set(names))
    macs, accuracy = field[names.index("vgg16"), 1:]
    better = (field[:, 1] <= macs) & (field[:, 2] >= accuracy)
    better[names.index("vgg16")] = False
    assert better.sum() == 21
    front = [names[i] for i in lab("pareto")(field[:, 1].tolist(), field[:, 2].tolist())]
    assert front and all(name.startswith(("mobilenet_v3", "efficientnet")) for name in front)
    value = dict(zip(names, field[:, 2] / field[:, 0], strict=True))
    best = max(value, key=value.get)
    assert best.startswith("squeezenet") and 58 < field[names.index(best), 2] < 62  # wrong for four in ten


def test_multiply_adds_are_not_milliseconds(lab):
    ratios = lab("ratios")
    macs, time = ratios["vgg16", "resnet50"]
    assert macs == pytest.approx(4, abs=0.1) and time < 1.25
    macs, time = ratios["vgg16", "xception"]
    assert 1.8 < macs < 2 and time < 1


def test_the_sizes_of_vgg_differ_by_eight_per_cent(lab):
    sizes = [net.params for net in lab("vgg").values()]
    assert round(100 * (max(sizes) / min(sizes) - 1)) == 8
