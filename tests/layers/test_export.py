"""Every layer of ours in the formats that people ship: the exported file computes what Keras computes."""

import sys

import keras
import numpy as np
import pytest
from keras import layers as keras_layers

from ccv import layers
from ccv.layers import EuclideanRBF, scaled_tanh

MAPS = {
    "AdaptiveAveragePooling2D": lambda: layers.AdaptiveAveragePooling2D((6, 5)),
    "AdaptiveAveragePooling2D to 1": lambda: layers.AdaptiveAveragePooling2D(1),
    "LayerScale": lambda: layers.LayerScale(0.5),
    "LocalResponseNormalization": layers.LocalResponseNormalization,
    "PadChannels": lambda: layers.PadChannels(7),
    "Reorg": layers.Reorg,
    "ReverseChannels": layers.ReverseChannels,
    "Subsampling2D": layers.Subsampling2D,
    "TableConv2D": lambda: layers.TableConv2D([[0, 1], [2]], 3),
    "Truncate": layers.Truncate,
    "scaled_tanh": lambda: keras_layers.Activation(scaled_tanh),
}
# Two inputs; a vector; rows of places; a loss, which nobody exports.
BESIDE = {"AbsoluteDifference", "EuclideanRBF", "ClassToken", "PositionEmbedding", "MapCriterion"}
FIXED = (10, 14)
OPEN = [(10, 14), (6, 6), (4, 16), (20, 10)]  # smaller than what is pooled to, and no multiple of it


def test_no_layer_is_forgotten():
    assert {name.split()[0] for name in MAPS} | BESIDE == set(layers.__all__)


def every_layer(height, width):
    """A model with an output for each layer."""
    maps = keras.Input((height, width, 4))
    tables = [make()(maps) for make in MAPS.values()]
    difference = layers.AbsoluteDifference()([maps, keras_layers.ReLU()(maps)])
    pooled = keras_layers.GlobalMaxPooling2D()(maps)
    distance = EuclideanRBF([[0.5, 1.0, 0.0, -1.0], [1.0, 1.0, 1.0, 1.0]])(pooled)
    token = layers.ClassToken()(keras_layers.Reshape((2, 2))(pooled))
    return keras.Model(maps, [*tables, difference, distance, layers.PositionEmbedding((1, 2))(token)])


def in_onnx(path):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda x: session.run(None, {session.get_inputs()[0].name: x})


def in_openvino(path):
    import openvino

    full = {"INFERENCE_PRECISION_HINT": "f32"}  # or a processor that can computes in bfloat16
    compiled = openvino.Core().compile_model(str(path), "CPU", full)
    names = ["Identity:0", *(f"Identity_{i}:0" for i in range(1, len(MAPS) + 3))]  # the file has them in another order
    return lambda x: [compiled(x)[name] for name in names]


def in_litert(path):
    import tensorflow as tf

    runner = tf.lite.Interpreter(str(path)).get_signature_runner()
    (name,) = runner.get_input_details()

    def run(x):
        answers = runner(**{name: x})
        return [answers[f"output_{i}"] for i in range(len(answers))]

    return run


def in_saved_model(path):
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    return lambda x: [np.asarray(y) for y in loaded.serve(x)]


FORMATS = {
    "onnx": ("model.onnx", in_onnx, ("tf2onnx", "onnx", "onnxruntime")),
    "litert": ("model.tflite", in_litert, ()),
    "tf_saved_model": ("model", in_saved_model, ()),
    "openvino": ("model.xml", in_openvino, ("openvino",)),
}


@pytest.mark.parametrize("size", [FIXED, (None, None)], ids=["fixed size", "open size"])
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.filterwarnings("ignore:.*tf.lite.Interpreter is deprecated")
def test_the_exported_file_computes_what_keras_computes(form, size, tmp_path):
    file, load, needed = FORMATS[form]
    if form == "litert" and keras.__version__.startswith("3.12."):
        pytest.skip("Keras exports to LiteRT from 3.13 on")
    if form == "openvino" and sys.version_info >= (3, 13):
        pytest.skip("OpenVINO up to 2026.4 converts no Keras model on Python 3.13 and later")
    for package in needed:
        pytest.importorskip(package, reason=f"{package} is not installed: pip install {package}")
    keras.utils.set_random_seed(0)
    model = every_layer(*size)
    rng = np.random.default_rng(1)
    inputs = [rng.normal(size=(2, *sides, 4)).astype("float32") for sides in ([FIXED] if size == FIXED else OPEN)]
    expected = [model(x) for x in inputs]
    model.export(str(tmp_path / file), format=form, verbose=False)
    run = load(tmp_path / file)
    names = [tensor._keras_history.operation.name for tensor in model.outputs]
    for x, wanted in zip(inputs, expected, strict=True):
        for name, got, want in zip(names, run(x), wanted, strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5, err_msg=f"{name} of {x.shape}")
