"""Ellipses, rectangles and triangles in noise, with boxes, landmarks and masks: a task for detectors, made here."""

import numbers
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ccv.checks import check_whole
from ccv.data.drawn import scenes as _scenes
from ccv.data.drawn.drawing import CHUNK, SPLITS
from ccv.data.photos.options import check_size

__all__ = ["CLASS_NAMES", "KIND", "MASK_NAMES", "SPLITS", "Scenes", "arrays", "as_builder", "found", "masks", "scenes"]

KIND = "detection"
CLASS_NAMES = tuple(_scenes.SHAPES)
MASK_NAMES = ("background", *CLASS_NAMES)
OBJECTS = (1, 5)
EXTENT = (10 / 64, 24 / 64)
NOISE = 0.1


@dataclass(frozen=True)
class Scenes:
    """Drawn scenes and all that is known of them; an object has the same row in each array.

    `images` is uint8 `(count, height, width, 3)`. `truth` is float32 `(count, boxes, 5)`: x_min, y_min, x_max, y_max as
    parts of the width and height, tight around the pixels that show, and the class; rows of -1 are padding.
    `landmarks` is float32 `(count, boxes, 5, 2)`: x and y as parts of the sides, -1 in padding: four points of the
    outline, whether they show or not, clockwise (a rectangle's corners from the upper left one, the ends of an
    ellipse's axes from the upper one, a triangle's tip, corner, middle of the base, corner), and the centre.
    `masks` is bool `(count, boxes, height, width)`: the pixels of each object that show.
    """

    images: np.ndarray
    truth: np.ndarray
    landmarks: np.ndarray
    masks: np.ndarray


def found() -> str:
    """Say that these need no file."""
    return "made by ccv"


def arrays(
    split: str = "train",
    *,
    count: int = 2_000,
    size: int | tuple[int, int] = 64,
    seed: int = 0,
    objects: tuple[int, int] = OBJECTS,
    extent: tuple[float, float] = EXTENT,
    noise: float = NOISE,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw `count` scenes: uint8 images `(count, height, width, 3)`, float32 truth `(count, boxes, 5)` as in `Scenes`.

    A scene has `objects` (fewest, most) upright ellipses, rectangles and triangles, each alike often, of light colours
    on a dark ground. The sides of each are drawn from `extent`, parts of the image's shorter side: 10 to 24 pixels at
    64. It lies wholly inside, over those before it, and leaves nineteen twentieths of the pixels of every other in
    sight; where no such place is found in twenty tries, the scene has fewer objects, but at least one. `noise` is the
    standard deviation of the Gaussian noise, black being 0 and white 1.

    "train" and "test" are `count` different scenes each, "all" one after the other; the same seed gives the same bytes.
    Raises ValueError for a value that makes no sense.

    >>> images, truth = arrays("test", count=4, seed=1)
    >>> images.shape, truth.shape, sorted({CLASS_NAMES[int(k)] for k in truth[..., 4].ravel() if k >= 0})
    ((4, 64, 64, 3), (4, 5, 5), ['ellipse', 'rectangle', 'triangle'])
    """
    made = [
        (images, _scenes.truth(placed)) for images, placed in _drawn(split, count, size, seed, objects, extent, noise)
    ]
    images, truth = (np.concatenate(parts) for parts in zip(*made, strict=True))
    return images, truth


def scenes(
    split: str = "train",
    *,
    count: int = 2_000,
    size: int | tuple[int, int] = 64,
    seed: int = 0,
    objects: tuple[int, int] = OBJECTS,
    extent: tuple[float, float] = EXTENT,
    noise: float = NOISE,
) -> Scenes:
    """Draw what `arrays` draws, with landmarks and instance masks: 20 kB of masks a scene of 64 pixels."""
    made = [
        (images, _scenes.truth(placed), _scenes.landmarks(placed), _scenes.masks(placed))
        for images, placed in _drawn(split, count, size, seed, objects, extent, noise)
    ]
    return Scenes(*(np.concatenate(parts) for parts in zip(*made, strict=True)))


def masks(split: str = "train", *, count: int = 2_000, **options: Any) -> tuple[np.ndarray, np.ndarray]:
    """Draw what `arrays` draws, with a class for every pixel in place of boxes, as a segmenter learns it.

    Returns uint8 images `(count, height, width, 3)` and uint8 masks `(count, height, width)`: numbers of `MASK_NAMES`,
    0 for the background, 1 + the class where an object shows. `options` are those of `arrays`.

    >>> images, labels = masks("test", count=4, seed=1)
    >>> labels.shape, np.unique(labels).tolist()
    ((4, 64, 64), [0, 1, 2, 3])
    """
    made = [(images, _scenes.classes(placed)) for images, placed in _drawn(split, count, **options)]
    images, labels = (np.concatenate(parts) for parts in zip(*made, strict=True))
    return images, labels


def as_builder(data_dir: str | Path | None = None, *, count: int = 2_000, size: int = 64, seed: int = 0) -> Any:
    """Return a TFDS builder of the same scenes: `as_builder(folder).download_and_prepare()` writes them as TFRecords.

    Its features are those of TFDS's other detection sets: `image`, and `objects` with `bbox` and `label`.
    """
    from ccv.data.drawn.shapes_builder import Shapes, ShapesConfig

    name = f"{count}x{size}-{seed}"
    config = ShapesConfig(name=name, draw=arrays, class_names=CLASS_NAMES, count=count, size=size, seed=seed)
    return Shapes(config=config, data_dir=data_dir)


def _drawn(
    split: str, count: int, size: Any = 64, seed: int = 0, objects: Any = OBJECTS, extent: Any = EXTENT,
    noise: Any = NOISE,
) -> Any:  # fmt: skip
    """Give images and what is placed in them, some at a time; all is checked before the first."""
    shape = check_size(size)
    if shape is None or min(shape) < 16:
        raise ValueError(f"size={size!r} must be a number of pixels of at least 16, or (height, width)")
    check_whole("count", count, 1)
    check_whole("seed", seed, 0)
    objects, extent = _range("objects", objects, numbers.Integral, 1, 20), _range("extent", extent, numbers.Real, 0, 1)
    if extent[0] * min(shape) < 3:
        raise ValueError(f"extent={extent!r} makes objects of less than 3 pixels at size={size!r}: give larger parts")
    if not isinstance(noise, (int, float)) or not 0 <= noise <= 1:
        raise ValueError(f"noise={noise!r} must be a number from 0 to 1")
    return _chunks(split, count, shape, seed, objects, extent, float(noise))


def _chunks(split: str, count: int, shape: Any, seed: int, objects: Any, extent: Any, noise: float) -> Any:
    for part in ("train", "test") if split == "all" else (split,):
        rng = np.random.default_rng([seed, SPLITS.index(part)])
        for first in range(0, count, CHUNK):
            placed = _scenes.place(min(CHUNK, count - first), shape, rng, objects, extent)
            yield _scenes.paint(placed, rng, noise), placed


def _range(name: str, value: Any, kind: Any, least: float, most: float) -> tuple[Any, Any]:
    pair = tuple(value) if isinstance(value, (tuple, list)) else ()
    if len(pair) != 2 or not all(isinstance(one, kind) and not isinstance(one, bool) for one in pair):
        raise ValueError(f"{name}={value!r} must be two numbers, the least and the most")
    if not least <= pair[0] <= pair[1] <= most:
        raise ValueError(f"{name}={value!r} must be two numbers from {least} to {most}, the smaller one first")
    return pair
