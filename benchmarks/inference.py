"""Our networks as files of other engines beside the fastest of others' ways to run them: images a second, in one run.

    python benchmarks/inference.py                                 # mobilenet_v2, efficientnet_b0, resnet50, resnet18
    python benchmarks/inference.py vgg16 --batch 1 --threads 1
    python benchmarks/inference.py --quantize                      # int8 beside our own float32
    python benchmarks/inference.py blood                           # a detector, from photograph to boxes: milliseconds

Peers are keras.applications, as `predict_on_batch` runs it, and torchvision where it is installed: eager with channels
last, and by torch.compile with freezing. All take turns; medians of nine, and the ends. The last column is each over
the fastest peer. Weights are random, which changes no time.
"""

import argparse
import os
import statistics
import tempfile
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

NETWORKS = {  # ours, keras.applications, torchvision
    "mobilenet_v2": ("MobileNetV2", "mobilenet_v2"),
    "efficientnet_b0": ("EfficientNetB0", "efficientnet_b0"),
    "resnet50": ("ResNet50", "resnet50"),
    "resnet18": (None, "resnet18"),
    "vgg16": ("VGG16", "vgg16"),
}
QUANTIZED = ("litert", "openvino")
FEW = ("mobilenet_v2", "efficientnet_b0", "resnet50", "resnet18")
ROUNDS, WARM_UP = 9, 2


def files(name, images, folder, threads, kinds):
    """What runs each of our exported files."""
    from ccv.export import Runner, export
    from ccv.export.formats import FORMATS, runnable
    from ccv.models import build

    model = build(name)
    ways = {}
    for kind in kinds:
        for form in runnable() if kind is None else QUANTIZED:
            path = Path(folder) / f"{name}-{kind}{FORMATS[form].suffix}"
            made = export(model, path, form, preprocessing=False, quantize=kind, calibrate=images if kind else None)
            label = f"ours, {FORMATS[form].title}{f', {kind}' if kind else ''} ({made.bytes / 1e6:.1f} MB)"
            ways[label] = partial(Runner(path, threads=threads), images)
    ways["ours, Keras"] = partial(model.predict_on_batch, images)
    return ways


def keras_peer(name, images):
    """What runs the network of keras.applications."""
    import keras

    twin = NETWORKS[name][0]
    if twin is None:
        return {}
    model = getattr(keras.applications, twin)(weights=None)
    return {"keras.applications": partial(model.predict_on_batch, images)}


def torch_peers(name, images, threads):
    """What runs the network of torchvision, eager and compiled, where it is installed."""
    try:
        import torch
        import torchvision
    except ImportError:
        return {}
    if threads:
        torch.set_num_threads(threads)
    model = getattr(torchvision.models, NETWORKS[name][1])(weights=None).eval().to(memory_format=torch.channels_last)
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2)
    ways = {"torchvision, eager": model}
    try:
        torch._inductor.config.freezing = True
        compiled = torch.compile(model)
        with torch.no_grad():
            compiled(pixels)
        ways["torchvision, compiled"] = compiled
    except Exception as problem:  # it needs a C++ compiler
        print(f"  torch.compile does not run here: {str(problem).splitlines()[0]}")

    def asked(net):
        def ask():
            with torch.no_grad():
                return net(pixels)

        return ask

    return {label: asked(net) for label, net in ways.items()}


def detectors(folder, threads):
    """What finds boxes in a photograph, in Keras and by each file: our detector of blood cells."""
    from ccv.detection import pretrained
    from ccv.export import export
    from ccv.export.asking import ExportedDetector
    from ccv.export.formats import FORMATS, runnable

    model = pretrained("blood")
    ways = {"ours, Keras": model.detect}
    for form in runnable():
        made = export(model, Path(folder) / f"blood{FORMATS[form].suffix}", form)
        label = f"ours, {FORMATS[form].title} ({made.bytes / 1e6:.1f} MB)"
        ways[label] = ExportedDetector(made.path, threads=threads).detect
    return ways


def time_detector(threads):
    """Print the milliseconds from a photograph's pixels to its boxes, one photograph at a time."""
    from ccv.data import blood

    photograph = blood.arrays()[0][0]
    with tempfile.TemporaryDirectory() as folder:
        found = rates({label: partial(ask, photograph) for label, ask in detectors(folder, threads).items()}, 1)
    height, width, _ = photograph.shape
    print(f"blood cells in a photograph of {width} x {height}, {threads} threads: milliseconds from pixels to boxes")
    taken = {label: [1e3 / rate for rate in each] for label, each in found.items()}
    for label, each in sorted(taken.items(), key=lambda pair: statistics.median(pair[1])):
        print(f"  {label:34} {statistics.median(each):8.1f} ({min(each):.1f} to {max(each):.1f})")


def rates(ways, count):
    """Images a second of each way, nine times, in turns."""
    found = {label: [] for label in ways}
    for number in range(WARM_UP + ROUNDS):
        for label, ask in ways.items():
            begun = time.perf_counter()
            ask()
            if number >= WARM_UP:
                found[label].append(count / (time.perf_counter() - begun))
    return found


def main():
    """Time the networks that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("networks", nargs="*", metavar="NETWORK", help=", ".join([*NETWORKS, "blood"]))
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--pixels", type=int, default=224)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--quantize", action="store_true", help="int8, too")
    chosen = parser.parse_args()
    for variable in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
        os.environ[variable] = str(chosen.threads)  # read when the libraries start
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    with suppress(
        ImportError
    ):  # before TensorFlow: with PyTorch's CUDA build after it the process has been seen to crash
        import torchvision  # noqa: F401
    import numpy as np

    images = np.random.default_rng(0).uniform(0, 1, (chosen.batch, chosen.pixels, chosen.pixels, 3)).astype("float32")
    for name in chosen.networks or FEW:
        if name == "blood":
            time_detector(chosen.threads)
            continue
        print(f"{name}, {chosen.batch} at once, {chosen.pixels} pixels, {chosen.threads} threads: images a second")
        with tempfile.TemporaryDirectory() as folder:
            mine = files(name, images, folder, chosen.threads, [None, "int8"] if chosen.quantize else [None])
            theirs = keras_peer(name, images) | torch_peers(name, images, chosen.threads)
            found = rates(mine | theirs, chosen.batch)
        middle = {label: statistics.median(each) for label, each in found.items()}
        best = max((middle[label] for label in theirs), default=float("nan"))
        for label, each in sorted(found.items(), key=lambda pair: -middle[pair[0]]):
            beside = f"  {middle[label] / best:5.2f}" if theirs else ""
            print(f"  {label:34} {middle[label]:8.1f} ({min(each):.1f} to {max(each):.1f}){beside}")


if __name__ == "__main__":
    main()
