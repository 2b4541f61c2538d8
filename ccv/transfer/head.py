"""A backbone with a new classifier, from uint8 pixels to classes."""

from typing import Any

import keras
from keras import layers

from ccv.checks import check_whole
from ccv.graph import is_graph
from ccv.models.common import check_activation, drop
from ccv.models.origin import origin_of, remember
from ccv.names import check_name
from ccv.transfer.backbones import cut, preprocessing_for
from ccv.transfer.graph import HEAD, Copier, check_image_model, image_shape

POOLING = {
    "avg": layers.GlobalAveragePooling2D,
    "max": layers.GlobalMaxPooling2D,
    "flatten": layers.Flatten,
}


def with_head(
    backbone: keras.Model,
    classes: int,
    *,
    pooling: str = "avg",
    dropout: float = 0.2,
    preprocessing: bool | keras.layers.Layer | None = True,
    classifier_activation: Any = "softmax",
    name: str | None = None,
) -> keras.Model:
    """Return a new classifier: uint8 (or float, 0 to 255) `(batch, height, width, channels)` -> `(batch, classes)`.

    The graph is flat: every layer of the backbone is a layer of the result, under its own name, a copy with copied
    weights, so that training the result leaves `backbone` as it is. `pooling` is "avg", "max" or "flatten"; the head's
    layers are `head_pool`, `head_dropout` and `head`. `preprocessing` is True for `preprocessing_for(backbone)`, a
    layer of your own, or False where pixels come as the backbone takes them. `classifier_activation="sigmoid"` is for
    images with several labels, or none: a yes or no to each.

    Raises ValueError or TypeError, in one sentence, for an argument that does not fit or a model that takes no image.
    """
    base = cut(check_image_model(backbone))
    check_whole("classes", classes)
    pool = POOLING[check_name("pooling", pooling, POOLING)](name=f"{HEAD}_pool")
    dropping = drop(dropout, f"{HEAD}_dropout")
    check_activation(classifier_activation)
    if pooling == "flatten" and None in base.outputs[0].shape[1:]:
        raise ValueError(f"pooling='flatten' needs a fixed size: build {base.name} with input_shape=(height, width, 3)")
    copier = Copier(taken=("pixels", HEAD, pool.name, dropping.name))
    inputs = keras.Input(image_shape(base), name="pixels")
    [x] = copier(base, [_preprocessed(inputs, base, preprocessing, copier)])
    x = pool(x)
    x = dropping(x) if dropout else x
    outputs = layers.Dense(classes, activation=classifier_activation, name=HEAD)(x)
    model = keras.Model(inputs, outputs, name=name or base.name)
    copier.finish()
    return remember(model, origin_of(base)) if preprocessing is False else model


def _preprocessed(inputs: Any, base: keras.Model, preprocessing: Any, copier: Copier) -> Any:
    layer = preprocessing_for(base) if preprocessing is True else preprocessing or None
    if layer is None:
        return inputs
    if not isinstance(layer, keras.layers.Layer):
        raise TypeError(f"preprocessing={layer!r:.60} must be True, False or a Keras layer, which can be saved")
    if isinstance(layer, keras.Sequential) and not is_graph(layer):
        layer.build((None, *image_shape(base)))
    return copier(layer, [inputs])[0] if is_graph(layer) else copier.copy(layer, layer.name)(inputs)
