"""What a number deep in a network sees of the image: receptive field, jump and centre, layer by layer.

With kernel k, stride s, dilation d and p zeros before the first pixel, a layer makes of a field r and a jump j

    r' = r + d (k - 1) j        j' = j s        centre' = centre + (d (k - 1) / 2 - p) j

(catalogue C-070). Behind upsampling the numbers of a map see differently much, and the largest field counts: what each
of them sees is followed in `ccv.anatomy.spans`, what each layer reads is in `ccv.anatomy.reads`. Where branches meet,
all that they see together counts.
"""

import re
from dataclasses import replace
from math import prod
from typing import Any

from keras import layers

from ccv.anatomy.field import Field
from ccv.anatomy.kinds import (
    ALONG_AN_AXIS,
    ATTENTION,
    POINTWISE,
    RECURRENT,
    REDUCTIONS,
    RESHAPING,
    SLICES,
    axes_of,
    axes_of_places,
    is_kind,
    keeps_places,
    unwrapped,
)
from ccv.anatomy.reads import reads
from ccv.anatomy.spans import merged, side_by_side
from ccv.graph import fold, is_graph
from ccv.models.geometry import Shape, collapses, extents


def next_field(layer: Any, given: list[tuple[Shape, Field | None]], made: Shape) -> Field | None:
    """Return the field behind a layer: `given` holds the shape and the field of each of its inputs."""
    fields = [(shape, field) for shape, field in given if field is not None]
    if not fields:
        return None
    shape, field = fields[0]
    layer = unwrapped(layer)
    if lost := next((field for _, field in fields if not field.counted), None):
        return lost
    if is_kind(layer, ATTENTION | RECURRENT):
        return _mixed(layer, [field for _, field in fields], shape, made) or replace(field, counted=False)
    if len(fields) > 1:
        return _merged(layer, [field for _, field in fields], made) or replace(field, counted=False)
    follow = _behind_places if not field.spatial else _followed
    return follow(layer, field, shape, made) or replace(field, counted=False)


def _followed(layer: Any, field: Field, shape: Shape, made: Shape) -> Field | None:
    """Return the field behind a layer that reads one map; None where there is no rule."""
    if isinstance(layer, layers.TimeDistributed):
        return _at_every_step(layer.layer, field, shape, made)
    if is_kind(layer, REDUCTIONS):
        return _reduced(layer, field, shape)
    if is_kind(layer, POINTWISE):
        gates = is_kind(layer, {"GroupNormalization"}) or _works_along_places(layer, shape)
        return replace(field, whole=field.whole or gates) if keeps_places(shape, made) else None
    if is_kind(layer, {"EinsumDense"}):
        return _contracted(layer, field)
    if collapses(layer, shape, made):
        return _collapsed(layer, field, shape)
    found = reads(layer, shape, made)
    if found is None:
        return None
    sides = [side or 1 for side in extents(layer, made)]
    return replace(field, axes=tuple(a.through(r, n) for a, r, n in zip(field.axes, found, sides, strict=True)))


def _behind_places(layer: Any, field: Field, shape: Shape, _: Shape) -> Field | None:
    """Return the field behind a layer that reads a vector, or places in a row; None where there is no rule."""
    if field.everything or is_kind(layer, RESHAPING | SLICES | (POINTWISE - {"Dense"})):
        return field
    if "Global" in type(layer).__name__ or (is_kind(layer, REDUCTIONS) and axes_of(layer, shape) >= {1}):
        return _everything(field)
    if not is_kind(layer, {"Dense", "EinsumDense", "EuclideanRBF"}):
        return None
    if len(shape) == 1:
        return _everything(field)
    return field if shape[-1] == field.channels and not is_kind(layer, {"EinsumDense"}) else None


def _everything(field: Field) -> Field:
    """Where the places end: every number sees what they see together."""
    return replace(field, axes=tuple(axis.together() for axis in field.axes), whole=True, spatial=False)


def _collapsed(layer: Any, field: Field, shape: Shape) -> Field | None:
    if field.everything or "Pool" in type(layer).__name__:
        return _everything(field)
    if not is_kind(layer, RESHAPING):
        return None
    return replace(field, spatial=False, channels=shape[-1])


