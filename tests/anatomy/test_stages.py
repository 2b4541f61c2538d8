"""stage_outputs: where each resolution ends, on our networks and on Keras's."""

import keras
import pytest
from keras import applications, layers

from ccv.models import lenet5
from ccv.models.stages import stage_outputs


def names(model):
    return {stage: tensor._keras_history.operation.name for stage, tensor in stage_outputs(model).items()}


def test_lenet5():
    assert names(lenet5()) == {"stage0": "c1", "stage1": "c3", "stage2": "s4"}


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        pytest.param(
            applications.VGG16,
            ["block1_conv2", "block2_conv2", "block3_conv3", "block4_conv3", "block5_conv3", "block5_pool"],
            id="VGG16",
        ),
        pytest.param(
            applications.ResNet50,
            [None, "conv1_relu", "conv2_block3_out", "conv3_block4_out", "conv4_block6_out", "conv5_block3_out"],
            id="ResNet50",
        ),
        pytest.param(
            applications.MobileNetV2,
            [
                None,
                "block_1_expand_relu",
                "block_3_expand_relu",
                "block_6_expand_relu",
                "block_13_expand_relu",
                "out_relu",
            ],
            id="MobileNetV2",
        ),
    ],
)
def test_keras_applications(make, expected):
    model = make(weights=None, include_top=False, input_shape=(64, 64, 3))
    found = stage_outputs(model)
    assert names(model) == {f"stage{level}": name for level, name in enumerate(expected) if name}
    for stage, tensor in found.items():
        assert tensor.shape[1:3] == (64 >> int(stage[-1]),) * 2
    features = keras.Model(model.inputs, list(found.values()))  # they belong to the model's own graph
    assert len(features.outputs) == len(found)


def test_the_size_may_be_open():
    model = applications.MobileNetV2(weights=None, include_top=False, input_shape=(None, None, 3))
    assert list(stage_outputs(model)) == ["stage1", "stage2", "stage3", "stage4", "stage5"]


def test_the_top_is_no_stage():
    with_top = names(lenet5())
    assert with_top == names(lenet5(include_top=False))


def residual(first):
    """Two blocks, the second of which halves in its second convolution and in its shortcut."""
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(4, 3, padding="same", name="block1")(inputs)
    y = layers.Conv2D(4, 1, name="inner")(x)
    y = layers.Conv2D(8, 3, strides=2, padding="same", name="strided")(y)
    shortcut = layers.Conv2D(8, 1, strides=2, name="shortcut")(x)
    ends = [y, shortcut] if first == "main" else [shortcut, y]
    return keras.Model(inputs, layers.Add(name="block2")(ends))


@pytest.mark.parametrize("first", ["main", "shortcut"])
def test_a_stage_ends_before_the_block_that_halves(first):
    assert names(residual(first)) == {"stage0": "block1", "stage1": "block2"}


def test_the_encoder_of_a_u_and_not_its_decoder():
    inputs = keras.Input((32, 32, 1))
    left = layers.Conv2D(4, 3, padding="same", name="left")(inputs)
    bottom = layers.Conv2D(8, 3, padding="same", name="bottom")(layers.MaxPooling2D(2)(left))
    up = layers.UpSampling2D(2)(bottom)
    model = keras.Model(inputs, layers.Conv2D(1, 3, padding="same", name="right")(layers.Concatenate()([left, up])))
    assert names(model) == {"stage0": "left", "stage1": "bottom"}


def test_a_model_inside_is_one_tensor():
    inner_input = keras.Input((32, 32, 3))
    x = layers.Conv2D(4, 3, strides=2, padding="same")(inner_input)
    inner = keras.Model(inner_input, layers.Conv2D(4, 3, strides=2, padding="same")(x), name="backbone")
    inputs = keras.Input((32, 32, 3))
    x = layers.Conv2D(3, 3, padding="same", name="stem")(inputs)
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(inner(x)))
    assert names(model) == {"stage0": "stem", "stage2": "backbone"}


def test_what_has_no_stages():
    assert stage_outputs(keras.Sequential([keras.Input((4,)), layers.Dense(2)])) == {}
    with pytest.raises(TypeError, match="a Keras model is needed"):
        stage_outputs([1])
