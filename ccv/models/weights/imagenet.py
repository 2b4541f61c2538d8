"""The published ImageNet weights: where each builder's file lies, and how it is fetched.

Keras's own files for the builders that `keras.applications` has, torchvision's for others. They are fetched once, into
Keras's cache (`~/.keras/models`), and their hash is checked.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

KERAS = "https://storage.googleapis.com/tensorflow/keras-applications/"
KERAS_EFFICIENTNET = "https://storage.googleapis.com/keras-applications/"
TORCH = "https://download.pytorch.org/models/"


@dataclass(frozen=True)
class Published:
    """A file with the top and, where there is one, a file without; the hashes as Keras's `get_file` takes them.

    `variant` is the form of the network that the weights were trained in, None where there is only one.
    """

    url: str
    url_notop: str | None = None
    hash: str | None = None
    hash_notop: str | None = None
    variant: str | None = None


def _keras(folder: str, name: str, hashes: tuple[str, str] | None = None, variant: str | None = None) -> Published:
    stem = f"{KERAS}{folder}/{name}_weights_tf_dim_ordering_tf_kernels"
    top, notop = hashes or (None, None)
    return Published(f"{stem}.h5", f"{stem}_notop.h5", top, notop, variant)


def _efficientnet(size: str, top: str, notop: str) -> Published:
    return Published(
        f"{KERAS_EFFICIENTNET}efficientnet{size}.h5", f"{KERAS_EFFICIENTNET}efficientnet{size}_notop.h5", top, notop
    )


def _torch(name: str, variant: str | None = None) -> Published:
    """Torchvision's file; its name ends with the first eight digits of its SHA-256."""
    return Published(f"{TORCH}{name}.pth", variant=variant)


_V1 = f"{KERAS}mobilenet/mobilenet_1_0_224_tf"
_V2 = f"{KERAS}mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224"
_V3 = f"{KERAS}mobilenet_v3/weights_mobilenet_v3_"

FILES: dict[str, Published] = {
    "alexnet": _torch("alexnet-owt-7be5be79", "torch"),
    "vgg11": _torch("vgg11-8a719046"),
    "vgg13": _torch("vgg13-19584684"),
    "vgg16": _keras("vgg16", "vgg16", ("64373286793e3c8b2b4e3219cbf3544b", "6d6bbae143d832006294945121d1f1fc")),
    "vgg19": _keras("vgg19", "vgg19", ("cbe5617147190e668d6c5d5026f83318", "253f8cb515780f3b799900260a226db6")),
    "googlenet": _torch("googlenet-1378be20", "torch"),
    "inception_v3": _keras(
        "inception_v3",
        "inception_v3",
        ("9a0d58056eeedaa3f26cb7ebd46da564", "bcbd6486424b2319ff4ef7d526e38f63"),
        "keras",
    ),
    "inception_resnet_v2": _keras(
        "inception_resnet_v2",
        "inception_resnet_v2",
        ("e693bd0210a403b3192acc6073ad2e96", "d19885ff4a710c122648d3b5c3b684e4"),
    ),
    "squeezenet1_0": _torch("squeezenet1_0-b66bff10"),
    "squeezenet1_1": _torch("squeezenet1_1-b8a52dc0"),
    "resnet18": _torch("resnet18-f37072fd", "torch"),
    "resnet34": _torch("resnet34-b627a593", "torch"),
    "resnet50": _keras(
        "resnet", "resnet50", ("2cb95161c43110f7111970584f804107", "4d473c1dd8becc155b73f8504c6f6626"), "keras"
    ),
    "resnet101": _keras(
        "resnet", "resnet101", ("f1aeb4b969a6efcfb50fad2f0c20cfc5", "88cf7a10940856eca736dc7b7e228a21"), "keras"
    ),
    "resnet152": _keras(
        "resnet", "resnet152", ("100835be76be38e30d865e96f2aaae62", "ee4c566cf9a93f14d82f913c2dc6dd0c"), "keras"
    ),
    "resnet50v2": _keras(
        "resnet", "resnet50v2", ("3ef43a0b657b3be2300d5770ece849e0", "fac2f116257151a9d068a22e544a4917")
    ),
    "resnet101v2": _keras(
        "resnet", "resnet101v2", ("6343647c601c52e1368623803854d971", "c0ed64b8031c3730f411d2eb4eea35b5")
    ),
    "resnet152v2": _keras(
        "resnet", "resnet152v2", ("a49b44d1979771252814e80f8ec446f9", "ed17cf2e0169df9d443503ef94b23b33")
    ),
    "resnext50_32x4d": _torch("resnext50_32x4d-7cdf4587"),
    "resnext101_32x8d": _torch("resnext101_32x8d-8ba56ff5"),
    "densenet121": _keras(
        "densenet", "densenet121", ("9d60b8095a5708f2dcce2bca79d332c7", "30ee3e1110167f948a6b9946edeeb738"), "keras"
    ),
    "densenet169": _keras(
        "densenet", "densenet169", ("d699b8f76981ab1b30698df4c175e90b", "b8c4d4c20dd625c148057b9ff1c1176b"), "keras"
    ),
    "densenet201": _keras(
        "densenet", "densenet201", ("1ceb130c1ea1b78c3bf6114dbdfd8807", "c13680b51ded0fb44dff2d8f86ac8bb1"), "keras"
    ),
    "mobilenet": Published(f"{_V1}.h5", f"{_V1}_no_top.h5"),
    "mobilenet_v2": Published(f"{_V2}.h5", f"{_V2}_no_top.h5", variant="keras"),
    "mobilenet_v3_small": Published(
        f"{_V3}small_224_1.0_float.h5",
        f"{_V3}small_224_1.0_float_no_top_v2.h5",
        "8768d4c2e7dee89b9d02b2d03d65d862",
        "d3e8ec802a04aa4fc771ee12a9a9b836",
    ),
    "mobilenet_v3_large": Published(
        f"{_V3}large_224_1.0_float.h5",
        f"{_V3}large_224_1.0_float_no_top_v2.h5",
        "59e551e166be033d707958cf9e29a6a7",
        "07fb09a5933dd0c8eaafa16978110389",
    ),
    "efficientnet_b0": _efficientnet("b0", "902e53a9f72be733fc0bcb005b3ebbac", "50bc09e76180e00e4465e1a485ddc09d"),
    "efficientnet_b1": _efficientnet("b1", "1d254153d4ab51201f1646940f018540", "74c4e6b3e1f6a1eea24c589628592432"),
    "efficientnet_b2": _efficientnet("b2", "b15cce36ff4dcbd00b6dd88e7857a6ad", "111f8e2ac8aa800a7a99e3239f7bfb39"),
    "efficientnet_b3": _efficientnet("b3", "ffd1fdc53d0ce67064dc6a9c7960ede0", "af6d107764bb5b1abb91932881670226"),
    "efficientnet_b4": _efficientnet("b4", "18c95ad55216b8f92d7e70b3a046e2fc", "ebc24e6d6c33eaebbd558eafbeedf1ba"),
    "efficientnet_b5": _efficientnet("b5", "ace28f2a6363774853a83a0b21b9421a", "38879255a25d3c92d5e44e04ae6cec6f"),
    "efficientnet_b6": _efficientnet("b6", "165f6e37dce68623721b423839de8be5", "9ecce42647a20130c1f39a5d4cb75743"),
    "efficientnet_b7": _efficientnet("b7", "8c03f828fec3ef71311cd463b6759d99", "cbcfe4450ddf6f3ad90b1b398090fe4a"),
    "xception": _keras(
        "xception", "xception", ("0a58e3b7378bc2990ea3b43d5981f1f6", "b0042744bf5b25fce3cb969f33bebb97")
    ),
}


