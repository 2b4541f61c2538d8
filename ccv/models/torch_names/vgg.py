"""Torchvision's names of VGG's layers, without and with batch normalisation."""

from typing import Any

from ccv.names import check_name

# Convolutions in blocks 1 to 5. Torchvision has no A-LRN and no C.
CONVOLUTIONS = {
    "vgg11": (1, 1, 2, 2, 2),
    "vgg13": (2, 2, 2, 2, 2),
    "vgg16": (2, 2, 3, 3, 3),
    "vgg19": (2, 2, 4, 4, 4),
}
CLASSIFIER = {"fc1": "classifier.0", "fc2": "classifier.3", "predictions": "classifier.6"}


def torch_names(name: str, **options: Any) -> dict[str, str]:
    """Return our layer -> torchvision's module, for the layers that have weights.

    With `batch_norm=True` they are those of `vgg16_bn` and its like.

    >>> torch_names("vgg16", batch_norm=True)["block1_conv2_bn"]
    'features.4'
    """
    check_name("model", name, CONVOLUTIONS)
    batch_norm = options.get("batch_norm", False)
    names, module = {}, 0
    for block, count in enumerate(CONVOLUTIONS[name], 1):
        for number in range(1, count + 1):
            names[f"block{block}_conv{number}"] = f"features.{module}"
            if batch_norm:
                names[f"block{block}_conv{number}_bn"] = f"features.{module + 1}"
            module += 3 if batch_norm else 2  # convolution, (normalisation,) ReLU
        module += 1  # pooling
    return names | CLASSIFIER
