"""ResNet and plain networks for CIFAR-10 (He, Zhang, Ren, Sun 2015, section 4.2): the degradation experiment.

| stage | output | 20 layers | 56 layers |
|---|---|---|---|
| conv1 | 32 | 3x3, 16 | = |
| conv2 | 32 | 3 x [3x3 16, 3x3 16] | 9 x |
| conv3 | 16 | 3 x [3x3 32, 3x3 32] | 9 x |
| conv4 | 8 | 3 x [3x3 64, 3x3 64] | 9 x |
| | 1 | global average pool, dense 10 | = |

A network of 6n + 2 layers. Plain and residual networks have the same parameters, since the shortcuts have none
(option A), and the same layer names; the residual ones have the additions besides.
"""

from typing import Any

import keras

from ccv.models._common import Needs, Shape, finish, scaled, start
from ccv.models._residual import PAPER, Block, conv_bn, head, stages
from ccv.models.resnet import basic, plain

BLOCKS = {20: (3, 3, 3), 56: (9, 9, 9)}
STAGES = (("conv2", 16, 1), ("conv3", 32, 2), ("conv4", 64, 2))


def needs(builder: str) -> Needs:
    """Return the least image: 3 -> 2 -> 1."""
    return Needs(builder, 3, "two halvings (rounding up), the last one of two pixels or more,", any_size=True)


def body(x: Any, depth: int, width: float, block: Block) -> Any:
    """Apply all but the head: `(batch, 32, 32, 3)` -> `(batch, 8, 8, 64)`."""
    x = conv_bn(scaled(16, width), 3, name="conv1", style=PAPER)(x)
    return stages(STAGES, BLOCKS[depth], block)(x)


def resnet20(
    include_top: bool = True,
    weights: Any = None,
    input_shape: Shape = (32, 32, 3),
    classes: int = 10,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "resnet20",
    *,
    width: float = 1.0,
    shortcut: str = "A",
) -> keras.Model:
    """Build ResNet-20 for CIFAR: `(batch, height, width, channels)` -> `(batch, classes)`; 269,722 parameters.

    `shortcut`: "A" pads with zeros where a block changes the shape, as the paper does on CIFAR; "B" projects
    there by a 1x1 convolution (272,474 parameters), "C" in every block.

    `pooling` (None, "avg", "max") says how the network ends with `include_top=False`; `weights` is None or a
    file; `width` multiplies every channel count. An image has 3 pixels or more a side; height and width may
    be None. Pixels: `card("resnet20").preprocessing`. Raises ValueError or TypeError, in one sentence, for an
    argument that does not fit. Source: He et al. 2015, section 4.2: 0.27M parameters, 8.75 % error.

    >>> resnet20().count_params()
    271098
    """
    least = needs("resnet20")
    inputs = start(least, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    x = body(inputs, 20, width, basic(width, PAPER, shortcut))
    return finish(
        least, include_top, inputs, head(x, include_top, classes, pooling, classifier_activation), weights, name
    )


def resnet56(
    include_top: bool = True,
    weights: Any = None,
    input_shape: Shape = (32, 32, 3),
    classes: int = 10,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "resnet56",
    *,
    width: float = 1.0,
    shortcut: str = "A",
) -> keras.Model:
    """Build ResNet-56 for CIFAR: 27 blocks; 853,018 parameters and 4,064 statistics; see `resnet20`.

    Source: He et al. 2015, section 4.2: 0.85M parameters, 6.97 % error.
    """
    least = needs("resnet56")
    inputs = start(least, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    x = body(inputs, 56, width, basic(width, PAPER, shortcut))
    return finish(
        least, include_top, inputs, head(x, include_top, classes, pooling, classifier_activation), weights, name
    )


def plainnet20(
    include_top: bool = True,
    weights: Any = None,
    input_shape: Shape = (32, 32, 3),
    classes: int = 10,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "plainnet20",
    *,
    width: float = 1.0,
) -> keras.Model:
    """Build the plain 20-layer network: `resnet20` without its shortcuts, and with the same parameters.

    The other arguments and the errors are those of `resnet20`. Source: He et al. 2015, figure 6 (left).
    """
    least = needs("plainnet20")
    inputs = start(least, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    x = body(inputs, 20, width, plain(width, PAPER))
    return finish(
        least, include_top, inputs, head(x, include_top, classes, pooling, classifier_activation), weights, name
    )


def plainnet56(
    include_top: bool = True,
    weights: Any = None,
    input_shape: Shape = (32, 32, 3),
    classes: int = 10,
    pooling: str | None = None,
    classifier_activation: Any = "softmax",
    name: str = "plainnet56",
    *,
    width: float = 1.0,
) -> keras.Model:
    """Build the plain 56-layer network: `resnet56` without its shortcuts, and with the same parameters.

    It trains worse than `plainnet20`, on the training images too: degradation, not overfitting. The other
    arguments and the errors are those of `resnet20`. Source: He et al. 2015, figures 1 and 6 (left).
    """
    least = needs("plainnet56")
    inputs = start(least, include_top, weights, input_shape, classes, pooling, classifier_activation, name, width)
    x = body(inputs, 56, width, plain(width, PAPER))
    return finish(
        least, include_top, inputs, head(x, include_top, classes, pooling, classifier_activation), weights, name
    )
