"""Our builders beside their twins in keras.applications, in one run: build time, forward pass, training step.

    python benchmarks/models.py                      # one of each family at 96 pixels (minutes)
    python benchmarks/models.py all
    python benchmarks/models.py resnet50 vgg16 --runs 9 --pixels 224
    python benchmarks/models.py --peer torchvision      # where PyTorch and torchvision are; theirs eager
    KERAS_BACKEND=torch python benchmarks/models.py --peer torchvision      # both on PyTorch

Each figure is a ratio, theirs over ours: 1.00 is as fast, above is faster. The two take turns, so that a busy moment of
the machine hits both; median and range over the runs are printed. All is timed in CPU seconds of this process, over all
its threads, since neighbours change those less than the clock on the wall. OMP_NUM_THREADS, TF_NUM_INTRAOP_THREADS and
TF_NUM_INTEROP_THREADS=1 set one core.
"""

import argparse
import gc
import statistics
import time

try:  # before TensorFlow: with PyTorch's CUDA build after it the process has been seen to crash
    import torch
    import torchvision
except ImportError:
    torch = torchvision = None
import keras
import numpy as np

from ccv import models
from ccv.training import fused_batch_norm

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


# Torchvision's name -> our options; the variant whose function is the same.
TORCHVISION = {
    "alexnet": ("alexnet", {"variant": "torch"}),
    "vgg16": ("vgg16", {"variant": "torch"}),
    "squeezenet1_1": ("squeezenet1_1", {}),
    "resnet18": ("resnet18", {"variant": "torch"}),
    "resnet50": ("resnet50", {"variant": "torch"}),
    "densenet121": ("densenet121", {"variant": "torch"}),
    "mobilenet_v2": ("mobilenet_v2", {"variant": "torch"}),
}


def seconds(work):
    start = time.process_time()
    work()
    return time.process_time() - start


def ratios(ours, theirs, runs):
    """Theirs over ours, `runs` times, taking turns; each has run once before."""
    ours(), theirs()
    found = []
    for run in range(runs):
        pair = (ours, theirs) if run % 2 else (theirs, ours)
        gc.collect()
        times = [seconds(work) for work in pair]
        mine, other = times if run % 2 else times[::-1]
        found.append(other / mine)
    return found


def beside_keras(name, pixels, runs):
    options = {"weights": None, "include_top": False, "pooling": "avg", "input_shape": (pixels, pixels, 3)}
    twin = getattr(keras.applications, TWINS[name])

    def build(builder):
        def work():
            keras.backend.clear_session()
            builder(**options)

        return work

    yield "build", ratios(build(getattr(models, name)), build(twin), runs)
    keras.backend.clear_session()
    pair = [getattr(models, name)(**options), twin(**options)]
    pair[1].set_weights(pair[0].get_weights())
    rng = np.random.default_rng(0)
    x = rng.normal(size=(8, pixels, pixels, 3)).astype("float32")
    y = rng.normal(size=(8, pair[0].output_shape[-1])).astype("float32")
    yield "forward", ratios(*(lambda m=m: m.predict_on_batch(x) for m in pair), runs)
    for model in pair:
        model.compile("sgd", "mse")
    with fused_batch_norm(pair[0]):  # as `ccv.training.fit` does
        yield "step", ratios(*(lambda m=m: m.train_on_batch(x, y) for m in pair), runs)


def beside_torchvision(name, pixels, runs):
    """Theirs eager with channels last, ours on whichever backend."""
    builder, options = TORCHVISION[name]
    make = [
        lambda: getattr(models, builder)(input_shape=(pixels, pixels, 3), classifier_activation=None, **options),
        getattr(torchvision.models, name),
    ]
    yield "build", ratios(*make, runs)
    ours, peer = (m() for m in make)
    x = torch.rand(8, pixels, pixels, 3, generator=torch.Generator().manual_seed(0))
    transposed = x.permute(0, 3, 1, 2)  # a view: channels last
    peer = peer.to(memory_format=torch.channels_last)
    target = torch.zeros(8, ours.output_shape[-1])

    def forward(model, images):
        with torch.no_grad():
            model(images)

    def step(model, images, weights):
        optimizer = torch.optim.SGD(weights, 1e-4)
        loss = (model(images) - target).square().mean()
        loss.backward()
        optimizer.step()

    peer.eval()
    asked = (lambda: forward(ours, x)) if torch_runs() else (lambda: ours.predict_on_batch(x.numpy()))
    yield "forward", ratios(asked, lambda: forward(peer, transposed), runs)
    peer.train()
    ours.compile(keras.optimizers.SGD(1e-4), "mse")
    mine = [v.value for v in ours.trainable_variables]
    trained = (
        (lambda: step(ours, x, mine)) if torch_runs() else (lambda: ours.train_on_batch(x.numpy(), target.numpy()))
    )
    with fused_batch_norm(ours):
        yield "step", ratios(trained, lambda: step(peer, transposed, peer.parameters()), runs)


def torch_runs():
    return keras.backend.backend() == "torch"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"builders (default: {', '.join(FEW)}); all: every one the peer has")
    parser.add_argument(
        "--peer", choices=("keras", "torchvision"), default="keras", help="beside which library (keras)"
    )
    parser.add_argument("--pixels", type=int, default=96, help="height and width of the images (96)")
    parser.add_argument("--runs", type=int, default=7, help="timings of each (7)")
    given = parser.parse_args()
    known, compare = (TWINS, beside_keras) if given.peer == "keras" else (TORCHVISION, beside_torchvision)
    if given.peer == "torchvision" and torchvision is None:
        parser.error("torchvision is not installed: pip install torchvision")
    names = list(known) if given.names == ["all"] else given.names or [n for n in known if n in FEW]
    for name in set(names) - set(known):
        parser.error(f"{name} has no twin in {given.peer}: choose from {', '.join(known)}")
    print(f"backend {keras.backend.backend()}, batch 8, {given.pixels} pixels; {given.peer}'s time over ours,", end=" ")
    print(f"median and range of {given.runs} runs")
    for name in names:
        for what, found in compare(name, given.pixels, given.runs):
            middle = statistics.median(found)
            print(f"{name:20s} {what:8s} {middle:5.2f}  ({min(found):.2f} to {max(found):.2f})", flush=True)


if __name__ == "__main__":
    main()
