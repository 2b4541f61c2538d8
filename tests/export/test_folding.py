"""A normalisation that is folded away changes nothing, and is folded only where nothing else would see it."""

import keras
import numpy as np
import pytest
from keras import layers

from ccv.export import fold_batch_norm
from ccv.models import build, list_models

CONVOLUTIONS = {
    "plain": lambda: layers.Conv2D(6, 3, padding="same", use_bias=False),
    "with a bias": lambda: layers.Conv2D(6, 3),
    "in groups": lambda: layers.Conv2D(6, 3, groups=2),
    "depthwise": lambda: layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False),
    "separable": lambda: layers.SeparableConv2D(6, 3),
    "transposed": lambda: layers.Conv2DTranspose(6, 3, strides=2),
    "dense": lambda: layers.Dense(6),
}


def norms(model):
    return sum(isinstance(layer, layers.BatchNormalization) for layer in model._flatten_layers())


def disturb(model, seed=0):
    """Give every normalisation, wherever it is, statistics that matter."""
    rng = np.random.default_rng(seed)
    for layer in model._flatten_layers():
        if isinstance(layer, layers.BatchNormalization):
            count = layer.moving_mean.shape
            layer.moving_mean.assign(rng.normal(0, 0.3, count))
            layer.moving_variance.assign(rng.uniform(0.5, 1.5, count))
            if layer.scale:
                layer.gamma.assign(rng.uniform(0.5, 1.5, count))
            if layer.center:
                layer.beta.assign(rng.normal(0, 0.1, count))
    return model


def assert_same(folded, model, seed=1, tolerance=1e-5):
    images = np.random.default_rng(seed).normal(size=(2, *model.input_shape[1:])).astype("float32")
    mine, theirs = (keras.tree.flatten(net(images, training=False)) for net in (folded, model))
    for one, other in zip(mine, theirs, strict=True):
        largest = float(np.max(np.abs(other)))
        np.testing.assert_allclose(one, other, atol=tolerance * max(largest, 1e-3))


@pytest.mark.parametrize("kind", CONVOLUTIONS)
@pytest.mark.parametrize("options", [{}, {"scale": False}, {"center": False}, {"epsilon": 0.1}], ids=str)
def test_a_layer_and_its_normalisation_are_one(kind, options):
    keras.utils.set_random_seed(0)
    image = keras.Input((8, 8, 4))
    x = layers.ReLU()(layers.BatchNormalization(**options)(CONVOLUTIONS[kind]()(image)))
    model = disturb(keras.Model(image, x))
    before = [np.array(weight) for weight in model.weights]
    folded = fold_batch_norm(model)
    assert (norms(model), norms(folded)) == (1, 0)
    assert_same(folded, model)
    for old, weight in zip(before, model.weights, strict=True):
        np.testing.assert_array_equal(old, weight)
    assert not {id(w) for w in folded.weights} & {id(w) for w in model.weights}


def beside(image):
    """The convolution is read by something else, too."""
    x = layers.Conv2D(4, 3, padding="same")(image)
    return layers.Add()([x, layers.BatchNormalization()(x)])


def shown(image):
    """The convolution is an output, too."""
    x = layers.Conv2D(4, 3, padding="same")(image)
    return [x, layers.BatchNormalization()(x)]


def shared(image):
    """One normalisation for two convolutions."""
    norm = layers.BatchNormalization()
    return layers.Add()([norm(layers.Conv2D(4, 3)(image)), norm(layers.Conv2D(4, 3)(image))])


def twice(image):
    """One convolution, two normalisations."""
    conv = layers.Conv2D(4, 3, padding="same")
    return layers.BatchNormalization()(conv(layers.BatchNormalization()(conv(image))))


def activated(image):
    return layers.BatchNormalization()(layers.Conv2D(4, 3, activation="relu")(image))


def other_axis(image):
    return layers.BatchNormalization(axis=1)(layers.Conv2D(4, 3)(image))


@pytest.mark.parametrize("make", [beside, shown, shared, twice, activated, other_axis])
def test_what_somebody_else_would_see_is_left(make):
    keras.utils.set_random_seed(0)
    image = keras.Input((8, 8, 4))
    model = disturb(keras.Model(image, make(image)))
    folded = fold_batch_norm(model)
    assert norms(folded) == norms(model)
    assert_same(folded, model)


def test_models_inside_models_are_folded():
    keras.utils.set_random_seed(0)
    inner = keras.Sequential([keras.Input((8, 8, 4)), layers.Conv2D(4, 3), layers.BatchNormalization()])
    image = keras.Input((8, 8, 4))
    x = layers.BatchNormalization()(layers.Conv2D(4, 3, padding="same")(image))
    model = disturb(keras.Model(image, inner(x)))
    folded = fold_batch_norm(model)
    assert (norms(model), norms(folded)) == (2, 0)
    assert_same(folded, model)


def test_no_model_is_told_so():
    with pytest.raises(TypeError, match="a Keras model is needed"):
        fold_batch_norm("resnet50")
    with pytest.raises(ValueError, match="has no input yet"):
        fold_batch_norm(keras.Sequential([layers.Dense(2)]))


def small(name):
    return disturb(build(name) if name == "xo_net" else build(name, width=1 / 8, classes=10))


@pytest.mark.parametrize("name", ["resnet20", "mobilenet_v2"])
def test_networks_predict_the_same(name):
    keras.utils.set_random_seed(0)
    model = small(name)
    folded = fold_batch_norm(model)
    assert norms(folded) == 0 < norms(model)
    assert_same(folded, model)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(list_models()) - {"multi_input", "siamese"}))
def test_every_network_predicts_the_same(name, request):
    # Hundreds of layers with such statistics multiply what float32 rounds; a softmax hides it, or shows it, by luck.
    keras.config.set_dtype_policy("float64")
    request.addfinalizer(lambda: keras.config.set_dtype_policy("float32"))
    keras.utils.set_random_seed(0)
    model = small(name)
    assert_same(fold_batch_norm(model), model, tolerance=1e-9)
