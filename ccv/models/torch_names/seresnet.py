"""Timm's names of SE-ResNet's layers: those of a ResNet with bottlenecks, and two convolutions more in each."""

from typing import Any

from ccv.models.torch_names.resnet import BLOCKS, residual_names
from ccv.names import check_name


def torch_names(name: str = "seresnet50", **options: Any) -> dict[str, str]:
    """Return our layer -> timm's module, for the layers that have weights.

    >>> torch_names()["conv4_block6_se_reduce"]
    'layer3.5.se.fc1'
    """
    check_name("model", name, ("seresnet50",))
    names = residual_names(BLOCKS["resnet50"], 3)
    for stage, count in enumerate(BLOCKS["resnet50"], 1):
        for block in range(count):
            ours, theirs = f"conv{stage + 1}_block{block + 1}_se", f"layer{stage}.{block}.se"
            names |= {f"{ours}_reduce": f"{theirs}.fc1", f"{ours}_expand": f"{theirs}.fc2"}
    return names
