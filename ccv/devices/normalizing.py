"""Batch normalisation as one operation of TensorFlow while a network trains."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
from keras import ops

from ccv.graph import layers_within

LEAST_EPSILON = 1e-5  # that NVIDIA's library takes


@contextmanager
def fused_batch_norm(model: keras.Model) -> Iterator[None]:
    """Have the batch normalisations of a model, `(batch, height, width, channels)`, train as one operation inside.

        with fused_batch_norm(model):
            model.fit(images, labels)

    Keras computes mean, variance and the normalised map in steps of their own, and its gradient in as many. TensorFlow
    has all of it in one, which a processor does in a third to a half of the time. The numbers are the same but for the
    rounding; prediction, other backends and what TensorFlow's operation cannot do (another axis, a mask, renorm,
    statistics over several machines) are left to Keras. The layers remain Keras's own: only here they are called so.
    """
    found = [layer for layer in layers_within(model) if _fits(layer)] if keras.backend.backend() == "tensorflow" else []
    for layer in found:
        layer.call = _one_operation(layer, layer.call)
    try:
        yield
    finally:
        for layer in found:
            del layer.call


def _fits(layer: Any) -> bool:
    if type(layer) is not keras.layers.BatchNormalization or "call" in vars(layer):
        return False
    other = getattr(layer, "renorm", False) or layer.synchronized
    return layer.axis in (-1, 3) and not other and layer.epsilon >= LEAST_EPSILON


def _one_operation(layer: Any, by_keras: Callable[..., Any]) -> Callable[..., Any]:
    import tensorflow as tf

    def call(inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        wide = keras.backend.standardize_dtype(inputs.dtype) == "float64"
        if not (training and layer.trainable) or mask is not None or len(inputs.shape) != 4 or wide:
            return by_keras(inputs, training=training, mask=mask)
        gamma, beta = (
            ops.cast(getattr(layer, name), "float32") if used else ops.full(inputs.shape[-1:], number)
            for name, used, number in (("gamma", layer.scale, 1.0), ("beta", layer.center, 0.0))
        )
        x = ops.cast(inputs, "float32")  # as Keras does: sixteen bits overflow
        empty = ops.zeros(0)  # of the statistics: none go in
        made, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
            x=x, scale=gamma, offset=beta, mean=empty, variance=empty, epsilon=layer.epsilon
        )
        count = ops.cast(ops.prod(ops.shape(x)[:3]), "float32")
        variance *= (count - 1) / count  # TensorFlow tells that of the population, Keras keeps that of the batch
        for kept, now in ((layer.moving_mean, mean), (layer.moving_variance, variance)):
            kept.assign(kept * layer.momentum + now * (1 - layer.momentum))
        return ops.cast(made, layer.compute_dtype)

    return call
