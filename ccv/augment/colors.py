"""Four operations on colours in the place of Keras's: three of those are wrong, the other slow.

They have the methods of Keras's layers that `KerasStep` calls, for images float32 from 0 to 255.
"""

from typing import Any

from ccv.graph import DynamicBackend

LEVELS = 256


class Solarization:
    """Invert what is brighter than a threshold. Keras's draws the threshold from almost 0, whatever its lower limit."""

    def __init__(self, low: float) -> None:
        self.low = low  # the thresholds lie between this and 256, which inverts nothing
        self.backend = DynamicBackend()

    def get_random_transformation(self, images: Any, training: bool = True, seed: Any = None) -> Any:
        """Return a threshold for each image."""
        count = self.backend.shape(images)[0]
        return self.backend.random.uniform((count, 1, 1, 1), self.low, 256.0, dtype="float32", seed=seed)

    def transform_images(self, images: Any, threshold: Any, training: bool = True) -> Any:
        """Return the images with those numbers inverted."""
        return self.backend.numpy.where(images < threshold, images, 255.0 - images)


class Posterization:
    """Keep the first bits of each number. Keras's draws from 1 bit on, and makes 127 of a float that is nearly 128."""

    def __init__(self, bits: int) -> None:
        self.bits = bits  # between this and 8, which changes nothing
        self.backend = DynamicBackend()

    def get_random_transformation(self, images: Any, training: bool = True, seed: Any = None) -> Any:
        """Return for each image the step between two levels."""
        ops = self.backend
        bits = ops.random.randint((ops.shape(images)[0], 1, 1, 1), self.bits, 9, dtype="int32", seed=seed)
        return 2.0 ** (8.0 - ops.cast(bits, "float32"))

    def transform_images(self, images: Any, step: Any, training: bool = True) -> Any:
        """Return the images with the levels between left out."""
        return self.backend.numpy.floor(self.backend.numpy.round(images) / step) * step


class Sharpness:
    """Blur or sharpen: 1 keeps an image, 0 blurs it. Keras's darkens the border, as if black lay beyond."""

    def __init__(self, amount: float) -> None:
        self.amount = amount  # the factors lie so far about 1
        self.backend = DynamicBackend()

    def get_random_transformation(self, images: Any, training: bool = True, seed: Any = None) -> Any:
        """Return a factor for each image."""
        shape, low, high = (self.backend.shape(images)[0], 1, 1, 1), 1.0 - self.amount, 1.0 + self.amount
        return self.backend.random.uniform(shape, low, high, dtype="float32", seed=seed)

    def transform_images(self, images: Any, factor: Any, training: bool = True) -> Any:
        """Return the images between their blur and beyond themselves; a pixel weighs five of its neighbours."""
        ops = self.backend
        padded = ops.numpy.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)), mode="symmetric")
        mean = ops.nn.average_pool(padded, 3, strides=1, padding="valid", data_format="channels_last")
        blurred = (9.0 * mean + 4.0 * images) / 13.0
        return ops.numpy.clip(blurred + factor * (images - blurred), 0.0, 255.0)


class Equalization:
    """Spread each channel's levels evenly from 0 to 255. Keras's is a loop that takes seconds to trace."""

    def __init__(self) -> None:
        self.backend = DynamicBackend()

    def get_random_transformation(self, images: Any, training: bool = True, seed: Any = None) -> None:
        """Return nothing: nothing is drawn."""

    def transform_images(self, images: Any, nothing: None = None, training: bool = True) -> Any:
        """Return `255 (c - c0) / (n - c0)` where c of n pixels are as dark or darker, c0 as the darkest."""
        ops = self.backend
        shape = ops.shape(images)
        count, height, width, channels = shape
        planes, pixels = count * channels, height * width
        levels = ops.numpy.reshape(ops.numpy.transpose(images, (0, 3, 1, 2)), (planes, pixels))
        levels = ops.cast(ops.numpy.round(levels), "int32")
        places = ops.numpy.reshape(levels + LEVELS * ops.numpy.arange(planes, dtype="int32")[:, None], (-1,))
        ones = ops.numpy.ones_like(places)
        histogram = ops.math.segment_sum(ones, places, num_segments=planes * LEVELS)
        darker = ops.cast(ops.numpy.cumsum(ops.numpy.reshape(histogram, (planes, LEVELS)), axis=1), "float32")
        least = ops.numpy.min(ops.numpy.where(darker > 0, darker, ops.cast(pixels, "float32")), axis=1, keepdims=True)
        room = ops.cast(pixels, "float32") - least
        table = 255.0 * ops.numpy.maximum(darker - least, 0.0) / ops.numpy.maximum(room, 1.0)
        out = ops.numpy.take_along_axis(table, levels, axis=1)
        out = ops.numpy.where(room > 0, out, ops.cast(levels, "float32"))  # one level alone stays
        out = ops.numpy.transpose(ops.numpy.reshape(out, (count, channels, height, width)), (0, 2, 3, 1))
        return ops.numpy.round(out)
