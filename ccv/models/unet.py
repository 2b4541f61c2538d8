"""U-Net (Ronneberger, Fischer, Brox 2015): a class for every pixel."""

from collections.abc import Callable
from typing import Any, NamedTuple

from keras import layers

from ccv.models._family import builder
from ccv.models.common import Needs, Top, choose, drop, scaled

LEVELS = (64, 128, 256, 512)  # going down; going up again in reverse
BOTTOM = 1024
MOMENTUM = 0.9  # of the moving statistics: masks are learnt in few steps, too few for Keras's 0.99


class Form(NamedTuple):
    """What a padding asks of the image: at least so many pixels, and so many more than a multiple of 16.

    `crops` is what each level loses at every edge before it meets the maps coming up.
    """

    needs: Needs
    remainder: int
    crops: tuple[int, int, int, int]


FORMS = {
    "valid": Form(Needs(188, "18 'valid' convolutions and four halvings", True), 12, (88, 40, 16, 4)),
    "same": Form(Needs(16, "four halvings", True), 0, (0, 0, 0, 0)),
}


def _unet(
    x: Any, *, top: Top | None, width: float, dropout: float = 0.5, padding: str = "valid", batch_norm: bool = False
) -> Any:
    """Build U-Net: `(batch, 572, 572, 1)` -> `(batch, 388, 388, classes)`; 31,030,658 parameters.

    | level | down: two 3x3, pool | up: 2x2 transposed, joined with the cropped level, two 3x3 |
    |---|---|---|
    | 1: 64 | 568x568 -> 284x284 | 392x392 -> 388x388, then 1x1 to the classes |
    | 2: 128 | 280x280 -> 140x140 | 200x200 -> 196x196 |
    | 3: 256 | 136x136 -> 68x68 | 104x104 -> 100x100 |
    | 4: 512, dropout | 64x64 -> 32x32 | 56x56 -> 52x52 |
    | bottom: 1024, dropout | 28x28 | |

    `padding="valid"` is the paper: every output pixel has seen real pixels only, and the output is 184 pixels smaller
    than the image; the sides are 12 more than a multiple of 16, from 188 on (572 is). `padding="same"` gives an output
    of the image's size, a multiple of 16. The softmax is over the classes at each pixel.

    `batch_norm=True` has a batch normalisation before each ReLU, as nearly every U-Net since, and learns far sooner.

    With `include_top=False` the network ends before its last 1x1 convolution, by `pooling` (None, "avg", "max").
    Source: Ronneberger et al. 2015, section 2 and figure 1.
    """
    form = FORMS[padding]
    if not isinstance(batch_norm, bool):
        raise TypeError(f"batch_norm={batch_norm!r} must be True or False")
    check_sides(x.shape[1:3], form, padding)
    skips = []
    for level, filters in enumerate(LEVELS, 1):
        x = two_convolutions(scaled(filters, width), padding, batch_norm, name=f"down{level}")(x)
        if level == 4:
            x = drop(dropout, "down4_dropout")(x)
        skips.append(x)
        x = layers.MaxPooling2D(2, name=f"down{level}_pool")(x)
    x = two_convolutions(scaled(BOTTOM, width), padding, batch_norm, name="bottom")(x)
    x = drop(dropout, "bottom_dropout")(x)
    for level in (4, 3, 2, 1):
        filters = scaled(LEVELS[level - 1], width)
        x = up(filters, skips[level - 1], form.crops[level - 1], name=f"up{level}")(x)
        x = two_convolutions(filters, padding, batch_norm, name=f"up{level}")(x)
    if top is None:
        return x
    return layers.Conv2D(top.classes, 1, activation=top.activation, name="predictions")(x)


def needs(padding: str, **_: Any) -> Needs:
    """Return the least image of a padding."""
    return choose("padding", padding, FORMS).needs


def two_convolutions(
    filters: int, padding: str = "same", batch_norm: bool = False, *, name: str
) -> Callable[[Any], Any]:
    """Return x -> two 3x3 convolutions with ReLU; under 'valid' each takes two pixels from height and width.

    With `batch_norm` it comes between the two, and the convolution has no bias, since the normalisation adds one.
    """

    def apply(x: Any) -> Any:
        for number in (1, 2):
            options = {"padding": padding, "kernel_initializer": "he_normal", "name": f"{name}_conv{number}"}
            if not batch_norm:
                x = layers.Conv2D(filters, 3, activation="relu", **options)(x)
                continue
            x = layers.Conv2D(filters, 3, use_bias=False, **options)(x)
            x = layers.BatchNormalization(momentum=MOMENTUM, name=f"{name}_norm{number}")(x)
            x = layers.ReLU(name=f"{name}_relu{number}")(x)
        return x

    return apply


def up(filters: int, skip: Any, crop: int, *, name: str) -> Callable[[Any], Any]:
    """Return x -> x at twice its size with `filters` channels, behind the maps of the way down, cropped to it."""
    transposed = layers.Conv2DTranspose(filters, 2, strides=2, kernel_initializer="he_normal", name=f"{name}_upconv")
    kept = layers.Cropping2D(crop, name=f"{name}_crop")(skip) if crop else skip
    concatenate = layers.Concatenate(name=f"{name}_concat")
    return lambda x: concatenate([kept, transposed(x)])


def check_sides(sides: tuple[int | None, ...], form: Form, padding: str) -> None:
    """Raise ValueError where a pooling would meet an odd side, and the way up would not fit the way down."""
    least, remainder = form.needs.pixels, form.remainder
    if any(side is not None and side % 16 != remainder for side in sides):
        fitting = f"{least}, {least + 16}, {least + 32} and so on by 16"
        raise ValueError(f"unet with padding={padding!r} takes sides of {fitting}, not {sides[0]}x{sides[1]}")


unet = builder(_unet, "unet", needs, classes=2)
