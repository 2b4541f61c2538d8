"""GoogLeNet, that is Inception v1 (Szegedy et al. 2014): nine modules in a row, each of four branches."""

from collections.abc import Callable
from typing import Any, NamedTuple

from keras import layers

from ccv.layers import AdaptiveAveragePooling2D, LocalResponseNormalization
from ccv.models._family import builder
from ccv.models.common import Needs, Top, choose, drop, scaled

Pair = tuple[int, int]

# Table 1 of the paper: #1x1, (#3x3 reduce, #3x3), (#5x5 reduce, #5x5), pool projection. A pool ends 3b and 4e.
MODULES: dict[str, tuple[int, Pair, Pair, int]] = {
    "3a": (64, (96, 128), (16, 32), 32),
    "3b": (128, (128, 192), (32, 96), 64),
    "4a": (192, (96, 208), (16, 48), 64),
    "4b": (160, (112, 224), (24, 64), 64),
    "4c": (128, (128, 256), (24, 64), 64),
    "4d": (112, (144, 288), (32, 64), 64),
    "4e": (256, (160, 320), (32, 128), 128),
    "5a": (256, (160, 320), (32, 128), 128),
    "5b": (384, (192, 384), (48, 128), 128),
}
AUXILIARY = {"4a": "aux1", "4d": "aux2"}


class Form(NamedTuple):
    """What differs from one variant to the next; `pool` halves, `spread` begins an auxiliary head."""

    batch_norm: bool
    third_kernel: int
    stem: Callable[[Any, float], Any]
    pool: Callable[[int, str], Callable[[Any], Any]]
    last_pool: int
    spread: Callable[[str], layers.Layer]
    dropout: float
    needs: Needs
    auxiliary_needs: Needs


def convolution(
    filters: int, kernel: int, *, name: str, strides: int = 1, padding: str = "same", batch_norm: bool = False
) -> Callable[[Any], Any]:
    """Return a function: convolution and ReLU.

    With `batch_norm` the convolution has no bias, and batch normalisation (epsilon 0.001) stands between.
    """
    if not batch_norm:
        return layers.Conv2D(filters, kernel, strides, padding, activation="relu", name=name)

    def unit(x: Any) -> Any:
        x = layers.Conv2D(filters, kernel, strides, padding, use_bias=False, name=name)(x)
        x = layers.BatchNormalization(momentum=0.9, epsilon=1e-3, name=f"{name}_bn")(x)
        return layers.Activation("relu", name=f"{name}_ac")(x)

    return unit


def inception_module(
    ones: int, threes: Pair, fives: Pair, pooled: int, *, name: str, batch_norm: bool = False, third_kernel: int = 5
) -> Callable[[Any], Any]:
    """Return the module as a function: `(batch, h, w, c)` -> `(batch, h, w, ones + threes[1] + fives[1] + pooled)`.

    | branch | layers |
    |---|---|
    | 1 | 1x1 to `ones` |
    | 2 | 1x1 to `threes[0]`, 3x3 to `threes[1]` |
    | 3 | 1x1 to `fives[0]`, 5x5 to `fives[1]` |
    | 4 | 3x3 max pooling with stride 1, 1x1 to `pooled` |

    Every branch keeps height and width, the pooling too, so that the four can be joined along the channels.
    `third_kernel=3` is torchvision's branch 3. Source: the paper, figure 2b.
    """

    def conv(filters: int, kernel: int, branch: str) -> Callable[[Any], Any]:
        return convolution(filters, kernel, name=f"{name}_{branch}", batch_norm=batch_norm)

    def module(x: Any) -> Any:
        branch1 = conv(ones, 1, "1x1")(x)
        branch2 = conv(threes[0], 1, "3x3_reduce")(x)
        branch2 = conv(threes[1], 3, "3x3")(branch2)
        branch3 = conv(fives[0], 1, "5x5_reduce")(x)
        branch3 = conv(fives[1], third_kernel, "5x5")(branch3)
        branch4 = layers.MaxPooling2D(3, strides=1, padding="same", name=f"{name}_pool")(x)
        branch4 = conv(pooled, 1, "pool_proj")(branch4)
        return layers.Concatenate(name=name)([branch1, branch2, branch3, branch4])

    return module


def _paper_stem(x: Any, width: float) -> Any:
    x = convolution(scaled(64, width), 7, strides=2, name="conv1")(x)
    x = _same_pool(3, "pool1")(x)
    x = LocalResponseNormalization(name="norm1")(x)
    x = convolution(scaled(64, width), 1, name="conv2_reduce")(x)
    x = convolution(scaled(192, width), 3, name="conv2")(x)
    x = LocalResponseNormalization(name="norm2")(x)
    return _same_pool(3, "pool2")(x)


def _torch_stem(x: Any, width: float) -> Any:
    x = layers.ZeroPadding2D(3, name="conv1_pad")(x)
    x = convolution(scaled(64, width), 7, strides=2, padding="valid", name="conv1", batch_norm=True)(x)
    x = _ceil_pool(3, "pool1")(x)
    x = convolution(scaled(64, width), 1, name="conv2_reduce", batch_norm=True)(x)
    x = convolution(scaled(192, width), 3, name="conv2", batch_norm=True)(x)
    return _ceil_pool(3, "pool2")(x)


def _same_pool(size: int, name: str) -> Callable[[Any], Any]:
    return layers.MaxPooling2D(size, strides=2, padding="same", name=name)


def _ceil_pool(size: int, name: str) -> Callable[[Any], Any]:
    """Max pooling in torch's `ceil_mode`: a row and a column more, of zeros, which no maximum after ReLU sees."""

    def pool(x: Any) -> Any:
        x = layers.ZeroPadding2D(((0, 1), (0, 1)), name=f"{name}_pad")(x)
        return layers.MaxPooling2D(size, strides=2, name=name)(x)

    return pool


