"""What goes in: number types that are kept, and bad input that is refused in one sentence."""

# mypy: disable-error-code="arg-type"

import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from ccv import convolution
from ccv.convolution import (
    average_pool2d,
    conv_layer,
    convolve2d,
    correlate2d,
    max_pool2d,
    output_size,
    pad2d,
    relu,
    truncate,
)

IMAGE, KERNEL = np.ones((5, 5)), np.ones((3, 3))
BATCH, KERNELS = np.ones((1, 5, 5, 4)), np.ones((3, 3, 4, 2))


def test_uint8_does_not_overflow():
    white = np.full((5, 5), 255, np.uint8)
    assert correlate2d(white, np.full((3, 3), 127, np.int8))[0, 0] == 255 * 9 * 127
    assert correlate2d(white, [[-1]]).min() == -255
    assert conv_layer(white[None, ..., None], np.ones((3, 3, 1, 1), np.uint8))[0, 0, 0, 0] == 2295
    assert average_pool2d(white).max() == 255
    assert max_pool2d(white).dtype == np.uint8


def test_large_integers_stay_exact():
    assert correlate2d([[2**40 + 1, 1]], [[2**10, 3]])[0, 0] == 2**50 + 2**10 + 3


@pytest.mark.parametrize(
    ("image", "kernel", "result"),
    [
        (np.uint8, np.int64, np.int64),
        (np.float32, np.int64, np.float32),
        (np.uint8, np.float32, np.float32),
        (np.float32, np.float64, np.float64),
        (np.float16, np.float16, np.float16),
    ],
)
def test_number_types(image, kernel, result):
    image, kernel = IMAGE.astype(image), KERNEL.astype(kernel)
    assert correlate2d(image, kernel).dtype == result
    assert convolve2d(image, kernel).dtype == result
    assert conv_layer(image[None, ..., None], kernel[..., None, None], [1]).dtype == result


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_pools_keep_floats_and_half_precision_does_not_overflow(dtype):
    x = np.full((4, 4), 60000, dtype)
    assert average_pool2d(x, 4) == dtype(60000)
    assert average_pool2d(x).dtype == max_pool2d(x).dtype == dtype


def test_nan_stays_in_the_windows_that_see_it():
    image = IMAGE.copy()
    image[0, 0] = np.nan
    for output in (correlate2d(image, KERNEL), max_pool2d(image), average_pool2d(image)):
        assert np.isnan(output[0, 0])
        assert np.isnan(output).sum() == 1


def test_inputs_are_left_as_they_are():
    x = -BATCH
    conv_layer(x, KERNELS, [1, 2], padding=1, activation=relu)
    relu(x)
    max_pool2d(x, padding="same")
    assert_array_equal(x, -BATCH)


def test_bands_do_not_show(monkeypatch):
    rng = np.random.default_rng(0)
    x, kernels = rng.normal(size=(2, 9, 8, 4)), rng.normal(size=(3, 2, 4, 5))
    whole = conv_layer(x, kernels, stride=(1, 2))
    monkeypatch.setattr("ccv.convolution.correlation.BAND_NUMBERS", 1)
    np.testing.assert_allclose(conv_layer(x, kernels, stride=(1, 2)), whole)


def test_convolution_loads_no_framework():
    code = "import sys, ccv.convolution; assert not {'keras', 'tensorflow', 'matplotlib'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# Each takes one array in the place of the image.
TAKES_IMAGE = {
    "pad2d": pad2d,
    "correlate2d": lambda x: correlate2d(x, KERNEL),
    "correlate2d kernel": lambda k: correlate2d(IMAGE, k),
    "convolve2d": lambda x: convolve2d(x, KERNEL),
    "convolve2d kernel": lambda k: convolve2d(IMAGE, k),
    "conv_layer": lambda x: conv_layer(x, KERNELS),
    "conv_layer kernels": lambda k: conv_layer(BATCH, k),
    "conv_layer bias": lambda b: conv_layer(BATCH, KERNELS, b),
    "max_pool2d": max_pool2d,
    "average_pool2d": average_pool2d,
    "relu": relu,
    "truncate": truncate,
    "truncate divisor": lambda d: truncate(IMAGE, d),
}


@pytest.mark.parametrize("function", TAKES_IMAGE.values(), ids=TAKES_IMAGE)
@pytest.mark.parametrize(
    "values",
    [np.ones((5, 5), bool), np.ones((5, 5), complex), np.full((5, 5), "1"), np.full((5, 5), None), "X"],
)
def test_numbers_only(function, values):
    with pytest.raises(TypeError, match=r"must hold integers or floats, got .*: convert it"):
        function(values)


@pytest.mark.parametrize("function", TAKES_IMAGE.values(), ids=TAKES_IMAGE)
def test_ragged_rows(function):
    with pytest.raises(ValueError, match="rows have different lengths"):
        function([[1, 2], [3]])


SHAPES = {
    "pad2d": np.zeros((0, 3)),
    "correlate2d": np.zeros((3, 0)),
    "convolve2d": np.zeros((3, 0)),
    "conv_layer": np.zeros((0, 5, 5, 4)),
    "conv_layer kernels": np.zeros((3, 3, 4, 0)),
    "max_pool2d": np.zeros((0, 0)),
    "average_pool2d": np.zeros((0, 5, 5, 1)),
    "relu": [],
    "truncate": [],
}


@pytest.mark.parametrize(("name", "values"), SHAPES.items(), ids=SHAPES)
def test_empty(name, values):
    with pytest.raises(ValueError, match="is empty"):
        TAKES_IMAGE[name](values)


