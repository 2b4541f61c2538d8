"""What a model from a student may be made of, and that nothing costs the trusted side more than its budget says."""

import json
import time

import keras
import numpy as np
import pytest
from keras import layers, ops

from ccv.grading.border.wire import WireError
from ccv.grading.networks.costs import CONTAINERS, COSTS
from ccv.grading.networks.rebuild import rebuild_model

SECONDS = 20.0  # in which a hostile model is refused, on a slow machine


def stack(shape, *parts):
    """A functional model of layers and functions one after another."""
    inputs = x = keras.Input(shape)
    for part in parts:
        x = part(x)
    return keras.Model(inputs, x)


def refusal(model):
    """What is said of a model when it is rebuilt, and that it is said soon."""
    began = time.monotonic()
    with pytest.raises(WireError) as refused:
        rebuild_model(model.to_json(), model.get_weights())
    assert time.monotonic() - began < SECONDS
    return str(refused.value)


def edited(model, **settings):
    """The description of a model with other settings, as only a forger writes it."""
    description = json.loads(model.to_json())
    for layer in description["config"]["layers"]:
        for key, value in settings.items():
            if key in layer["config"]:
                layer["config"][key] = value
    return json.dumps(description)


NOT_NEEDED = {
    "RandomElasticTransform": lambda: stack((8, 8, 3), layers.RandomElasticTransform(factor=1.0)),
    "RandomGaussianBlur": lambda: stack((8, 8, 3), layers.RandomGaussianBlur(kernel_size=501)),
    "RandAugment": lambda: stack((8, 8, 3), layers.RandAugment()),
    "EinsumDense": lambda: stack((8, 8), layers.EinsumDense("abc,cd->abd", output_shape=(None, 4))),
    "MultiHeadAttention": lambda: stack((8, 8), lambda x: layers.MultiHeadAttention(2, 2)(x, x)),
    "LSTM": lambda: stack((9, 8), layers.LSTM(3)),
    "SimpleRNN": lambda: stack((9, 8), layers.SimpleRNN(3)),
    "SpectralNormalization": lambda: stack((8, 8, 3), layers.SpectralNormalization(layers.Conv2D(2, 3))),
    "TimeDistributed": lambda: stack((8, 8, 3), layers.TimeDistributed(layers.Dense(2))),
    "Discretization": lambda: stack((8,), layers.Discretization(bin_boundaries=[0.0, 1.0])),
    "SVD": lambda: stack((8, 8), lambda x: ops.svd(x)[1]),
    "Einsum": lambda: stack((8, 8), lambda x: ops.einsum("bij,bkl->bijkl", x, x)),
    "Tensordot": lambda: stack((8, 8), lambda x: ops.tensordot(x, x, axes=[[1], [1]])),
    "Inv": lambda: stack((8, 8), ops.inv),
    "Sort": lambda: stack((8, 8), ops.sort),
    "Cumsum": lambda: stack((8, 8), ops.cumsum),
    "GaussianBlur": lambda: stack((8, 8, 3), lambda x: ops.image.gaussian_blur(x, (501, 501))),
}


@pytest.mark.parametrize("name", NOT_NEEDED)
def test_what_no_exercise_needs_is_refused_by_its_name(name):
    assert f"{name!r}, which cannot be rebuilt safely" in refusal(NOT_NEEDED[name]()).replace("Svd", "SVD")


def square(x):
    return ops.matmul(x, x)


TOO_DEAR = {
    "wide normalisation": lambda: stack((64, 64, 64), *[_lrn(129) for _ in range(200)]),
    "chained products": lambda: stack((2000, 2000), *[square] * 60),
    "dots of a picture with itself": lambda: stack((16000, 2), lambda x: layers.Dot(2)([x, x])),
    "an upsampled picture": lambda: stack((8, 8, 3), layers.UpSampling2D(1500)),
    "a picture resized again and again": lambda: stack((8, 8, 3), *[layers.Resizing(2000, 2000)] * 300),
    "a pooling as large as the picture": lambda: stack(
        (512, 512, 8), *[layers.MaxPooling2D(301, strides=1, padding="same")] * 2
    ),
    "a far dilated kernel": lambda: stack(
        (64, 64, 8), layers.Conv2D(8, 3, padding="same", dilation_rate=20_000, use_bias=False)
    ),
    "a transposed kernel": lambda: stack((32, 32, 16), layers.Conv2DTranspose(16, 3, strides=200)),
    "an adaptive pooling": lambda: stack((300, 300, 64), *[layers.AdaptiveAveragePooling2D((290, 290))] * 150),
}


def _lrn(size):
    from ccv.layers import LocalResponseNormalization

    return LocalResponseNormalization(size)


