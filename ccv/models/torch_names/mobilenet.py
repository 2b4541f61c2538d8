"""torchvision's names of the layers of MobileNetV2. No Keras here."""

from collections.abc import Iterator
from typing import Any

BLOCKS = 17


def torch_names(name: str, **options: Any) -> dict[str, str]:
    """Return our layer name -> torchvision's module, of every layer with weights; the `options` change nothing.

    The first block has no expansion, so its parts count from 0 one place earlier. Raises ValueError for a
    network that torchvision does not name so.

    >>> names = torch_names("mobilenet_v2")
    >>> names["expanded_conv_depthwise"], names["block_3_project_BN"], names["predictions"]
    ('features.1.conv.0.0', 'features.4.conv.3', 'classifier.1')
    """
    if name != "mobilenet_v2":
        raise ValueError(f"no names of torchvision's are known here for {name!r}: only for mobilenet_v2")
    return dict(_pairs())


def _pairs() -> Iterator[tuple[str, str]]:
    yield from {"Conv1": "features.0.0", "bn_Conv1": "features.0.1"}.items()
    for block in range(BLOCKS):
        ours = f"block_{block}" if block else "expanded_conv"
        theirs, part = f"features.{block + 1}.conv", 0
        if block:
            yield from {f"{ours}_expand": f"{theirs}.0.0", f"{ours}_expand_BN": f"{theirs}.0.1"}.items()
            part = 1
        yield f"{ours}_depthwise", f"{theirs}.{part}.0"
        yield f"{ours}_depthwise_BN", f"{theirs}.{part}.1"
        yield f"{ours}_project", f"{theirs}.{part + 1}"
        yield f"{ours}_project_BN", f"{theirs}.{part + 2}"
    yield from {"Conv_1": "features.18.0", "Conv_1_bn": "features.18.1", "predictions": "classifier.1"}.items()