@pytest.mark.parametrize("name", [name for name in TAKES_IMAGE if name not in {"relu", "truncate"}])
@pytest.mark.parametrize("values", [5, np.ones((1, 1, 1)), np.ones((1, 1, 1, 1, 1))], ids=np.ndim)
def test_wrong_number_of_axes(name, values):
    if name == "truncate divisor" and np.ndim(values) == 0:
        return
    with pytest.raises(ValueError, match=r"must have the shape|must be one finite number"):
        TAKES_IMAGE[name](values)


# what it does, the call, the error, its sentence
BAD_SIZES = [
    ("n is a float", lambda: output_size(5.0, 3), TypeError, "n must be a whole number, got 5.0"),
    ("n is a flag", lambda: output_size(True, 1), TypeError, "n must be a whole number, got True"),
    ("kernel is a word", lambda: output_size(5, "3"), TypeError, "kernel must be a whole number, got '3'"),
    ("stride is a float in a pair", lambda: output_size(5, 3, (1, 1.5)), TypeError, "stride must be a whole"),
    ("n is zero", lambda: output_size(0, 3), ValueError, "n must be at least 1, got 0"),
    ("stride is zero", lambda: output_size(5, 3, 0), ValueError, "stride must be at least 1, got 0"),
    ("padding is negative", lambda: output_size(5, 3, 1, -1), ValueError, "padding must be at least 0"),
    ("dilation is zero", lambda: output_size(5, 3, dilation=0), ValueError, "dilation must be at least 1"),
    (
        "a triple",
        lambda: output_size((5, 5, 3), 3),
        ValueError,
        r"n must be one number or a \(height, width\)",
    ),
    (
        "an unknown word",
        lambda: output_size(5, 3, padding="full"),
        ValueError,
        "padding must be 'valid', 'same'",
    ),
    (
        "kernel too large",
        lambda: output_size(3, 5),
        ValueError,
        "spans 5 pixels .* has only 3: use a smaller",
    ),
    (
        "dilation too large",
        lambda: output_size(4, 3, dilation=2),
        ValueError,
        r"spans 5 pixels \(size 3, dil",
    ),
    ("pad2d negative", lambda: pad2d(IMAGE, -1), ValueError, "padding must be at least 0"),
    ("pad2d word", lambda: pad2d(IMAGE, "same"), TypeError, "padding must be a whole number, got 'same'"),
    ("correlate2d kernel too large", lambda: correlate2d(KERNEL, IMAGE), ValueError, "use a smaller kernel"),
    ("correlate2d stride", lambda: correlate2d(IMAGE, KERNEL, 0), ValueError, "stride must be at least 1"),
    ("convolve2d padding", lambda: convolve2d(IMAGE, KERNEL, 1, 0.5), TypeError, "padding must be a whole"),
    ("correlate2d overflow", lambda: correlate2d([[2**60]], [[2**60]]), ValueError, r"could pass 2\*\*53"),
    (
        "channels",
        lambda: conv_layer(BATCH[..., :3], KERNELS),
        ValueError,
        "x has 3 channels, but kernels of sh",
    ),
    ("groups and channels", lambda: conv_layer(BATCH, KERNELS, groups=2), ValueError, "with groups=2 need 8"),
    (
        "groups and filters",
        lambda: conv_layer(BATCH, np.ones((3, 3, 2, 3)), groups=2),
        ValueError,
        "groups=2 must divide the 3 filters",
    ),
    ("groups is zero", lambda: conv_layer(BATCH, KERNELS, groups=0), ValueError, "groups must be at least 1"),
    ("bias", lambda: conv_layer(BATCH, KERNELS, [1, 2, 3]), ValueError, "one number for each of 2 filters"),
    (
        "activation",
        lambda: conv_layer(BATCH, KERNELS, activation="relu"),
        TypeError,
        "a function such as relu",
    ),
    ("pool too large", lambda: max_pool2d(IMAGE, 6), ValueError, "use a smaller kernel"),
    ("pool size", lambda: max_pool2d(IMAGE, 0), ValueError, "size must be at least 1"),
    ("pool stride", lambda: average_pool2d(IMAGE, 2, 0), ValueError, "stride must be at least 1"),
    (
        "pool padding",
        lambda: average_pool2d(IMAGE, 2, 2, 2),
        ValueError,
        "padding=2 must be smaller than the w",
    ),
    ("divisor is zero", lambda: truncate([1], 0), ValueError, "divisor must be one finite number other than"),
    ("divisor is nan", lambda: truncate([1], np.nan), ValueError, "divisor must be one finite number"),
    ("decimals is a float", lambda: truncate([1], 9, 2.0), TypeError, "decimals must be a whole number"),
    ("decimals is negative", lambda: truncate([1], 9, -1), ValueError, "decimals must be at least 0"),
    ("decimals is too many", lambda: truncate([1], 9, 16), ValueError, "decimals must be at most 15"),
    ("sums are too large", lambda: truncate([2**62], 9), ValueError, "too large to keep decimals exactly"),
]


@pytest.mark.parametrize(
    ("call", "error", "sentence"), [row[1:] for row in BAD_SIZES], ids=[row[0] for row in BAD_SIZES]
)
def test_bad_sizes(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()


def test_every_public_name_is_documented():
    for name in convolution.__all__:
        if name != "KERNELS":
            assert ">>>" in getattr(convolution, name).__doc__
