"""How a layer moves over its input: its window, its step, what it makes of height and width."""

import math
from typing import Any, NamedTuple

import keras
from keras import layers

from ccv.layers import Subsampling2D

Shape = tuple[int | None, ...]

TRANSPOSED = (layers.Conv1DTranspose, layers.Conv2DTranspose, layers.Conv3DTranspose)
UPSAMPLING = (layers.UpSampling1D, layers.UpSampling2D, layers.UpSampling3D)
PADDING = (layers.ZeroPadding1D, layers.ZeroPadding2D, layers.ZeroPadding3D)
CROPPING = (layers.Cropping1D, layers.Cropping2D, layers.Cropping3D)
RESHAPING = (layers.Flatten, layers.Reshape, layers.Permute)


class Window(NamedTuple):
    """How a layer moves over its input: a number for each axis that it moves along."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: str

    @property
    def reach(self) -> tuple[int, ...]:
        """The pixels that the kernel spans, dilation included."""
        return tuple(d * (k - 1) + 1 for k, d in zip(self.kernel, self.dilation, strict=True))


def extents(layer: Any, shape: Shape) -> Shape:
    """Return the height and width (or however many axes) of a shape without its batch."""
    first = (getattr(layer, "data_format", None) or keras.config.image_data_format()) == "channels_first"
    return shape[1:] if first else shape[:-1]


def volume(shape: Shape) -> int:
    """Return how many numbers a shape holds; 0 where a side is open."""
    return math.prod(side or 0 for side in shape)


def window(layer: Any, axes: int) -> Window | None:
    """Return how a convolution or pooling moves along so many axes; None for a layer that has no window."""
    if isinstance(layer, Subsampling2D):
        return Window((2, 2), (2, 2), (1, 1), "valid")
    kernel = getattr(layer, "kernel_size", None) or getattr(layer, "pool_size", None)
    if kernel is None:
        return None
    still = kernel if hasattr(layer, "pool_size") else 1
    numbers = (kernel, getattr(layer, "strides", None) or still, getattr(layer, "dilation_rate", None) or 1)
    size, stride, dilation = (_each(number, axes) for number in numbers)
    if any(len(sides) != axes for sides in (size, stride, dilation)):
        return None
    return Window(size, stride, dilation, str(getattr(layer, "padding", "valid")))


def collapses(layer: Any, given: Shape, made: Shape) -> bool:
    """Say whether height and width end here: global pooling, Flatten, or another shape for the same numbers."""
    if isinstance(layer, RESHAPING):
        return given != made
    kind = type(layer).__name__
    if kind.startswith("Adaptive"):
        return all(n == 1 for n in extents(layer, made))
    return kind.startswith("Global") or (len(given) > 1 and len(made) != len(given))


def step(layer: Any, given: Shape, made: Shape) -> tuple[float, ...]:
    """Return by how much a layer multiplies the distance between two neighbours: 2 for a stride of 2."""
    axes = len(given) - 1
    moves = window(layer, axes)
    if isinstance(layer, TRANSPOSED) and moves:
        return tuple(1 / stride for stride in moves.stride)
    if moves:
        return tuple(map(float, moves.stride))
    if isinstance(layer, UPSAMPLING):
        return tuple(1 / size for size in _each(layer.size, axes))
    if isinstance(layer, PADDING + CROPPING) or given == made or len(given) != len(made):
        return (1.0,) * axes
    sides = zip(extents(layer, given), extents(layer, made), strict=True)
    return tuple(_ratio(before, after) for before, after in sides)


def _ratio(before: int | None, after: int | None) -> float:
    """Guess the step of a layer that does not say it, a slice or a custom layer, from what it does to the size."""
    if not before or not after:
        return 1.0
    return float(round(before / after)) if before >= after else 1 / round(after / before)


def _each(number: Any, axes: int) -> tuple[int, ...]:
    return tuple(number) if isinstance(number, tuple | list) else (int(number),) * axes
