"""What is known of a file of published weights, and the rows of families whose files follow a rule. No Keras here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ccv.models.cards._pixels import IMAGENET_STATISTICS, KERAS_CAFFE, KERAS_RAW, KERAS_SIGNED, Rescale

KERAS = "https://storage.googleapis.com/tensorflow/keras-applications/"
KERAS_EFFICIENTNET = "https://storage.googleapis.com/keras-applications/"
TORCH = "https://download.pytorch.org/models/"

Hashes = tuple[str | None, str | None]
UNKNOWN: Hashes = (None, None)


@dataclass(frozen=True)
class WeightFile:
    """A file with the top and, where there is one, a file without; the hashes as Keras's `get_file` takes them.

    `form` has the values of the builder's options that the file fits, several where the function is the same; of a
    builder's files the first that fits is fetched. `size` is
    the height and width of the images that it was trained on, None for the builder's default. `hash_from` is whose word
    the hashes are. `preset` is the name that its publisher gives these weights, of several for one network.
    """

    url: str
    pixels: Rescale
    form: Mapping[str, tuple[Any, ...]]
    url_notop: str | None = None
    hash: str | None = None
    hash_notop: str | None = None
    size: int | None = None
    hash_from: str = "Keras"
    preset: str | None = None

    def misfits(self, form: Mapping[str, Any]) -> list[str]:
        """The options whose values the file does not fit."""
        return [option for option, value in form.items() if option in self.form and value not in self.form[option]]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its files, without the folders."""
        return tuple(url.rsplit("/", 1)[1] for url in (self.url, self.url_notop) if url)

    @property
    def is_torch(self) -> bool:
        """Whether it is a state dict of torchvision's."""
        return self.url.endswith(".pth")


def fits(width: float = 1, **options: Any) -> dict[str, tuple[Any, ...]]:
    """The form of a row: an option may have one value or, in a tuple, several."""
    several = {option: value if isinstance(value, tuple) else (value,) for option, value in options.items()}
    return {"width": (width,)} | several


def keras_file(folder: str, name: str, pixels: Rescale, hashes: Hashes, **options: Any) -> WeightFile:
    """Keras's file, named as most of them are."""
    stem = f"{KERAS}{folder}/{name}_weights_tf_dim_ordering_tf_kernels"
    return WeightFile(f"{stem}.h5", pixels, fits(**options), f"{stem}_notop.h5", *hashes)


def torch_file(
    name: str, pixels: Rescale = IMAGENET_STATISTICS, size: int | None = None, version: int | str = 1, **options: Any
) -> WeightFile:
    """Torchvision's file, of its first or second recipe, or of one that has a name instead of a number.

    The file's name ends with the first eight digits of its SHA-256.
    """
    recipe = version if isinstance(version, str) else f"V{version}"
    return WeightFile(f"{TORCH}{name}.pth", pixels, fits(**options), size=size, preset=f"IMAGENET1K_{recipe}")


def vgg_files(plain: str, normalized: str, keras: WeightFile | None = None) -> tuple[WeightFile, ...]:
    """Keras's file where there is one, torchvision's without and with batch normalisation.

    At 224 pixels the two variants are the same function, so torchvision's files fit both.
    """
    either = ("torch", "keras")
    torch = (
        torch_file(plain, variant=either, batch_norm=False),
        torch_file(normalized, variant=either, batch_norm=True),
    )
    return torch if keras is None else (keras, *torch)


def resnet_files(name: str, hashes: Hashes, torch: str, second: str) -> tuple[WeightFile, ...]:
    """Keras's file and torchvision's two."""
    return (
        keras_file("resnet", name, KERAS_CAFFE, hashes, variant="keras", shortcut="B"),
        torch_file(torch, variant="torch", shortcut="B"),
        torch_file(second, version=2, variant="torch", shortcut="B"),
    )


def densenet_files(name: str, hashes: Hashes, torch: str) -> tuple[WeightFile, ...]:
    """Keras's file and torchvision's."""
    return (
        keras_file("densenet", name, IMAGENET_STATISTICS, hashes, variant="keras", growth_rate=32),
        torch_file(torch, variant="torch", growth_rate=32),
    )


