"""SE-ResNet-50 (Hu, Shen, Sun 2018): ResNet-50 whose bottlenecks weigh their channels, as timm has it.

The idea that won the last ILSVRC, in 2017 (there in larger networks). A bottleneck of conv3 at 28x28, for example:

| | output |
|---|---|
| 1x1, 3x3, 1x1, each with batch normalisation | 28x28x512 |
| squeeze: global average | 512 |
| 1x1 with ReLU, 1/16 of the channels | 32 |
| 1x1 with a sigmoid | 512 |
| excite: each map times its number; then the shortcut is added | 28x28x512 |
"""

from typing import Any

from ccv.models._efficientnet import squeeze_excite
from ccv.models._family import builder
from ccv.models._residual import NEEDS, PAPER, TORCH, Apply, Block, Style, bottleneck_block, head, stages
from ccv.models.common import Top, choose, scaled
from ccv.models.resnet import BLOCKS, STAGES, stem

REDUCTION = 16
STYLES = {"torch": TORCH, "paper": PAPER}


def squeezing(width: float, style: Style) -> Block:
    """Return what makes a bottleneck with squeeze and excitation from (filters, stride, name)."""

    def block(filters: int, stride: int, name: str) -> Apply:
        inner = scaled(filters, width)
        gate = squeeze_excite(max(1, 4 * inner // REDUCTION), f"{name}_se", "relu")
        return bottleneck_block(inner, 4 * inner, stride, name=name, style=style, gate=gate)

    return block


def _seresnet50(x: Any, *, top: Top | None, width: float, variant: str = "torch") -> Any:
    """Build SE-ResNet-50: 28,088,024 parameters and 53,120 statistics, `(batch, h, w, channels)` -> `(batch, classes)`.

    `variant` is where a block that halves has its stride: "torch" in the 3x3, as timm's `seresnet50`, whose weights
    fit, "paper" in the first 1x1, as the authors' Caffe network. Squeeze and excitation add 2,530,992 parameters to the
    25,557,032 of ResNet-50, and less than a thousandth to its multiply-adds.

    An image has 17 pixels or more a side. Source: Hu et al. 2018, table 1 and figure 3.

    >>> seresnet50(width=1 / 8, classes=10).get_layer("conv3_block1_se_excite").output.shape
    (None, 28, 28, 64)
    """
    style = choose("variant", variant, STYLES)
    x = stem(width, style)(x)
    x = stages(STAGES, BLOCKS["resnet50"], squeezing(width, style))(x)
    return head(x, top)


seresnet50 = builder(_seresnet50, "seresnet50", NEEDS)
