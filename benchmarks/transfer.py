"""fine_tune's head, as docs/engineers.md calls it, against scikit-learn's logistic regression on the same features.

    python benchmarks/transfer.py                       # digits, glyphs; cells and mnist where CCV_DATA has them
    python benchmarks/transfer.py glyphs --seeds 5

Each seed divides the data anew and draws new weights of the head. Logistic regression gets standardised features, and
its C is the one that does best on the validation part. Both are judged by the test part; the goal is that the median of
the differences is no more than two points below zero.
"""

import argparse
import dataclasses
import os
import statistics
import tempfile
from pathlib import Path

import keras
import numpy as np
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from ccv import data, transfer

STRENGTHS = 10.0 ** np.arange(-4, 3)  # scikit-learn's C
DATA = Path(os.environ.get("CCV_DATA", "/nowhere"))
MOST = {"train": 500, "validation": 250, "test": 1000}  # images of digits and mnist
EACH = 100  # cells of a kind, at most: there are twelve red ones for every white


def cells(folder):
    """Cut the cells out of BCCD's photographs, a folder a part and class: those of a photograph stay in one part."""
    for split in ("train", "val", "test"):
        kept = dict.fromkeys(("RBC", "WBC", "Platelets"), 0)
        notes = data.voc(DATA / "bccd", split, size=64, difficult=True)
        for note in notes.annotations:
            photograph = Image.open(note.path)
            for box, label in zip(note.boxes, note.labels, strict=True):
                name = notes.class_names[label]
                place = folder / split / name
                if kept[name] == EACH or min(box[2] - box[0], box[3] - box[1]) < 8:
                    continue
                kept[name] += 1
                place.mkdir(parents=True, exist_ok=True)
                photograph.crop(tuple(map(int, box))).save(place / f"{kept[name]}.png")
    return folder


def parts(name, seed, folder):
    """Training, validation and test part, 32x32 RGB."""
    if name == "cells":
        return data.splits(folder if any(folder.iterdir()) else cells(folder), size=32, seed=seed)
    if name == "glyphs":
        return data.splits("glyphs", count=320, seed=seed)
    made = data.splits(name, size=32, channels=3, seed=seed)
    return dataclasses.replace(made, **{part: getattr(made, part).take(most) for part, most in MOST.items()})


def compare(given, seed):
    """Return the accuracies of the head and of logistic regression on the test part."""
    keras.utils.set_random_seed(seed)
    net = transfer.with_head(transfer.backbone("resnet20", weights="ccv"), classes=len(given.class_names))
    (x, y), tuned, judged = (transfer.features(net, part) for part in (given.train, given.validation, given.test))
    tried = [make_pipeline(StandardScaler(), LogisticRegression(C=c, max_iter=10_000)).fit(x, y) for c in STRENGTHS]
    reference = max(tried, key=lambda made: made.score(*tuned)).score(*judged)
    transfer.fine_tune(net, given, stages="head", epochs=20, seed=seed)
    head = net.get_layer("head").get_weights()
    found = (judged[0] @ head[0] + head[1]).argmax(axis=1)
    return float((found == judged[1]).mean()), reference


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    there = ["digits", "glyphs", *(["cells"] if (DATA / "bccd").is_dir() else [])]
    there += ["mnist"] if (DATA / "mnist.npz").is_file() else []
    parser.add_argument("sets", nargs="*", default=there, metavar="SET", help=f"of {', '.join(there)}")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in options.sets:
            pairs = [compare(parts(name, seed, Path(folder)), seed) for seed in range(options.seeds)]
            apart = [head - reference for head, reference in pairs]
            print(f"{name:7}", *(f"{head:.3f} / {reference:.3f}" for head, reference in pairs), sep="   ", end="   ")
            print(f"head less logistic regression, median {100 * statistics.median(apart):+.1f} points", flush=True)


if __name__ == "__main__":
    main()
