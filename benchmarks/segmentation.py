"""Segmentation: mean IoU of a small U-Net on drawn scenes, and how long its training takes.

    python benchmarks/segmentation.py [--seeds 5]
    python benchmarks/segmentation.py --peer torchvision    # and its LR-ASPP, trained for the same seconds

`segmenter("unet", 4, width=1/8)` on 1,500 scenes of 64 x 64 pixels, four epochs, judged on 300 that it has not seen.
The seconds are of `fit` alone, on the wall and of the processors, the tracing of the graph included. The goal: a mean
IoU of at least .965 within 60 s.

The peer is torchvision's smallest network for masks, LR-ASPP over MobileNetV3, from random weights as ours is: the same
scenes, cross-entropy, Adam whose rate falls as a cosine over the seconds that our fit took on the wall. It is made for
larger pictures, and here sees them twice as large.
"""

import argparse
import math
import time

try:  # before TensorFlow: with PyTorch's CUDA build after it the process has been seen to crash
    import torch
    import torchvision
except ImportError:
    torch = torchvision = None
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


def lraspp(data, seconds, seed, rate=2e-3, batch=16):
    """Return torchvision's network, trained for so many seconds, as a function from images to masks; and its size."""
    torch.manual_seed(seed)
    model = torchvision.models.segmentation.lraspp_mobilenet_v3_large(
        weights=None, weights_backbone=None, num_classes=len(CLASSES)
    ).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(model.parameters(), rate)
    images, masks = torch.from_numpy(np.asarray(data[0])), torch.from_numpy(np.asarray(data[1]).astype("int64"))

    def said(pixels):
        scaled = torch.nn.functional.interpolate(pixels.permute(0, 3, 1, 2).float() / 127.5 - 1, scale_factor=2)
        return torch.nn.functional.interpolate(model(scaled)["out"], size=pixels.shape[1:3], mode="bilinear")

    model.train()
    began, rng = time.perf_counter(), np.random.default_rng(seed)
    while (gone := (time.perf_counter() - began) / seconds) < 1:
        optimizer.param_groups[0]["lr"] = rate * (1 + math.cos(math.pi * gone)) / 2
        chosen = torch.from_numpy(rng.choice(len(images), batch, replace=False))
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(said(images[chosen]), masks[chosen]).backward()
        optimizer.step()
    # So few steps leave its moving statistics, of momentum .01, far behind: they are measured anew, as is fair.
    norms = [layer for layer in model.modules() if isinstance(layer, torch.nn.BatchNorm2d)]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # the plain mean over the batches
    with torch.no_grad():
        for part in images.split(50)[:10]:
            said(part)
    model.eval()

    def predicted(unseen):
        with torch.no_grad():
            parts = torch.from_numpy(np.asarray(unseen)).split(50)
            return np.concatenate([said(part).argmax(1).numpy() for part in parts])

    return predicted, sum(weight.numel() for weight in model.parameters())


def main():
    """Print a line a seed, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--dice", type=float, default=1.0)
    parser.add_argument("--rate", type=float, help="in place of the recipe's")
    parser.add_argument("--peer", choices=("torchvision",), help="beside which library")
    options = parser.parse_args()
    if options.peer and torchvision is None:
        parser.error("torchvision is not installed: pip install torchvision")
    data, unseen = shapes.masks("train", count=PICTURES), shapes.masks("test", count=300)
    rows, peers = [], []
    for seed in range(options.first, options.first + options.seeds):
        model, seconds, worked = train(unet, data, seed, CrossEntropyDice(dice=options.dice), options.rate)
        found = judged(model, *unseen)
        rows.append((found.mean_iou, seconds, worked))
        print(
            f"seed {seed}: mean IoU {found.mean_iou:.4f}, boundary F {found.mean('boundary_f'):.3f}, "
            f"fit {seconds:.1f} s, {worked:.1f} s of the processors",
            flush=True,
        )
        if options.peer:
            ask, count = lraspp(data, seconds, seed)
            peers.append(evaluate(ask(unseen[0]), unseen[1], CLASSES).mean_iou)
            print(f"        torchvision, {count:,} parameters, as long: mean IoU {peers[-1]:.4f}", flush=True)
    iou, seconds, worked = np.median(rows, axis=0)
    print(
        f"median of {len(rows)}: mean IoU {iou:.4f}, fit {seconds:.1f} s, {worked:.1f} s of the processors, "
        f"{model.count_params():,} parameters" + (f"; torchvision {np.median(peers):.4f}" if peers else "")
    )


if __name__ == "__main__":
    main()
