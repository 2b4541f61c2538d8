"""Receptive field, jump and centre: the catalogue's values, and what the networks do to an image."""

import keras
import numpy as np
import pytest
from keras import layers

from ccv.anatomy import anatomy
from ccv.models import lenet5, unet


def stack(*parts, shape=(32, 32, 1)):
    return keras.Sequential([keras.Input(shape), *parts])


def test_lenet5():
    whole = anatomy(lenet5(input_shape=(32, 32, 1)))
    fields = {row.name: row.receptive_field for row in whole}
    assert fields["s4"] == (16, 16)  # C-070
    assert [fields[name][0] for name in ("input", "c1", "s2", "c3", "s4", "flatten")] == [1, 5, 6, 14, 16, 16]
    assert fields["f5"] == (32, 32)
    assert whole["f5"].sees.whole and not whole["s4"].sees.whole
    assert [row.jump for row in whole][:5] == [(1, 1), (1, 1), (2, 2), (2, 2), (4, 4)]
    assert whole["f5"].jump is None
    assert whole["s4"].centre == (7.5, 7.5)


@pytest.mark.parametrize(
    ("kernel", "count", "field"),
    [(3, 2, 5), (5, 1, 5), (3, 3, 7), (7, 1, 7), (3, 64, 129), (5, 32, 129)],
    ids=["E-34", "E-34 in one", "E-35", "E-35 in one", "E-37", "E-37 with 5x5"],
)
def test_factorised_filters(kernel, count, field):
    convolutions = [layers.Conv2D(1, kernel, padding="same") for _ in range(count)]
    assert anatomy(stack(*convolutions))[-1].receptive_field == (field, field)


def test_a_row_and_a_column_make_a_square():
    whole = anatomy(stack(layers.Conv2D(2, (3, 1)), layers.Conv2D(2, (1, 3))))
    assert [row.receptive_field for row in whole] == [(1, 1), (3, 1), (3, 3)]


ONES = {"kernel_initializer": "ones", "use_bias": False}
STACKS = {
    "valid": [layers.Conv2D(1, 3, **ONES), layers.Conv2D(1, 5, **ONES)],
    "same with strides": [
        layers.Conv2D(1, 3, strides=2, padding="same", **ONES),
        layers.Conv2D(1, 3, strides=2, padding="same", **ONES),
    ],
    "dilated": [layers.Conv2D(1, 3, dilation_rate=2, **ONES), layers.Conv2D(1, 3, padding="same", **ONES)],
    "pooling": [layers.Conv2D(1, 3, **ONES), layers.AveragePooling2D(3, 2), layers.Conv2D(1, 3, **ONES)],
    "padding and cropping": [
        layers.ZeroPadding2D(((3, 1), (3, 1))),
        layers.Conv2D(1, 7, strides=2, **ONES),
        layers.Cropping2D(2),
    ],
    "depthwise": [layers.DepthwiseConv2D(4, depthwise_initializer="ones"), layers.MaxPooling2D(2)],
    "transposed": [
        layers.AveragePooling2D(2),
        layers.Conv2DTranspose(1, 3, strides=1, **ONES),
        layers.Conv2D(1, 3, **ONES),
    ],
    "upsampling": [layers.AveragePooling2D(4), layers.UpSampling2D(4)],
}


