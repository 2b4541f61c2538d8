"""From files to images of one size, inside `tf.data`: decode, crop, resize, turn, frame.

The graph has only the steps that the files need: a folder of upright JPEG files gets exactly what
one would write by hand, which is read_file, decode_jpeg, slice, resize.
"""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from ccv.data.facts import decode
from ccv.data.plans import GREY, Plan


def dataset(
    paths: Sequence[str], labels: np.ndarray, plans: Sequence[Plan], size: tuple[int, int], channels: int
) -> tf.data.Dataset:
    """Return single `(image, label)` pairs, uint8 `(height, width, channels)` and what `labels` holds, in its order."""
    decoders = sorted({(plan.decoder, plan.shrink) for plan in plans}) or [("jpeg", 1)]
    columns: dict[str, Any] = {"path": tf.constant([os.fsencode(path) for path in paths], tf.string)}
    large = None  # labels of many numbers, as masks, are kept once and looked up, not copied for every order
    if labels.ndim > 2:
        with tf.device("CPU:0"):
            large = tf.constant(labels)
    columns["label"] = labels if large is None else np.arange(len(labels))
    whole = all(plan.whole for plan in plans)
    turned = any(plan.orientation != 1 for plan in plans)
    targets = {plan.target for plan in plans}
    framed = any(plan.upright != size for plan in plans)
    if len(decoders) > 1:  # a column costs time with every image
        columns["decoder"] = np.array([decoders.index((plan.decoder, plan.shrink)) for plan in plans], np.int32)
    if not whole:
        columns["window"] = np.array([plan.window for plan in plans], np.int32).reshape(-1, 4)
    if len(targets) > 1:
        columns["target"] = np.array([plan.target for plan in plans], np.int32).reshape(-1, 2)
    if turned:
        columns["orientation"] = np.array([plan.orientation for plan in plans], np.int32)
    if framed:
        columns["corner"] = np.array([plan.corner for plan in plans], np.int32).reshape(-1, 2)

    def example(row: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        data = tf.io.read_file(row["path"])
        image = _decode(data, decoders, row.get("decoder"), channels)
        if not whole:
            top, left, height, width = tf.unstack(row["window"])
            image = tf.slice(image, [top, left, 0], [height, width, channels])
            image = resize(image, row["target"] if len(targets) > 1 else next(iter(targets)))
        if turned:
            image = _turn(image, row["orientation"])
        if framed:
            image = frame(image, row["corner"], size)
        image.set_shape((*size, channels))
        return image, row["label"] if large is None else large[row["label"]]

    def reordered(order: Any = None) -> tf.data.Dataset:
        rows = columns if order is None else {name: tf.gather(column, order) for name, column in columns.items()}
        return tf.data.Dataset.from_tensor_slices(rows).map(example, tf.data.AUTOTUNE, deterministic=True)

    made = reordered()
    made.reordered = reordered  # training shuffles the paths, not the decoded images
    return made


def fit(image: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Crop and resize one uint8 image `(height, width, channels)` whose size is known only when it is there."""
    shape = tf.cast(tf.shape(image)[:2], tf.float64)
    wanted = tf.stack([shape[1] * (size[0] / size[1]), shape[0] * (size[1] / size[0])])
    window = tf.cast(tf.minimum(shape, tf.maximum(tf.round(wanted), tf.ones(2, tf.float64))), tf.int32)
    corner = (tf.shape(image)[:2] - window) // 2
    fitted = resize(tf.slice(image, [corner[0], corner[1], 0], [window[0], window[1], -1]), size)
    fitted.set_shape((*size, image.shape[-1]))
    return fitted


def frame(image: tf.Tensor, corner: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Put an image with its upper left at `corner` (top, left) into a grey one of `size` (height, width)."""
    after = tf.constant(size) - corner - tf.shape(image)[:2]
    edges = tf.pad(tf.stack([corner, after], axis=1), [[0, 1], [0, 0]])
    return tf.pad(image, edges, constant_values=tf.constant(GREY, tf.uint8))


def letterbox(image: tf.Tensor, size: tuple[int, int]) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Frame one uint8 image whose size is known only when it is there; also where it lies in its frame.

    That is the corner (top, left) and the sides (height, width), int32: `plans.frame`'s, in `tf.data`.
    """
    sides = tf.cast(tf.shape(image)[:2], tf.float64)
    scale = tf.reduce_min(tf.constant(size, tf.float64) / sides)
    inner = tf.cast(tf.maximum(tf.round(sides * scale), tf.ones(2, tf.float64)), tf.int32)
    corner = (tf.constant(size) - inner) // 2
    framed = frame(resize(image, inner), corner, size)
    framed.set_shape((*size, image.shape[-1]))
    return framed, corner, inner


def to_channels(image: tf.Tensor, channels: int) -> tf.Tensor:
    """Make grey of RGB (by luminance) or the other way round."""
    if image.shape[-1] == channels:
        return image
    return tf.image.grayscale_to_rgb(image) if channels == 3 else tf.image.rgb_to_grayscale(image)


def resize(image: tf.Tensor, size: Any) -> tf.Tensor:
    """Resize by a triangle filter that widens when it shrinks (no aliasing); uint8 in and out."""
    return tf.cast(tf.round(tf.image.resize(image, size, antialias=True)), tf.uint8)


def _decode(data: tf.Tensor, decoders: list[tuple[str, int]], which: tf.Tensor | None, channels: int) -> tf.Tensor:
    branches = [lambda name=name, shrink=shrink: _by(name, shrink, data, channels) for name, shrink in decoders]
    if len(branches) == 1:
        return branches[0]()
    image = tf.switch_case(which, branches)
    image.set_shape((None, None, channels))
    return image


def _by(name: str, shrink: int, data: tf.Tensor, channels: int) -> tf.Tensor:
    if name == "jpeg":
        return tf.io.decode_jpeg(data, channels=channels, ratio=shrink)
    if name == "png":
        return tf.io.decode_png(data, channels=channels)
    image = tf.numpy_function(lambda content: decode(content, channels), [data], tf.uint8, stateful=False)
    image.set_shape((None, None, channels))
    return image


def _turn(image: tf.Tensor, orientation: tf.Tensor) -> tf.Tensor:
    """Undo EXIF's orientation: from 5 on the image is transposed; then it is flipped, turned round, or upside down."""
    image = tf.cond(orientation > 4, lambda: tf.transpose(image, (1, 0, 2)), lambda: image)
    flips = (lambda: image, lambda: image[:, ::-1], lambda: image[::-1, ::-1], lambda: image[::-1])
    return tf.switch_case((orientation - 1) % 4, flips)
