"""Keras models as they can be handed over: one flat graph of Keras's own layers, however the student built it.

Models in models are opened, subclassed models traced, and functions of others (`tf.nn.relu`, a lambda) become the
layers of Keras that compute the same. It runs beside the student's code; what it makes is read again with suspicion
(see `rebuild`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from ccv.grading.border.frames import WireError
from ccv.grading.border.wire import is_keras_model
from ccv.grading.networks.descriptions import is_portable, is_strange
from ccv.grading.networks.flattening import BATCH, FlatCopy
from ccv.grading.networks.recording import is_graph, record

_UNKNOWN_SIDE = 64  # of an image whose size a model leaves open


def portable(value: Any, arguments: Any = ()) -> Any:
    """Return a value with each Keras model in it made portable; `arguments` are what the student's function was given.

    Raises:
        WireError: a model computes something that no layer of Keras's does.
    """
    if "keras" not in sys.modules:
        return value
    if is_keras_model(value):
        return portable_model(value, arguments)
    if type(value) in (list, tuple):
        return type(value)(portable(item, arguments) for item in value)
    if type(value) is dict:
        return {key: portable(item, arguments) for key, item in value.items()}
    return value


def portable_model(model: Any, arguments: Any = ()) -> Any:
    """Return the model itself where Keras can rebuild it as it is, else its copy from layers that can.

    Raises:
        WireError: it computes something that no layer of Keras's does.
    """
    if is_portable(model):
        return model
    shapes = _input_shapes(model, arguments)
    if shapes is None:
        return model  # it was never called: a check says what is missing
    rng = np.random.default_rng(0)
    try:
        images = [_images(rng, shape, dtype) for shape, dtype in shapes]
        steps, outputs = record(model, images)
        return FlatCopy(shapes, images).of(steps, outputs, model.name)
    except Exception as error:  # of the student's own `call`, too
        if is_graph(model) and not is_strange(model):
            return model
        if isinstance(error, WireError):
            raise
        sizes = " and ".join(str(shape) for shape, _ in shapes)
        raise WireError(f"your model cannot be called on images of shape {sizes}: {error}"[:500]) from None


# --------------------------------------------------------------------------------------------------------- its input


def _input_shapes(model: Any, arguments: Any) -> list[tuple[tuple, str]] | None:
    """The shapes of a model's inputs, without the batch, and their dtypes."""
    if getattr(model, "inputs", None):
        return [(tuple(t.shape)[1:], t.dtype) for t in model.inputs]
    from ccv.graph import built_shapes

    built = built_shapes(model)
    if built:
        return [(tuple(shape)[1:], "float32") for value in built.values() for shape in _shapes_in(value)]
    if is_graph(model):
        return None
    shape = next(_image_shapes(arguments), None)
    return None if shape is None else [(shape, "float32")]


def _shapes_in(value: Any) -> Iterator[tuple]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, tuple | list) and all(n is None or isinstance(n, int) for n in value):
        yield tuple(value)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _shapes_in(item)


def _image_shapes(arguments: Any) -> Iterator[tuple]:
    """Shapes of images among the arguments that a student's function was given: (height, width, channels)."""
    if isinstance(arguments, dict):
        arguments = list(arguments.values())
    if isinstance(arguments, tuple | list):
        if len(arguments) == 3 and all(type(n) is int and n > 0 for n in arguments):
            yield tuple(arguments)
        for item in arguments:
            yield from _image_shapes(item)


def _images(rng: np.random.Generator, shape: tuple, dtype: str) -> Any:
    import keras

    sides = (BATCH, *(side or _UNKNOWN_SIDE for side in shape))
    drawn = rng.integers(0, 2, sides) if "int" in dtype else rng.normal(0, 2, sides)
    return keras.ops.convert_to_tensor(drawn.astype(dtype if "int" in dtype else "float32"))