TORCH_NEEDS = Needs(15, "a 7x7 convolution and three 3x3 poolings, all with stride 2,", any_size=True)
FORMS = {
    "paper": Form(
        batch_norm=False,
        third_kernel=5,
        stem=_paper_stem,
        pool=_same_pool,
        last_pool=3,
        spread=lambda name: layers.AveragePooling2D(5, strides=3, name=name),
        dropout=0.4,
        needs=Needs(32, "five halvings", any_size=True),
        # Dense layers on maps: the size must be known.
        auxiliary_needs=Needs(65, "four halvings and the 5x5 pooling of the auxiliary heads"),
    ),
    "torch": Form(
        batch_norm=True,
        third_kernel=3,
        stem=_torch_stem,
        pool=_ceil_pool,
        last_pool=2,
        spread=lambda name: AdaptiveAveragePooling2D(4, name=name),
        dropout=0.2,
        needs=TORCH_NEEDS,
        auxiliary_needs=TORCH_NEEDS,
    ),
}


def _googlenet(
    x: Any,
    *,
    top: Top | None,
    width: float,
    dropout: float | None = None,
    variant: str | None = None,
    auxiliary: bool = False,
) -> Any:
    """Build GoogLeNet: `(batch, height, width, channels)` -> `(batch, classes)`; 6,998,552 parameters.

    | stage | at 224x224 | parameters |
    |---|---|---|
    | conv1 7x7/2, pool1, norm1 | 112x112x64, 56x56x64 | 9,472 |
    | conv2_reduce 1x1, conv2 3x3, norm2, pool2 | 56x56x192, 28x28x192 | 4,160 + 110,784 |
    | inception_3a, 3b, pool3 | 28x28x256, x480, 14x14x480 | 163,696 + 388,736 |
    | inception_4a, b, c | 14x14x512 | 376,176 + 449,160 + 510,104 |
    | inception_4d, e, pool4 | 14x14x528, x832, 7x7x832 | 605,376 + 868,352 |
    | inception_5a, 5b | 7x7x832, x1024 | 1,043,456 + 1,444,080 |
    | avg_pool, dropout, predictions | 1024, 1000 | 1,025,000 |

    `variant` is "paper" unless `weights="imagenet"`, which are torchvision's. `variant="torch"` is its network:
    batch normalisation in place of biases and of local response
    normalisation, a 3x3 where the paper has the 5x5, pools that round up, and dropout 0.2. torchvision's
    pretrained model also has `transform_input`, which takes pixels standardised with ImageNet's statistics to
    `2 * pixel / 255 - 1`; here the pixels come so at once, from `card("googlenet").preprocessing`.

    `auxiliary=True` makes the outputs three, each of `classes`: predictions, aux1_predictions (after 4a) and
    aux2_predictions (after 4d); the paper adds their losses with weight 0.3 each. In the variant "paper" an
    auxiliary head has as many parameters as the image's size asks for. `dropout` is that before the
    predictions, None the variant's own (0.4 in the paper); the auxiliary heads have 0.7.

    Source: Szegedy et al. 2014, table 1 and section 5.
    """
    form = FORMS[str(variant)]
    x = form.stem(x, width)
    heads = []
    for address, (ones, threes, fives, pooled) in MODULES.items():
        x = inception_module(
            scaled(ones, width),
            (scaled(threes[0], width), scaled(threes[1], width)),
            (scaled(fives[0], width), scaled(fives[1], width)),
            scaled(pooled, width),
            name=f"inception_{address}",
            batch_norm=form.batch_norm,
            third_kernel=form.third_kernel,
        )(x)
        if auxiliary and top and address in AUXILIARY:
            heads.append(_auxiliary_head(form, width, top, AUXILIARY[address])(x))
        if address == "3b":
            x = form.pool(3, "pool3")(x)
        if address == "4e":
            x = form.pool(form.last_pool, "pool4")(x)
    if top is None:
        return x
    x = layers.GlobalAveragePooling2D(name="avg_pool")(x)
    x = drop(form.dropout if dropout is None else dropout, "dropout")(x)
    x = layers.Dense(top.classes, activation=top.activation, name="predictions")(x)
    return [x, *heads] if auxiliary else x


def _auxiliary_head(form: Form, width: float, top: Top, name: str) -> Callable[[Any], Any]:
    """Return an auxiliary classifier: 4x4 averages, 1x1 to 128, dense 1024, dropout 0.7, dense `classes`."""

    def head(x: Any) -> Any:
        x = form.spread(f"{name}_pool")(x)
        x = convolution(scaled(128, width), 1, name=f"{name}_conv", batch_norm=form.batch_norm)(x)
        x = layers.Flatten(name=f"{name}_flatten")(x)
        x = layers.Dense(scaled(1024, width), activation="relu", name=f"{name}_fc1")(x)
        x = drop(0.7, f"{name}_dropout")(x)
        return layers.Dense(top.classes, activation=top.activation, name=f"{name}_predictions")(x)

    return head


def needs(variant: str, auxiliary: bool, include_top: bool, **_: Any) -> Needs:
    """Return the least image; raise for auxiliary heads without the top."""
    form = choose("variant", variant, FORMS)
    if not isinstance(auxiliary, bool):
        raise TypeError(f"auxiliary={auxiliary!r} must be True or False")
    if auxiliary and include_top is False:
        raise ValueError("auxiliary=True needs include_top=True: the auxiliary heads are classifiers too")
    return form.auxiliary_needs if auxiliary else form.needs


googlenet = builder(_googlenet, "googlenet", needs, by_weights={"variant": "paper"})
