"""A backbone of three stages that trains in a second, and pictures of one coloured square."""

import keras
import numpy as np
import pytest
from keras import layers


@pytest.fixture(autouse=True)
def seeded():
    keras.utils.set_random_seed(0)


def tiny(name="tiny", size=16):
    """stage0: 6 channels at full size; stage1: 8; stage2: 12, with BatchNormalization throughout."""
    inputs = keras.Input((size, size, 3), name="input")
    x = inputs
    for stage, filters in enumerate((6, 8, 12)):
        x = layers.Conv2D(filters, 3, 1 if stage == 0 else 2, "same", use_bias=False, name=f"conv{stage}")(x)
        x = layers.BatchNormalization(name=f"bn{stage}")(x)
        x = layers.ReLU(name=f"relu{stage}")(x)
    return keras.Model(inputs, x, name=name)


def squares(count=64, size=16, seed=0):
    """A red (class 0) or blue (class 1) square on grey noise, and where it lies: the tops and lefts of 5 pixels."""
    rng = np.random.default_rng(seed)
    images = rng.integers(60, 120, (count, size, size, 1), dtype=np.uint8).repeat(3, axis=-1)
    labels = np.arange(count) % 2
    corners = rng.integers(0, size - 4, (count, 2))
    for image, label, (top, left) in zip(images, labels, corners, strict=True):
        image[top : top + 5, left : left + 5] = (20, 20, 230) if label else (230, 20, 20)
    return images, labels, corners


@pytest.fixture
def base():
    return tiny()


@pytest.fixture
def pixels():
    """Layer for pixels; `tiny` is no name that is known."""
    return keras.layers.Rescaling(1 / 255)


@pytest.fixture
def model(base, pixels):
    from ccv.transfer import with_head

    return with_head(base, 2, preprocessing=pixels)


@pytest.fixture
def data():
    return squares()[:2]


@pytest.fixture
def drawn():
    """Makes such pictures: `drawn(count, seed=...)`."""
    return squares


@pytest.fixture(scope="module")
def trained():
    """A network that knows red from blue."""
    from ccv.transfer import fine_tune, with_head

    keras.utils.set_random_seed(0)
    net = with_head(tiny(), 2, preprocessing=keras.layers.Rescaling(1 / 127.5, -1))
    fine_tune(net, squares(128)[:2], stages="all", epochs=12, learning_rate=2e-2, layerwise_decay=1, batch_norm=True)
    return net
