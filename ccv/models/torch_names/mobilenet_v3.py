"""Torchvision's names of MobileNetV3's layers; `variant="torch"` fits its weights."""

from collections.abc import Iterator
from typing import Any

from ccv.names import check_name

# Of each block, whether it has squeeze and excitation ("s").
BLOCKS = {"mobilenet_v3_small": "s--ssssssss", "mobilenet_v3_large": "---sss----sssss"}
TORCH_DENSE = ("classifier.0", "classifier.3")  # 1x1 convolutions here, as in Keras


def torch_names(name: str, **options: Any) -> dict[str, str]:
    """Return our layer -> torchvision's module, for the layers that have weights.

    The first block has no expansion, so its parts count from 0 one place earlier.

    >>> names = torch_names("mobilenet_v3_small")
    >>> names["expanded_conv_depthwise"], names["expanded_conv_3_squeeze_excite_conv_1"], names["logits"]
    ('features.1.block.0.0', 'features.4.block.2.fc2', 'classifier.3')
    """
    check_name("model", name, BLOCKS)
    names = {"conv": "features.0.0", "conv_bn": "features.0.1"}
    for number, squeezes in enumerate(BLOCKS[name]):
        ours = f"expanded_conv_{number}" if number else "expanded_conv"
        names |= dict(_block(ours, f"features.{number + 1}.block", number > 0, squeezes == "s"))
    last = f"features.{len(BLOCKS[name]) + 1}"
    return names | {"conv_1": f"{last}.0", "conv_1_bn": f"{last}.1", "conv_2": "classifier.0", "logits": "classifier.3"}


def _block(ours: str, theirs: str, expands: bool, squeezes: bool) -> Iterator[tuple[str, str]]:
    part = 0
    if expands:
        yield from {f"{ours}_expand": f"{theirs}.0.0", f"{ours}_expand_bn": f"{theirs}.0.1"}.items()
        part = 1
    yield from {f"{ours}_depthwise": f"{theirs}.{part}.0", f"{ours}_depthwise_bn": f"{theirs}.{part}.1"}.items()
    if squeezes:
        part += 1
        yield f"{ours}_squeeze_excite_conv", f"{theirs}.{part}.fc1"
        yield f"{ours}_squeeze_excite_conv_1", f"{theirs}.{part}.fc2"
    yield from {f"{ours}_project": f"{theirs}.{part + 1}.0", f"{ours}_project_bn": f"{theirs}.{part + 1}.1"}.items()
