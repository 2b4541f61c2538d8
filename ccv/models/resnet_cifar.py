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

from ccv.models._family import builder
from ccv.models._residual import PAPER, Block, conv_bn, head, stages
from ccv.models.common import Needs, Top, scaled
from ccv.models.resnet import basic, plain

BLOCKS = {20: (3, 3, 3), 56: (9, 9, 9)}
STAGES = (("conv2", 16, 1), ("conv3", 32, 2), ("conv4", 64, 2))


NEEDS = Needs(3, "two halvings (rounding up), the last one of two pixels or more,", any_size=True)


def body(x: Any, depth: int, width: float, block: Block) -> Any:
    """Apply all but the head: `(batch, 32, 32, 3)` -> `(batch, 8, 8, 64)`."""
    x = conv_bn(scaled(16, width), 3, name="conv1", style=PAPER)(x)
    return stages(STAGES, BLOCKS[depth], block)(x)


def _resnet(x: Any, depth: int, *, top: Top | None, width: float, shortcut: str = "A") -> Any:
    """The residual network of a depth: `(batch, height, width, channels)` -> `(batch, classes)`.

    `shortcut`: "A" pads with zeros where a block changes the shape, as the paper does on CIFAR; "B" projects
    there by a 1x1 convolution (272,474 parameters for 20 layers), "C" in every block. An image has 3 pixels or more
    a side. Source: He et al. 2015, section 4.2: 0.27M parameters and 8.75 % error, 0.85M and 6.97 %.

    >>> resnet20().count_params()
    271098
    """
    return head(body(x, depth, width, basic(width, PAPER, shortcut)), top)


def _plainnet(x: Any, depth: int, *, top: Top | None, width: float) -> Any:
    """The plain network of a depth: the residual one without its shortcuts, and with the same parameters.

    With 56 layers it trains worse than with 20, on the training images too: degradation, not overfitting. Source: He
    et al. 2015, figures 1 and 6 (left).
    """
    return head(body(x, depth, width, plain(width, PAPER)), top)


plainnet20 = builder(_plainnet, "plainnet20", NEEDS, 20, classes=10)
plainnet56 = builder(_plainnet, "plainnet56", NEEDS, 56, classes=10)
resnet20 = builder(_resnet, "resnet20", NEEDS, 20, classes=10)
resnet56 = builder(_resnet, "resnet56", NEEDS, 56, classes=10)
