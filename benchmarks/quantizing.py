"""What eight bits cost on photographs of blood cells: accuracy on the 230 test images, in Keras and in int8 files.

    python benchmarks/quantizing.py                       # resnet20 fine-tuned, mobilenet_v2 and resnet50 from scratch
    python benchmarks/quantizing.py resnet20 --seeds 3

`resnet20` begins with the weights that travel with ccv and is fine-tuned; the others have none offline and are trained
from nothing, at a quarter of their width. All see `cells` in grey, in which the shape must be seen. Calibrated on
training images; the goal is at most one point lost.
"""

import argparse
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from ccv import training, transfer
from ccv.data import cells
from ccv.export import export
from ccv.models import build

PIXELS, EPOCHS = 96, 12
NETWORKS = ("resnet20", "mobilenet_v2", "resnet50")
FILES = {"LiteRT": ".tflite", "OpenVINO": ".xml"}


def resized(images, pixels):
    """Grey images as three equal channels, of another size."""
    return np.asarray(keras.ops.image.resize(np.repeat(images, 3, -1).astype("float32"), (pixels, pixels)))


def trained(name, train, val, seed):
    """A network that knows the cells."""
    keras.utils.set_random_seed(seed)
    if name == "resnet20":
        base = transfer.backbone("resnet20", weights="ccv", input_shape=train[0].shape[1:])
        model = transfer.with_head(base, 3)
        transfer.fine_tune(model, train, validation=val, stages=("head", "all"), epochs=(20, 10), seed=seed, verbose=0)
        return model
    base = build(name, include_top=False, width=1 / 4, input_shape=train[0].shape[1:])
    model = transfer.with_head(base, 3, preprocessing=keras.layers.Rescaling(1 / 127.5, offset=-1))
    training.fit(model, train, validation=val, epochs=EPOCHS, batch_size=32, augment="basic", seed=seed, verbose=False)
    return model


def main():
    """Print a line for each network, seed and format."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("networks", nargs="*", default=NETWORKS, metavar="NETWORK", help=", ".join(NETWORKS))
    parser.add_argument("--seeds", type=int, default=1)
    chosen = parser.parse_args()
    for name in chosen.networks:
        pixels = cells.SIDE if name == "resnet20" else PIXELS
        train, val, test = (
            (resized(images, pixels), labels)
            for images, labels in (cells.arrays(part, channels=1) for part in ("train", "val", "test"))
        )
        for seed in range(chosen.seeds):
            model = trained(name, train, val, seed)
            before = np.mean(model.predict(test[0], verbose=0).argmax(1) == test[1])
            with tempfile.TemporaryDirectory() as folder:
                for title, suffix in FILES.items():
                    whole = export(model, Path(folder) / f"whole{suffix}", preprocessing=False)
                    path = Path(folder) / f"small{suffix}"
                    small = export(model, path, quantize="int8", calibrate=train[0], preprocessing=False)
                    after = accuracy(path, test)
                    print(
                        f"{name:13} seed {seed} {title:9} accuracy {before:.3f}, in int8 {after:.3f} "
                        f"({after - before:+.3f}); {whole.bytes / 1e6:.2f} to {small.bytes / 1e6:.2f} MB",
                        flush=True,
                    )


def accuracy(path, test):
    """The share of the test images that a file names rightly."""
    from ccv.export import Runner

    run = Runner(path)
    return np.mean(np.concatenate([run(part) for part in np.array_split(test[0], 8)]).argmax(1) == test[1])


if __name__ == "__main__":
    main()
