"""The network that `ccv train` builds: its preprocessing is inside, and it is the one of the weights."""

import keras
import numpy as np
import pytest

from ccv.models import card, mobilenet_v2
from ccv.training import network as network_module
from ccv.training.network import network, network_for

SHAPE = (32, 32, 3)


def preprocessed(model, images):
    inside = keras.Model(model.inputs, model.get_layer("preprocessing").output)
    return keras.ops.convert_to_numpy(inside.predict_on_batch(images))


def test_the_pixels_of_a_file_that_does_not_tell_are_said(tmp_path, caplog):
    images = np.random.default_rng(0).integers(0, 256, (2, *SHAPE), dtype=np.uint8)
    small = {"width": 1 / 8}
    mobilenet_v2(input_shape=SHAPE, classes=2, **small).save_weights(tmp_path / "mine.weights.h5")
    usual = keras.ops.convert_to_numpy(card("mobilenet_v2").preprocessing(images))
    np.testing.assert_allclose(preprocessed(network("mobilenet_v2", SHAPE, 2, **small), images), usual)
    assert caplog.text == ""
    model = network("mobilenet_v2", SHAPE, 2, weights=tmp_path / "mine.weights.h5", **small)
    np.testing.assert_allclose(preprocessed(model, images), usual)
    assert (
        "mine.weights.h5 was trained on is not known: uint8 to [-1, 1] is taken, as mobilenet_v2 has it" in caplog.text
    )


@pytest.mark.parametrize(
    ("image", "size", "shape"),
    [
        ((28, 28, 1), None, (28, 28, 1)),
        ((8, 8, 1), None, (28, 28, 1)),  # too small: the builder's own size
        ((None, None, 3), None, (28, 28, 3)),
        ((28, 28, 1), (40, 36), (40, 36, 1)),
    ],
)
def test_a_network_is_built_once_for_the_data(monkeypatch, image, size, shape):
    built, build = [], network_module.build
    monkeypatch.setattr(network_module, "build", lambda *a, **k: built.append(build(*a, **k)) or built[-1])
    assert network_for("lenet5", image, 3, size=size, width=1 / 2).input_shape == (None, *shape)
    assert len(built) == 1


def test_no_network_is_made_where_a_size_that_was_asked_for_is_refused():
    with pytest.raises(ValueError, match="too small"):
        network_for("lenet5", (28, 28, 1), 3, size=4)
