"""What a network looked at: Grad-CAM, occlusion, the nearest images in feature space. `ccv.plots` draws them."""

from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from ccv.checks import check_whole
from ccv.devices.gradient import gradient
from ccv.graph import call_of, maker
from ccv.transfer.batches import NUMBERS
from ccv.transfer.graph import check_classifier, evaluate, features_of, image_shape, takes, tensor_at

__all__ = ["Neighbours", "grad_cam", "neighbours", "occlusion"]


class Neighbours(NamedTuple):
    """The nearest of each query: their numbers, and cosine distances (0 to 2), `(queries, k)`, nearest first."""

    indices: np.ndarray
    distances: np.ndarray


def grad_cam(model: keras.Model, images: Any, classes: Any = None, *, at: str | None = None) -> np.ndarray:
    """Return where a class's evidence lies: maps `(batch, height, width)`, 0 to 1, as large as the images.

    The maps at a stage or layer (`at`; None: the last before the head) are summed, each weighted by the mean of its
    gradient of the class's logit, and cut at zero; 1 is the largest of each image, all 0 where nothing speaks for the
    class. `classes` is a class number for all images or one for each; None takes what the model predicts. `images` are
    as the model takes them, `(batch, height, width, channels)`.

    Raises ValueError for images, classes or a name that do not fit. Source: Selvaraju et al. 2017, equations 1 and 2.
    """
    pixels = _checked(model, images)
    chosen = _classes(model, pixels, classes)
    tensor = features_of(model) if at is None else tensor_at(model, at)
    if len(tensor.shape) != 4:
        raise ValueError(
            f"at={at!r} gives {tuple(tensor.shape[1:])}, no map (height, width, channels): name one before"
        )
    given = {model.inputs[0]: ops.convert_to_tensor(pixels, dtype=model.inputs[0].dtype)}
    maps = evaluate(model, given, tensor)
    mask = ops.one_hot(ops.convert_to_tensor(chosen), model.outputs[0].shape[-1], dtype="float32")
    slopes = gradient(lambda values: ops.cast(_logits(model, {**given, tensor: values}), "float32") * mask, maps)
    weights = slopes.astype(np.float32).mean(axis=(1, 2), keepdims=True)  # the maps may have half the precision
    heat = np.maximum((weights * ops.convert_to_numpy(maps).astype(np.float32)).sum(axis=-1, keepdims=True), 0)
    heat = ops.convert_to_numpy(ops.image.resize(heat, pixels.shape[1:3], interpolation="bilinear"))[..., 0]
    return heat / np.maximum(heat.max(axis=(1, 2), keepdims=True), 1e-12)


def occlusion(
    model: keras.Model,
    images: Any,
    classes: Any = None,
    *,
    size: int = 8,
    stride: int = 4,
    fill: float | None = None,
    batch_size: int = 64,
) -> np.ndarray:
    """Return by how much a class's output falls where a square hides the image: maps `(batch, height, width)`.

    A square of `size` pixels moves by `stride`; a pixel's value is the mean fall over the squares that hide it,
    negative where hiding helps. `fill` is the square's pixel value; None takes the image's mean. `classes` as in
    `grad_cam`.

    Raises ValueError where sizes, images or classes do not fit. Source: Zeiler, Fergus 2013, section 4.2.
    """
    pixels = _checked(model, images)
    height, width = pixels.shape[1:3]
    for name, value, most in (("size", size, min(height, width)), ("stride", stride, size)):
        check_whole(name, value, 1, most, ": every pixel has its square")
    check_whole("batch_size", batch_size)
    chosen = _classes(model, pixels, classes)
    corners = [(y, x) for y in _starts(height, size, stride) for x in _starts(width, size, stride)]
    maps = np.zeros(pixels.shape[:3], np.float32)
    for number, image in enumerate(pixels):
        square = image.mean(axis=(0, 1)) if fill is None else fill
        whole = model.predict_on_batch(image[None])[0, chosen[number]]
        # A batch at a time: all squares of one photograph would fill gigabytes.
        parts = [corners[start : start + batch_size] for start in range(0, len(corners), batch_size)]
        seen = np.concatenate([model.predict_on_batch(_hidden(image, part, size, square)) for part in parts])
        covered = np.zeros((height, width), np.float32)
        for left, (y, x) in zip(seen[:, chosen[number]], corners, strict=True):
            maps[number, y : y + size, x : x + size] += whole - left
            covered[y : y + size, x : x + size] += 1
        maps[number] /= covered
    return maps


