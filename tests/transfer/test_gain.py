"""What the carried weights are worth: glyphs from few examples, against the same network from random weights."""

import keras
import numpy as np
import pytest

from ccv.data import glyphs
from ccv.transfer import backbone, fine_tune, with_head

SEEDS = range(5)
FEATURES = {"stages": "head", "epochs": 100, "learning_rate": 1e-2}
# The whole network trains for 40 epochs from either start.
TUNED = {"stages": ("head", "all"), "epochs": (100, 40), "learning_rate": (1e-2, 1e-2), "batch_size": 16}
# The rate is the best of 1e-3, 1e-2, 2e-2, 3e-2, 5e-2 and 2e-1, by the test images: scratch is given every favour.
SCRATCH = {
    "stages": "all",
    "epochs": 40,
    "learning_rate": 3e-2,
    "layerwise_decay": 1,
    "batch_norm": True,
    "batch_size": 16,
}


def accuracies(weights, plan, per_class, seeds=SEEDS):
    """Percent right of 1,600 test images, one for each seed; the training images differ with the seed."""
    images, labels = glyphs.arrays("test", count=1_600)
    found = []
    for seed in seeds:
        keras.utils.set_random_seed(seed)
        data = glyphs.arrays(count=16 * per_class, seed=100 + seed)
        net = with_head(backbone("resnet20", weights=weights), 16)
        fine_tune(net, data, seed=seed, **plan)
        found.append(100 * (net.predict(images, batch_size=200, verbose=0).argmax(-1) == labels).mean())
    return np.array(found)


@pytest.mark.slow
def test_with_five_examples_a_class_the_pretrained_backbone_gains_fifteen_points():
    results = {
        "scratch": accuracies(None, SCRATCH, 5),
        "features": accuracies("ccv", FEATURES, 5),
        "fine-tuned": accuracies("ccv", TUNED, 5),
    }
    for name, values in results.items():
        print(f"{name}: {values.mean():.1f} +- {values.std(ddof=1):.1f} {np.round(values, 1)}")
    assert results["fine-tuned"].mean() - results["scratch"].mean() > 15
    assert results["features"].mean() > results["scratch"].mean()
