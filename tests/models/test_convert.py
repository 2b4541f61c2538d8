"""A dense head as convolutions, and the convolutional sliding window (catalogue C-096, C-097, A-34)."""

import keras
import numpy as np
import pytest
from keras import layers

from ccv.models.alexnet import alexnet
from ccv.models.convert import fully_convolutional
from ccv.models.darknet import darknet53
from ccv.models.efficientnet import efficientnet_b0
from ccv.models.googlenet import googlenet
from ccv.models.lenet import lenet5
from ccv.models.localizer import localizer
from ccv.models.mobilenet import mobilenet
from ccv.models.mobilenet_v3 import mobilenet_v3_small
from ccv.models.multi_input import multi_input
from ccv.models.nin import nin_cifar
from ccv.models.siamese import siamese
from ccv.models.squeezenet import squeezenet1_1
from ccv.models.toys import xo_net
from ccv.models.vgg import vgg11, vgg16
from ccv.models.yolo_tiny import yolo_v3_tiny
from ccv.models.yolo_v1 import yolo_v1


def course_network(activation="softmax"):
    """The 14x14x3 network of the lectures: 16 of 5x5, a pool, 400, 400 and four classes."""
    return keras.Sequential(
        [
            keras.Input((14, 14, 3)),
            layers.Conv2D(16, 5, activation="relu", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Flatten(name="flatten"),
            layers.Dense(400, activation="relu", name="fc1"),
            layers.Dense(400, activation="relu", name="fc2"),
            layers.Dense(4, activation=activation, name="predictions"),
        ],
        name="course",
    )


def with_whole_numbers(model):
    """Small integers, whose sums float32 holds exactly in any order."""
    rng = np.random.default_rng(0)
    model.set_weights([rng.integers(-1, 2, w.shape) * (rng.random(w.shape) < 0.2) for w in model.get_weights()])
    return model


def randomize(model, scale=0.1):
    rng = np.random.default_rng(0)
    for weight in model.weights:
        values = rng.normal(0, scale, weight.shape)
        weight.assign(np.abs(values) + 0.5 if "variance" in weight.name else values)
    return model


def picture(*shape, seed=1):
    return np.random.default_rng(seed).normal(size=(1, *shape)).astype("float32")


# C-096, C-097 -------------------------------------------------------------------------------------------------


def test_a_dense_layer_is_a_5x5_convolution():
    model = course_network()
    slides = fully_convolutional(model)
    assert model.count_params() == slides.count_params() == 323_620
    assert slides.get_layer("fc1").kernel.shape == (5, 5, 16, 400)
    assert slides.get_layer("fc2").kernel.shape == (1, 1, 400, 400)
    assert slides.get_layer("predictions").kernel.shape == (1, 1, 400, 4)
    x = np.random.default_rng(0).normal(size=(3, 14, 14, 3)).astype("float32")
    out = slides.predict(x, verbose=0)
    assert out.shape == (3, 1, 1, 4)
    np.testing.assert_allclose(out[:, 0, 0], model.predict(x, verbose=0), atol=1e-6)


@pytest.mark.parametrize(("side", "places"), [(14, 1), (16, 2), (28, 8)])
def test_the_places_are_the_crops_exactly(side, places):
    model = with_whole_numbers(course_network(activation=None))
    image = np.random.default_rng(1).integers(0, 4, (1, side, side, 3)).astype("float32")
    out = fully_convolutional(model).predict(image, verbose=0)
    assert out.shape == (1, places, places, 4)
    crops = [image[0, 2 * i : 2 * i + 14, 2 * j : 2 * j + 14] for i in range(places) for j in range(places)]
    expected = model.predict(np.stack(crops), verbose=0).reshape(1, places, places, 4)
    np.testing.assert_array_equal(out, expected)
    assert np.abs(expected).max() > 0


def test_softmax_at_every_place():
    out = fully_convolutional(course_network()).predict(picture(28, 28, 3), verbose=0)
    np.testing.assert_allclose(out.sum(-1), np.ones((1, 8, 8)), rtol=1e-5)


def test_the_new_network_is_its_own():
    model = course_network()
    slides = fully_convolutional(model)
    before = model.get_weights()
    for weight in slides.weights:
        weight.assign(keras.ops.zeros_like(weight))
    for left, right in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


def test_it_saves_loads_and_trains(tmp_path):
    slides = fully_convolutional(course_network())
    slides.save(tmp_path / "slides.keras")
    loaded = keras.saving.load_model(tmp_path / "slides.keras", safe_mode=True)
    x = picture(16, 20, 3)
    np.testing.assert_array_equal(loaded.predict(x, verbose=0), slides.predict(x, verbose=0))
    slides.compile("sgd", "sparse_categorical_crossentropy")
    slides.fit(x, np.zeros((1, 2, 4)), verbose=0)


# Builders -----------------------------------------------------------------------------------------------------

SMALL = {"width": 1 / 8, "classes": 5}
SLIDE = {
    "lenet5": lenet5,
    "lenet5 modern": lambda: lenet5(variant="modern", input_shape=(32, 32, 1)),
    "vgg16": lambda: vgg16(input_shape=(64, 64, 3), **SMALL),
    "vgg11 torch": lambda: vgg11(variant="torch", batch_norm=True, input_shape=(224, 224, 3), width=1 / 16),
    "alexnet": lambda: alexnet(**SMALL),
    "nin_cifar": lambda: nin_cifar(**SMALL),
    "squeezenet1_1": lambda: squeezenet1_1(input_shape=(64, 64, 3), **SMALL),
    "mobilenet": lambda: mobilenet(input_shape=(64, 64, 3), **SMALL),
    "googlenet": lambda: googlenet(input_shape=(64, 64, 3), **SMALL),
    "darknet53": lambda: darknet53(input_shape=(32, 32, 3), width=1 / 32, classes=5),
    "yolo_v1, one cell": lambda: yolo_v1(input_shape=(64, 64, 3), width=1 / 16),
    "localizer": localizer,
    "siamese tower": lambda: siamese(include_top=False, width=1 / 16),
    "xo_net": xo_net,
}


@pytest.mark.parametrize(
    "name", [n if n in ("localizer", "xo_net") else pytest.param(n, marks=pytest.mark.slow) for n in SLIDE]
)
def test_builders_slide(name):
    model = SLIDE[name]()
    if name != "xo_net":
        randomize(model, 0.2 if name.startswith("lenet") else 0.05)
    slides = fully_convolutional(model)
    assert slides.count_params() == model.count_params()
    assert slides.name == model.name
    height, width, channels = model.input_shape[1:]
    x = picture(height, width, channels)
    expected = model.predict(x, verbose=0)
    out = slides.predict(x, verbose=0)
    np.testing.assert_allclose(out.reshape(expected.shape), expected, atol=1e-5 * np.abs(expected).max())
    assert out.shape[:3] == (1, 1, 1)
    larger = slides.predict(picture(height + 64, width + 128, channels), verbose=0)
    assert larger.shape[1] > 1
    assert larger.shape[2] > larger.shape[1]


@pytest.mark.parametrize("build", [lambda: lenet5(input_shape=(32, 32, 1)), lambda: siamese(False, width=1 / 16)])
def test_valid_networks_equal_their_crops(build):
    """No zeros anywhere, so a window does not know that it is one."""
    model = randomize(build(), 0.2)
    stride = 4 if model.name == "lenet5" else 8
    side = model.input_shape[1]
    image = picture(side + stride, side + 2 * stride, 1)
    out = fully_convolutional(model).predict(image, verbose=0)
    assert out.shape[1:3] == (2, 3)
    for row, column in np.ndindex(2, 3):
        top, left = row * stride, column * stride
        crop = model.predict(image[:, top : top + side, left : left + side], verbose=0)
        np.testing.assert_allclose(out[:, row, column], crop, atol=1e-5)


def test_same_padding_makes_a_window_differ_from_its_crop():
    """The caveat: a crop has zeros at its border where the large image has pixels."""
    model = randomize(vgg16(input_shape=(32, 32, 3), width=1 / 16, classes=3, classifier_activation=None))
    slides = fully_convolutional(model)
    image = picture(96, 96, 3)
    window = slides.predict(image, verbose=0)[:, 1, 1]
    assert not np.allclose(window, model.predict(image[:, 32:64, 32:64], verbose=0), rtol=1e-3)


def test_auxiliary_heads_slide_too():
    model = randomize(googlenet(auxiliary=True, width=1 / 16, classes=3), 0.05)
    x = picture(224, 224, 3)
    slides = fully_convolutional(model)
    for out, expected in zip(slides.predict(x, verbose=0), model.predict(x, verbose=0), strict=True):
        np.testing.assert_allclose(out[:, 0, 0], expected, atol=1e-6)


def test_a_network_without_a_dense_head_gets_an_open_size():
    model = yolo_v3_tiny(input_shape=(32, 32, 3), width=1 / 16, classes=2)
    slides = fully_convolutional(model)
    x = picture(32, 32, 3)
    for out, expected in zip(slides.predict(x, verbose=0), model.predict(x, verbose=0), strict=True):
        np.testing.assert_allclose(out, expected, atol=1e-6)
    assert slides.predict(picture(64, 32, 3), verbose=0)[0].shape == (1, 2, 1, 21)


def test_a_model_inside_a_model_and_normalised_heads():
    base = vgg16(include_top=False, input_shape=(32, 32, 3), width=1 / 16)
    inputs = keras.Input((32, 32, 3))
    x = base(layers.Rescaling(1 / 255)(inputs), training=False)
    x = layers.Dropout(0.5)(layers.Flatten()(x))
    x = layers.BatchNormalization(axis=1)(layers.Dense(6)(x))
    x = layers.Concatenate(axis=1)([layers.Dense(2)(x), layers.Dense(3)(x)])
    model = randomize(keras.Model(inputs, layers.Softmax()(x), name="transfer"))
    slides = fully_convolutional(model)
    assert "vgg16_block1_conv1" in [layer.name for layer in slides.layers]
    picture_ = picture(32, 32, 3)
    np.testing.assert_allclose(
        slides.predict(picture_, verbose=0)[:, 0, 0], model.predict(picture_, verbose=0), atol=1e-6
    )


@pytest.mark.parametrize("pooling", ["avg", "max"])
def test_global_pooling_slides_in_windows_of_the_size_that_it_pooled(pooling):
    kind = {"avg": layers.GlobalAveragePooling2D, "max": layers.GlobalMaxPooling2D}[pooling]
    model = keras.Sequential([keras.Input((6, 4, 2)), layers.Conv2D(3, 3), kind(), layers.Dense(2)])
    image = picture(8, 5, 2)
    out = fully_convolutional(model).predict(image, verbose=0)
    assert out.shape == (1, 3, 2, 2)
    for row, column in np.ndindex(3, 2):
        crop = model.predict(image[:, row : row + 6, column : column + 4], verbose=0)
        np.testing.assert_allclose(out[:, row, column], crop, atol=1e-5)


def test_a_shared_layer_stays_shared():
    inputs = keras.Input((4, 4, 1))
    shared = layers.Conv2D(1, 1, name="shared")
    x = layers.Flatten()(layers.Add()([shared(inputs), shared(shared(inputs))]))
    model = keras.Model(inputs, layers.Dense(2)(x))
    slides = fully_convolutional(model)
    assert slides.count_params() == model.count_params()
    x = picture(4, 4, 1)
    np.testing.assert_allclose(slides.predict(x, verbose=0)[:, 0, 0], model.predict(x, verbose=0), atol=1e-6)


# What does not slide ------------------------------------------------------------------------------------------


def head_of(*steps, shape=(8, 8, 2)):
    return lambda: keras.Sequential([keras.Input(shape), *steps], name="net")


CANNOT = {
    "squeeze and excitation": (
        lambda: efficientnet_b0(input_shape=(32, 32, 3), **SMALL),
        "efficientnet_b0 cannot slide: layer block1a_se_excite (Multiply) joins maps of (16, 16, 8) and (1, 1, 8)",
    ),
    "squeeze and excitation, kept dimensions": (
        lambda: mobilenet_v3_small(input_shape=(32, 32, 3), **SMALL),
        "(Multiply) joins maps of",
    ),
    "a grid": (
        lambda: yolo_v1(input_shape=(128, 64, 3), width=1 / 16),
        "yolo_v1 cannot slide: layer predictions (Reshape) has no convolutional form",
    ),
    "distances": (
        lambda: lenet5(variant="1998", input_shape=(32, 32, 1)),
        "lenet5 cannot slide: layer predictions (EuclideanRBF) has no convolutional form",
    ),
    "adaptive pooling": (
        lambda: vgg11(variant="torch", input_shape=(64, 64, 3), **SMALL),
        "layer avgpool (AdaptiveAveragePooling2D) averages (2, 2) to (7, 7), in windows that do not slide",
    ),
    "two images": (lambda: siamese(width=1 / 16), "siamese must have one input, an image (height, width, channels)"),
    "other inputs": (multi_input, "multi_input must have one input, an image"),
    "an open size": (
        lambda: vgg11(variant="torch", input_shape=(None, None, 3), **SMALL),
        "the size of vgg11's input is open, (None, None, 3): build it with that of its window",
    ),
    "flattened and not read": (head_of(layers.Flatten()), "net cannot slide: it ends with a flattened map"),
    "softmax over positions": (head_of(layers.Flatten(), layers.Softmax(name="s")), "layer s (Softmax) has no"),
    "a fixed size": (head_of(layers.Resizing(4, 4, name="r")), "layer r (Resizing) makes (8, 8, 2) to (4, 4, 2)"),
    "no maps": (
        head_of(layers.Reshape((64, 2), name="r"), layers.LSTM(3)),
        "layer r (Reshape) makes (8, 8, 2) to (64, 2), which has no larger form",
    ),
    "permuted": (
        head_of(layers.Permute((2, 1, 3)), layers.Conv2D(1, 1, name="c")),
        "layer c (Conv2D) reads maps whose axes were permuted",
    ),
}


@pytest.mark.parametrize("name", CANNOT)
def test_what_cannot_slide_says_why(name):
    build, message = CANNOT[name]
    with pytest.raises(ValueError) as raised:
        fully_convolutional(build())
    assert message in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_is_no_model():
    with pytest.raises(TypeError, match="a Keras model is needed"):
        fully_convolutional("vgg16")
    with pytest.raises(ValueError, match="has no input yet"):
        fully_convolutional(keras.Sequential([layers.Dense(1)]))