# `keras.applications` names no hash of MobileNet's and MobileNetV2's files. Those of width 1 at 224 pixels are from the
# list of a mirror, https://github.com/MIAnalyzer/MIA, which has Keras's own for the networks that have some; others are
# not known, and not compared.
MIRROR = "MIAnalyzer/MIA, a mirror of Keras's files,"
HASHES: dict[str, Hashes] = {
    "mobilenet": ("03394917f9a9ea3362f46332a5b6a215", "725ccbd03d61d7ced5b5c4cd17e7d527"),
    "mobilenet_v2": ("321911b381f6fd09b744356f6796ee18", "f1a68526548f7541cda07e19ba6c85f4"),
}


def mobilenet_files() -> Iterator[WeightFile]:
    """Keras's files of each alpha and size."""
    for width, text in ((1, "1_0"), (0.75, "7_5"), (0.5, "5_0"), (0.25, "2_5")):
        for size in (224, 192, 160, 128):
            hashes = HASHES["mobilenet"] if (width, size) == (1, 224) else UNKNOWN
            stem = f"{KERAS}mobilenet/mobilenet_{text}_{size}_tf"
            form = fits(width, variant="keras", depth_multiplier=1)
            yield WeightFile(f"{stem}.h5", KERAS_SIGNED, form, f"{stem}_no_top.h5", *hashes, size, MIRROR)


def mobilenet_v2_files() -> Iterator[WeightFile]:
    """Keras's files of each alpha and size, and torchvision's."""
    for width in (1, 0.35, 0.5, 0.75, 1.3, 1.4):
        for size in (224,) if width > 1 else (224, 192, 160, 128, 96):
            hashes = HASHES["mobilenet_v2"] if (width, size) == (1, 224) else UNKNOWN
            stem = f"{KERAS}mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_{float(width)}_{size}"
            form = fits(width, variant="keras")
            yield WeightFile(f"{stem}.h5", KERAS_SIGNED, form, f"{stem}_no_top.h5", *hashes, size, MIRROR)
    yield torch_file("mobilenet_v2-b0353104", variant="torch")
    yield torch_file("mobilenet_v2-7ebf99e0", version=2, variant="torch")


def mobilenet_v3_files(
    network: str, plain: Hashes, narrow: Hashes, minimalistic: Hashes, torch: tuple[str, ...]
) -> Iterator[WeightFile]:
    """Keras's files, each once for the network that rescales inside and once for the one that does not; torchvision's.

    "torch" never rescales inside, so torchvision's fit whatever `include_preprocessing` says.
    """
    rows = (("keras", 1, "", plain), ("keras", 0.75, "", narrow), ("minimalistic", 1, "_minimalistic", minimalistic))
    for variant, width, text, hashes in rows:
        stem = f"{KERAS}mobilenet_v3/weights_mobilenet_v3_{network}{text}_224_{float(width)}_float"
        for inside, pixels in ((True, KERAS_RAW), (False, KERAS_SIGNED)):
            form = fits(width, variant=variant, include_preprocessing=inside)
            yield WeightFile(f"{stem}.h5", pixels, form, f"{stem}_no_top_v2.h5", *hashes)
    for version, name in enumerate(torch, 1):
        yield torch_file(name, version=version, variant="torch", include_preprocessing=(True, False))


def efficientnet_files(size: str, top: str, notop: str, *torch: str) -> Iterator[WeightFile]:
    """Keras's files, which need the third layer of preprocessing that `standardize` adds, and torchvision's."""
    stem = f"{KERAS_EFFICIENTNET}efficientnet{size}"
    form = fits(variant="keras", standardize=True)
    yield WeightFile(f"{stem}.h5", KERAS_RAW, form, f"{stem}_notop.h5", top, notop)
    for version, name in enumerate(torch, 1):
        yield torch_file(name, version=version, variant="torch", standardize=(False, True))


def efficientnet_v2_files(size: str, hashes: Hashes) -> Iterator[WeightFile]:
    """Keras's file, once for the network that standardises inside and once for the one that does not."""
    stem = f"{KERAS}efficientnet_v2/efficientnetv2-{size}"
    for inside, pixels in ((True, KERAS_RAW), (False, IMAGENET_STATISTICS)):
        yield WeightFile(f"{stem}.h5", pixels, fits(include_preprocessing=inside), f"{stem}_notop.h5", *hashes)