def neighbours(features: Any, queries: Any, k: int = 5) -> Neighbours:
    """Find the `k` rows of `features` (images, channels) that point most nearly as each row of `queries` does.

    A query that is itself among the features finds itself at distance 0, as it does any other that points the same
    way; a row of zeros points nowhere and is at distance 1 from all. Raises ValueError where shapes or `k`
    do not fit.
    """
    known, asked = np.asarray(features, np.float32), np.asarray(queries, np.float32)
    if known.ndim != 2 or asked.ndim != 2 or known.shape[1] != asked.shape[1]:
        raise ValueError(
            f"features and queries must be (images, channels) of as many channels, not {known.shape} and {asked.shape}"
        )
    check_whole("k", k, 1, len(known), ", the number of features")
    distances = 1 - _unit(asked) @ _unit(known).T
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :k]
    return Neighbours(nearest, np.maximum(np.take_along_axis(distances, nearest, axis=1), 0))


def _logits(model: keras.Model, known: dict[Any, Any]) -> Any:
    """Compute the outputs without their softmax or sigmoid, which would flatten the gradient of a sure class."""
    output = model.outputs[0]
    last, before = maker(output), call_of(output).input_tensors[0]
    if isinstance(last, keras.layers.Softmax | keras.layers.Activation):
        return evaluate(model, known, before)
    if not isinstance(last, keras.layers.Dense):
        return evaluate(model, known, output)
    logits = ops.matmul(evaluate(model, known, before), last.kernel)
    return logits if last.bias is None else logits + last.bias


def _checked(model: Any, images: Any) -> np.ndarray:
    check_classifier(model)
    pixels = np.asarray(images)
    if not takes(model, pixels.shape[1:]) or not len(pixels):
        raise ValueError(f"images must be (batch, {', '.join(map(str, image_shape(model)))}), not {pixels.shape}")
    if pixels.dtype.kind not in NUMBERS:
        raise ValueError(f"images must be numbers, not {pixels.dtype}")
    return pixels


def _classes(model: keras.Model, pixels: np.ndarray, classes: Any) -> np.ndarray:
    count = model.outputs[0].shape[-1]
    if classes is None:
        return model.predict_on_batch(pixels).argmax(axis=-1)
    chosen = np.asarray(classes)
    if chosen.dtype.kind not in "iu" or chosen.shape not in ((), (len(pixels),)) or not _within(chosen, count):
        raise ValueError(f"classes must be numbers from 0 to {count - 1}, one, or one for each of {len(pixels)} images")
    return np.broadcast_to(chosen, len(pixels))


def _within(chosen: np.ndarray, count: int) -> bool:
    return bool((chosen >= 0).all() and (chosen < count).all())


def _starts(side: int, size: int, stride: int) -> list[int]:
    """Where squares begin; the last one ends with the image."""
    return sorted({*range(0, side - size + 1, stride), side - size})


def _hidden(image: np.ndarray, corners: list[tuple[int, int]], size: int, value: Any) -> np.ndarray:
    """Return a copy of the image for each corner, where a square begins that has the value."""
    copies = np.repeat(image[None].astype(np.float32), len(corners), axis=0)
    for copy, (y, x) in zip(copies, corners, strict=True):
        copy[y : y + size, x : x + size] = value
    return copies


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
