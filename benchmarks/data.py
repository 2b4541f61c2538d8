"""How quickly a folder of JPEG files is read, beside a bare `tf.data` pipeline on the same files in the same run.

    python benchmarks/data.py [--rounds 7] [--images 60000] [--quick]

Two trees are made: 5,000 images of 32x32 pixels (CIFAR-10 has 60,000) and 500 of 500x375 (photographs) read at
224. Both pipelines read, decode, bring to size and batch by 32; rounds alternate between them, and the ratio is
taken within a round. Also the check of all files, the first time and from its cache. Target: a ratio of 0.9.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from PIL import Image

from ccv import data

TARGET = 0.9
BATCH = 32


def make_tree(root: Path, count: int, width: int, height: int, classes: int = 10) -> Path:
    """Write smooth random pictures, which JPEG packs about as well as photographs."""
    rng = np.random.default_rng(0)
    for index in range(count):
        folder = root / f"class{index % classes}"
        folder.mkdir(parents=True, exist_ok=True)
        coarse = rng.integers(0, 256, (max(4, height // 12), max(4, width // 12), 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)
        picture.save(folder / f"{index:05d}.jpg", quality=90)
    return root


def bare(root: Path, size: int | None) -> tf.data.Dataset:
    """What one writes by hand: resize so that the shorter side fits, crop the middle."""
    paths = sorted(str(path) for path in root.glob("*/*.jpg"))
    names = sorted({Path(path).parent.name for path in paths})
    labels = np.array([names.index(Path(path).parent.name) for path in paths], np.int64)

    def example(path: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        image = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
        if size:
            sides = tf.cast(tf.shape(image)[:2], tf.float32)
            sides = tf.cast(tf.round(sides * (size / tf.reduce_min(sides))), tf.int32)
            image = tf.image.resize(image, sides, antialias=True)
            corner = (sides - size) // 2
            image = tf.cast(tf.round(image[corner[0] : corner[0] + size, corner[1] : corner[1] + size]), tf.uint8)
        image.set_shape((size, size, 3) if size else (32, 32, 3))
        return image, label

    return tf.data.Dataset.from_tensor_slices((paths, labels)).map(example, tf.data.AUTOTUNE)


def crop_first(root: Path, size: int | None) -> tf.data.Dataset:
    """A stricter peer: the bare pipeline with the crop before the resize, as ccv has it."""
    if not size:
        return bare(root, size)
    paths = sorted(str(path) for path in root.glob("*/*.jpg"))

    def example(path: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        image = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
        side = tf.reduce_min(tf.shape(image)[:2])
        corner = (tf.shape(image)[:2] - side) // 2
        image = image[corner[0] : corner[0] + side, corner[1] : corner[1] + side]
        image = tf.cast(tf.round(tf.image.resize(image, (size, size), antialias=True)), tf.uint8)
        return image, tf.constant(0, tf.int64)

    return tf.data.Dataset.from_tensor_slices(paths).map(example, tf.data.AUTOTUNE)


def rate(dataset: tf.data.Dataset) -> float:
    """Images per second of enough passes to last about a second."""
    count, started = 0, time.perf_counter()
    while not count or time.perf_counter() - started < 1.0:
        for images, _ in dataset.batch(BATCH).prefetch(tf.data.AUTOTUNE):
            count += int(images.shape[0])
    return count / (time.perf_counter() - started)


def ratios(ours: tf.data.Dataset, peer: tf.data.Dataset, rounds: int) -> tuple[list[float], list[float]]:
    """Alternate who goes first; the first round warms up."""
    rates, quotients = [], []
    for number in range(rounds + 1):
        pair = [ours, peer] if number % 2 else [peer, ours]
        one, two = (rate(dataset) for dataset in pair)
        mine, other = (one, two) if number % 2 else (two, one)
        if number:
            rates.append(mine)
            quotients.append(mine / other)
    return rates, quotients


def seconds(function: Callable[[], object]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--images", type=int, default=5_000, help="files of 32x32 pixels")
    arguments.add_argument("--quick", action="store_true", help="a tenth of the files")
    options = arguments.parse_args()
    part = 10 if options.quick else 1
    slow = 0
    print(f"{os.cpu_count()} cores, TensorFlow {tf.__version__}, {options.rounds} rounds, batch {BATCH}")
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["CCV_CACHE"] = str(Path(scratch) / "cache")
        data.splits("xo", size=9)  # loads what is loaded once
        for count, width, height, size in ((options.images // part, 32, 32, None), (500 // part, 500, 375, 224)):
            root = make_tree(Path(scratch) / f"{width}x{height}", count, width, height)
            first = seconds(lambda root=root, size=size: data.folder(root, "all", size=size))
            again = seconds(lambda root=root, size=size: data.folder(root, "all", size=size))
            print(f"{count} JPEG files of {width}x{height}{f' at {size}' if size else ''}")
            print(f"  opened: {first:.2f} s with the check of every file, {again:.2f} s from its cache")
            for name, peer in (("bare", bare), ("bare, crop first", crop_first)):
                rates, quotients = ratios(data.folder(root, "all", size=size), peer(root, size), options.rounds)
                median = statistics.median(quotients)
                print(
                    f"  {statistics.median(rates):,.0f} images/s, {median:.2f} of the {name} pipeline "
                    f"({min(quotients):.2f} to {max(quotients):.2f})"
                )
                slow += peer is bare and median < TARGET
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
