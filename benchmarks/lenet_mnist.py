"""Train the paper's LeNet-5 (tanh, average pooling) on MNIST: time and epoch to 98 % and 98.9 % test accuracy.

    CCV_DATA=../shared/data python benchmarks/lenet_mnist.py --seeds 0 1 2

The test images choose nothing: the recipe is fixed, and every epoch of it is run. The seconds count the evaluation
after each epoch as well.
"""

import argparse
import json
import os
import platform
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np

from ccv import data
from ccv.models import card, lenet5

GOALS = (0.98, 0.989)


def recipe(steps: int, learning_rate: float = 2e-3) -> keras.Model:
    """Return the compiled network, uint8 images in: turned, moved, rescaled as in the paper, Adam on a cosine."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.RandomRotation(0.03, fill_mode="constant"),  # of a turn: 11 degrees either way
            keras.layers.RandomTranslation(0.07, 0.07, fill_mode="constant"),  # two pixels either way
            card("lenet5").preprocessing,
            lenet5(),
        ]
    )
    schedule = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    model.compile(keras.optimizers.Adam(schedule), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


class Clock(keras.callbacks.Callback):
    """Notes the test accuracy and the seconds after each epoch."""

    def __init__(self, verbose):
        super().__init__()
        self.verbose, self.rows = verbose, []

    def on_train_begin(self, logs=None):
        self.start = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        row = {"epoch": epoch + 1, "accuracy": logs["val_accuracy"], "seconds": time.perf_counter() - self.start}
        self.rows.append(row)
        if self.verbose:
            print(f"  epoch {row['epoch']:2d}  {row['accuracy']:.2%}  {row['seconds']:6.1f} s", flush=True)


def first_over(rows, goal):
    return next((row for row in rows if row["accuracy"] >= goal), None)


def run(seed, images, options):
    (x_train, y_train), test = images
    keras.utils.set_random_seed(seed)
    batches = -(-len(x_train) // options.batch_size)
    model = recipe(options.epochs * batches, options.learning_rate)
    clock = Clock(not options.quiet)
    model.fit(
        x_train,
        y_train,
        batch_size=options.batch_size,
        epochs=options.epochs,
        validation_data=test,
        validation_batch_size=1_000,
        callbacks=[clock],
        verbose=0,
    )
    reached = {f"{goal:.1%}": first_over(clock.rows, goal) for goal in GOALS}
    return {"seed": seed, "final": clock.rows[-1], "reached": reached, "epochs": clock.rows}


def line(result):
    parts = [f"seed {result['seed']}"]
    for goal, row in result["reached"].items():
        parts.append(f"{goal} epoch {row['epoch']}, {row['seconds']:.1f} s" if row else f"{goal} not reached")
    final = result["final"]
    parts.append(f"final {final['accuracy']:.2%} after {final['epoch']} epochs, {final['seconds']:.1f} s")
    return " | ".join(parts)


def summary(results):
    finals = [result["final"]["accuracy"] for result in results]
    spread = statistics.stdev(finals) if len(finals) > 1 else 0.0
    lines = [
        f"final accuracy over {len(finals)} seeds: mean {np.mean(finals):.2%}, least {min(finals):.2%}, "
        f"most {max(finals):.2%}, standard deviation {spread:.2%}"
    ]
    for goal in results[0]["reached"]:
        rows = [result["reached"][goal] for result in results if result["reached"][goal]]
        if rows:
            seconds = [row["seconds"] for row in rows]
            epochs = [row["epoch"] for row in rows]
            lines.append(
                f"to {goal}: {len(rows)} of {len(results)} seeds, median {statistics.median(seconds):.1f} s "
                f"({min(seconds):.1f} to {max(seconds):.1f}), epochs {min(epochs)} to {max(epochs)}"
            )
        else:
            lines.append(f"to {goal}: no seed")
    return "\n".join(lines)


def positive(text):
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not above 0")
    return value


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="one training each (0 1 2)")
    parser.add_argument("--epochs", type=positive, default=15, help="15")
    parser.add_argument("--batch-size", type=positive, default=128, help="128")
    parser.add_argument("--learning-rate", type=float, default=2e-3, help="where the cosine starts (0.002)")
    parser.add_argument("--json", metavar="FILE", help="write every number there as well")
    parser.add_argument("--quiet", action="store_true", help="no line per epoch")
    options = parser.parse_args()
    try:
        images = data.arrays("mnist"), data.arrays("mnist", "test")
    except (FileNotFoundError, ValueError) as problem:
        parser.error(str(problem))
    print(f"keras {keras.__version__} on {keras.backend.backend()}, {os.cpu_count()} cores, {platform.machine()}")
    results = []
    for seed in options.seeds:
        results.append(run(seed, images, options))
        print(line(results[-1]), flush=True)
    print(summary(results))
    if options.json:
        with open(options.json, "w") as file:  # noqa: PTH123
            json.dump({"options": vars(options), "results": results}, file, indent=1)


if __name__ == "__main__":
    main()
