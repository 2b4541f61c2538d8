"""Torchvision's names of ResNeXt's layers: those of a ResNet with bottlenecks."""

from typing import Any

from ccv.models.torch_names.resnet import residual_names
from ccv.names import check_name

BLOCKS = {
    "resnext50_32x4d": (3, 4, 6, 3),
    "resnext101_32x8d": (3, 4, 23, 3),
}


def torch_names(name: str, **options: Any) -> dict[str, str]:
    """Return our layer -> torchvision's module, for the layers that have weights.

    >>> torch_names("resnext101_32x8d")["conv4_block23_2_conv"]
    'layer3.22.conv2'
    """
    check_name("model", name, BLOCKS)
    return residual_names(BLOCKS[name], 3)
