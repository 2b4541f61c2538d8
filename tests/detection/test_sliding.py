"""Sliding windows, crop by crop and in one pass (catalogue C-095 to C-098, E-67, S-074 to S-076, X-44, X-45)."""

import keras
import numpy as np
import pytest
from keras import layers

from ccv.detection.convolutional import ConvolutionalSlidingWindow, Work, convolutional_sliding_window
from ccv.detection.sliding import Windows, count_windows, sliding_window, windows
from ccv.models.googlenet import googlenet
from ccv.models.lenet import lenet5
from ccv.models.vgg import vgg16


@pytest.fixture(autouse=True)
def _seed():
    keras.utils.set_random_seed(0)


def model_of(*steps, shape=(14, 14, 3), name="net"):
    return keras.Sequential([keras.Input(shape), *steps], name=name)


def course_network(activation="softmax"):
    """The 14x14x3 network of the lectures."""
    dense = [layers.Dense(400, activation="relu"), layers.Dense(400, activation="relu"), layers.Dense(4, activation)]
    features = [layers.Conv2D(16, 5, activation="relu"), layers.MaxPooling2D(2)]
    return model_of(*features, layers.Flatten(), *dense, name="course")


def picture(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


# Crop by crop ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "sizes", "stride", "count"),
    [
        ((14, 14, 3), 14, 2, 1),
        ((16, 16, 3), 14, 2, 4),
        ((28, 28, 3), 14, 2, 64),
        ((17, 16), 14, 2, 4),  # the last row of pixels is left over
        ((100, 200), (50, 20), (25, 10), 3 * 19),
        ((64, 64), [16, 32], 16, 16 + 9),
    ],
)
def test_windows_are_as_many_as_the_formula_says(shape, sizes, stride, count):
    assert count_windows(shape, sizes, stride) == len(windows(shape, sizes, stride)) == count


def test_windows_lie_inside_row_by_row():
    found = windows((7, 9), [(3, 4), 5], (2, 3))
    assert found[:4].tolist() == [[0, 0, 4, 3], [3, 0, 7, 3], [0, 2, 4, 5], [3, 2, 7, 5]]
    assert found[-1].tolist() == [3, 2, 8, 7]
    assert found.min() == 0
    assert found[:, 2].max() <= 9
    assert found[:, 3].max() <= 7


@pytest.mark.parametrize("batch_size", [1, 5, 1000])
def test_every_crop_is_scored_whatever_the_batch(batch_size):
    image = picture(11, 13, 2)
    found = sliding_window(lambda crops: crops.sum(axis=(1, 2)), image, [3, (4, 6)], 2, batch_size=batch_size)
    assert isinstance(found, Windows)
    assert len(found.boxes) == len(found.scores) == 5 * 6 + 4 * 4
    for (left, top, right, bottom), score in zip(found.boxes, found.scores, strict=True):
        np.testing.assert_allclose(score, image[top:bottom, left:right].sum(axis=(0, 1)), atol=1e-5)


def test_a_batch_is_no_larger_than_asked():
    seen = []
    sliding_window(lambda crops: seen.append(len(crops)) or crops[:, 0, 0], picture(8, 8, 1), 4, 1, batch_size=10)
    assert seen == [10, 10, 5]


def test_crops_are_resized_to_the_models_size():
    model = model_of(layers.GlobalAveragePooling2D(), shape=(8, 8, 1))
    image = np.kron([[1, 2], [3, 4]], np.ones((16, 16)))[..., None]
    found = sliding_window(model, image, [16, 8], 8)
    same = [
        found.scores[np.flatnonzero((found.boxes == box).all(axis=1))[0], 0]
        for box in ([16, 0, 32, 16], [24, 0, 32, 8])
    ]
    np.testing.assert_allclose(same, [2, 2])


def test_a_function_gets_its_crops_as_they_are_or_resized():
    sides = []
    score = lambda crops: sides.append(crops.shape[1:3]) or np.zeros(len(crops))  # noqa: E731
    sliding_window(score, np.zeros((8, 8, 1), np.uint8), [4, 8], 4)
    sliding_window(score, np.zeros((8, 8, 1), np.uint8), [4, 8], 4, input_size=(6, 4))
    assert sides == [(4, 4), (8, 8), (6, 4), (6, 4)]


def test_a_bright_square_is_found():
    image = np.zeros((40, 60, 1), "float32")
    image[16:24, 40:48] = 1
    found = sliding_window(lambda crops: crops.mean(axis=(1, 2, 3)), image, [4, 8, 16], 4)
    best = found.boxes[found.scores >= found.scores.max()]
    assert [40, 16, 48, 24] in best.tolist()


