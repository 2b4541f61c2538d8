"""Fine-tuning where an image has several labels: the head learns each as a yes or no."""

import keras
import numpy as np
import pytest

from ccv.training import evaluate
from ccv.transfer import features, fine_tune, train_head, with_head

SAYS = "a label names several classes, or none, and the network answers with one"


@pytest.fixture
def lights():
    """Images in noise of which each channel is bright or not, by itself."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, (96, 3)).astype(np.float32)
    images = random.normal(80, 20, (96, 16, 16, 3)) + 80 * labels[:, None, None, :]
    return images.clip(0, 255).astype(np.uint8), labels


@pytest.fixture
def several(base, pixels):
    return with_head(base, 3, preprocessing=pixels, classifier_activation="sigmoid")


def as_dataset(images, labels):
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices((images, labels))


class Own(keras.utils.PyDataset):
    def __init__(self, images, labels):
        super().__init__()
        self.pair = images, labels

    def __len__(self):
        return 4

    def __getitem__(self, number):
        return tuple(part[number * 24 : (number + 1) * 24] for part in self.pair)


@pytest.mark.slow
@pytest.mark.parametrize("make", [lambda *pair: pair, as_dataset, Own])
def test_the_head_learns_each_label_from_any_kind_of_data(make, several, lights):
    done = fine_tune(several, make(*lights), stages="head", epochs=40)
    assert done.history["loss"][-1] < 0.4 and done.history["pr_auc"][-1] > 0.95
    assert "accuracy" not in done.history
    assert evaluate(several, lights).mean_average_precision > 0.95


@pytest.mark.slow
def test_a_head_that_is_better_than_guessing_is_kept(several, lights):
    """Guessing has a loss of ln 2 for yes or no, not of ln 3 as for three classes."""
    fine_tune(several, lights, stages="head", epochs=10)
    kept = several.get_layer("head").get_weights()[0]
    fine_tune(several, lights, stages="head", epochs=1, learning_rate=1e-9)
    np.testing.assert_allclose(several.get_layer("head").get_weights()[0], kept, atol=1e-3)
    several.get_layer("head").set_weights([kept * -0.05, np.zeros(3)])  # a little worse than guessing
    fine_tune(several, lights, stages="head", epochs=1, learning_rate=1e-9)
    assert np.abs(several.get_layer("head").get_weights()[0]).max() < 1e-3


@pytest.mark.slow
@pytest.mark.parametrize("make", [lambda *pair: pair, as_dataset, Own])
def test_a_softmax_refuses_several_labels_and_sigmoids_refuse_class_numbers(make, base, several, pixels, lights):
    images, _ = lights
    labels = np.eye(3, dtype=np.float32)[np.arange(96) % 3]
    labels[90] = 0  # all batches but the last would pass for classes
    one = with_head(base, 3, preprocessing=pixels)
    with pytest.raises(ValueError, match=SAYS):
        fine_tune(one, make(images, labels), stages="head", epochs=1)
    with pytest.raises(ValueError, match=SAYS):
        fine_tune(one, (images[:48], labels[:48]), validation=make(images, labels), epochs=1)
    with pytest.raises(ValueError, match="3 sigmoids, each a yes or no: give labels of"):
        fine_tune(several, make(images, np.arange(96) % 3), epochs=1)
    if make is not as_dataset and make is not Own:
        with pytest.raises(ValueError, match=SAYS):
            train_head(one, *features(one, (images, labels)), epochs=1)
