"""Segmentation: mean IoU of a small U-Net on drawn scenes, and how long its training takes.

    python benchmarks/segmentation.py [--seeds 5]

`segmenter("unet", 4, width=1/8)` on 1,500 scenes of 64 x 64 pixels, four epochs, judged on 300 that it has not seen.
The seconds are of `fit` alone, on the wall and of the processors, the tracing of the graph included. The goal: a mean
IoU of at least .965 within 60 s. There is no peer yet: neither KerasHub nor torchvision is among the extras.
"""

import argparse
import time

import keras
import numpy as np

from ccv.data import shapes
from ccv.segmentation import CrossEntropyDice, evaluate, fit, segmenter

CLASSES = shapes.MASK_NAMES
EPOCHS, PICTURES = 4, 1_500


def train(make, data, seed, loss, rate=None, epochs=EPOCHS):
    """Return a network that was trained from `make()`, and its seconds, on the wall and of the processors."""
    keras.utils.set_random_seed(seed)
    model = make()
    wall, worked = time.perf_counter(), time.process_time()
    fit(model, data, epochs=epochs, loss=loss, learning_rate=rate, seed=seed)
    return model, time.perf_counter() - wall, time.process_time() - worked


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
    parser.add_argument("--dice", type=float, default=1.0)
    parser.add_argument("--rate", type=float, help="in place of the recipe's")
    options = parser.parse_args()
    data, unseen = shapes.masks("train", count=PICTURES), shapes.masks("test", count=300)
    rows = []
    for seed in range(options.first, options.first + options.seeds):
        model, seconds, worked = train(unet, data, seed, CrossEntropyDice(dice=options.dice), options.rate)
        found = judged(model, *unseen)
        rows.append((found.mean_iou, seconds, worked))
        print(
            f"seed {seed}: mean IoU {found.mean_iou:.4f}, boundary F {found.mean('boundary_f'):.3f}, "
            f"fit {seconds:.1f} s, {worked:.1f} s of the processors",
            flush=True,
        )
    iou, seconds, worked = np.median(rows, axis=0)
    print(
        f"median of {len(rows)}: mean IoU {iou:.4f}, fit {seconds:.1f} s, {worked:.1f} s of the processors, "
        f"{model.count_params():,} parameters"
    )


if __name__ == "__main__":
    main()
