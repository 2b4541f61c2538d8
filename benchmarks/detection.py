"""Our small detectors on drawn shapes: mean average precision on 500 unseen images, and how long it takes to get there.

    python benchmarks/detection.py                          # v2, v3 and v1, five seeds each (a quarter of an hour)
    python benchmarks/detection.py v2 --seeds 1
    python benchmarks/detection.py v2 --peer kerascv        # and KerasCV's YOLOV8Detector, for as many seconds

Images of 64x64 pixels with 1 to 5 ellipses, rectangles and triangles in noise (`ccv.data.shapes`); mAP@.5 is that of
VOC 2010. A detector trains by the recipe "detection"; the seconds are of `fit` alone, on the wall and of the
processors, the compilation of the graph included. The goals: v2 at least .96 within 20 s, v3 .94 within 60 s, v1 .95.

The peer trains on the same images, with Adam warmed up and falling as a cosine over the seconds that our fit of the
same seed took on the wall; the compilation of its graph is not counted. It has 61 times the parameters of our v2.
"""

import argparse
import math
import statistics
import time

import keras
import numpy as np

from ccv.data import shapes
from ccv.detection import Detections, Objects, detector, evaluate

NAMES = list(shapes.CLASS_NAMES)
SIZE, TEST = 64, 500
PEER_RATE = 1e-3
# version: options of the detector, images, epochs, goal
DESIGNS = {
    "v2": ({"name": "yolo_v2_tiny", "stride": 8, "width": 3 / 4, "boxes": 2}, 2000, 4, 0.96),
    "v3": ({"name": "yolo_v3_tiny", "stride": 16, "width": 1 / 2, "heads": 3}, 2000, 8, 0.94),
    "v1": ({"name": "yolo_v1_tiny", "stride": 8, "width": 3 / 4}, 2000, 10, 0.95),
}


class Clock:
    """Seconds on the wall and of the processors since it was made."""

    def __init__(self):
        self.began, self.worked = time.perf_counter(), time.process_time()

    def read(self):
        return time.perf_counter() - self.began, time.process_time() - self.worked


def ours(design, data, test, seed):
    options, _, epochs, _ = DESIGNS[design]
    keras.utils.set_random_seed(seed)
    made = detector(classes=NAMES, input_shape=(SIZE, SIZE, 3), **options)
    clock = Clock()
    made.fit(data, epochs=epochs, seed=seed, verbose=False)
    return made.model.count_params(), *clock.read(), made.evaluate(test)


class Timed(keras.callbacks.Callback):
    """Warm up for a tenth of the seconds, fall as a cosine, and stop: a schedule by the clock.

    The clock starts after the first batch, so that the peer need not pay for its graph, which takes long to compile.
    """

    def __init__(self, seconds, rate):
        super().__init__()
        self.seconds, self.rate, self.clock = seconds, rate, None

    def on_train_batch_end(self, batch, logs=None):
        self.clock = self.clock or Clock()
        done = min(1.0, self.clock.read()[0] / self.seconds)
        rising, falling = done / 0.1, (1 + math.cos(math.pi * (done - 0.1) / 0.9)) / 2
        self.model.optimizer.learning_rate = self.rate * max(1e-3, min(rising, falling))
        self.model.stop_training = done >= 1


def kerascv(data, test, seconds, seed):
    """YOLOV8Detector, extra small, built without a hub, for so many seconds."""
    import keras_cv

    keras.utils.set_random_seed(seed)
    backbone = keras_cv.models.YOLOV8Backbone(
        stackwise_channels=[32, 64, 128, 256], stackwise_depth=[1, 2, 2, 1], include_rescaling=True,
        input_shape=(SIZE, SIZE, 3),
    )  # fmt: skip
    model = keras_cv.models.YOLOV8Detector(
        num_classes=len(NAMES), bounding_box_format="xyxy", backbone=backbone, fpn_depth=1
    )
    model.prediction_decoder = keras_cv.layers.NonMaxSuppression(
        bounding_box_format="xyxy", from_logits=False, confidence_threshold=0.005, iou_threshold=0.45
    )
    model.compile("ciou", "binary_crossentropy", optimizer=keras.optimizers.Adam(PEER_RATE))
    images, truth = data
    boxes = np.where(truth[..., 4:] >= 0, truth[..., :4] * SIZE, -1)
    timed = Timed(seconds, PEER_RATE)
    model.fit(
        images.astype("float32"), {"boxes": boxes, "classes": truth[..., 4]}, batch_size=16, epochs=10_000,
        callbacks=[timed], verbose=0,
    )  # fmt: skip
    wall, cpu = timed.clock.read()
    found = model.predict(test[0].astype("float32"), batch_size=100, verbose=0)
    listed = []
    for box, score, label in zip(*(np.asarray(found[key]) for key in ("boxes", "confidence", "classes")), strict=True):
        there = label >= 0
        listed.append(Detections(box[there], score[there], label[there].astype(int)))
    objects = [Objects.from_truth(rows, SIZE, SIZE) for rows in test[1]]
    return model.count_params(), wall, cpu, evaluate(listed, objects, NAMES)


def row(what, seed, params, wall, cpu, found):
    print(
        f"{what:8s} seed {seed}  {params:9,} parameters  fit {wall:5.1f} s, {cpu:5.1f} s of the processors  "
        f"mAP@.5 {found.map50:.3f}  COCO {found.coco['AP']:.3f}",
        flush=True,
    )
    return found.map50, wall, cpu


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("designs", nargs="*", help="v2, v3, v1 (default: all)")
    parser.add_argument("--seeds", type=int, default=5, help="how many runs of each (5)")
    parser.add_argument("--peer", choices=("kerascv",), help="beside which library")
    given = parser.parse_args()
    for name in set(given.designs) - set(DESIGNS):
        parser.error(f"there is no design {name}: choose from {', '.join(DESIGNS)}")
    test = shapes.arrays("test", count=TEST, size=SIZE)
    for design in given.designs or DESIGNS:
        _, count, epochs, goal = DESIGNS[design]
        data = shapes.arrays("train", count=count, size=SIZE)
        print(f"{design}: {count:,} images x {epochs} epochs, batch 16, {TEST} unseen images")
        results, peers = [], []
        for seed in range(given.seeds):
            results.append(row(design, seed, *ours(design, data, test, seed)))
            if given.peer:
                peers.append(row("kerascv", seed, *kerascv(data, test, results[-1][1], seed)))
        for what, found in ((design, results), ("kerascv", peers)):
            if found:
                maps, walls, cpus = zip(*found, strict=True)
                print(
                    f"{what:8s} median mAP@.5 {statistics.median(maps):.3f} ({min(maps):.3f} to {max(maps):.3f}), "
                    f"fit {statistics.median(walls):.1f} s, {statistics.median(cpus):.1f} s of the processors"
                    + (f"; the goal is {goal}" if what == design else "")
                )


if __name__ == "__main__":
    main()
