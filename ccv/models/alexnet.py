"""AlexNet (Krizhevsky, Sutskever, Hinton 2012), and its later one-tower form ("one weird trick", 2014)."""

from collections.abc import Callable
from typing import Any, NamedTuple

from keras import layers

from ccv.layers import AdaptiveAveragePooling2D, LocalResponseNormalization
from ccv.models._family import builder
from ccv.models.common import Needs, Top, check_name, choose, drop, scaled

WHY = "conv1 with stride 4 and three 3x3 poolings with stride 2"


class Variant(NamedTuple):
    """What differs: filters of conv1 to conv5, border of the image, LRN, and where the classifier drops.

    `fixed` averages the last maps to 6x6, whatever the image, and drops before fc6 and fc7 instead of after.
    """

    filters: tuple[int, int, int, int, int]
    border: int
    normalization: str | None
    fixed: bool
    needs: Needs


VARIANTS = {
    "paper": Variant((96, 256, 384, 384, 256), 0, "before", False, Needs(67, WHY)),
    "torch": Variant((64, 192, 384, 256, 256), 2, None, True, Needs(63, WHY, any_size=True)),
}


def _alexnet(
    x: Any,
    *,
    top: Top | None,
    width: float,
    dropout: float = 0.5,
    variant: str | None = None,
    groups: int = 1,
    normalization: str | None = "auto",
) -> Any:
    """Build AlexNet: `(batch, height, width, channels)` -> `(batch, classes)`; 62,378,344 parameters.

    | layer | `variant="paper"`, 227x227x3 | `groups=1` | `groups=2` | `variant="torch"`, 224x224x3 |
    |---|---|---|---|---|
    | conv1 | 96, 11x11, stride 4 -> 55x55x96 | 34,944 | 34,944 | 64, a border of 2 |
    | norm1, pool1 | LRN; 3x3, stride 2 -> 27x27x96 | 0 | 0 | no LRN |
    | conv2 | 256, 5x5 -> 27x27x256 | 614,656 | 307,456 | 192 |
    | norm2, pool2 | LRN; 3x3, stride 2 -> 13x13x256 | 0 | 0 | no LRN |
    | conv3 | 384, 3x3 -> 13x13x384 | 885,120 | 885,120 | 384 |
    | conv4 | 384, 3x3 -> 13x13x384 | 1,327,488 | 663,936 | 256 |
    | conv5 | 256, 3x3 -> 13x13x256 | 884,992 | 442,624 | 256 |
    | pool5 | 3x3, stride 2 -> 6x6x256 | 0 | 0 | then averaged to 6x6 |
    | fc6 | 4096, dropout | 37,752,832 | 37,752,832 | dropout, 4096 |
    | fc7 | 4096, dropout | 16,781,312 | 16,781,312 | dropout, 4096 |
    | predictions | 1000 | 4,097,000 | 4,097,000 | 1000 |

    `groups=2` is the paper's network on two GPUs (60,965,224): conv2, conv4 and conv5 see only the maps of
    their own half. `normalization` puts the LRN "before" pooling (the paper), "after" it (Caffe and the
    slides), or nowhere (None); "auto" takes what the variant has. The paper says 224 pixels, but its
    55x55 maps come from 227. `variant` is "paper" unless `weights="imagenet"`, which are torchvision's:
    `variant="torch"` is torchvision's network (61,100,840), which has 6x6 maps at
    224 and at 227, and takes any size.

    `width` multiplies every channel count (kept even with `groups=2`). Source: Krizhevsky et al. 2012, section 3 and
    figure 2; "torch": Krizhevsky 2014, arXiv:1404.5997.
    """
    form = VARIANTS[str(variant)]
    check_groups(groups)
    order = form.normalization if normalization == "auto" else normalization
    if order is not None:
        check_name("normalization", order, ("before", "after", "auto"))
    conv1, conv2, conv3, conv4, conv5 = (groups * scaled(filters // groups, width) for filters in form.filters)

    x = layers.ZeroPadding2D(form.border, name="pad")(x) if form.border else x
    x = layers.Conv2D(conv1, 11, strides=4, activation="relu", name="conv1")(x)
    x = pool_and_normalize(order, "1")(x)
    x = convolution(conv2, 5, groups, name="conv2")(x)
    x = pool_and_normalize(order, "2")(x)
    x = convolution(conv3, 3, name="conv3")(x)
    x = convolution(conv4, 3, groups, name="conv4")(x)
    x = convolution(conv5, 3, groups, name="conv5")(x)
    x = layers.MaxPooling2D(3, 2, name="pool5")(x)
    if top is None:
        return x
    if form.fixed:
        x = AdaptiveAveragePooling2D(6, name="avgpool")(x)
    x = layers.Flatten(name="flatten")(x)
    x = dense(scaled(4096, width), dropout, drop_first=form.fixed, name="fc6")(x)
    x = dense(scaled(4096, width), dropout, drop_first=form.fixed, name="fc7")(x)
    return layers.Dense(top.classes, activation=top.activation, name="predictions")(x)


def needs(variant: str, **_: Any) -> Needs:
    """Return the least image of a variant."""
    return choose("variant", variant, VARIANTS).needs


def convolution(filters: int, kernel_size: int, groups: int = 1, *, name: str) -> layers.Layer:
    """Return a convolution with ReLU that keeps height and width; with two groups each half sees its own maps."""
    return layers.Conv2D(filters, kernel_size, padding="same", groups=groups, activation="relu", name=name)


def pool_and_normalize(order: str | None, number: str) -> Callable[[Any], Any]:
    """Return x -> x pooled (3x3, stride 2), and normalised "before" that, "after" it, or not (None)."""

    def apply(x: Any) -> Any:
        if order == "before":
            x = LocalResponseNormalization(name=f"norm{number}")(x)
        x = layers.MaxPooling2D(3, 2, name=f"pool{number}")(x)
        return LocalResponseNormalization(name=f"norm{number}")(x) if order == "after" else x

    return apply


def dense(units: int, dropout: float, *, drop_first: bool = False, name: str) -> Callable[[Any], Any]:
    """Return x -> a dense layer with ReLU, and dropout after it, or before."""
    steps = [layers.Dense(units, activation="relu", name=name), drop(dropout, f"{name}_dropout")]
    first, second = reversed(steps) if drop_first else steps
    return lambda x: second(first(x))


def check_groups(groups: Any) -> None:
    """Raise ValueError unless `groups` is 1 or 2."""
    if groups not in (1, 2):
        raise ValueError(f"groups={groups!r} must be 1 (one tower, as the slides have it) or 2 (the paper)")


alexnet = builder(_alexnet, "alexnet", needs, by_weights={"variant": "paper"})
