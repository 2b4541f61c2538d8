"""The steps of a recipe: a layer of Keras, a crop, a colour shift; each takes a Batch and a Stream."""

from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np

from ccv.augment.batch import Batch
from ccv.augment.geometry import of_layer, scaling, warp, with_targets
from ccv.augment.randomness import Stream


class Step:
    """What a recipe is made of: called on a Batch in training; `at_rest` otherwise."""

    mixes = False  # several images into one: needs a batch
    moves_boxes = True
    moves_masks = True
    needs_labels = False
    takes_labels = True
    compiles = True  # by XLA in reasonable time

    def __call__(self, batch: Batch, stream: Stream) -> Batch:
        """Return the batch augmented."""
        raise NotImplementedError

    def at_rest(self, batch: Batch, ops: Any) -> Batch:
        """Return what inference gets: the batch as it is."""
        return batch


class KerasStep(Step):
    """A preprocessing layer of Keras that is right, driven by the pipeline's random numbers."""

    def __init__(self, layer: Any, *, rgb_only: bool = False) -> None:
        self.layer = layer
        self.rgb_only = rgb_only  # a grey image has no hue and no saturation

    def __call__(self, batch: Batch, stream: Stream) -> Batch:
        """Return the batch through the layer, boxes and masks included."""
        if self.rgb_only and batch.images.shape[-1] != 3:
            return batch
        layer = self.layer
        layer.backend.set_backend(stream.ops.name)
        chosen = layer.get_random_transformation({"images": batch.images}, training=True, seed=stream)
        images = layer.transform_images(batch.images, chosen, training=True)
        alone = batch.boxes is None and batch.masks is None
        matrix = None if alone else of_layer(stream.ops, layer, chosen, batch.images)
        batch = replace(batch, images=images)
        return batch if matrix is None else with_targets(stream.ops, batch, matrix)


@dataclass(frozen=True)
class ScaleAndCrop(Step):
    """Scale each image by its own factor and take a random window of the size that went in.

    A factor over 1 crops, one below leaves a margin of `fill`; with `flip` half of the images are mirrored in the same
    go, which costs nothing. Keras's RandomCrop takes one window for a whole batch
    and swaps height and width of the boxes (keras#23518).
    """

    low: float
    high: float
    flip: bool = False
    fill: float = 0.0

    def __call__(self, batch: Batch, stream: Stream) -> Batch:
        """Return the batch, each image scaled and placed anew."""
        ops = stream.ops
        count, height, width = ops.shape(batch.images)[:3]
        scale = stream.uniform((count,), self.low, self.high)
        room_x, room_y = (ops.cast(side, "float32") * (1.0 - scale) for side in (width, height))
        mirrored = stream.uniform((count,)) < 0.5 if self.flip else None
        place_x, place_y = stream.uniform((count,)) * room_x, stream.uniform((count,)) * room_y
        matrix = scaling(ops, scale, place_x, place_y, mirrored, width)
        return warp(ops, batch, matrix, fill=None if self.low >= 1 else self.fill)


@dataclass(frozen=True)
class Crop(Step):
    """A random window of `(height, width)` pixels, its own for each image; at rest the window in the middle."""

    height: int
    width: int

    def __call__(self, batch: Batch, stream: Stream) -> Batch:
        """Return a window of each image."""
        ops = stream.ops
        count = ops.shape(batch.images)[0]
        room_y, room_x = self._room(ops, batch.images)
        # Whole pixels, from 0 to the room itself: 256 - 224 = 32 pixels of room are 33 places.
        x, y = (
            ops.numpy.floor(stream.uniform((count,)) * (ops.cast(room, "float32") + 1.0)) for room in (room_x, room_y)
        )
        return self._cut(ops, warp(ops, batch, scaling(ops, ops.numpy.ones_like(x), -x, -y), fill=None))

    def at_rest(self, batch: Batch, ops: Any) -> Batch:
        """Return the window in the middle."""
        y, x = (room // 2 for room in self._room(ops, batch.images))
        images = batch.images[:, y:, x:]
        batch = batch if batch.masks is None else replace(batch, masks=batch.masks[:, y:, x:])
        if batch.boxes is None:
            return self._cut(ops, replace(batch, images=images))
        shift = ops.cast(ops.numpy.stack([x, y, x, y]), "float32")
        return self._cut(ops, replace(batch, images=images, boxes=batch.boxes - shift))

    def _room(self, ops: Any, images: Any) -> tuple[Any, Any]:
        height, width = ops.shape(images)[1:3]
        for side, size in ((height, self.height), (width, self.width)):
            if isinstance(side, int) and side < size:
                raise ValueError(f"size={(self.height, self.width)} is larger than the images, {height}x{width}")
        return height - self.height, width - self.width

    def _cut(self, ops: Any, batch: Batch) -> Batch:
        count, channels = ops.shape(batch.images)[0], batch.images.shape[-1]
        images = batch.images[:, : self.height, : self.width]
        if batch.masks is not None:
            masks = batch.masks[:, : self.height, : self.width]
            batch = replace(batch, masks=ops.numpy.reshape(masks, (count, self.height, self.width)))
        return replace(batch, images=ops.numpy.reshape(images, (count, self.height, self.width, channels)))


# The principal components of ImageNet's RGB values and their variances, for values from 0 to 1
# (facebook/fb.resnet.torch, datasets/imagenet.lua; the paper gives no numbers).
VARIANCES = np.array([0.2175, 0.0188, 0.0045], "float32")
COMPONENTS = np.array(
    [[-0.5675, 0.7192, 0.4009], [-0.5808, -0.0045, -0.8140], [-0.5836, -0.6948, 0.4203]], "float32"
)  # a column for each component, a row for each of red, green, blue


@dataclass(frozen=True)
class PrincipalColor(Step):
    """Add to every pixel of an image the same multiples of the colours' principal components.

    The multiples are a variance times a number from N(0, deviation), one for each image and component: Krizhevsky et
    al. 2012, section 4.1, where the deviation is 0.1. A grey image gets the mean of red, green and blue.
    """

    deviation: float = 0.1

    def __call__(self, batch: Batch, stream: Stream) -> Batch:
        """Return the batch with other illumination."""
        ops = stream.ops
        shape = (ops.shape(batch.images)[0], 3)
        drawn = ops.random.normal(shape, stddev=self.deviation, dtype="float32", seed=stream)
        shift = ops.numpy.matmul(drawn, ops.convert_to_tensor(255.0 * (COMPONENTS * VARIANCES).T))
        if batch.images.shape[-1] != 3:
            shift = ops.numpy.mean(shift, axis=-1, keepdims=True)
        return replace(batch, images=ops.numpy.clip(batch.images + shift[:, None, None, :], 0.0, 255.0))


def keras_step(name: str, *arguments: Any, rgb_only: bool = False, **options: Any) -> KerasStep:
    """Return a step around `keras.layers.<name>` in float32, whatever the global policy."""
    layer = getattr(keras.layers, name)(*arguments, data_format="channels_last", dtype="float32", **options)
    return KerasStep(layer, rgb_only=rgb_only)
