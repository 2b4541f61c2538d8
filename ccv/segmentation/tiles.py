"""Images of any size through a network, in overlapping tiles whose seams do not show: U-Net's figure 2.

A pixel near the edge of a tile sees zeros where its neighbours should be. So each tile keeps its middle alone, and the
next one begins so much earlier. Where what is cut off is as wide as the receptive field reaches, the middle is what the
network would have said of the whole image.
"""

from itertools import product
from typing import Any, NamedTuple

import keras
import numpy as np

from ccv.anatomy import anatomy
from ccv.checks import check_whole
from ccv.models.stages import feature_info

TILE = 512  # pixels, where a network takes any size


class Span(NamedTuple):
    """Along one side: where a tile begins in the padded image, which of its outputs are kept, and where they go."""

    start: int
    keep: slice
    put: slice


class Side(NamedTuple):
    """The plan of one side: the pixels of a tile, what is added to the image before and behind, and the tiles."""

    tile: int
    pads: tuple[int, int]
    spans: list[Span]


class Network(NamedTuple):
    """What the plan needs to know.

    The sides of a tile `(height, width)`; whether they are `fixed`, or smaller where the image is; the coarsest stride;
    what an output loses of a side; and what is thrown away at each edge of a tile.
    """

    tile: tuple[int, int]
    fixed: bool
    stride: int
    lost: int
    margin: int


def predict(
    model: keras.Model, images: Any, *, tile: int | None = None, margin: int | None = None, batch_size: int = 8
) -> Any:
    """Return probabilities `(height, width, classes)` of an image of any size, or of each of several.

    Args:
        model: what `segmenter` gives, or another from pixels to `(batch, height, width, classes)`; one that puts out
            less than it is given (U-Net without padding) gets the image mirrored at its edges, as in the paper.
        images: one `(height, width, channels)`, a batch of them, or a list of images of any sizes.
        tile: the side of a tile in pixels, of a model with open sides; None is 512. Otherwise it is the model's.
        margin: how much of a tile's edge is thrown away, where it is not the image's. None is what the receptive field
            reaches, at most a quarter of the tile: where it is less, tiled equals whole but for rounding.
        batch_size: tiles at a time.

    Raises:
        ValueError: an image has no pixels or other channels, a tile or a margin does not fit.
    """
    check_whole("batch_size", batch_size)
    network = _about(model, tile, margin)
    single = not isinstance(images, list | tuple) and np.ndim(images) == 3
    made = [_one(model, np.asarray(image), network, batch_size) for image in ([images] if single else images)]
    if not made:
        raise ValueError("images is empty: pass at least one image")
    if single:
        return made[0]
    return made if isinstance(images, list | tuple) else np.stack(made)


def _one(model: keras.Model, image: np.ndarray, network: Network, batch_size: int) -> np.ndarray:
    channels, classes = model.inputs[0].shape[-1], model.outputs[0].shape[-1]
    if image.ndim != 3 or image.shape[-1] != channels or not image.size:
        raise ValueError(f"an image must be (height, width, {channels}) with at least a pixel, not {image.shape}")
    rows, columns = (plan(side, axis, network) for axis, side in enumerate(image.shape[:2]))
    padded = np.pad(image, (rows.pads, columns.pads, (0, 0)), mode="symmetric")
    made = np.empty((rows.spans[-1].put.stop, columns.spans[-1].put.stop, classes), np.float32)
    tiles = list(product(rows.spans, columns.spans))
    for first in range(0, len(tiles), batch_size):
        some = tiles[first : first + batch_size]
        cut = [padded[y.start : y.start + rows.tile, x.start : x.start + columns.tile] for y, x in some]
        said = keras.ops.convert_to_numpy(model(np.stack(cut), training=False))
        for (y, x), one in zip(some, said, strict=True):
            made[y.put, x.put] = one[y.keep, x.keep]
    return made[: image.shape[0], : image.shape[1]]


def plan(side: int, axis: int, network: Network) -> Side:
    """Return where the tiles of a side of so many pixels lie, and what each of them keeps."""
    tile, (fixed, stride, lost, margin) = network.tile[axis], network[1:]
    up = -(-side // stride) * stride
    tile = tile if fixed else min(up, tile)
    step = tile - lost - 2 * margin
    if lost:
        count = -(-side // step)
        starts, end = [number * step for number in range(count)], count * step + lost
        pads = (lost // 2, end - side - lost // 2)
    else:
        end = max(tile, up)
        starts = [0] if end == tile else sorted({*range(0, end - tile, step), end - tile})
        pads = (0, end - side)
    return Side(tile, pads, [_span(start, tile - lost, margin, end - lost) for start in starts])


def _span(start: int, size: int, margin: int, end: int) -> Span:
    """A tile keeps all but its margins; at the image's own edges it keeps these, too."""
    first, last = (0 if start == 0 else margin), (size if start + size == end else size - margin)
    return Span(start, slice(first, last), slice(start + first, start + last))


def _about(model: keras.Model, tile: int | None, margin: int | None) -> Network:
    """Find out what a model asks of its tiles, and check what was asked for."""
    given = tuple(model.inputs[0].shape[1:3])
    stride = max((stage.stride for stage in feature_info(model)), default=1)
    if tile is not None and None not in given and tile not in given:
        raise ValueError(f"tile={tile} does not fit: {model.name} takes {given[0]}x{given[1]} pixels")
    asked = TILE // stride * stride if tile is None else check_whole("tile", tile)
    height, width = (asked if side is None else int(side) for side in given)
    sides = height, width
    lost = sides[0] - model.compute_output_shape((1, *sides, model.inputs[0].shape[-1]))[1]
    if lost and tile is None and None in given:
        raise ValueError(f"{model.name} takes sides of certain lengths alone: give one of them as tile=, such as 572")
    if not lost and None in given and any(side % stride for side in sides):
        raise ValueError(f"tile={asked} must be a multiple of {stride}, the stride of {model.name}")
    fixed = bool(lost) or None not in given
    return Network(sides, fixed, stride, lost, 0 if lost else _margin(model, margin, sides, stride))


def _margin(model: keras.Model, margin: int | None, sides: tuple[int, ...], stride: int) -> int:
    """Return the margin in whole strides, so that every tile lies on the same grid of poolings as the image."""
    if margin is None:
        margin = min(_reach(model, sides), min(sides) // 4)
        return min(-(-margin // stride), min(sides) // 2 // stride - 1) * stride if min(sides) >= 2 * stride else 0
    whole = -(-check_whole("margin", margin, 0) // stride) * stride
    if min(sides) - 2 * whole < stride:
        raise ValueError(f"margin={margin} leaves nothing of a tile of {min(sides)} pixels: give a smaller one")
    return whole


def _reach(model: keras.Model, sides: tuple[int, ...]) -> int:
    """How far a number of the output sees, in pixels to either side; the whole tile where no rule tells."""
    field = anatomy(model, input_shape=(*sides, model.inputs[0].shape[-1])).rows[-1].sees
    if field is None or field.whole or not field.counted:
        return max(sides)
    return int(max(max(-low, high) for axis in field.axes for low, high in axis.spans))
