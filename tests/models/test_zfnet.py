"""ZFNet: the paper's figure 3 and the slides' widths (catalogue 2.5)."""

from collections import Counter

import pytest

from ccv.models.zfnet import zfnet

# layer: output, parameters of the paper's figure, of the slides' widths
TABLE = {
    "pad": ((226, 226, 3), 0, 0),
    "conv1": ((110, 110, 96), 14_208, 14_208),
    "pool1": ((55, 55, 96), 0, 0),
    "norm1": ((55, 55, 96), 0, 0),
    "conv2": ((26, 26, 256), 614_656, 614_656),
    "pool2": ((13, 13, 256), 0, 0),
    "norm2": ((13, 13, 256), 0, 0),
    "conv3": ((13, 13, 384), 885_120, 1_180_160),
    "conv4": ((13, 13, 384), 1_327_488, 4_719_616),
    "conv5": ((13, 13, 256), 884_992, 4_719_104),
    "pool5": ((6, 6, 256), 0, 0),
    "flatten": ((9216,), 0, 0),
    "fc6": ((4096,), 37_752_832, 75_501_568),
    "fc7": ((4096,), 16_781_312, 16_781_312),
    "predictions": ((1000,), 4_097_000, 4_097_000),
}
SLIDES = {"conv3": (13, 13, 512), "conv4": (13, 13, 1024), "conv5": (13, 13, 512), "pool5": (6, 6, 512)}
SMALL = {"input_shape": (47, 63, 3), "classes": 5, "width": 1 / 16}


@pytest.mark.parametrize(("variant", "column"), [("paper", 1), ("slides", 2)])
def test_every_row_of_the_figure(variant, column):
    model = zfnet(variant=variant)
    for name, row in TABLE.items():
        expected = row[0] if variant == "paper" else SLIDES.get(name, row[0] if name != "flatten" else (18_432,))
        assert model.get_layer(name).output.shape[1:] == expected, name
        assert model.get_layer(name).count_params() == row[column], name
    assert model.count_params() == sum(row[column] for row in TABLE.values())


def test_census_and_order():
    model = zfnet(**SMALL)
    kinds = Counter(type(layer).__name__ for layer in model.layers)
    assert kinds == {
        "InputLayer": 1, "ZeroPadding2D": 4, "Conv2D": 5, "MaxPooling2D": 3, "LocalResponseNormalization": 2,
        "Flatten": 1, "Dense": 3, "Dropout": 2,
    }  # fmt: skip
    names = [layer.name for layer in model.layers]
    assert names[:6] == ["input", "pad", "conv1", "pool1_pad", "pool1", "norm1"]
    bare = Counter(type(layer).__name__ for layer in zfnet(contrast_normalization=False, **SMALL).layers)
    assert kinds - bare == {"LocalResponseNormalization": 2}


def test_the_least_size_is_where_the_last_pool_has_a_window():
    def last(size):
        size = (size + 2 - 7) // 2 + 1
        size = -(-(size - 3) // 2) + 1
        size = (size - 5) // 2 + 1
        size = -(-(size - 3) // 2) + 1
        return -(-(size - 3) // 2) + 1

    assert (last(47), last(46)) == (1, 0)
    assert zfnet(**SMALL | {"input_shape": (47, 47, 4)}).get_layer("pool5").output.shape[1:3] == (1, 1)
    with pytest.raises(ValueError, match="three 3x3 poolings with stride 2 need at least 47 pixels"):
        zfnet(**SMALL | {"input_shape": (47, 46, 3)})


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"variant": "slide"}, ValueError, "did you mean 'slides'?"),
        ({"contrast_normalization": "lrn"}, TypeError, "contrast_normalization='lrn' must be True or False"),
    ],
)
def test_bad_options_of_its_own(options, error, message):
    with pytest.raises(error) as raised:
        zfnet(**SMALL | options)
    assert message in str(raised.value)