def _reduced(layer: Any, field: Field, shape: Shape) -> Field | None:
    """A sum or mean over all places ends them; one over the channels leaves them as they are."""
    axes, places = axes_of(layer, shape), axes_of_places(layer, shape)
    if axes >= places:
        return _everything(field)
    return None if axes & places else field


def _contracted(layer: Any, field: Field) -> Field | None:
    """EinsumDense: over the channels it is a Dense at each place, over everything it ends the places."""
    given, _, made = re.split("[,>]", layer.equation.replace("-", ""))
    gone = set(given) - set(made)
    if gone == {given[-1]}:
        return field
    return _everything(field) if gone >= set(given[1:-1]) and "." not in given else None


def _works_along_places(layer: Any, shape: Shape) -> bool:
    return is_kind(layer, ALONG_AN_AXIS) and bool(axes_of(layer, shape) & axes_of_places(layer, shape))


def _at_every_step(layer: Any, field: Field, shape: Shape, made: Shape) -> Field | None:
    """The first axis stays as it is; what the layer does with the others, it does at each of its steps."""
    steps, *rest = field.axes
    if not rest:
        return field if len(made) == len(shape) else None
    inside = replace(field, axes=tuple(rest))
    if is_graph(layer):
        start: list[tuple[Shape, Field | None]] = [(shape[1:], inside)]
        found = fold(layer, start, _inside)[0][1]
    else:
        found = next_field(layer, [(shape[1:], inside)], made[1:])
    if found is None or not found.counted:
        return None
    return replace(found, axes=(steps, *(found.axes if found.spatial else ())), spatial=True)


def _inside(node: Any, given: list[tuple[Shape, Field | None]], _: tuple[str, ...]) -> list[tuple[Shape, Field | None]]:
    shapes = [tuple(tensor.shape[1:]) for tensor in node.outputs]
    found = next_field(node.operation, given, shapes[0])
    return [(shape, found) for shape in shapes]


def _mixed(layer: Any, fields: list[Field], shape: Shape, made: Shape) -> Field | None:
    """Attention and recurrence: every number sees all, and where the places stay, so does their distance."""
    along_some = getattr(layer, "attention_axes", None) not in {None, tuple(range(1, len(shape)))}
    if along_some or is_kind(layer, {"ConvLSTM"}):
        return None
    seen = _vectors([_everything(field) for field in fields])
    first = fields[0]
    if not first.spatial or len(made) != len(shape) or len(seen.axes) != len(first.axes):
        return seen
    pairs = zip(seen.axes, first.axes, strict=True)
    return replace(seen, axes=tuple(replace(a, advance=b.jump, places=b.places) for a, b in pairs), spatial=True)


def _merged(layer: Any, fields: list[Field], made: Shape) -> Field | None:
    """Where branches meet: all that they see together, place by place.

    A branch without places that meets a map, or with a single one, is a gate (squeeze and excitation): it brings the
    whole image, but leaves the size of the fields along the maps as it is.
    """
    maps = [field for field in fields if field.spatial]
    if not is_kind(layer, POINTWISE):
        return _vectors(fields) if not maps and all(field.everything for field in fields) else None
    if not maps:
        return _vectors(fields)
    most = max(_places(field) for field in maps)
    full = [field for field in maps if _places(field) == most]
    if len({len(field.axes) for field in full}) > 1:
        return None
    axes = tuple(merged(along) for along in zip(*(field.axes for field in full), strict=True))
    if tuple(axis.places for axis in axes) not in {made[:-1], made[1:]}:
        return None
    whole = any(field.whole or _places(field) < most for field in fields)
    return Field(axes, whole=whole)


def _places(field: Field) -> int:
    return prod(axis.places for axis in field.axes) if field.spatial else 1


def _vectors(fields: list[Field]) -> Field:
    """Several vectors in one: the size is the largest of any, and each sees its own part of the image."""
    axes = max(len(field.axes) for field in fields)
    along = zip(*(field.axes for field in fields if len(field.axes) == axes), strict=True)
    whole = any(field.whole for field in fields)
    channels = {field.channels for field in fields}
    last = channels.pop() if len(channels) == 1 else None
    return Field(tuple(side_by_side(each) for each in along), whole=whole, spatial=False, channels=last)
