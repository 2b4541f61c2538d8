"""Torchvision's names of AlexNet's layers. The builder's `variant="torch"` fits its weights."""

from typing import Any

from ccv.names import check_name

NAMES = {
    "conv1": "features.0",
    "conv2": "features.3",
    "conv3": "features.6",
    "conv4": "features.8",
    "conv5": "features.10",
    "fc6": "classifier.1",
    "fc7": "classifier.4",
    "predictions": "classifier.6",
}


def torch_names(name: str, **options: Any) -> dict[str, str]:
    """Return our layer -> torchvision's module, for the layers that have weights.

    >>> torch_names("alexnet")["fc6"]
    'classifier.1'
    """
    check_name("model", name, ("alexnet",))
    return dict(NAMES)
