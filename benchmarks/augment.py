"""Images per second of each recipe beside the bare layers of Keras (and KerasCV) that do the same work.

Both run in `dataset.map` on the same batches, in turns. The images per second are wall-clock; the ratio is that of the
paired runs' processor time, which neighbours on a shared machine disturb less; 0.95 is an overhead of 5 %.
Both give the dtype that they are given: Keras's layers give float32, so that bytes are rounded and cast after them as
ours are (`--float-out` leaves that out on Keras's side).

python benchmarks/augment.py --size 64 --runs 9
"""

import argparse
import statistics
import time

import keras
import keras_cv
import numpy as np
import tensorflow as tf

from ccv.augment import pipeline

CLASSES = 10
L = keras.layers
BOX = {"bounding_box_format": "xyxy"}


def chain(*layers):
    """The layers one after the other on a copy of the dict, which Keras's change."""

    def run(data):
        data = {key: dict(value) if isinstance(value, dict) else value for key, value in data.items()}
        for layer in layers:
            data = layer(data)
        return data

    return run


def with_one_hot(layer):
    return lambda data: layer({**data, "labels": tf.one_hot(data["labels"], CLASSES)})


def kerascv(*layers):
    """KerasCV's layers, which call a box's label "classes"."""

    def run(data):
        boxes = data["bounding_boxes"]
        data = {"images": data["images"], "bounding_boxes": {"boxes": boxes["boxes"], "classes": boxes["labels"]}}
        for layer in layers:
            data = layer(data)
        boxes = keras_cv.bounding_box.to_dense(data["bounding_boxes"])
        return {"images": data["images"], "bounding_boxes": {"boxes": boxes["boxes"], "labels": boxes["classes"]}}

    return run


def colors(**options):
    return [
        L.RandomBrightness(0.1, **options),
        L.RandomContrast((0.1, 0.1), **options),
        L.RandomSaturation((0.45, 0.55), **options),
        L.RandomHue(0.05, **options),
    ]


def basic(**options):
    zero = {"fill_mode": "constant"}
    moves = [L.RandomRotation(0.02, **zero, **options), L.RandomTranslation(0.1, 0.1, **zero, **options)]
    zoom = L.RandomZoom(0.1, **zero, **options)
    return chain(L.RandomFlip("horizontal", **options), *moves, zoom, *colors(**options)[:2])


def cases(value_range):
    """Each recipe: our pipeline, the bare layers, and what those are."""
    known = {"value_range": value_range}
    detect = {"boxes": "xyxy", **known}
    flip, zoom = L.RandomFlip("horizontal"), L.RandomZoom((-0.125, -0.125), fill_mode="nearest")
    scale = L.RandomZoom((-0.4, 0.4), fill_mode="constant", **BOX)
    mosaic = kerascv(keras_cv.layers.Mosaic(**BOX))
    mix = kerascv(keras_cv.layers.MixUp(8.0))
    bare_detection = chain(L.RandomFlip("horizontal", **BOX), scale, *colors(**BOX))
    return {
        "alexnet": (pipeline("alexnet", **known), chain(flip, zoom, L.RandomBrightness(0.1)), "flip, zoom, brightness"),
        "basic": (pipeline("basic", **known), basic(), "the same six layers"),
        "basic, boxes": (pipeline("basic", **detect), basic(**BOX), "the same six layers"),
        "randaugment": (
            pipeline("randaugment", flip=False, **known),
            chain(L.RandAugment(num_ops=2, factor=0.3)),
            "RandAugment",
        ),
        "mixup": (pipeline("mixup", classes=CLASSES, **known), with_one_hot(L.MixUp(0.2)), "one-hot, MixUp"),
        "cutmix": (pipeline("cutmix", classes=CLASSES, **known), with_one_hot(L.CutMix(1.0)), "one-hot, CutMix"),
        "gridmask": (
            pipeline("gridmask", flip=False, **known),
            lambda data: {"images": GRID(data["images"])},
            "KerasCV's GridMask",
        ),
        "detection": (
            pipeline("detection", mosaic=1, mixup=1, **detect),
            lambda data: mix(bare_detection(mosaic(data))),
            "flip, zoom, four colours; KerasCV's Mosaic, MixUp",
        ),
    }


GRID = keras_cv.layers.GridMask()


def examples(name, batch, size, dtype):
    random = np.random.default_rng(0)
    data = {"images": random.integers(0, 256, (batch, size, size, 3)).astype(dtype)}
    if name in {"mixup", "cutmix"}:
        data["labels"] = random.integers(0, CLASSES, batch)
    if "boxes" in name or name == "detection":
        corners = random.uniform(0, size / 2, (batch, 8, 2))
        boxes = np.concatenate([corners, corners + size / 3], axis=-1).astype("float32")
        data["bounding_boxes"] = {"boxes": boxes, "labels": np.zeros((batch, 8), "float32")}
    return data


def in_bytes(work):
    def run(data):
        data = work(data)
        return {**data, "images": tf.cast(tf.round(data["images"]), tf.uint8)}

    return run


def seconds(dataset, batches):
    iterator = iter(dataset)
    next(iterator)
    start, start_cpu = time.perf_counter(), time.process_time()
    for _ in range(batches):
        next(iterator)
    return time.perf_counter() - start, time.process_time() - start_cpu


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=64, help="pixels of a side (64)")
    parser.add_argument("--batch", type=int, default=32, help="images of a batch (32)")
    parser.add_argument("--batches", type=int, default=30, help="batches of a timing (30)")
    parser.add_argument("--runs", type=int, default=9, help="paired timings of each recipe (9)")
    parser.add_argument("--dtype", choices=("uint8", "float32"), default="uint8", help="of the images (uint8)")
    parser.add_argument("--float-out", action="store_true", help="leave Keras's float32 as it is")
    parser.add_argument("--judge", action="store_true", help="let the pipeline judge the range of floats")
    parser.add_argument("--only", help="one recipe")
    args = parser.parse_args()
    print(f"{args.batch} {args.dtype} images of {args.size}x{args.size}; images/s, ratio: median (spread)")
    for name, (ours, bare, what) in cases(None if args.judge else (0, 255)).items():
        if args.only not in (None, name):
            continue
        source = tf.data.Dataset.from_tensors(examples(name, args.batch, args.size, args.dtype)).cache().repeat()
        rounds = args.dtype == "uint8" and not args.float_out
        datasets = [source.map(ours), source.map(in_bytes(bare) if rounds else bare)]
        for dataset in datasets:
            seconds(dataset, 3)
        pairs = []
        for run in range(args.runs):
            order = (0, 1) if run % 2 else (1, 0)
            times = {which: seconds(datasets[which], args.batches) for which in order}
            pairs.append((times[0], times[1]))
        rates = [[args.batch * args.batches / pair[i][0] for pair in pairs] for i in (0, 1)]
        ratios = [theirs[1] / own[1] for own, theirs in pairs]
        cells = [f"{statistics.median(rate):7.0f} ({min(rate):.0f} to {max(rate):.0f})" for rate in rates]
        spread = f"{statistics.median(ratios):5.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        print(f"{name:13s} ccv {cells[0]:25s} bare {cells[1]:25s} ratio {spread}  beside {what}", flush=True)


if __name__ == "__main__":
    main()
