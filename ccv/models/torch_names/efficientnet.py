"""Torchvision's names of EfficientNet's layers; `variant="torch"` fits its weights."""

from collections.abc import Iterator
from typing import Any

from ccv.names import check_name

# Blocks in each of the seven stages.
REPEATS = {
    "efficientnet_b0": (1, 2, 2, 3, 3, 4, 1),
    "efficientnet_b1": (2, 3, 3, 4, 4, 5, 2),
    "efficientnet_b2": (2, 3, 3, 4, 4, 5, 2),
    "efficientnet_b3": (2, 3, 3, 5, 5, 6, 2),
    "efficientnet_b4": (2, 4, 4, 6, 6, 8, 2),
    "efficientnet_b5": (3, 5, 5, 7, 7, 9, 3),
    "efficientnet_b6": (3, 6, 6, 8, 8, 11, 3),
    "efficientnet_b7": (4, 7, 7, 10, 10, 13, 4),
}


def torch_names(name: str, **options: Any) -> dict[str, str]:
    """Return our layer -> torchvision's module, for the layers that have weights.

    The blocks of the first stage have no expansion, so their parts count from 0 one place earlier.

    >>> names = torch_names("efficientnet_b0")
    >>> names["block1a_dwconv"], names["block2b_se_reduce"]
    ('features.1.0.block.0.0', 'features.2.1.block.2.fc1')
    """
    check_name("model", name, REPEATS)
    names = {"stem_conv": "features.0.0", "stem_bn": "features.0.1"}
    for stage, repeats in enumerate(REPEATS[name], 1):
        for repeat in range(repeats):
            names |= dict(_block(f"block{stage}{chr(97 + repeat)}", f"features.{stage}.{repeat}.block", stage > 1))
    return names | {"top_conv": "features.8.0", "top_bn": "features.8.1", "predictions": "classifier.1"}


def _block(ours: str, theirs: str, expands: bool) -> Iterator[tuple[str, str]]:
    if expands:
        yield from {f"{ours}_expand_conv": f"{theirs}.0.0", f"{ours}_expand_bn": f"{theirs}.0.1"}.items()
    depthwise, squeeze, project = (f"{theirs}.{part + expands}" for part in range(3))
    yield from {f"{ours}_dwconv": f"{depthwise}.0", f"{ours}_bn": f"{depthwise}.1"}.items()
    yield from {f"{ours}_se_reduce": f"{squeeze}.fc1", f"{ours}_se_expand": f"{squeeze}.fc2"}.items()
    yield from {f"{ours}_project_conv": f"{project}.0", f"{ours}_project_bn": f"{project}.1"}.items()
