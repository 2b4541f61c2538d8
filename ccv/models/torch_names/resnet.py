"""Torchvision's names of ResNet's layers; `variant="torch"` fits its weights."""

from collections.abc import Iterator
from typing import Any

from ccv.names import check_name

BLOCKS = {
    "resnet18": (2, 2, 2, 2),
    "resnet34": (3, 4, 6, 3),
    "resnet50": (3, 4, 6, 3),
    "resnet101": (3, 4, 23, 3),
    "resnet152": (3, 8, 36, 3),
}
BASIC = ("resnet18", "resnet34")  # two convolutions in a block; the others have three


def torch_names(name: str, *, shortcut: str = "B", **options: Any) -> dict[str, str]:
    """Return our layer -> torchvision's module, for the layers that have weights.

    Torchvision has the shortcuts "B" alone; under "A" there is no `downsample`, under "C" one in each block.

    >>> names = torch_names("resnet50")
    >>> names["conv4_block6_2_conv"], names["conv3_block1_0_bn"]
    ('layer3.5.conv2', 'layer2.0.downsample.1')
    """
    check_name("model", name, BLOCKS)
    basic = name in BASIC
    return residual_names(BLOCKS[name], 2 if basic else 3, shortcut)


def residual_names(blocks: tuple[int, ...], convolutions: int, shortcut: str = "B") -> dict[str, str]:
    """Return the names of a network with so many blocks in each stage and convolutions in each block."""
    names = {"conv1_conv": "conv1", "conv1_bn": "bn1"}
    for stage, count in enumerate(blocks, 1):
        for block in range(count):
            # A basic block of the first stage changes no shape.
            changes = block == 0 and (stage > 1 or convolutions == 3)
            projects = {"A": False, "B": changes, "C": True}[shortcut]
            ours, theirs = f"conv{stage + 1}_block{block + 1}", f"layer{stage}.{block}"
            names |= dict(_block(ours, theirs, convolutions, projects))
    return names | {"predictions": "fc"}


def _block(ours: str, theirs: str, convolutions: int, projects: bool) -> Iterator[tuple[str, str]]:
    if projects:
        yield f"{ours}_0_conv", f"{theirs}.downsample.0"
        yield f"{ours}_0_bn", f"{theirs}.downsample.1"
    for number in range(1, convolutions + 1):
        yield f"{ours}_{number}_conv", f"{theirs}.conv{number}"
        yield f"{ours}_{number}_bn", f"{theirs}.bn{number}"