def check(builder: str) -> None:
    """Raise ValueError where a builder has no published weights."""
    if builder not in FILES:
        raise ValueError(f"{builder} has no ImageNet weights: use weights=None, or the path of a file")


def check_fits(builder: str, shape: Any, published: Any, include_top: bool, classes: int, width: float) -> None:
    """Raise ValueError, before anything is built, where published weights cannot fit the network asked for."""
    if width != 1:
        raise ValueError(f"width={width} does not fit weights='imagenet': they are for width=1")
    if shape[2] != 3:
        raise ValueError(f"input_shape={shape} does not fit weights='imagenet': they are for 3 channels (RGB)")
    if include_top and classes != 1000:
        raise ValueError(
            f"classes={classes} does not fit weights='imagenet' with include_top=True, which have 1000: use "
            "include_top=False and a head of your own"
        )
    if include_top and shape[:2] != published[:2]:
        raise ValueError(
            f"input_shape={shape} does not fit weights='imagenet' with include_top=True, which are for {published}: "
            "use include_top=False for another size"
        )


def variant_of(builder: str) -> str | None:
    """The variant of a builder that the published weights fit."""
    return FILES[builder].variant


def fetch(builder: str, include_top: bool) -> Path:
    """Return the path of a builder's published weights, fetched into Keras's cache where they are not there yet.

    Raises OSError, in one sentence, where there is no network, or the file is not the one that was published.
    """
    published = FILES[builder]
    without_top = published.url_notop is not None and not include_top
    url = (published.url_notop if without_top else published.url) or published.url
    digest = published.hash_notop if without_top else published.hash
    folder = _cache()
    name = url.rsplit("/", 1)[1]
    try:
        # Keras would turn to the shared /tmp, without a word, where its home does not exist yet.
        folder.mkdir(parents=True, exist_ok=True)
        path = Path(keras.utils.get_file(name, url, file_hash=digest, cache_dir=folder.parent, cache_subdir="models"))
        _check_torch_hash(path)
    except Exception as problem:  # urllib and Keras each raise their own
        reason = (str(problem).strip().splitlines() or [type(problem).__name__])[-1]
        raise OSError(
            f"the ImageNet weights of {builder} could not be fetched ({reason[:160]}): check the network, or put the "
            f"file of {url} into {folder}, or use weights=None"
        ) from None
    return path


def _cache() -> Path:
    """Keras's own cache of models, which `KERAS_HOME` moves."""
    return Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser() / "models"


def _check_torch_hash(path: Path) -> None:
    """Compare a file with the start of its SHA-256, which torchvision writes into its name."""
    expected = re.search(r"-([0-9a-f]{8})\.pth$", path.name)
    if not expected:
        return
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if not digest.startswith(expected[1]):
        path.unlink()
        raise ValueError(f"{path.name} was damaged on its way and has been removed: try again")
