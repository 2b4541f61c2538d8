"""Darknet-19 (YOLOv2's) and Darknet-53 (YOLOv3's): Redmon and Farhadi 2016 and 2018."""

from collections.abc import Callable
from typing import Any

from keras import layers

from ccv.models._family import builder
from ccv.models.common import Needs, Top, scaled

# Darknet-19, a stage a line, each after a halving: (filters, kernel size) of its convolutions.
DARKNET19 = (
    ((32, 3),),
    ((64, 3),),
    ((128, 3), (64, 1), (128, 3)),
    ((256, 3), (128, 1), (256, 3)),
    ((512, 3), (256, 1), (512, 3), (256, 1), (512, 3)),
    ((1024, 3), (512, 1), (1024, 3), (512, 1), (1024, 3)),
)
# Darknet-53: (filters, residual blocks) of the stages, each of which begins with a halving.
DARKNET53 = ((64, 1), (128, 2), (256, 8), (512, 8), (1024, 4))

NEEDS = Needs(32, "five halvings", any_size=True)


def _darknet19(x: Any, *, top: Top | None, width: float) -> Any:
    """Build Darknet-19: `(batch, height, width, channels)` -> `(batch, classes)`; 20,856,776 parameters.

    | stage | 3x3, with 1x1 between them | 224x224x3 |
    |---|---|---|
    | stage0 | 32 | 224x224x32 |
    | stage1 | pool, 64 | 112x112x64 |
    | stage2 | pool, 128, 64, 128 | 56x56x128 |
    | stage3 | pool, 256, 128, 256 | 28x28x256 |
    | stage4 | pool, 512, 256, 512, 256, 512 | 14x14x512 |
    | stage5 | pool, 1024, 512, 1024, 512, 1024 | 7x7x1024 |
    | predictions_conv, gap, predictions | 1x1, a map per class; their means; softmax | 1000 |

    18 convolutions with batch normalisation (14,400 moving statistics) and a leaky ReLU of slope 0.1, and one with a
    bias. darknet's `darknet19.weights` loads. Half of an odd side is rounded up, as in darknet. Source: Redmon and
    Farhadi, "YOLO9000", 2016, table 6, and darknet's darknet19.cfg.
    """
    x = darknet19_stages(x, width)[-1]
    if top is None:
        return x
    x = layers.Conv2D(top.classes, 1, name="predictions_conv")(x)
    x = layers.GlobalAveragePooling2D(name="gap")(x)
    return layers.Activation(top.activation, name="predictions")(x)


def darknet19_stages(inputs: Any, width: float) -> list[Any]:
    """Return the outputs of the six stages, `(batch, height, width, 32)` to `(.. / 32, .. / 32, 1024)`."""
    x, ends = inputs, []
    for stage, convolutions in enumerate(DARKNET19):
        if stage:
            x = halving_pool(f"stage{stage}_pool")(x)
        for number, (filters, kernel_size) in enumerate(convolutions, 1):
            x = convolution(scaled(filters, width), kernel_size, name=f"stage{stage}_{number}_conv")(x)
        ends.append(x)
    return ends


