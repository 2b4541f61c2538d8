"""VGG (Simonyan, Zisserman 2014): configurations A, A-LRN, B, C, D and E from one table."""

from collections.abc import Callable
from itertools import zip_longest
from typing import Any

from keras import layers

from ccv.layers import AdaptiveAveragePooling2D, LocalResponseNormalization
from ccv.models._family import builder
from ccv.models.common import Needs, Top, check_name, drop, scaled

# Table 1 of the paper, a column a line. 3: 3x3 convolution, 1: 1x1 convolution, N: local response normalisation.
FILTERS = (64, 128, 256, 512, 512)
CONFIGURATIONS: dict[str, tuple[str, ...]] = {
    "A": ("3", "3", "33", "33", "33"),
    "A-LRN": ("3N", "3", "33", "33", "33"),
    "B": ("33", "33", "33", "33", "33"),
    "C": ("33", "33", "331", "331", "331"),
    "D": ("33", "33", "333", "333", "333"),
    "E": ("33", "33", "3333", "3333", "3333"),
}
VARIANTS = ("keras", "torch")


def configuration_table() -> tuple[tuple[str, ...], ...]:
    """Return the paper's table 1, a row of cells each, from the configurations that build the models.

    The columns are A to E; the first two rows are their names and depths. A row that spans the table in the
    paper has the same text in every cell; an empty cell is "".

    >>> for row in configuration_table()[:5]:
    ...     print(" ".join(f"{cell:11}" for cell in row).rstrip())
    A           A-LRN       B           C           D           E
    11 weight layers 11 weight layers 13 weight layers 16 weight layers 16 weight layers 19 weight layers
    input       input       input       input       input       input
    conv3-64    conv3-64    conv3-64    conv3-64    conv3-64    conv3-64
                LRN         conv3-64    conv3-64    conv3-64    conv3-64
    """
    count = len(CONFIGURATIONS)
    rows = [tuple(CONFIGURATIONS), tuple(f"{weight_layers(name)} weight layers" for name in CONFIGURATIONS)]
    rows.append(("input",) * count)
    for block, filters in enumerate(FILTERS):
        cells = {"3": f"conv3-{filters}", "1": f"conv1-{filters}", "N": "LRN"}
        columns = [[cells[kind] for kind in blocks[block]] for blocks in CONFIGURATIONS.values()]
        rows += [*zip_longest(*columns, fillvalue=""), ("maxpool",) * count]
    return (*rows, *((text,) * count for text in ("FC-4096", "FC-4096", "FC-1000", "soft-max")))


def weight_layers(configuration: str) -> int:
    """Return the depth of a configuration as the paper counts it: convolutions and dense layers.

    >>> [weight_layers(name) for name in CONFIGURATIONS]
    [11, 11, 13, 16, 16, 19]
    """
    return sum(kind != "N" for block in CONFIGURATIONS[configuration] for kind in block) + 3


def vgg_block(kinds: str, filters: int, *, batch_norm: bool = False, name: str) -> Callable[[Any], Any]:
    """Return x -> a block of a configuration ("33": two 3x3 convolutions) and 2x2 max pooling.

    `(batch, height, width, channels)` -> `(batch, height // 2, width // 2, filters)`. Each convolution keeps
    height and width and has a ReLU; with `batch_norm`, batch normalisation comes between the two, as in
    torchvision.
    """

    def apply(x: Any) -> Any:
        number = 0
        for kind in kinds:
            if kind == "N":
                x = LocalResponseNormalization(name=f"{name}_lrn")(x)
                continue
            number += 1
            x = convolution(filters, int(kind), batch_norm, name=f"{name}_conv{number}")(x)
        return layers.MaxPooling2D(2, 2, name=f"{name}_pool")(x)

    return apply


def convolution(filters: int, kernel_size: int, batch_norm: bool = False, *, name: str) -> Callable[[Any], Any]:
    """Return x -> a convolution that keeps height and width, batch normalisation if asked for, and ReLU."""
    if not batch_norm:
        return layers.Conv2D(filters, kernel_size, padding="same", activation="relu", name=name)
    conv = layers.Conv2D(filters, kernel_size, padding="same", name=name)
    norm = layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=f"{name}_bn")
    relu = layers.ReLU(name=f"{name}_relu")
    return lambda x: relu(norm(conv(x)))


def _vgg(
    x: Any,
    configuration: str,
    *,
    top: Top | None,
    width: float,
    dropout: float = 0.5,
    variant: str = "keras",
    batch_norm: bool = False,
) -> Any:
    """A configuration of table 1 with its classifier: `(batch, height, width, channels)` -> `(batch, classes)`.

    D, which is VGG-16, with 138,357,544 parameters:

    | block | layers | 224x224x3 | parameters |
    |---|---|---|---|
    | block1 | 2 x conv3-64, pool | 112x112x64 | 1,792 + 36,928 |
    | block2 | 2 x conv3-128, pool | 56x56x128 | 73,856 + 147,584 |
    | block3 | 3 x conv3-256, pool | 28x28x256 | 295,168 + 2 x 590,080 |
    | block4 | 3 x conv3-512, pool | 14x14x512 | 1,180,160 + 2 x 2,359,808 |
    | block5 | 3 x conv3-512, pool | 7x7x512 | 3 x 2,359,808 |
    | fc1 | 4096, dropout | | 102,764,544 |
    | fc2 | 4096, dropout | | 16,781,312 |
    | predictions | 1000 | | 4,097,000 |

    `variant="keras"` is the paper's network and the function of
    `keras.applications.VGG16`, whose weights load (Keras leaves out the paper's dropout, which does nothing
    but in training). `variant="torch"` averages the last maps to 7x7, whatever the image, as torchvision does:
    the same at 224 pixels, and any size fits the same weights. `batch_norm=True` is torchvision's `vgg16_bn`.

    Source: Simonyan and Zisserman 2014, section 2 and table 1.
    """
    if not isinstance(batch_norm, bool):
        raise TypeError(f"batch_norm={batch_norm!r} must be True or False")
    for number, (kinds, filters) in enumerate(zip(CONFIGURATIONS[configuration], FILTERS, strict=True), 1):
        x = vgg_block(kinds, scaled(filters, width), batch_norm=batch_norm, name=f"block{number}")(x)
    if top is None:
        return x
    if variant == "torch":
        x = AdaptiveAveragePooling2D(7, name="avgpool")(x)
    x = layers.Flatten(name="flatten")(x)
    for number in (1, 2):
        x = layers.Dense(scaled(4096, width), activation="relu", name=f"fc{number}")(x)
        x = drop(dropout, f"fc{number}_dropout")(x)
    return layers.Dense(top.classes, activation=top.activation, name="predictions")(x)


def needs(variant: str, **_: Any) -> Needs:
    """Return the least image of a variant."""
    return Needs(32, "five halvings", any_size=check_name("variant", variant, VARIANTS) == "torch")


vgg11 = builder(_vgg, "vgg11", needs, "A")
vgg11_lrn = builder(_vgg, "vgg11_lrn", needs, "A-LRN")
vgg13 = builder(_vgg, "vgg13", needs, "B")
vgg16_1x1 = builder(_vgg, "vgg16_1x1", needs, "C")
vgg16 = builder(_vgg, "vgg16", needs, "D")
vgg19 = builder(_vgg, "vgg19", needs, "E")
