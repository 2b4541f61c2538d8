"""What every builder must do, thin and on small images; some of each kind in every run, all of them in the slow one."""

import inspect
import re

import keras
import numpy as np
import pytest
import tensorflow as tf

from ccv import models
from ccv.models.weights.keras_files import finalize

# Height and width for the thin copies where 64 pixels are too few, or more than is needed.
PIXELS = {
    "lenet5": 28,
    "xo_net": 9,
    "cnn_example": 32,
    "generate_model": 28,
    "nin_cifar": 32,
    "alexnet": 67,
    "zfnet": 64,
    "inception_v3": 75,
    "inception_v4": 75,
    "inception_resnet_v2": 75,
    "unet": 188,
    "siamese": 105,
    **dict.fromkeys(("resnet20", "resnet56", "plainnet20", "plainnet56"), 32),
}
CHANNELS = {"lenet5": 1, "xo_net": 1, "generate_model": 1, "unet": 1, "siamese": 1}
# An eighth of these would be a channel or two, and two thin channels behind a ReLU can both be dead.
WIDTH = {"xo_net": 1 / 2, "squeezenet1_0": 1 / 2, "squeezenet1_1": 1 / 2, "squeezenet24": 1 / 2}
# As in Keras, a block has a shortcut where its shape stays, which rounding decides.
SHORTCUTS_BY_SHAPE = ("mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large")
# One of each family runs every time.
ALWAYS = ("lenet5", "xo_net", "alexnet", "vgg11_lrn", "squeezenet1_1", "resnet18", "resnet20", "mobilenet", "unet")
NAMES = [n if n in ALWAYS else pytest.param(n, marks=pytest.mark.slow) for n in models.list_models()]


def thin(name, /, widen=1, **options):
    """A copy small enough to run: an eighth of the channels (times `widen`), on the smallest image worth showing."""
    pixels, channels = PIXELS.get(name, 64), CHANNELS.get(name, 3)
    shape = {} if name == "multi_input" else {"input_shape": (pixels, pixels, channels)}
    weights = {"weights": None} if name == "xo_net" else {}
    return models.build(name, **({"width": widen * WIDTH.get(name, 1 / 8)} | shape | weights | options))


def random_inputs(model, batch=2, seed=0):
    rng = np.random.default_rng(seed)
    made = {}
    for tensor in model.inputs:
        shape = (batch, *(side or 12 for side in tensor.shape[1:]))
        whole = "int" in str(tensor.dtype)
        made[tensor.name] = rng.integers(1, 20, shape) if whole else rng.normal(size=shape).astype("float32")
    return made if len(made) > 1 else next(iter(made.values()))


def call(model, inputs, **options):
    if isinstance(inputs, dict) and not isinstance(model.input, dict):
        inputs = list(inputs.values())
    outputs = model(inputs, **options)
    return [np.asarray(o) for o in keras.tree.flatten(outputs)]


def shake(model, seed=1):
    """Weights that are nowhere zero or one, as after training: fresh biases and statistics hide mistakes.

    Biases go up, since two thin channels behind a ReLU can both be dead by chance.
    """
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        values = np.asarray(weight)
        if weight.dtype.startswith("float") and weight.name != "moving_variance":
            noise = rng.normal(0, 0.05, values.shape)
            weight.assign(values + (np.abs(noise) + 0.1 if weight.name in ("bias", "beta") else noise))


@pytest.fixture(scope="module", params=NAMES)
def name(request):
    """Each builder in turn; what the tests of one share is built once."""
    keras.utils.set_random_seed(0)
    yield request.param
    keras.backend.clear_session()


@pytest.fixture(scope="module")
def model(name):
    built = thin(name, classifier_activation=None)  # a softmax that is sure of itself passes no gradient
    shake(built)
    finalize(built)
    return built


def test_outputs_are_finite_and_gradients_reach_every_weight(model):
    inputs = random_inputs(model)
    assert all(np.isfinite(o).all() for o in call(model, inputs, training=False))
    if isinstance(inputs, dict) and not isinstance(model.input, dict):
        inputs = list(inputs.values())
    rng = np.random.default_rng(2)
    with tf.GradientTape() as tape:
        outputs = keras.tree.flatten(model(inputs, training=False))
        loss = sum(tf.reduce_sum(o * rng.normal(size=o.shape)) for o in outputs)
    trainable = model.trainable_variables
    gradients = tape.gradient(loss, [v.value for v in trainable])
    dead = [v.path for v, g in zip(trainable, gradients, strict=True) if g is None or not np.any(np.asarray(g))]
    assert dead == []


def test_saves_loads_and_clones_in_safe_mode(model, tmp_path):
    inputs = random_inputs(model)
    expected = call(model, inputs, training=False)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    clone = keras.models.clone_model(model)
    clone.set_weights(model.get_weights())
    finalize(clone)
    finalize(loaded)
    for copy in (loaded, clone):
        for left, right in zip(call(copy, inputs, training=False), expected, strict=True):
            np.testing.assert_array_equal(left, right)


@pytest.mark.slow
def test_weights_go_through_a_file(name, model, tmp_path):
    model.save_weights(tmp_path / "saved.weights.h5")
    again = thin(name, weights=tmp_path / "saved.weights.h5", name="other")
    assert again.name == "other"
    for left, right in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)


def test_width_keeps_the_layer_names_and_scales_the_channels(name, model):
    wider = thin(name, widen=2)
    names, wider_names = ([layer.name for layer in network.layers] for network in (model, wider))
    if name in SHORTCUTS_BY_SHAPE:
        names, wider_names = ([n for n in each if not n.endswith("_add")] for each in (names, wider_names))
    assert wider_names == names
    assert wider.count_params() > model.count_params()


def test_without_a_top_and_with_four_channels(name):
    pixels = PIXELS.get(name, 64)
    shape = {} if name == "multi_input" else {"input_shape": (pixels, pixels, 4)}
    base = thin(name, include_top=False, **shape)
    assert all(np.isfinite(o).all() for o in call(base, random_inputs(base), training=False))


def test_layers_have_names_of_their_own_and_no_lambda(model):
    automatic = {"conv2d", "batch_normalization", "activation", "dense", "add", "concatenate"}
    assert [n for layer in model.layers if re.sub(r"_\d+$", "", n := layer.name) in automatic] == []
    assert not any(isinstance(layer, keras.layers.Lambda) for layer in model.layers)


def test_stages_are_named_from_fine_to_coarse(model):
    stages = models.stage_outputs(model)
    assert list(stages) == sorted(stages)
    assert all(key.startswith("stage") for key in stages)


def test_a_dropout_that_is_no_share_is_refused(name):
    if "dropout" not in inspect.signature(getattr(models, name)).parameters:
        return
    with pytest.raises(ValueError, match=r"dropout=1\.5 must be a number from 0 up to"):
        thin(name, dropout=1.5)
