"""What a number deep in a network sees of the image: receptive field, jump and centre, layer by layer.

With kernel k, stride s, dilation d and p zeros before the first pixel, a layer makes of a field r and a jump j

    r' = r + d (k - 1) j        j' = j s        centre' = centre + (d (k - 1) / 2 - p) j

(catalogue C-070). Where branches meet, the largest counts.
"""

from dataclasses import dataclass, replace
from math import ceil, prod
from typing import Any, TypeVar

from ccv.models.stages import CROPPING, PADDING, TRANSPOSED, UPSAMPLING, Shape, Window, collapses, extents, step, window

Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class Field:
    """The receptive field of one number, in pixels of the input, an entry for each axis (height, width).

    `size` is the side of the field; `jump` the distance between the fields of two neighbours, the effective
    stride; `centre` where the first field lies, counted from the middle of pixel 0. `whole` is true where every
    number sees the whole image: behind global pooling, a dense layer over all places, or a gate such as squeeze and
    excitation. `spatial` is false where there are no places left, and the jump then means nothing. `total` is the
    side that all the places see together.
    """

    size: tuple[int, ...]
    jump: tuple[float, ...]
    centre: tuple[float, ...]
    total: tuple[int, ...]
    whole: bool = False
    spatial: bool = True


def first_field(shape: Shape) -> Field | None:
    """Return the field of the input: every pixel sees itself. None for an input without height or width."""
    axes = len(shape) - 1
    if axes < 1:
        return None
    return Field((1,) * axes, (1.0,) * axes, (0.0,) * axes, (1,) * axes)


def next_field(layer: Any, given: list[tuple[Shape, Field | None]], made: Shape) -> Field | None:
    """Return the field behind a layer: `given` holds the shape and the field of each of its inputs."""
    fields = [(shape, field) for shape, field in given if field is not None]
    if not fields:
        return None
    if len(fields) > 1:
        return _merged([field for _, field in fields])
    shape, field = fields[0]
    if not field.spatial:
        return replace(field, whole=True, size=field.total) if _mixes(layer, shape) else field
    if collapses(layer, shape, made):
        return _collapsed(layer, field, shape)
    return _moved(layer, field, shape, made)


def _mixes(layer: Any, shape: Shape) -> bool:
    """Say whether a layer without places looks at more than one number: a Dense on what Flatten made."""
    return bool(getattr(layer, "weights", ())) or len(shape) > 1


def _collapsed(layer: Any, field: Field, shape: Shape) -> Field:
    sides = extents(layer, shape)
    if len(sides) != len(field.size):
        total = field.total
    else:
        total = tuple(r + round(((n or 1) - 1) * j) for r, n, j in zip(field.size, sides, field.jump, strict=True))
    mixes = "Pooling" in type(layer).__name__
    return replace(field, size=total if mixes else field.size, total=total, whole=mixes or field.whole, spatial=False)


def _merged(fields: list[Field]) -> Field:
    """Where branches meet: the largest field and jump of those that still have places.

    A branch without places that meets a map is a gate (squeeze and excitation): it brings the whole image, but
    leaves the size of the fields along the maps as it is.
    """
    places = [field for field in fields if field.spatial] or fields
    axes = max(len(field.size) for field in places)
    places = [field for field in places if len(field.size) == axes]
    largest = max(places, key=lambda field: prod(field.size))
    return Field(
        size=_largest([field.size for field in places]),
        jump=_largest([field.jump for field in places]),
        centre=largest.centre,
        total=_largest([field.total for field in places]),
        whole=any(field.whole for field in fields),
        spatial=largest.spatial,
    )


def _largest(sizes: list[tuple[Number, ...]]) -> tuple[Number, ...]:
    return tuple(max(axis) for axis in zip(*sizes, strict=True))


def _moved(layer: Any, field: Field, shape: Shape, made: Shape) -> Field:
    axes = len(field.size)
    steps = step(layer, shape, made)
    if len(steps) != axes or len(made) != len(shape):
        return replace(field, spatial=False)
    moves = window(layer, axes)
    sides = extents(layer, shape)
    grown, shifts = _growth(layer, moves, steps, sides)
    return replace(
        field,
        size=tuple(r + round(g * j) for r, g, j in zip(field.size, grown, field.jump, strict=True)),
        centre=tuple(c + s * j for c, s, j in zip(field.centre, shifts, field.jump, strict=True)),
        jump=tuple(j * s for j, s in zip(field.jump, steps, strict=True)),
        total=tuple(r + round(g * j) for r, g, j in zip(field.total, grown, field.jump, strict=True)),
    )


def _growth(
    layer: Any, moves: Window | None, steps: tuple[float, ...], sides: Shape
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return by how many neighbours the field grows on each axis, and by how many its centre moves."""
    if isinstance(layer, TRANSPOSED) and moves:
        grown = tuple(float(ceil(r / s) - 1) for r, s in zip(moves.reach, moves.stride, strict=True))
        pairs = list(zip(moves.reach, moves.stride, strict=True))
        pads = [max(r - s, 0) // 2 if moves.padding == "same" else 0 for r, s in pairs]
        return grown, tuple((p - (r - 1) / 2) / s for p, (r, s) in zip(pads, pairs, strict=True))
    if moves:
        shifts = tuple((r - 1) / 2 - p for r, p in zip(moves.reach, _pads(moves, sides), strict=True))
        return tuple(float(r - 1) for r in moves.reach), shifts
    none = (0.0,) * len(steps)
    if isinstance(layer, UPSAMPLING):
        smooth = getattr(layer, "interpolation", "nearest") != "nearest"
        return tuple(float(smooth) for _ in steps), tuple((s - 1) / 2 for s in steps)
    if isinstance(layer, PADDING + CROPPING):
        edges = layer.padding if isinstance(layer, PADDING) else layer.cropping
        before = [edges[0]] if len(steps) == 1 else [edge[0] for edge in edges]
        sign = -1.0 if isinstance(layer, PADDING) else 1.0
        return none, tuple(sign * pixels for pixels in before)
    # A layer that shrinks the image without a window of its own: each place sees the pixels that it stands for.
    return tuple(max(s - 1, 0.0) for s in steps), none


def _pads(moves: Window, sides: Shape) -> list[int]:
    """The zeros before the first pixel, as Keras puts them."""
    if moves.padding == "causal":
        return [reach - 1 for reach in moves.reach]
    if moves.padding != "same":
        return [0] * len(moves.kernel)
    pads = []
    for reach, stride, side in zip(moves.reach, moves.stride, sides, strict=True):
        size = side or stride
        pads.append(max((ceil(size / stride) - 1) * stride + reach - size, 0) // 2)
    return pads
