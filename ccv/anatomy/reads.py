"""Which places of its input each kind of layer reads, along each axis. A layer without a rule has None."""

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor, gcd
from typing import Any

from keras import layers

from ccv.anatomy.kinds import ADAPTIVE, MOVING, SLICES, is_kind
from ccv.anatomy.spans import Reads
from ccv.layers import Reorg
from ccv.models.geometry import CROPPING, PADDING, TRANSPOSED, UPSAMPLING, Shape, Window, extents, window

Sides = list[tuple[int, int]]  # input and output, for each axis
Rule = Callable[[Any, Sides], "tuple[Reads, ...] | None"]

# How far an interpolation reaches from the point that it is asked for, in pixels.
REACH = {"bilinear": 1, "bicubic": 2, "lanczos3": 3, "lanczos5": 5}


def reads(layer: Any, given: Shape, made: Shape) -> tuple[Reads, ...] | None:
    """Return what a layer reads along each axis; None where there is no rule for it, or a size is open."""
    pairs = list(zip(extents(layer, given), extents(layer, made), strict=False))
    sides = [(before, after) for before, after in pairs if before is not None and after is not None]
    if len(given) != len(made) or len(sides) != len(given) - 1:
        return None
    for knows, rule in RULES:
        if knows(layer):
            return rule(layer, sides)
    return None


def _moving(layer: Any, sides: Sides) -> tuple[Reads, ...] | None:
    moves = window(layer, len(sides))
    if moves is None:
        return None
    befores = _pads(moves, [before for before, _ in sides])
    kernels = zip(moves.reach, moves.dilation, moves.stride, befores, strict=True)
    return tuple(Reads((range(-pad, reach - pad, dilation),), stride) for reach, dilation, stride, pad in kernels)


def _pads(moves: Window, sides: list[int]) -> list[int]:
    """The zeros before the first pixel, as Keras puts them."""
    if moves.padding == "causal":
        return [reach - 1 for reach in moves.reach]
    if moves.padding != "same":
        return [0] * len(sides)
    numbers = zip(moves.reach, moves.stride, sides, strict=True)
    return [max((ceil(side / stride) - 1) * stride + reach - side, 0) // 2 for reach, stride, side in numbers]


def _transposed(layer: Any, sides: Sides) -> tuple[Reads, ...] | None:
    """The convolution from the output to the input, read backwards: its kernels, and the zeros that it would have."""
    moves = window(layer, len(sides))
    if moves is None:
        return None
    found = []
    for (before, after), reach, dilation, stride in zip(sides, moves.reach, moves.dilation, moves.stride, strict=True):
        pad = max((before - 1) * stride + reach - after, 0) // 2 if moves.padding == "same" else 0
        from_kernel = [[i + pad - tap for tap in range(0, reach, dilation)] for i in range(stride)]
        found.append(Reads(tuple([at // stride for at in places if at % stride == 0] for places in from_kernel), 1))
    return tuple(found)


def _upsampled(layer: Any, sides: Sides) -> tuple[Reads, ...] | None:
    how = getattr(layer, "interpolation", "nearest")
    if how != "nearest":
        return _interpolated(layer, sides)
    return tuple(Reads(([0],) * (after // before), 1) for before, after in sides)


def _interpolated(layer: Any, sides: Sides) -> tuple[Reads, ...] | None:
    """Resizing reads around the middle of each new pixel, and farther, where it shrinks smoothly."""
    if getattr(layer, "crop_to_aspect_ratio", False) or getattr(layer, "pad_to_aspect_ratio", False):
        return None
    reach = REACH.get(layer.interpolation)
    if reach is None and layer.interpolation != "nearest":
        return None
    found = []
    for before, after in sides:
        scale = Fraction(before, after)
        far = reach and reach * (max(scale, Fraction(1)) if getattr(layer, "antialias", False) else 1)
        taps = tuple(_near((i + Fraction(1, 2)) * scale, far) for i in range(scale.denominator))
        found.append(Reads(taps, scale.numerator))
    return tuple(found)


def _near(middle: Fraction, reach: Fraction | int | None) -> list[int]:
    """The pixels nearer than `reach`; the interpolations are 0 at whole distances, but for the pixel itself."""
    if reach is None:
        return [floor(middle)]
    at = middle - Fraction(1, 2)
    near = range(ceil(at - reach), floor(at + reach) + 1)
    if at.denominator == 1 and isinstance(reach, int):
        return [int(at)]
    return [pixel for pixel in near if abs(pixel - at) < reach]


def _shifted(layer: Any, sides: Sides) -> tuple[Reads, ...]:
    """Padding and cropping: the same pixel under another number."""
    edges = layer.padding if isinstance(layer, PADDING) else layer.cropping
    before = [edges[0]] if len(sides) == 1 else [edge[0] for edge in edges]
    sign = -1 if isinstance(layer, PADDING) else 1
    return tuple(Reads(([sign * pixels],), 1) for pixels in before)


def _padded(layer: Any, sides: Sides) -> tuple[Reads, ...]:
    """`keras.ops.pad`, which pads the batch and the channels as well."""
    edges = list(layer.pad_width) * (1 if len(layer.pad_width) > 1 else len(sides) + 2)
    return tuple(Reads(([-before],), 1) for before, _ in edges[1 : len(sides) + 1])


def _adaptive(_: Any, sides: Sides) -> tuple[Reads, ...]:
    """Output i is the mean of the places that its share of the side touches."""
    found = []
    for before, after in sides:
        period = after // gcd(before, after)
        taps = tuple(range(i * before // after, -(-(i + 1) * before // after)) for i in range(period))
        found.append(Reads(taps, before * period // after))
    return tuple(found)


def _reorganised(_: Any, __: Sides) -> tuple[Reads, ...]:
    """Darknet's order: of four rows the first and the third make one, the second and the fourth the next."""
    return Reads(([0, 2], [1, 3]), 4), Reads(([0, 1],), 2)


def _blocks(layer: Any, sides: Sides) -> tuple[Reads, ...]:
    """Places become channels, or channels places."""
    side = layer.block_size
    gathers = sides[0][0] > sides[0][1]
    return (Reads((range(side),), side) if gathers else Reads(([0],) * side, 1),) * len(sides)


def _sliced(_: Any, sides: Sides) -> tuple[Reads, ...]:
    """Every n-th place; where the first one lies is not known from the sizes."""
    return tuple(Reads(([0],), max(1, round(before / after))) for before, after in sides)


def _of(*kinds: str) -> Callable[[Any], bool]:
    return lambda layer: is_kind(layer, set(kinds))


RULES: tuple[tuple[Callable[[Any], bool], Rule], ...] = (
    (lambda layer: isinstance(layer, TRANSPOSED), _transposed),
    (lambda layer: is_kind(layer, ADAPTIVE), _adaptive),
    (lambda layer: is_kind(layer, MOVING), _moving),
    (lambda layer: isinstance(layer, UPSAMPLING), _upsampled),
    (lambda layer: isinstance(layer, PADDING + CROPPING), _shifted),
    (_of("Pad"), _padded),
    (lambda layer: isinstance(layer, layers.Resizing) or type(layer).__name__ == "Resize", _interpolated),
    (lambda layer: isinstance(layer, Reorg), _reorganised),
    (_of("DepthToSpace", "SpaceToDepth"), _blocks),
    (_of(*SLICES), _sliced),
)
