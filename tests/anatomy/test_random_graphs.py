"""Receptive fields proved by gradients: what a number sees is where its gradient with respect to the image is not 0."""

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from keras import layers

from ccv.anatomy import anatomy
from ccv.layers import AdaptiveAveragePooling2D, Reorg

SIDES = (60, 72)
POSITIVE = keras.initializers.RandomUniform(0.5, 1.5, seed=0)  # so that no two paths cancel
sides = st.integers(1, 4)
kernels = st.tuples(sides, sides)


def conv(kernel, **options):
    return layers.Conv2D(2, kernel, kernel_initializer=POSITIVE, **options)


def layer_of(draw):
    """Draw a layer that changes what is seen."""
    padding = draw(st.sampled_from(["same", "valid"]))
    return draw(
        st.one_of(
            st.builds(lambda k, s: conv(k, strides=s, padding=padding), kernels, st.integers(1, 3)),
            st.builds(lambda k, d: conv(k, dilation_rate=d, padding=padding), kernels, st.integers(2, 3)),
            st.builds(
                lambda k: layers.SeparableConv2D(
                    2, k, padding=padding, depthwise_initializer=POSITIVE, pointwise_initializer=POSITIVE
                ),
                kernels,
            ),
            st.builds(lambda k, s: layers.AveragePooling2D(k, s, padding), kernels, st.integers(1, 3)),
            st.builds(layers.UpSampling2D, st.tuples(st.integers(1, 3), st.integers(1, 3))),
            st.builds(
                lambda f, how: layers.UpSampling2D(f, interpolation=how),
                st.integers(2, 3),
                st.sampled_from(["bilinear", "bicubic"]),
            ),
            st.builds(
                lambda k, s: layers.Conv2DTranspose(2, k, s, padding, kernel_initializer=POSITIVE),
                kernels,
                st.integers(1, 3),
            ),
            st.builds(layers.ZeroPadding2D, st.integers(1, 2)),
            st.builds(layers.Cropping2D, st.integers(1, 2)),
        )
    )


@st.composite
def graphs(draw):
    """A network of branches: each adds to a row of layers a parallel path, or a path down and up again (a U)."""
    inputs = x = keras.Input((*SIDES, 1))
    for _ in range(draw(st.integers(1, 3))):
        x = layer_of(draw)(x)
        form = draw(st.sampled_from(["row", "parallel", "U"]))
        assume(x.shape[1] is not None and 8 <= x.shape[1] <= 130 and 8 <= x.shape[2] <= 130)
        if form == "parallel":
            x = layers.Concatenate()([conv(draw(kernels), padding="same")(x), conv(draw(kernels), padding="same")(x)])
        if form == "U":
            factor = 2 if x.shape[1] % 2 == x.shape[2] % 2 == 0 else 1
            down = conv(3, padding="same")(layers.AveragePooling2D(factor)(x))
            x = layers.Concatenate()([x, layers.UpSampling2D(factor)(down)])
            x = conv(draw(kernels), padding="same")(x)
    return keras.Model(inputs, x)


def spans(model, axis):
    """For each row (axis 0) or column (1) of the output, the first and the last of the image that move it."""
    import tensorflow as tf

    count = model.output_shape[1 + axis]
    images = tf.Variable(np.ones((count, *SIDES, 1), "float32"))
    with tf.GradientTape() as tape:
        made = model(images, training=False)
        mine = tf.eye(count)[:, :, None, None] if axis == 0 else tf.eye(count)[:, None, :, None]
        loss = tf.reduce_sum(made * mine)
    seen = np.abs(tape.gradient(loss, images)).sum((2 - axis, 3)) > 0
    return [(np.flatnonzero(row)[[0, -1]] if row.any() else None) for row in seen]


@pytest.mark.slow
@given(graphs())
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_the_field_is_where_the_gradient_is_not_0(model):
    row = anatomy(model)[-1]
    # Somewhere in the middle a whole period of the map must see no border, where the zeros are not seen.
    assume(
        all(
            field + 24 * max(1, jump) <= side
            for field, jump, side in zip(row.receptive_field, row.jump, SIDES, strict=True)
        )
    )
    check(model)


def check(model):
    for axis, size in enumerate(anatomy(model)[-1].receptive_field):
        found = [pair for pair in spans(model, axis) if pair is not None]
        assert max(last - first + 1 for first, last in found) == size


SINGLE = {
    "lanczos3": [layers.AveragePooling2D(2), layers.UpSampling2D(2, interpolation="lanczos3")],
    "lanczos5": [layers.AveragePooling2D(2), layers.UpSampling2D(2, interpolation="lanczos5")],
    "resizing up": [layers.AveragePooling2D(3), layers.Resizing(35, 33, interpolation="bicubic")],
    "resizing down": [layers.Resizing(24, 27)],
    "resizing down, smoothly": [layers.Resizing(24, 27, antialias=True)],
    "resizing, the nearest": [conv(3), layers.Resizing(40, 33, interpolation="nearest")],
    "adaptive pooling": [conv(3), AdaptiveAveragePooling2D((7, 9)), conv(2)],
    "adaptive pooling of Keras": [layers.AdaptiveAveragePooling2D((8, 9)), conv(2)],
    "darknet's reorg": [layers.Conv2D(4, 3, padding="same", kernel_initializer=POSITIVE), Reorg(), conv(2)],
    "spectral normalisation": [layers.SpectralNormalization(conv(3, strides=2)), conv(2)],
    "stride 4 and back": [conv(7, strides=4, padding="same"), layers.UpSampling2D(4), conv(3)],
    "transposed twice": [
        layers.AveragePooling2D(4),
        *[
            layer
            for _ in range(2)
            for layer in (layers.Conv2DTranspose(2, 2, 2, kernel_initializer=POSITIVE), conv(3, padding="same"))
        ],
    ],
}


@pytest.mark.parametrize("row", SINGLE.values(), ids=SINGLE)
def test_layers_that_need_a_graph_of_their_own(row):
    check(keras.Sequential([keras.Input((*SIDES, 1)), *row]))