@pytest.mark.parametrize("what", TOO_DEAR)
def test_what_would_take_too_long_or_too_much_is_refused(what):
    assert "too many for any exercise" in refusal(TOO_DEAR[what]())


def test_a_normalisation_over_more_channels_than_there_are_is_refused_before_it_is_built():
    model = stack((8, 8, 3), *[_lrn(5) for _ in range(60)])
    began = time.monotonic()
    with pytest.raises(WireError, match="too many for any exercise"):
        rebuild_model(edited(model, size=100_001), [])
    assert time.monotonic() - began < 2


def test_an_orthogonal_beginning_of_a_large_matrix_is_counted():
    small = stack((8,), layers.Dense(4, kernel_initializer="orthogonal"))
    assert rebuild_model(small.to_json(), small.get_weights()).layers[1].units == 4
    large = stack((4000,), layers.Dense(4000, use_bias=False))
    description = json.loads(large.to_json())
    dense = description["config"]["layers"][1]["config"]
    dense["kernel_initializer"] = keras.initializers.serialize(keras.initializers.Orthogonal())
    with pytest.raises(WireError, match="too many for any exercise"):
        rebuild_model(json.dumps(description), [np.zeros((4000, 4000), "float32")])


def test_a_class_under_another_name_is_refused():
    model = stack((8, 8, 3), _lrn(5))
    config = model.to_json().replace('"class_name": "LocalResponseNormalization"', '"class_name": "Rescaling"')
    assert '"Rescaling"' in config
    with pytest.raises(WireError, match="cannot be rebuilt safely"):
        rebuild_model(config, [])


def test_all_that_is_allowed_exists():
    from keras.src.ops import core, image, linalg, math, nn, numpy

    import ccv.layers

    places = (layers, ccv.layers, core, image, linalg, math, nn, numpy)
    assert [name for name in COSTS if not any(hasattr(place, name) for place in places)] == []
    assert not CONTAINERS & set(COSTS)


USUAL = {
    "squeeze and excite": lambda: stack(
        (16, 16, 8),
        lambda x: layers.Multiply()([x, layers.Dense(8, activation="sigmoid")(layers.GlobalAveragePooling2D()(x))]),
    ),
    "operations": lambda: stack((16, 16, 8), lambda x: ops.relu(ops.mean(x, axis=(1, 2)) * 2.0 + 1.0), ops.softmax),
    "a slice and a join": lambda: stack((16, 16, 8), lambda x: ops.concatenate([x[..., :4], x[..., 4:]], axis=-1)),
    "augmentation": lambda: keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.RandomFlip(),
            layers.RandomRotation(0.1),
            layers.RandomZoom((-0.5, -0.5)),
            layers.RandomTranslation(0.1, 0.1),
            layers.RandomCrop(24, 24),
            layers.RandomBrightness(0.2),
            layers.RandomContrast(0.2),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3),
        ]
    ),
    "an encoder and decoder": lambda: stack(
        (64, 64, 3),
        layers.SeparableConv2D(8, 3, padding="same"),
        layers.DepthwiseConv2D(3, padding="same", dilation_rate=2),
        layers.MaxPooling2D(),
        layers.UpSampling2D(interpolation="bilinear"),
        layers.Conv2DTranspose(4, 3, strides=2, padding="same"),
        layers.Resizing(32, 32),
        layers.GroupNormalization(4),
        layers.LayerNormalization(),
        layers.PReLU(),
    ),
}


@pytest.mark.parametrize("what", USUAL)
def test_usual_models_come_back(what):
    model = USUAL[what]()
    images = np.random.default_rng(0).random((2, *model.input_shape[1:])).astype("float32")
    again = rebuild_model(model.to_json(), model.get_weights())
    given, wanted = (np.asarray(m(images, training=False)) for m in (again, model))
    np.testing.assert_allclose(given, wanted, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["vgg19", "inception_resnet_v2", "efficientnet_b7", "yolo_v3", "densenet264", "alexnet"]
)
def test_the_largest_classic_networks_are_within_the_budget(name):
    from ccv.models import build, list_models

    if name not in list_models():
        name = list_models("densenet*")[-1]
    model = build(name)
    weights = [np.zeros(w.shape, "float32") for w in model.weights]
    assert rebuild_model(model.to_json(), weights).count_params() == model.count_params()


def test_how_a_model_was_compiled_does_not_come_along():
    model = stack((4,), layers.Dense(2))
    model.compile("sgd", "mse", metrics=[keras.metrics.MeanIoU(num_classes=2)])
    config = model.to_json().replace('"num_classes": 2', '"num_classes": 9000000')
    assert "9000000" in config
    again = rebuild_model(config, model.get_weights())
    assert getattr(again, "optimizer", None) is None and again.count_params() == 10