def _darknet53(x: Any, *, top: Top | None, width: float) -> Any:
    """Build Darknet-53: `(batch, height, width, channels)` -> `(batch, classes)`; 41,645,640 parameters.

    | stage | 224x224x3 | residual blocks |
    |---|---|---|
    | stem | 3x3, 32 -> 224x224x32 | |
    | stage1 | 3x3, stride 2 -> 112x112x64 | 1 of (1x1, 32; 3x3, 64) |
    | stage2 | 3x3, stride 2 -> 56x56x128 | 2 of (1x1, 64; 3x3, 128) |
    | stage3 | 3x3, stride 2 -> 28x28x256 | 8 of (1x1, 128; 3x3, 256) |
    | stage4 | 3x3, stride 2 -> 14x14x512 | 8 of (1x1, 256; 3x3, 512) |
    | stage5 | 3x3, stride 2 -> 7x7x1024 | 4 of (1x1, 512; 3x3, 1024) |
    | gap, predictions_conv, predictions | the mean of each map; 1x1; softmax -> 1000 | |

    52 convolutions with batch normalisation (35,712 moving statistics) and a leaky ReLU of slope 0.1, and the paper's
    dense layer, which is a 1x1 convolution of the means, as in darknet53.cfg. The paper trains and tests at 256 pixels.
    Without the top it is YOLOv3's backbone. darknet's `darknet53.weights` and `darknet53.conv.74`, which is all but the
    classifier, load. Source: Redmon and Farhadi, "YOLOv3", 2018, table 1, and darknet's darknet53.cfg.
    """
    x = darknet53_stages(x, width)[-1]
    if top is None:
        return x
    x = layers.GlobalAveragePooling2D(keepdims=True, name="gap")(x)
    x = layers.Conv2D(top.classes, 1, name="predictions_conv")(x)
    x = layers.Flatten(name="flatten")(x)
    return layers.Activation(top.activation, name="predictions")(x)


def darknet53_stages(inputs: Any, width: float) -> list[Any]:
    """Return the outputs of the five stages, `(batch, height / 2, width / 2, 64)` to `(.. / 32, .. / 32, 1024)`."""
    x = convolution(scaled(32, width), 3, name="stem_conv")(inputs)
    ends = []
    for stage, (filters, blocks) in enumerate(DARKNET53, 1):
        x = convolution(scaled(filters, width), 3, strides=2, name=f"stage{stage}_down_conv")(x)
        for block in range(1, blocks + 1):
            squeezed, filters_here = scaled(filters // 2, width), scaled(filters, width)
            x = residual_block(squeezed, filters_here, name=f"stage{stage}_block{block}")(x)
        ends.append(x)
    return ends


def residual_block(squeezed: int, filters: int, *, name: str) -> Callable[[Any], Any]:
    """Return x -> x + its 1x1 convolution to `squeezed` channels and 3x3 back to `filters`; the shape stays."""
    squeeze = convolution(squeezed, 1, name=f"{name}_1_conv")
    expand = convolution(filters, 3, name=f"{name}_2_conv")
    add = layers.Add(name=f"{name}_add")
    return lambda x: add([x, expand(squeeze(x))])


def halving_pool(name: str) -> layers.Layer:
    """Return 2x2 max pooling with stride 2 that rounds the size up, as darknet's: 97 -> 49, with zeros nowhere."""
    return layers.MaxPooling2D(2, padding="same", name=name)


def convolution(
    filters: int, kernel_size: int, strides: int = 1, *, batch_norm: bool = True, name: str
) -> Callable[[Any], Any]:
    """Return x -> convolution, batch normalisation (or a bias), leaky ReLU of slope 0.1.

    A stride 1 keeps height and width. A stride 2 halves them, rounding up; darknet puts as many zeros before the first
    pixel as the kernel has arms, so 'same', which may put fewer there, is another function.
    """
    padding = "same" if strides == 1 else "valid"
    steps: list[Any] = []
    if strides > 1:
        steps.append(layers.ZeroPadding2D(kernel_size // 2, name=f"{name}_pad"))
    steps.append(layers.Conv2D(filters, kernel_size, strides, padding, use_bias=not batch_norm, name=name))
    if batch_norm:
        steps.append(layers.BatchNormalization(epsilon=1e-5, name=f"{name}_bn"))
    steps.append(layers.LeakyReLU(negative_slope=0.1, name=f"{name}_leaky"))

    def apply(x: Any) -> Any:
        for step in steps:
            x = step(x)
        return x

    return apply


darknet19 = builder(_darknet19, "darknet19", NEEDS)
darknet53 = builder(_darknet53, "darknet53", NEEDS)
