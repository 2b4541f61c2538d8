"""A classifier's last layer made fit for eight bits, which hold numbers of like size and no others."""

from typing import Any

import keras
import numpy as np
from keras import layers

from ccv.graph import call_of, maker

STEEP = 8  # how many times the middle weight the largest must be before there is anything to level


def level_head(model: keras.Model) -> keras.Model:
    """Return a model that says the same, whose last dense layer has weights of like size for every feature.

    A head that was trained on scaled features has weights of 1 and of 800, the large ones for features that hardly
    move. Eight bits for a column of these have steps of 6, and the small ones are gone: resnet20, fine-tuned on blood
    cells, fell from 96 % to 39 %. Here each feature is first multiplied by its largest weight, by a depthwise
    convolution, whose every channel has bits of its own, and the head divided by it. A model whose head is level, or
    is no dense layer over `(batch, features)`, comes back itself.
    """
    after, tensor = [], model.outputs[0]
    while isinstance(maker(tensor), layers.Activation | layers.Softmax):
        after.append(maker(tensor))
        [tensor] = call_of(tensor).input_tensors
    head = maker(tensor)
    if type(head) is not layers.Dense or len(tensor.shape) != 2:
        return model
    kernel, *bias = head.get_weights()
    reach = np.abs(kernel).max(axis=1)
    if reach.max() <= STEEP * np.median(reach):
        return model
    reach[reach == 0] = 1
    [x] = call_of(tensor).input_tensors
    x = _level(x, reach)
    level = layers.Dense.from_config(head.get_config())
    x = level(x)
    level.set_weights([kernel / reach[:, None], *bias])
    for layer in reversed(after):
        x = layer(x)
    return keras.Model(model.inputs, x, name=model.name)


def _level(features: Any, factors: np.ndarray) -> Any:
    """Multiply each feature by its factor."""
    scale = layers.DepthwiseConv2D(1, use_bias=False, name="level")
    scaled = layers.Flatten()(scale(layers.Reshape((1, 1, len(factors)))(features)))
    scale.set_weights([factors[None, None, :, None]])
    return scaled
