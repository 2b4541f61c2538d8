import keras
import numpy as np
import pytest

from ccv.models import resnet20
from ccv.transfer import assert_frozen, freeze, unfreeze


def trainable(model):
    return {layer.name for layer in model.layers if layer.weights and layer.trainable}


def fit(model, data):
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    model.fit(*data, batch_size=16, verbose=0)


def test_freeze_stops_all_but_the_head(model):
    assert freeze(model) is model
    assert trainable(model) == {"head"}
    assert [v.path for v in model.trainable_variables] == ["head/kernel", "head/bias"]


@pytest.mark.parametrize("until", ["stage1", "relu1"])
def test_freeze_until_a_stage_or_a_layer(model, until):
    freeze(model, until)
    assert trainable(model) == {"conv2", "bn2", "head"}


@pytest.mark.parametrize("since", ["stage2", "conv2"])
def test_unfreeze_since_keeps_batch_normalization_still(model, since):
    unfreeze(freeze(model), since)
    assert trainable(model) == {"conv2", "head"}
    unfreeze(model, since, batch_norm=True)
    assert trainable(model) == {"conv2", "bn2", "head"}


def test_unfreeze_the_head_or_everything(model):
    freeze(model, "head")
    assert trainable(model) == set()
    assert trainable(unfreeze(model, "head")) == {"head"}
    assert trainable(unfreeze(model)) == {"conv0", "conv1", "conv2", "head"}


@pytest.mark.parametrize("until", ["stage0", "stage1", None])
def test_frozen_means_frozen_bit_for_bit(model, data, until):
    freeze(model, until)
    held = [w for layer in model.layers if not layer.trainable for w in layer.weights]
    before = [np.array(w) for w in held]
    with assert_frozen(model):
        fit(model, data)
    assert held and all(np.array(w).tobytes() == old.tobytes() for w, old in zip(held, before, strict=True))


def test_unfreezing_really_trains(model, data):
    freeze(model)
    fit(model, data)
    unfreeze(model, "stage2")
    before = np.array(model.get_layer("conv2").kernel)
    fit(model, data)
    assert (np.array(model.get_layer("conv2").kernel) != before).mean() > 0.5  # a dead ReLU has no gradient


def test_a_fit_that_would_change_nothing_is_refused(model, data):
    fit(model, data)
    freeze(model)
    with pytest.raises(ValueError, match="compile"):
        model.fit(*data, verbose=0)
    fit(model, data)
    freeze(model)  # nothing new
    model.fit(*data, verbose=0)


def test_a_model_that_was_frozen_as_a_whole_opens_again(model, data):
    model.trainable = False
    unfreeze(model, "stage2")
    assert trainable(model) == {"conv2", "head"} and len(model.trainable_variables) == 3


def test_the_statistics_that_training_false_does_not_hold_are_found(data):
    base = resnet20(include_top=False, width=1 / 16, input_shape=(16, 16, 3))
    inputs = keras.Input((16, 16, 3))
    x = keras.layers.GlobalAveragePooling2D()(base(inputs, training=False))
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))
    for layer in base.layers:  # as students do it: the convolutions, not the normalizations
        layer.trainable = isinstance(layer, keras.layers.BatchNormalization)
    check = assert_frozen(model, until="resnet20")
    fit(model, data)
    with pytest.raises(AssertionError, match=r"'?moving_mean moved, by up to|gamma moved, by up to"):
        check()


def test_the_first_that_moved_is_named(model, data):
    freeze(model, "stage0")
    check = assert_frozen(model)
    model.get_layer("bn0").moving_variance.assign_add([0.5] * 6)
    with pytest.raises(AssertionError, match=r"bn0's moving_variance moved, by up to 0\.5 \(1 of 5 held"):
        check()


def test_an_error_inside_the_block_is_not_hidden(model):
    freeze(model)
    with pytest.raises(KeyError), assert_frozen(model):
        model.get_layer("conv0").kernel.assign(np.zeros((3, 3, 3, 6)))
        raise KeyError


def test_errors_say_what_to_do(model):
    with pytest.raises(ValueError, match="nothing of tiny is frozen: call freeze"):
        assert_frozen(model)
    with pytest.raises(ValueError, match="did you mean 'stage2'"):
        freeze(model, "stage4")
    with pytest.raises(TypeError, match="a Keras model is needed"):
        freeze("resnet20")
    with pytest.raises(TypeError, match="stage or layer must be a string"):
        unfreeze(model, ["stage2"])
    outer = keras.Input((16, 16, 3))
    nested = keras.Model(outer, keras.layers.Dense(2)(model(outer)), name="nested")
    with pytest.raises(ValueError, match="'conv1' lies inside 'tiny', a model inside nested: with_head"):
        freeze(nested, "conv1")
