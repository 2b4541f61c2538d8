"""Every operation agrees with Keras on random inputs, and with itself under shifts."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from keras import ops
from numpy.testing import assert_allclose, assert_array_equal

from ccv.convolution import (
    average_pool2d,
    conv_layer,
    convolve2d,
    correlate2d,
    max_pool2d,
    output_size,
    pad2d,
    relu,
)

quick = settings(max_examples=40, deadline=None, derandomize=True)
seeds = st.integers(0, 2**32 - 1)
sides = st.integers(1, 12)
small = st.integers(1, 4)


def numbers(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def keras_conv(x, kernels, stride, padding, dilation=(1, 1)):
    """Keras's convolution, by the plain kernels that TensorFlow has for float64.

    For float32 it takes oneDNN's, which on some processors read past the end of a small picture that is
    strode over: 2x3 by a kernel of 1x2 and a stride of (1, 2) then holds numbers from nowhere.
    """
    x, kernels = np.asarray(x, np.float64), np.asarray(kernels, np.float64)
    return ops.conv(x, kernels, stride, padding, dilation_rate=dilation)


@st.composite
def places(draw, with_dilation=False):
    """Input size, kernel, stride, dilation and padding that go together."""
    n, kernel, stride = (draw(st.tuples(side, side)) for side in (sides, small, small))
    dilation = draw(st.tuples(small, small)) if with_dilation else (1, 1)
    if with_dilation and draw(st.booleans()):
        stride = (1, 1)
    elif stride != (1, 1):
        dilation = (1, 1)  # TensorFlow refuses both at once
    padding = draw(st.sampled_from(["valid", "same"]))
    spans = [d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True)]
    assume(padding == "same" or (spans[0] <= n[0] and spans[1] <= n[1]))
    return n, kernel, stride, padding, dilation


@quick
@given(places(with_dilation=True), st.integers(1, 3), small, small, seeds)
def test_conv_layer(place, batch, channels, filters, seed):
    (height, width), kernel, stride, padding, dilation = place
    x, kernels = numbers(seed, batch, height, width, channels), numbers(seed, *kernel, channels, filters)
    bias = numbers(seed, filters)
    ours = conv_layer(x, kernels, bias, stride, padding, dilation=dilation, activation=relu)
    theirs = ops.relu(keras_conv(x, kernels, stride, padding, dilation) + bias)
    assert ours.dtype == np.float32
    assert ours.shape[1:3] == output_size((height, width), kernel, stride, padding, dilation)
    assert_allclose(ours, theirs, atol=1e-4)


@settings(max_examples=10, deadline=None, derandomize=True)  # Keras compiles each grouped convolution
@given(places(), st.integers(2, 3), st.integers(1, 2), st.integers(1, 2), seeds)
def test_conv_layer_in_groups(place, groups, per_group, filters, seed):
    n, kernel, stride, padding, _ = place
    x, kernels = numbers(seed, 2, *n, groups * per_group), numbers(seed, *kernel, per_group, groups * filters)
    theirs = keras_conv(x, kernels, stride, padding)
    assert_allclose(conv_layer(x, kernels, None, stride, padding, groups=groups), theirs, atol=1e-4)


@quick
@given(st.integers(5, 12), small, st.integers(1, 2), seeds)
def test_depthwise_convolution_has_a_group_per_channel(n, channels, multiplier, seed):
    x, kernels = numbers(seed, 2, n, n + 1, channels), numbers(seed, 3, 2, channels, multiplier)
    grouped = kernels.reshape(3, 2, 1, channels * multiplier)
    theirs = ops.depthwise_conv(x, kernels, padding="same")
    assert_allclose(conv_layer(x, grouped, padding="same", groups=channels), theirs, atol=1e-4)


@quick
@given(places(with_dilation=True), seeds)
def test_correlate2d(place, seed):
    n, kernel, stride, padding, dilation = place
    image, weights = numbers(seed, *n), numbers(seed, *kernel)
    theirs = keras_conv(image[None, ..., None], weights[..., None, None], stride, padding, dilation)[0, ..., 0]
    assert_allclose(correlate2d(image, weights, stride, padding, dilation), theirs, atol=1e-4)
    assert_allclose(convolve2d(image, weights[::-1, ::-1], stride, padding, dilation), theirs, atol=1e-4)


@quick
@given(places(), st.tuples(st.integers(0, 3), st.integers(0, 3)), seeds)
def test_padding_by_numbers_is_valid_after_pad2d(place, padding, seed):
    n, kernel, stride, _, _ = place
    assume(all(k <= size + 2 * p for k, size, p in zip(kernel, n, padding, strict=True)))
    image, weights = numbers(seed, *n), numbers(seed, *kernel)
    assert_array_equal(
        correlate2d(image, weights, stride, padding),
        correlate2d(pad2d(image, padding), weights, stride),
    )


@quick
@given(places(), st.integers(1, 3), small, seeds)
def test_pooling(place, batch, channels, seed):
    n, size, stride, padding, _ = place
    x = numbers(seed, batch, *n, channels)
    assert_array_equal(max_pool2d(x, size, stride, padding), ops.max_pool(x, size, stride, padding))
    assert_allclose(average_pool2d(x, size, stride, padding), ops.average_pool(x, size, stride, padding), atol=1e-5)
    assert_array_equal(max_pool2d(x[0, ..., 0], size, stride, padding), max_pool2d(x, size, stride, padding)[0, ..., 0])


@quick
@given(seeds)
def test_relu(seed):
    x = numbers(seed, 3, 4)
    assert_array_equal(relu(x), ops.relu(x))


@quick
@given(sides, sides, small, small, st.data())
def test_c011_a_pixel_changes_only_the_outputs_that_see_it(height, width, rows, columns, data):
    image = np.zeros((height, width))
    kernel = np.ones((rows, columns))
    before = correlate2d(image, kernel, padding="same")
    image[data.draw(st.integers(0, height - 1)), data.draw(st.integers(0, width - 1))] = np.nan
    changed = np.argwhere(np.isnan(correlate2d(image, kernel, padding="same")) != np.isnan(before))
    assert 1 <= len(changed) <= rows * columns
    assert (np.ptp(changed, axis=0) < (rows, columns)).all()


@quick
@given(seeds, st.integers(0, 3), st.integers(0, 3))
def test_c012_convolution_is_equivariant_and_global_pooling_invariant(seed, down, right):
    image, kernel = np.zeros((16, 16), np.int64), np.arange(9).reshape(3, 3) % 5 - 2
    image[4:9, 4:9] = np.random.default_rng(seed).integers(0, 9, (5, 5))
    shifted = np.roll(image, (down, right), axis=(0, 1))
    output, shifted_output = correlate2d(image, kernel), correlate2d(shifted, kernel)
    assert_array_equal(shifted_output, np.roll(output, (down, right), axis=(0, 1)))
    assert max_pool2d(output, 14) == max_pool2d(shifted_output, 14)
    assert average_pool2d(output, 14) == average_pool2d(shifted_output, 14)
