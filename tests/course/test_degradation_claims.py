"""What lab 07 says of deep networks holds for other first weights, and for other orders of the images, than its own."""

import dataclasses

import keras
import numpy as np
import pytest

from ccv import models

EPOCHS = 6  # of the lab's eleven: the difference is there long before the end


@pytest.fixture
def lab(solved):
    """The lab's own data, training loop and `grow`, without running the rest of it."""
    return solved("07_resnet", "small", "train", "grow") | {"epochs": EPOCHS}


def training_error(lab, builder, seed):
    """The share of training images that a network gets wrong in the last epoch."""
    lab["lab"] = dataclasses.replace(lab["lab"], seed=seed)
    keras.utils.set_random_seed(seed)
    return float(lab["train"](builder(**lab["small"]))[-1, 1])


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_plain_networks_degrade_and_residual_ones_do_not(lab, seed):
    plain = [training_error(lab, builder, seed) for builder in (models.plainnet20, models.plainnet56)]
    residual = [training_error(lab, builder, seed) for builder in (models.resnet20, models.resnet56)]
    assert plain[1] > plain[0] + 0.3, "degradation: 56 plain layers are far worse than 20, in training"
    assert residual[1] < plain[0], "with shortcuts 56 layers train better than 20 plain ones"
    assert residual[1] < residual[0] + 0.1, "and no worse than 20 with shortcuts, but for a margin"


def test_a_good_network_of_56_layers_exists(lab):
    """The identities of the lab's second section, on a shallow network that has not been trained."""
    shallow = models.plainnet20(**lab["small"])
    grown = lab["grow"](models.plainnet56(**lab["small"]), shallow)
    some = lab["x_test"][:32]
    assert np.allclose(grown(some, training=False), shallow(some, training=False), atol=1e-4)
