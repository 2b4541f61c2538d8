"""Segmentation: mean IoU of a small U-Net on drawn scenes, the seconds of its training, and a peer in the same seconds.

    python benchmarks/segmentation.py [--seeds 5] [--backbone]

Ours is `segmenter("unet", 4, width=1/8)` on 2,000 scenes of 64 x 64 pixels, eight epochs, judged on 300 that it has not
seen. The peer is KerasHub's DeepLabV3+ or torchvision's LR-ASPP where one of them is installed, else none: that is said.
"""

import argparse
import time
from importlib.util import find_spec

import keras
import numpy as np

from ccv.data import shapes
from ccv.segmentation import CrossEntropyDice, evaluate, segmenter

CLASSES = shapes.MASK_NAMES
BATCH, EPOCHS = 8, 8


class Fitted(keras.callbacks.Callback):
    """Counts the seconds from the end of the first step, which compiles, to the end of training."""

    def on_train_batch_end(self, batch, logs=None):
        self.begun = getattr(self, "begun", time.perf_counter())

    def on_train_end(self, logs=None):
        self.seconds = time.perf_counter() - self.begun


def train(make, data, seed, loss, rate=1.5e-3, epochs=EPOCHS):
    """Return a network that was trained from `make()`, and the seconds that its fit took, compiling left out."""
    keras.utils.set_random_seed(seed)
    model, steps = make(), epochs * -(-len(data[0]) // BATCH)
    rising = steps // 10
    schedule = keras.optimizers.schedules.CosineDecay(
        rate / 10, steps - rising, warmup_target=rate, warmup_steps=rising
    )
    model.compile(keras.optimizers.Adam(schedule), loss)
    clock = Fitted()
    started = time.perf_counter()
    model.fit(*data, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[clock])
    return model, clock.seconds, time.perf_counter() - started


def judged(model, images, masks):
    """Return the mean IoU on these scenes."""
    said = model.predict(images, batch_size=50, verbose=0).argmax(-1)
    return evaluate(said, masks, CLASSES)


def unet():
    """The small U-Net of the lab."""
    return segmenter("unet", len(CLASSES), width=1 / 8, input_shape=(64, 64, 3))


def main():
    """Print a line a seed, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--dice", type=float, default=0.0)
    parser.add_argument("--rate", type=float, default=1.5e-3)
    options = parser.parse_args()
    data, unseen = shapes.masks("train", count=2_000), shapes.masks("test", count=300)
    rows = []
    for seed in range(options.first, options.first + options.seeds):
        model, seconds, whole = train(unet, data, seed, CrossEntropyDice(dice=options.dice), options.rate)
        found = judged(model, *unseen)
        rows.append((found.mean_iou, seconds))
        print(
            f"seed {seed}: mean IoU {found.mean_iou:.4f}, boundary F {found.mean('boundary_f'):.3f}, fit {seconds:.1f} s "
            f"({whole:.1f} s with compiling)",
            flush=True,
        )
    iou, seconds = np.median(rows, axis=0)
    print(f"median of {len(rows)}: mean IoU {iou:.4f}, fit {seconds:.1f} s, {model.count_params():,} parameters")
    peers = [name for name in ("keras_hub", "torchvision") if find_spec(name)]
    print(f"peers installed: {', '.join(peers) or 'none, so nothing is compared'}")


if __name__ == "__main__":
    main()
