"""Torchvision's names of ConvNeXt's layers; `variant="torch"` fits its weights."""

from typing import Any

from ccv.names import check_name

BLOCKS = {"convnext_tiny": (3, 3, 9, 3)}
# Our part of a block -> where it stands in torchvision's, whose LayerScale is a number of the block itself.
PARTS = {"dwconv": ".block.0", "norm": ".block.2", "expand": ".block.3", "project": ".block.5", "scale": ""}


def torch_names(name: str, **options: Any) -> dict[str, str]:
    """Return our layer -> torchvision's module, for the layers that have weights.

    >>> names = torch_names("convnext_tiny")
    >>> names["down2_conv"], names["block3i_project"], names["block1a_scale"]
    ('features.2.1', 'features.5.8.block.5', 'features.1.0')
    """
    check_name("model", name, BLOCKS)
    names = {"stem_conv": "features.0.0", "stem_norm": "features.0.1"}
    for stage, count in enumerate(BLOCKS[name], 1):
        if stage > 1:
            theirs = f"features.{2 * stage - 2}"
            names |= {f"down{stage}_norm": f"{theirs}.0", f"down{stage}_conv": f"{theirs}.1"}
        for block in range(count):
            ours, theirs = f"block{stage}{chr(97 + block)}", f"features.{2 * stage - 1}.{block}"
            names |= {f"{ours}_{part}": f"{theirs}{place}" for part, place in PARTS.items()}
    return names | {"head_norm": "classifier.0", "predictions": "classifier.2"}
