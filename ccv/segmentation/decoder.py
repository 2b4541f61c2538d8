"""The way up: from the coarsest stage of a network back to the size of the image, with skip connections."""

from collections.abc import Callable, Mapping
from typing import Any

from keras import layers

from ccv.models.unet import two_convolutions
from ccv.segmentation.fitting import SizeOf

MOST = 8  # times the filters of the finest level: deeper levels would hold most of the weights
UPS = ("transposed", "upsample")
HE = {"kernel_initializer": "he_normal"}


def decode(image: Any, stages: Mapping[int, Any], classes: int, filters: int, skips: bool, up: str, fits: bool) -> Any:
    """Return probabilities `(batch, height, width, classes)` from stages `{level: map}`, neighbours 2**level pixels.

    A level without a stage is climbed without a skip. Where `fits` is false, since a network does not pad and its maps
    are no halves of each other, they are brought to fit by `SizeOf`.
    """
    coarsest = max(stages)
    x = stages[coarsest]
    for level in reversed(range(coarsest)):
        channels = filters * min(2**level, MOST)
        x = doubled(channels, up, f"decoder{level}_up")(x)
        skip = stages.get(level)
        if skip is not None:
            x = x if fits else SizeOf(name=f"decoder{level}_fit")([x, skip])
            x = layers.Concatenate(name=f"decoder{level}_concat")([skip, x]) if skips else x
        x = two_convolutions(channels, batch_norm=True, name=f"decoder{level}")(x)
    x = x if fits else SizeOf(name="decoder_fit")([x, image])
    return layers.Conv2D(classes, 1, activation="softmax", dtype="float32", name="predictions")(x)


def doubled(filters: int, up: str, name: str) -> Callable[[Any], Any]:
    """Return x -> x at twice its sides with `filters` channels.

    "transposed" is U-Net's 2x2 kernel with stride 2, which covers each pixel once; "upsample" repeats each pixel and
    lets a 3x3 convolution look at the neighbours.
    """
    if up == "transposed":
        return layers.Conv2DTranspose(filters, 2, strides=2, name=name, **HE)
    repeat = layers.UpSampling2D(2, name=f"{name}_repeat")
    convolve = layers.Conv2D(filters, 3, padding="same", name=name, **HE)
    return lambda x: convolve(repeat(x))
