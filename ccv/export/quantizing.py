"""Numbers of fewer bits: what LiteRT's converter is told, and OpenVINO's weights in half."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

MOST = 200  # images that the ranges of int8 are taken from


def converter_options(quantize: str, images: np.ndarray | None) -> dict[str, Any]:
    """Return what `Model.export` hands to LiteRT's converter.

    int8: weights and maps in eight bits, their ranges taken from images; what goes in and comes out stays float32.
    float16: the weights alone, which the engine brings back to float32.
    """
    import tensorflow as tf

    options: dict[str, Any] = {"optimizations": [tf.lite.Optimize.DEFAULT]}
    if quantize == "float16":
        return options | {"target_spec": {"supported_types": [tf.float16]}}
    assert images is not None
    some = images[np.linspace(0, len(images) - 1, min(len(images), MOST)).astype(int)]

    def examples() -> Iterator[list[np.ndarray]]:
        for image in some:
            yield [image[None]]

    return options | {"representative_dataset": examples}


def halved(path: Path) -> None:
    """Write the weights of an OpenVINO network in float16, in place."""
    import openvino

    # The weights are mapped from the file that is written anew: it is read from another place.
    apart = path.with_name("whole")
    apart.mkdir()
    for suffix in (".xml", ".bin"):
        path.with_suffix(suffix).replace(apart / f"network{suffix}")
    network = openvino.Core().read_model(str(apart / "network.xml"))
    openvino.save_model(network, str(path), compress_to_fp16=True)
