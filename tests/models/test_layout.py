"""Channels first, in Keras's settings, in a shape or in a model, is one sentence at every door."""

import keras
import numpy as np
import pytest
from keras import layers
from typer.testing import CliRunner

from ccv import models, training, transfer
from ccv.cli.app import app
from ccv.detection import detector, sliding_window
from ccv.models.convert import fully_convolutional
from ccv.training.prediction import image_shape


@pytest.fixture
def channels_first():
    keras.config.set_image_data_format("channels_first")
    yield
    keras.config.set_image_data_format("channels_last")


@pytest.mark.parametrize("name", models.list_models())
def test_every_builder_says_so(name, channels_first):
    with pytest.raises(ValueError, match="Keras is set to channels first, ccv takes images as"):
        models.build(name)


@pytest.mark.parametrize("name", [name for name in models.list_models() if len(models.card(name).input_shape) == 3])
@pytest.mark.parametrize("shape", [(3, 64, 64), (1, 32, 48), (3, None, None)])
def test_every_builder_turns_the_shape(name, shape):
    with pytest.raises(ValueError, match=r"has the channels first: give \(") as raised:
        models.build(name, input_shape=shape)
    assert str((*shape[1:], shape[0])) in str(raised.value)


def test_a_detector_says_so(channels_first):
    with pytest.raises(ValueError, match="Keras is set to channels first"):
        detector("yolo_v2_tiny", 1, "auto", input_shape=(64, 64, 3), stride=8)


def test_a_detector_turns_the_shape():
    with pytest.raises(ValueError, match=r"give \(64, 64, 3\)"):
        detector("yolo_v2_tiny", 1, "auto", input_shape=(3, 64, 64), stride=8)


def other(order="channels_first"):
    inputs = keras.Input((3, 16, 16) if order == "channels_first" else (16, 16, 3), name="image")
    x = layers.Conv2D(4, 3, data_format=order, name="conv")(inputs)
    x = layers.GlobalAveragePooling2D(data_format=order)(x)
    return keras.Model(inputs, layers.Dense(2, activation="softmax")(x), name="other")


DOORS = {
    "backbone": transfer.backbone,
    "with_head": lambda model: transfer.with_head(model, 2, preprocessing=False),
    "features": lambda model: transfer.features(model, (np.zeros((1, 16, 16, 3)), [0])),
    "fully convolutional": fully_convolutional,
    "predict": image_shape,
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_a_model_that_is_channels_first_is_refused(door):
    with pytest.raises(ValueError, match="other is channels first, in its layer conv"):
        door(other())


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS)
def test_a_setting_of_channels_first_is_refused_for_any_model(door, request):
    model = other("channels_last")
    request.getfixturevalue("channels_first")
    with pytest.raises(ValueError, match="Keras is set to channels first"):
        door(model)


@pytest.mark.filterwarnings("ignore")
def test_images_that_are_channels_first_are_turned_by_a_sentence():
    model, images = other("channels_last"), np.zeros((4, 3, 16, 16), "float32")
    model.compile("adam", "sparse_categorical_crossentropy")
    doors = {
        "train": lambda: training.fit(model, (images, np.zeros(4, int)), epochs=1),
        "features": lambda: transfer.features(model, (images, np.zeros(4, int)), preprocessing=False),
        "detect": lambda: detector("yolo_v2_tiny", 1, "auto", input_shape=(64, 64, 3), stride=8, width=1 / 8).detect(
            images[0]
        ),
        "slide": lambda: sliding_window(model, images[0], 8, 8),
    }
    for name, door in doors.items():
        with pytest.raises(ValueError, match=r"channels first: turn them .* np.moveaxis\(images, -3, -1\)"):
            door()
            pytest.fail(name)
    assert np.moveaxis(images, -3, -1).shape == (4, 16, 16, 3)


def test_the_command_says_so():
    done = CliRunner().invoke(app, ["anatomy", "lenet5", "--input", "3x64x48"])
    assert "--input 3x64x48 has the channels first: write 64x48x3" in str(done.exception) + done.output