# In one pass ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "places"), [(14, 1), (16, 2), (28, 8)])
def test_one_pass_gives_the_scores_of_the_crops(side, places):
    """C-096, C-097: 323,620 parameters in both; 16x16 makes 2x2x4, 28x28 makes 8x8x4."""
    model, image = course_network(), picture(side, side, 3)
    slide = ConvolutionalSlidingWindow(model)
    assert model.count_params() == slide.network.count_params() == 323_620
    assert slide.network.compute_output_shape((1, side, side, 3)) == (1, places, places, 4)
    once, crops = slide(image), sliding_window(model, image, 14, 2)
    np.testing.assert_array_equal(once.boxes, crops.boxes)
    np.testing.assert_allclose(once.scores, crops.scores, atol=1e-5)
    assert len(once.scores) == places**2
    assert places == 1 or np.ptp(once.scores, axis=0).max() > 1e-3


def branches():
    inputs = keras.Input((12, 12, 1))
    left = layers.Conv2D(3, 5, strides=2, activation="relu")(inputs)
    right = layers.MaxPooling2D(2)(layers.Conv2D(3, 4)(inputs))
    x = layers.Flatten()(layers.Concatenate()([left, right]))
    return keras.Model(inputs, layers.Dense(2, "sigmoid")(x))


