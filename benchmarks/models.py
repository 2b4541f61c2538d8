"""Our builders beside their twins in keras.applications, in one run: build time, forward pass, training step.

    python benchmarks/models.py                      # every twin at 96 pixels (slow: minutes)
    python benchmarks/models.py resnet50 vgg16 --runs 9 --pixels 224

Each figure is a ratio, theirs over ours: 1.00 is as fast, above is faster. The two take turns, so that a busy moment of
the machine hits both; median and range over the runs are printed.
"""

import argparse
import gc
import statistics
import time

import keras
import numpy as np

from ccv import models

TWINS = {
    "vgg16": "VGG16",
    "vgg19": "VGG19",
    "inception_v3": "InceptionV3",
    "inception_resnet_v2": "InceptionResNetV2",
    "resnet50": "ResNet50",
    "resnet101": "ResNet101",
    "resnet152": "ResNet152",
    "resnet50v2": "ResNet50V2",
    "resnet101v2": "ResNet101V2",
    "resnet152v2": "ResNet152V2",
    "densenet121": "DenseNet121",
    "densenet169": "DenseNet169",
    "densenet201": "DenseNet201",
    "mobilenet": "MobileNet",
    "mobilenet_v2": "MobileNetV2",
    "mobilenet_v3_small": "MobileNetV3Small",
    "mobilenet_v3_large": "MobileNetV3Large",
    **{f"efficientnet_b{size}": f"EfficientNetB{size}" for size in range(8)},
    "xception": "Xception",
}
FEW = ("vgg16", "inception_v3", "resnet50", "densenet121", "mobilenet", "mobilenet_v2", "efficientnet_b0", "xception")


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def ratios(ours, theirs, runs):
    """Theirs over ours, `runs` times, taking turns; each has run once before."""
    ours(), theirs()
    found = []
    for run in range(runs):
        pair = (ours, theirs) if run % 2 else (theirs, ours)
        times = [seconds(work) for work in pair]
        mine, other = times if run % 2 else times[::-1]
        found.append(other / mine)
    return found


def compare(name, pixels, runs):
    options = {"weights": None, "include_top": False, "pooling": "avg", "input_shape": (pixels, pixels, 3)}
    twin = getattr(keras.applications, TWINS[name])

    def build(builder):
        def work():
            keras.backend.clear_session()
            builder(**options)

        return work

    yield "build", ratios(build(getattr(models, name)), build(twin), runs)
    keras.backend.clear_session()
    gc.collect()
    pair = [getattr(models, name)(**options), twin(**options)]
    pair[1].set_weights(pair[0].get_weights())
    rng = np.random.default_rng(0)
    x = rng.normal(size=(8, pixels, pixels, 3)).astype("float32")
    y = rng.normal(size=(8, pair[0].output_shape[-1])).astype("float32")
    yield "forward", ratios(*(lambda m=m: m.predict_on_batch(x) for m in pair), runs)
    for model in pair:
        model.compile("sgd", "mse")
    yield "step", ratios(*(lambda m=m: m.train_on_batch(x, y) for m in pair), runs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=FEW, help=f"builders ({', '.join(FEW)}); all: every twin")
    parser.add_argument("--pixels", type=int, default=96, help="height and width of the images (96)")
    parser.add_argument("--runs", type=int, default=7, help="timings of each (7)")
    given = parser.parse_args()
    print(
        f"backend {keras.backend.backend()}, batch 8, {given.pixels} pixels; Keras's time over ours, {given.runs} runs"
    )
    for name in TWINS if list(given.names) == ["all"] else given.names:
        if name not in TWINS:
            parser.error(f"{name} has no twin in keras.applications: choose from {', '.join(TWINS)}")
        for what, found in compare(name, given.pixels, given.runs):
            middle = statistics.median(found)
            print(f"{name:20s} {what:8s} {middle:5.2f}  ({min(found):.2f} to {max(found):.2f})", flush=True)


if __name__ == "__main__":
    main()
