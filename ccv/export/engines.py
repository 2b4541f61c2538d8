"""The engines that run a file: each takes a path and a number of threads and gives a function of a batch of pixels.

What they give is one array, float32, `(batch, ...)`. No engine is loaded before it is needed.
"""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ccv.export.formats import engine_of

Run = Callable[[np.ndarray], np.ndarray]


def _litert(path: Path, threads: int | None) -> Run:
    if engine_of("litert") == "ai_edge_litert":
        from ai_edge_litert.interpreter import Interpreter

        made = Interpreter(str(path), num_threads=threads)
    else:
        from tensorflow import lite

        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # TensorFlow's own copy goes on to work, and says at each use that it will go
            made = lite.Interpreter(str(path), num_threads=threads)
    place, answer = made.get_input_details()[0]["index"], made.get_output_details()[0]["index"]
    ready: list[tuple[int, ...]] = []  # the shape that memory was taken for

    def run(images: np.ndarray) -> np.ndarray:
        if ready != [images.shape]:
            made.resize_tensor_input(place, images.shape)
            made.allocate_tensors()
            ready[:] = [images.shape]
        made.set_tensor(place, images)
        made.invoke()
        return made.get_tensor(answer)

    return run


def _onnx(path: Path, threads: int | None) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0  # 0: as many as there are cores
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda images: session.run(None, {name: images})[0]


def _openvino(path: Path, threads: int | None) -> Run:
    import openvino

    # A processor that can would else compute in bfloat16, with three digits.
    how: dict[str, Any] = {"INFERENCE_PRECISION_HINT": "f32"} | ({"INFERENCE_NUM_THREADS": threads} if threads else {})
    compiled = openvino.Core().compile_model(str(path), "CPU", how)
    return lambda images: compiled(images)[0]


def _saved_model(path: Path, threads: int | None) -> Run:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    return lambda images: np.asarray(loaded.serve(images))


ENGINES: dict[str, Callable[[Path, int | None], Run]] = {
    "litert": _litert,
    "onnx": _onnx,
    "openvino": _openvino,
    "saved_model": _saved_model,
}
