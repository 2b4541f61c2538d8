"""Torchvision's names of the vision transformer's layers."""

import re
from typing import Any

from ccv.names import check_name

DEPTHS = {"vit_b_16": 12}
PARTS = {"norm1": "ln_1", "attention": "self_attention", "norm2": "ln_2", "mlp1": "mlp.0", "mlp2": "mlp.3"}


def torch_names(name: str, **options: Any) -> dict[str, str]:
    """Return our layer -> torchvision's module, for the layers that have weights; the class token is the network's own.

    >>> names = torch_names("vit_b_16")
    >>> names["encoder1_attention"], names["positions"], names["class_token"]
    ('encoder.layers.encoder_layer_0.self_attention', 'encoder', '')
    """
    check_name("model", name, DEPTHS)
    names = {"patches": "conv_proj", "class_token": "", "positions": "encoder"}
    for block in range(DEPTHS[name]):
        theirs = f"encoder.layers.encoder_layer_{block}"
        names |= {f"encoder{block + 1}_{part}": f"{theirs}.{place}" for part, place in PARTS.items()}
    return names | {"encoder_norm": "encoder.ln", "predictions": "heads.head"}


def modern_name(key: str) -> str:
    """Return today's name of a weight: the published files call the dense layers of a block linear_1 and linear_2.

    >>> modern_name("encoder.layers.encoder_layer_0.mlp.linear_2.bias")
    'encoder.layers.encoder_layer_0.mlp.3.bias'
    """
    return re.sub(r"\.mlp\.linear_([12])\.", lambda found: f".mlp.{3 * (int(found[1]) - 1)}.", key)
