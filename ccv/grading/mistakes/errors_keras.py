"""Errors of Keras: the pattern of a message, and what it says about the mistake; the first that fits."""

from __future__ import annotations

import ast
import re

from ccv.grading.mistakes.errors_python import Table

_BETWEEN = re.compile(r"(?<=\w)[, ]+(?=\w)")  # of [None 1 1 16], as NumPy writes it
_SHAPE = re.compile(r"\([^()]*\)|\[[^\[\]()]*\]")


def _shapes(text: str) -> list[tuple[int | None, ...]]:
    """The shapes in a message, such as (None, 6, 6, 8)."""
    try:
        return [tuple(ast.literal_eval(_BETWEEN.sub(", ", found))) for found in _SHAPE.findall(text)]
    except (ValueError, TypeError, SyntaxError):
        return []


def _joined(found: re.Match, _: str) -> str:
    sizes = {shape[1:3] for shape in _shapes(found["shapes"]) if len(shape) == 4}
    if len(sizes) == 1:
        return "the maps agree in height and width: join them along the channels, the last axis"
    return (
        "maps that are joined must have the same height and width: does one of the ways shrink them, by a stride or "
        "for want of padding, or not enlarge them as much as it should?"
    )


def _added(found: re.Match, _: str) -> str:
    one, other = [*_shapes(found["shapes"]), (), ()][:2]
    if one[:-1] == other[:-1] and one:
        return f"only maps of one shape can be added, and the channels differ here: {one[-1]} and {other[-1]}"
    return (
        "only maps of one shape can be added, and height and width differ here: does one of the ways shrink them, by a "
        "stride or for want of padding?"
    )


def _too_large(found: re.Match, _: str) -> str:
    maps, window = (_shapes(found[part]) for part in ("maps", "window"))
    if not maps or not window:
        return "the window is larger than the maps that are left"
    sizes = ["x".join(map(str, size)) for size in (window[0][:2], maps[0][1:3])]
    return (
        f"a window of {sizes[0]} does not fit on maps of {sizes[1]}: is it so large on purpose, or have the layers "
        "before it shrunk the maps too much?"
    )


def _axes(found: re.Match, _: str) -> str:
    kernel, maps = (len(shape) for shape in [*_shapes(found["kernel"]), *_shapes(found["maps"])])
    if maps > kernel:
        return "there is an axis too many: `keras.Input` takes the shape of one image and adds that of the batch itself"
    return "there is an axis too few: a layer takes a batch of images, each of height, width and channels"


KERAS: Table = (
    (r"`Concatenate` layer requires inputs with matching shapes[\s\S]*input_shape=\[(?P<shapes>.*)\]", _joined),
    (r"Inputs have incompatible shapes\. Received shapes (?P<shapes>.*)", _added),
    (
        r"output size would be zero or negative[\s\S]*inputs[. ]shape=(?P<maps>[(\[][^)\]]*[)\]])[\s\S]*"
        r"(?:kernel shape|pool_size)=(?P<window>[(\[][^)\]]*[)\]])",
        _too_large,
    ),
    (r"output size would be zero or negative", "the window is larger than the maps that are left"),
    (r"received kernel of shape (?P<kernel>\([^)]*\)) and input of shape (?P<maps>\([^)]*\))", _axes),
    (
        r"`target` and `output` must have the same (?:rank|shape)",
        "this loss wants labels of the outputs' shape, a row for each image: for labels that are whole numbers there "
        "is a sparse one",
    ),
    (
        r"Dimensions must be equal[\s\S]*compile_loss/|compile_loss/[\s\S]*(?:Incompatible|broadcastable) shapes",
        "this loss compares outputs and labels number by number, so both must have one shape: for labels that are "
        "whole numbers there is a sparse cross-entropy",
    ),
    (
        r"KerasTensor (?:cannot be used|is symbolic)",
        "these maps have no numbers yet: layers and `keras.ops` can be applied to them, NumPy and TensorFlow cannot",
    ),
)
