"""How far the files of our networks are from Keras: the largest difference, in parts of the largest output.

    python benchmarks/exports.py                            # every builder at an eighth of its width, six at full width
    python benchmarks/exports.py resnet18 vit_b_16 --formats litert openvino

Weights are random and shaken, so that no bias is zero and no statistic is what it began as; the images are random, too.
A network that takes no image, or several inputs, has no file and is named; so is a format that cannot hold a network,
with the reason. The last line has the largest difference of each format.
"""

import argparse
import inspect
import os
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from ccv import models
from ccv.export import export
from ccv.export.formats import FORMATS, check_format, runnable
from ccv.models import build, list_models

FULL = ("lenet5", "mobilenet_v2", "efficientnet_b0", "resnet50", "convnext_tiny", "vit_b_16")
PIXELS = keras.layers.Rescaling(1 / 127.5, offset=-1)
# Half of two or three channels is none, and behind a ReLU two thin channels can both be dead.
WIDTH = {"xo_net": 1, "lenet5": 1, "squeezenet1_0": 1 / 2, "squeezenet1_1": 1 / 2, "squeezenet24": 1 / 2}


def shaken(model, seed=1):
    """Give a model weights as after training: no bias of zero, no statistic of nought and one."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        values = np.asarray(weight)
        if weight.dtype.startswith("float"):
            noise = rng.normal(0, 0.05, values.shape)
            weight.assign(values + (np.abs(noise) if weight.name in ("bias", "beta", "moving_variance") else noise))
    return model


def made(name, width):
    """A builder's network for its usual size of image; outputs before the softmax, which would hide a difference."""
    options = {"weights": None} if name == "xo_net" else {"width": width}
    return build(name, **options | ({"classifier_activation": None} if takes(name, "classifier_activation") else {}))


def takes(name, option):
    """Whether a builder has an option."""
    return option in inspect.signature(getattr(models, name)).parameters


def row(model, formats, folder):
    """The difference of each format, or why there is no file."""
    found = {}
    for name in formats:
        path = Path(folder) / f"net-{name}{FORMATS[name].suffix}"
        try:
            found[name] = export(model, path, name, preprocessing=PIXELS).difference
        except ValueError as problem:
            found[name] = str(problem)
    return found


def main():
    """Print a line a network."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help="only these, at both widths")
    parser.add_argument("--formats", nargs="+", type=check_format, default=runnable(), metavar="FORMAT")
    chosen = parser.parse_args()
    names = chosen.networks or list_models()
    plan = [(name, WIDTH.get(name, 1 / 8)) for name in names]
    plan += [(name, 1) for name in names if (chosen.networks or name in FULL) and WIDTH.get(name) != 1]
    worst = dict.fromkeys(chosen.formats, 0.0)
    print(f"{'network':24}{'width':>6}{'parameters':>13}" + "".join(f"{FORMATS[n].title:>12}" for n in chosen.formats))
    for name, width in plan:
        keras.backend.clear_session()
        keras.utils.set_random_seed(0)
        with tempfile.TemporaryDirectory() as folder:
            found = row(model := shaken(made(name, width)), chosen.formats, folder)
        told = "".join(f"{each:12.1e}" if isinstance(each, float) else f"{'-':>12}" for each in found.values())
        print(f"{name:24}{width:6.3g}{model.count_params():>13,}{told}", flush=True)
        for why in dict.fromkeys(each for each in found.values() if isinstance(each, str)):
            print(f"    {why}")
        worst = {form: max(worst[form], each if isinstance(each, float) else 0) for form, each in found.items()}
    print(f"{'largest':43}" + "".join(f"{each:12.1e}" for each in worst.values()))


if __name__ == "__main__":
    main()