VALID = {
    "lenet5": lambda: lenet5(input_shape=(32, 32, 1)),
    "strides 3 and 2": lambda: model_of(
        layers.Conv2D(4, 3, strides=3), layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(3), shape=(19, 13, 2)
    ),
    "branches": branches,
    "pooled": lambda: model_of(layers.Conv2D(8, 3, strides=2), layers.GlobalMaxPooling2D(), layers.Dense(3)),
    "same in name only": lambda: model_of(
        layers.Conv2D(4, 3), layers.Conv2D(4, 1, padding="same"), layers.MaxPooling2D(2, padding="same"),
        layers.Flatten(), layers.Dense(3),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", VALID)
def test_windows_of_valid_networks_are_their_crops(name):
    """Sizes that leave pixels over, which no window reaches."""
    model = VALID[name]()
    slide = ConvolutionalSlidingWindow(model)
    height, width, channels = model.input_shape[1:]
    image = picture(height + 2 * slide.stride[0] + 1, width + slide.stride[1] * 2 - 1, channels)
    once, crops = slide(image), sliding_window(model, image, (height, width), slide.stride)
    assert len(once.boxes) == 6
    np.testing.assert_array_equal(once.boxes, crops.boxes)
    np.testing.assert_allclose(once.scores, crops.scores, atol=1e-5)


def test_strides_multiply():
    assert ConvolutionalSlidingWindow(VALID["lenet5"]()).stride == (4, 4)
    assert ConvolutionalSlidingWindow(VALID["strides 3 and 2"]()).stride == (6, 6)
    assert ConvolutionalSlidingWindow(VALID["branches"]()).stride == (2, 2)


def test_uint8_images_are_as_good_as_floats():
    model = model_of(layers.Rescaling(1 / 255), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2), shape=(6, 6, 3))
    image = np.random.default_rng(0).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    bytes_, floats = (convolutional_sliding_window(model, x) for x in (image, image.astype("float32")))
    np.testing.assert_allclose(bytes_.scores, floats.scores, atol=1e-6)


def test_the_work_saved_is_the_ratio_of_multiply_adds():
    slide = ConvolutionalSlidingWindow(course_network())
    convolution, fc1, rest = 5 * 5 * 3 * 16, 5 * 5 * 16 * 400, 400 * 400 + 400 * 4
    crops = 64 * (10 * 10 * convolution + fc1 + rest)
    once = 24 * 24 * convolution + 8 * 8 * (fc1 + rest)
    assert slide.work((28, 28)) == Work(64, crops, once)
    assert slide.work((28, 28, 3)).ratio == crops / once
    assert slide.work((14, 14)).ratio == 1


# What is not exact, or does not slide ------------------------------------------------------------------------------


def dense_after(*steps):
    return lambda: model_of(*[step() for step in steps], layers.Flatten(), layers.Dense(2))


INEXACT = {
    "vgg16": (
        lambda: vgg16(input_shape=(32, 32, 3), width=1 / 16, classes=3, classifier_activation=None),
        "block1_conv1 (Conv2D) pads",
    ),
    "zeros": (dense_after(lambda: layers.ZeroPadding2D(1, name="z")), "layer z (ZeroPadding2D) pads"),
    "an odd map": (
        dense_after(lambda: layers.Conv2D(2, 4), lambda: layers.MaxPooling2D(2, padding="same", name="p")),
        "layer p (MaxPooling2D) pads",
    ),
    "transposed": (
        dense_after(lambda: layers.Conv2DTranspose(2, 3, name="t")),
        "layer t (Conv2DTranspose) pads",
    ),
    "groups": (
        dense_after(lambda: layers.GroupNormalization(1, name="g")),
        "layer g (GroupNormalization) takes mean and variance of the whole image",
    ),
}


@pytest.mark.parametrize("name", INEXACT)
def test_what_pads_is_refused_with_the_layer_and_the_reason(name):
    """And rightly: asked to go on all the same, its scores are not the crops'."""
    build, reason = INEXACT[name]
    model = build()
    with pytest.raises(ValueError, match="slides, but not exactly") as raised:
        ConvolutionalSlidingWindow(model)
    assert reason in str(raised.value)
    assert "pass exact=False" in str(raised.value)
    slide = ConvolutionalSlidingWindow(model, exact=False)
    side = model.input_shape[1]
    image = picture(side + 2 * slide.stride[0], side + 2 * slide.stride[1], 3)
    once, crops = slide(image), sliding_window(model, image, side, slide.stride)
    assert once.scores.shape == crops.scores.shape
    assert np.abs(once.scores - crops.scores).max() > 1e-3 * np.abs(crops.scores).max()


def test_global_pooling_in_place_of_the_dense_head_is_another_network():
    """X-45: the recipe of the slides changes the function; what converts is the dense head itself."""
    model, image = course_network(activation=None), picture(16, 16, 3)
    crops = sliding_window(model, image, 14, 2).scores
    np.testing.assert_allclose(convolutional_sliding_window(model, image).scores, crops, atol=1e-5)
    features = keras.Model(model.inputs, model.layers[1].output)
    pooled = model_of(features, layers.GlobalAveragePooling2D(), layers.Dense(4))
    assert pooled.count_params() < model.count_params() / 200
    assert not np.allclose(convolutional_sliding_window(pooled, image).scores, crops, atol=1e-2)


BAD = [
    ("no image", lambda: sliding_window(len, np.zeros((8, 8)), 4, 2), ValueError, "one image .height, width, channels"),
    ("a batch", lambda: sliding_window(len, np.zeros((1, 8, 8, 3)), 4, 2), ValueError, r"not the shape \(1, 8, 8, 3\)"),
    ("no classifier", lambda: sliding_window("vgg16", np.zeros((8, 8, 3)), 4, 2), TypeError, "classifier must be"),
    ("too large", lambda: windows((8, 9), [4, 10], 2), ValueError, "10x10 does not fit into an image of 8x9"),
    ("no stride", lambda: windows((8, 8), 4, 0), ValueError, "stride must be at least 1, not 0"),
    ("half a stride", lambda: windows((8, 8), 4, 0.5), TypeError, "stride must be whole numbers or pairs"),
    ("no size", lambda: count_windows((8, 8), [], 2), ValueError, "sizes is empty"),
    ("three sides", lambda: windows((8, 8), (4, 4, 4), 2), TypeError, r"not \(4, 4, 4\)"),
    ("batches of none", lambda: sliding_window(len, np.zeros((8, 8, 3)), 4, 2, batch_size=0), ValueError, "batch_size"),
    ("one score", lambda: sliding_window(np.mean, np.zeros((8, 8, 3)), 4, 2), ValueError, "a row for each of 9 crops"),
    ("not Keras", lambda: ConvolutionalSlidingWindow(len), TypeError, "a Keras model is needed"),
    ("outputs", lambda: ConvolutionalSlidingWindow(googlenet(auxiliary=True, width=1 / 16)), ValueError, "3 outputs"),
    (
        "channels",
        lambda: convolutional_sliding_window(VALID["pooled"](), np.zeros((20, 20, 1))),
        ValueError,
        "image must have 3 channels, as the classifier's, not 1",
    ),
    (
        "a small image",
        lambda: convolutional_sliding_window(VALID["pooled"](), np.zeros((10, 20, 3))),
        ValueError,
        "a window of 14x14 does not fit into an image of 10x20",
    ),
]


@pytest.mark.parametrize(("call", "error", "sentence"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_input(call, error, sentence):
    with pytest.raises(error, match=sentence):
        call()
