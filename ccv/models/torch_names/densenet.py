"""Torchvision's names of DenseNet's layers; `variant="torch"` fits its weights.

The files that torchvision publishes are older than its code: they say `norm.1`, `conv.2` in a dense layer where a
state dict of today says `norm1`, `conv2`. `modern_name` turns the one into the other.
"""

import re
from typing import Any

from ccv.names import check_name

BLOCKS = {
    "densenet121": (6, 12, 24, 16),
    "densenet169": (6, 12, 32, 32),
    "densenet201": (6, 12, 48, 32),
    "densenet264": (6, 12, 64, 48),  # not in torchvision; named in its manner
}
DENSE_LAYER = {"0_bn": "norm1", "1_conv": "conv1", "1_bn": "norm2", "2_conv": "conv2"}


def torch_names(name: str, **options: Any) -> dict[str, str]:
    """Return our layer -> torchvision's module, for the layers that have weights.

    >>> names = torch_names("densenet121")
    >>> names["conv4_block24_1_bn"], names["pool4_conv"]
    ('features.denseblock3.denselayer24.norm2', 'features.transition3.conv')
    """
    check_name("model", name, BLOCKS)
    names = {"conv1_conv": "features.conv0", "conv1_bn": "features.norm0"}
    for block, count in enumerate(BLOCKS[name], 1):
        for layer in range(1, count + 1):
            ours, theirs = f"conv{block + 1}_block{layer}", f"features.denseblock{block}.denselayer{layer}"
            names |= {f"{ours}_{mine}": f"{theirs}.{its}" for mine, its in DENSE_LAYER.items()}
        if block < 4:
            names[f"pool{block + 1}_bn"] = f"features.transition{block}.norm"
            names[f"pool{block + 1}_conv"] = f"features.transition{block}.conv"
    return names | {"bn": "features.norm5", "predictions": "classifier"}


def modern_name(key: str) -> str:
    """Return a key of a state dict as torchvision's code of today has it.

    >>> modern_name("features.denseblock1.denselayer1.norm.1.weight")
    'features.denseblock1.denselayer1.norm1.weight'
    """
    return re.sub(r"(denselayer\d+\.(?:norm|conv))\.(\d)", r"\1\2", key)
