"""The convolutional sliding window beside crop after crop: how many times faster, in theory and measured.

    python benchmarks/sliding.py
    python benchmarks/sliding.py --runs 15 --batch 256

In theory: the ratio of the multiply-adds. Measured: seconds of the crops over seconds of the one pass, on the same
image with the same weights; the two take turns, so that a busy moment of the machine hits both. Median and range over
the runs are printed, in CPU seconds of this process over all its threads and on the clock on the wall. The crops go in
batches, which is their best case. The largest difference between the scores of both roads stands at the end.
"""

import argparse
import statistics
import time

import keras
import numpy as np
from keras import layers

from ccv.detection.convolutional import ConvolutionalSlidingWindow
from ccv.detection.sliding import sliding_window
from ccv.models import lenet5


def course():
    """The 14x14x3 network of the lectures, 323,620 parameters."""
    features = [keras.Input((14, 14, 3)), layers.Conv2D(16, 5, activation="relu"), layers.MaxPooling2D(2)]
    dense = [layers.Dense(400, activation="relu"), layers.Dense(400, activation="relu"), layers.Dense(4)]
    return keras.Sequential([*features, layers.Flatten(), *dense], name="course")


def deep():
    """Six convolutions in three blocks, 'valid', as VGG stacks them; a small head."""
    steps = [keras.Input((64, 64, 3))]
    for filters in (16, 32, 64):
        convolutions = [layers.Conv2D(filters, 3, activation="relu") for _ in range(2)]
        steps += [*convolutions, layers.MaxPooling2D(2)]
    return keras.Sequential(
        [*steps, layers.Flatten(), layers.Dense(64, activation="relu"), layers.Dense(4)], name="deep"
    )


# Name -> network, side of the image.
CASES = {
    "course, 16x16": (course, 16),
    "course, 28x28": (course, 28),
    "course, 128x128": (course, 128),
    "lenet5, 96x96": (lambda: lenet5(input_shape=(32, 32, 1)), 96),
    "deep, 96x96": (deep, 96),
    "deep, 160x160": (deep, 160),
}


def seconds(work):
    start = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - start[0], time.perf_counter() - start[1]


def compare(build, side, runs, batch):
    """Return the work of both roads, the ratios of seconds (CPU, wall) of each run, and the largest difference."""
    keras.utils.set_random_seed(0)
    model = build()
    slide = ConvolutionalSlidingWindow(model)
    image = np.random.default_rng(0).normal(size=(side, side, model.input_shape[-1])).astype("float32")

    def crops():
        return sliding_window(model, image, slide.window, slide.stride, batch_size=batch)

    def once():
        return slide(image)

    difference = np.abs(crops().scores - once().scores).max()
    ratios = []
    for run in range(runs):
        order = (crops, once) if run % 2 else (once, crops)
        times = {road: seconds(road) for road in order}
        ratios.append([many / one for many, one in zip(times[crops], times[once], strict=True)])
    return slide.work(image.shape), np.transpose(ratios), difference


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=11, help="paired timings of each (11)")
    parser.add_argument("--batch", type=int, default=64, help="crops of a batch (64)")
    given = parser.parse_args()
    print(f"backend {keras.backend.backend()}, crops in batches of {given.batch}; times faster: median (range)")
    print(f"{'':16} {'windows':>7} {'multiply-adds':>14}   {'CPU seconds':22} {'on the wall':22} {'difference':>10}")
    for name, (build, side) in CASES.items():
        work, ratios, difference = compare(build, side, given.runs, given.batch)
        cells = [f"{statistics.median(row):6.1f} ({min(row):.1f} to {max(row):.1f})" for row in ratios]
        print(
            f"{name:16} {work.windows:7,} {work.ratio:13.1f}x   {cells[0]:22} {cells[1]:22} {difference:10.1e}",
            flush=True,
        )


if __name__ == "__main__":
    main()
