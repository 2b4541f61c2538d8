"""Networks from pictures to vectors, and the twin network that compares two of them."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from ccv.checks import check_whole
from ccv.layers import AbsoluteDifference
from ccv.names import check_name
from ccv.transfer import backbone, preprocessing_for
from ccv.transfer.head import POOLING


def embedder(
    backbone_or_name: str | keras.Model,
    size: int = 64,
    *,
    weights: Any = None,
    pooling: str = "flatten",
    unit_length: bool = True,
    preprocessing: bool | keras.layers.Layer | None = True,
    **options: Any,
) -> keras.Model:
    """Return uint8 pixels `(batch, height, width, channels)` -> embeddings `(batch, size)`, each of length 1.

    A name is a builder of `ccv.models`, with its `weights` and options; a model is cut before its classifier and shares
    its weights with the result. `pooling` is "flatten", which keeps where in the picture a feature is, "avg" or "max".
    `unit_length=False` leaves the vectors as long as they come. `preprocessing` is True for what the backbone's weights
    expect, a layer of your own, or False where pixels come as the backbone takes them.

    Raises ValueError or TypeError, in one sentence, for an argument that does not fit or a model that takes no image.
    """
    check_whole("size", size)
    check_name("pooling", pooling, POOLING)
    base = backbone(backbone_or_name, weights, **options)
    if pooling == "flatten" and None in base.outputs[0].shape[1:]:
        raise ValueError(f"pooling='flatten' needs a fixed size: build {base.name} with input_shape=(height, width, 3)")
    inputs = keras.Input(base.inputs[0].shape[1:], name="pixels")
    layer = preprocessing_for(base) if preprocessing is True else preprocessing
    x = base(layer(inputs) if layer else inputs)
    x = layers.Dense(size, name="embedding")(POOLING[pooling](name="pool")(x))
    return keras.Model(inputs, layers.UnitNormalization(name="unit")(x) if unit_length else x, name="embedder")


def conv_blocks(input_shape: Sequence[int], filters: Sequence[int] = (16, 32, 64)) -> keras.Model:
    """Return a small backbone for `embedder`: uint8 pixels -> maps, halved once for each number of filters.

    A block is a 3x3 convolution, batch normalization, ReLU and a 2x2 maximum. Source: Vinyals et al., "Matching
    networks for one shot learning", NeurIPS 2016, which has four blocks of 64 filters.

    >>> conv_blocks((32, 32, 1)).output_shape
    (None, 4, 4, 64)
    """
    x = inputs = keras.Input(tuple(input_shape), name="input")
    x = layers.Rescaling(1 / 127.5, -1, name="pixels_to_one")(x)
    for number, count in enumerate(filters, 1):
        x = layers.Conv2D(count, 3, padding="same", use_bias=False, name=f"block{number}_conv")(x)
        x = layers.BatchNormalization(name=f"block{number}_bn")(x)
        x = layers.ReLU(name=f"block{number}_relu")(x)
        x = layers.MaxPooling2D(2, name=f"block{number}_pool")(x)
    return keras.Model(inputs, x, name="conv_blocks")


def twins(tower: keras.Model) -> keras.Model:
    """Return `[left, right]` pictures -> `(batch, 1)`, how likely they show the same; both pass one tower.

    The head of Koch et al. 2015, section 3.1, over any tower `(batch, ...)` -> `(batch, size)`: the absolute
    difference of the two embeddings, each number weighed, and a sigmoid. `ccv.models.siamese` has their own tower.
    Raises ValueError for a tower whose output is no vector.
    """
    if len(tower.inputs) != 1 or len(tower.outputs) != 1 or len(tower.outputs[0].shape) != 2:
        raise ValueError(f"{tower.name} must give one vector for one picture: pass what `embedder` returns")
    left, right = (keras.Input(tower.inputs[0].shape[1:], name=side) for side in ("left", "right"))
    x = AbsoluteDifference(name="distance")([tower(left), tower(right)])
    return keras.Model([left, right], layers.Dense(1, activation="sigmoid", name="predictions")(x), name="twins")
