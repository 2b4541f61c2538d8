"""Numbers of fewer bits: what LiteRT's converter is told, and how OpenVINO's files are written."""

import io
import logging
from collections.abc import Iterator
from contextlib import redirect_stdout
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
    some = spread(images)

    def examples() -> Iterator[list[np.ndarray]]:
        for image in some:
            yield [image[None]]

    return options | {"representative_dataset": examples}


def spread(images: np.ndarray) -> np.ndarray:
    """Return at most `MOST` of the images, from the first to the last."""
    return images[np.linspace(0, len(images) - 1, min(len(images), MOST)).astype(int)]


def to_openvino(source: Path, path: Path, quantize: str | None, images: np.ndarray | None) -> None:
    """Write a file that OpenVINO reads as a network of its own, with fewer bits if so asked.

    float16: the weights alone. int8: weights and maps, their ranges taken from images by Intel's NNCF, which also
    mends the biases that rounding shifts.
    """
    import openvino

    network = openvino.Core().read_model(str(source))
    if quantize == "int8":
        assert images is not None
        network = _eight_bits(network, spread(images))
    openvino.save_model(network, str(path), compress_to_fp16=quantize == "float16")


def _eight_bits(network: Any, images: np.ndarray) -> Any:
    import nncf

    nncf.set_log_level(logging.ERROR)  # it tells of each step, and of TensorFlow, which it asks nothing
    with redirect_stdout(io.StringIO()):  # and draws bars
        return nncf.quantize(network, nncf.Dataset(images[:, None]), subset_size=len(images))