@pytest.mark.parametrize("parts", STACKS.values(), ids=STACKS)
def test_the_field_is_what_moves_the_number(parts):
    """Light one column at a time: the middle number answers to the columns of its field and to no others."""
    side = 32
    model = stack(*parts, shape=(side, side, 1))
    images = np.zeros((side, side, side, 1), "float32")
    images[range(side), :, range(side)] = 1
    row = anatomy(model)[-1]
    place = row.output[1] // 2
    answers = np.asarray(model(images))[:, row.output[0] // 2, place, 0]
    lit = np.flatnonzero(answers)
    (_, size), (_, jump), (_, centre) = row.receptive_field, row.jump, row.centre
    if parts is STACKS["upsampling"]:  # the four copies of a number lie on one field, not each on its own
        assert len(lit) == size
        return
    middle = centre + place * jump
    assert (lit[0], lit[-1]) == (middle - (size - 1) / 2, middle + (size - 1) / 2)


def test_upsampling_undoes_the_jump():
    whole = anatomy(
        stack(
            layers.MaxPooling2D(4),
            layers.UpSampling2D(2),
            layers.Conv2DTranspose(1, 2, strides=2),
            layers.Conv2D(1, 3),
        )
    )
    assert [row.jump[0] for row in whole] == [1, 4, 2, 1, 1]
    assert [row.receptive_field[0] for row in whole] == [
        1,
        4,
        4,
        4,
        8,
    ]  # two numbers that lie in different fields of the pool
    smooth = anatomy(stack(layers.MaxPooling2D(4), layers.UpSampling2D(2, interpolation="bilinear")))
    assert smooth[-1].receptive_field == (8, 8)


def test_the_largest_of_several_paths_counts():
    inputs = keras.Input((32, 32, 4))
    paths = [
        layers.Conv2D(4, 1)(inputs),
        layers.Conv2D(4, 3, padding="same")(inputs),
        layers.Conv2D(4, 5, padding="same")(inputs),
    ]
    model = keras.Model(inputs, layers.Add()([inputs, layers.Concatenate()(paths)[..., :4]]))
    assert anatomy(model)[-1].receptive_field == (5, 5)


def test_a_gate_brings_the_whole_image_and_leaves_the_field():
    inputs = keras.Input((32, 32, 4))
    x = layers.Conv2D(4, 3)(inputs)
    gate = layers.Dense(4, activation="sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(x))
    x = layers.Multiply(name="gated")([x, gate])
    whole = anatomy(keras.Model(inputs, x))
    row = whole["gated"]
    assert row.receptive_field == (3, 3)
    assert row.jump == (1, 1)
    assert row.sees.whole and row.sees.spatial
    assert "3*" in str(whole) and "a gate" in str(whole)
    assert whole.depth == 1  # a gate is no part of the longest path


def test_padding_by_keras_ops_moves_the_field():
    inputs = keras.Input((16, 16, 3))
    by_layer = layers.Conv2D(2, 3)(layers.ZeroPadding2D(((2, 1), (0, 3)))(inputs))
    by_ops = layers.Conv2D(2, 3)(keras.ops.pad(inputs, ((0, 0), (2, 1), (0, 3), (0, 0))))
    seen = [anatomy(keras.Model(inputs, x))[-1] for x in (by_layer, by_ops)]
    assert seen[0].receptive_field == seen[1].receptive_field == (3, 3)
    assert seen[0].centre == seen[1].centre == (-1.0, 1.0)


def test_a_slice_and_a_layer_without_a_window_are_read_from_the_sizes():
    inputs = keras.Input((32, 32, 4))
    model = keras.Model(inputs, layers.Conv2D(2, 3, name="after")(inputs[:, ::2, ::2]))
    assert anatomy(model)["after"].jump == (2, 2)


def test_a_vector_has_no_field():
    whole = anatomy(keras.Sequential([keras.Input((10,)), layers.Dense(3)]))
    assert whole[1].receptive_field is whole[1].jump is whole[1].centre is whole.receptive_field is None


def token(x):
    return layers.MultiHeadAttention(2, 3)(x, x)[:, 0]


# What sees all of a sequence of 10 behind a convolution of 3, in which the border counts.
EVERYTHING = {
    "recurrent": layers.LSTM(4),
    "recurrent, at every step": layers.GRU(4, return_sequences=True),
    "both ways": layers.Bidirectional(layers.SimpleRNN(4, return_sequences=True)),
    "attention": lambda x: layers.Attention()([x, x]),
    "attention and a shortcut": lambda x: x + layers.MultiHeadAttention(2, 3)(x, x),
    "attention and a convolution": lambda x: layers.Conv1D(2, 5, padding="same")(layers.MultiHeadAttention(2, 3)(x, x)),
    "the first token": token,
    "an einsum over the places": layers.EinsumDense("abc,bd->adc", (6, 4)),
    "behind a mask": lambda x: layers.GRU(4)(layers.Masking()(x)),
    "a mean": lambda x: keras.ops.mean(x, axis=1),
}


@pytest.mark.parametrize("layer", EVERYTHING.values(), ids=EVERYTHING)
def test_recurrence_and_attention_see_everything(layer):
    inputs = keras.Input((10, 3))
    whole = anatomy(keras.Model(inputs, layer(layers.Conv1D(4, 3, padding="same")(inputs))))
    assert whole[-1].receptive_field == (12,)
    assert whole[-1].sees.whole
    assert whole.unfollowed == ()


def test_tokens_see_their_patch_until_attention():
    inputs = keras.Input((32, 32, 3))
    x = layers.Reshape((64, 8), name="tokens")(layers.Conv2D(8, 4, strides=4)(inputs))
    x = layers.LayerNormalization()(layers.Dense(8, name="each")(x))
    x = x + layers.MultiHeadAttention(2, 4)(x, x)
    x = layers.Dense(8, name="after")(x)
    whole = anatomy(keras.Model(inputs, layers.GlobalAveragePooling1D()(x)))
    assert whole["tokens"].receptive_field == whole["each"].receptive_field == (4, 4)
    assert whole["after"].receptive_field == whole[-1].receptive_field == (32, 32)
    assert whole.unfollowed == ()


def test_wrappers_see_what_the_layer_inside_sees():
    inputs = keras.Input((5, 16, 16, 3))
    inner = keras.Sequential([keras.Input((14, 14, 2)), layers.Conv2D(2, 3), layers.MaxPooling2D(2)])
    x = layers.TimeDistributed(layers.SpectralNormalization(layers.Conv2D(2, 3)), name="conv")(inputs)
    x = layers.TimeDistributed(inner, name="inner")(x)
    x = layers.TimeDistributed(layers.GlobalAveragePooling2D(), name="pool")(x)
    whole = anatomy(keras.Model(inputs, layers.LSTM(3)(x)))
    assert whole["conv"].receptive_field == (1, 3, 3)
    assert (whole["inner"].receptive_field, whole["inner"].jump) == ((1, 6, 6), (1, 2, 2))
    assert whole["pool"].sees.whole and whole["pool"].receptive_field == (1,)
    assert whole[-1].receptive_field == (5,)


def test_statistics_over_the_places_bring_the_whole_image_as_a_gate_does():
    inputs = keras.Input((16, 16, 4))
    x = layers.GroupNormalization(2, name="groups")(layers.Conv2D(4, 3)(inputs))
    x = layers.LayerNormalization(axis=(1, 2, 3), name="all")(layers.LayerNormalization(name="channels")(x))
    whole = anatomy(keras.Model(inputs, x))
    assert whole["groups"].receptive_field == whole["all"].receptive_field == (3, 3)
    assert whole["groups"].sees.whole and whole["all"].sees.whole


@pytest.mark.parametrize(("side", "field"), [(316, 204), (188, 188)])
def test_the_field_of_a_unet_is_that_of_its_luckiest_number(side, field):
    """Of 16 neighbours that lie on one number of the middle, those at its edge see 204 pixels, and 4 see no edge."""
    assert anatomy(unet(input_shape=(side, side, 1), width=1 / 16)).receptive_field == (field, field)
