"""Torchvision's names of SqueezeNet's layers."""

from typing import Any

from ccv.names import check_name

# Where the fire modules 2 to 9 stand in `features`: convolution, ReLU and pooling come first.
FIRES = {
    "squeezenet1_0": (3, 4, 5, 7, 8, 9, 10, 12),
    "squeezenet1_1": (3, 4, 6, 7, 9, 10, 11, 12),
}


def torch_names(name: str, **options: Any) -> dict[str, str]:
    """Return our layer -> torchvision's module, for the layers that have weights.

    >>> torch_names("squeezenet1_1")["fire9_expand3x3"]
    'features.12.expand3x3'
    """
    check_name("model", name, FIRES)
    names = {"conv1": "features.0", "conv10": "classifier.1"}
    for fire, module in enumerate(FIRES[name], 2):
        for part in ("squeeze", "expand1x1", "expand3x3"):
            names[f"fire{fire}_{part}"] = f"features.{module}.{part}"
    return names
