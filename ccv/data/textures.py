"""Ten textures in twelve shapes, drawn: 120 classes to pre-train a small network on, without any download.

A network that tells them apart needs edges of every direction, frequencies, corners, curves and closed
outlines, and must ignore colour, contrast, place, size, rotation and noise: what carries over to other pictures.
Classes are named "stripes star"; label = 12 * texture + shape.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ccv.data.drawn.drawing import SPLITS, centres, colours, draw_splits, smooth_noise, upright

__all__ = ["CLASS_NAMES", "SHAPES", "SPLITS", "TEXTURES", "arrays", "found"]

SOFT = 3.0  # how steep a stripe's edge is: about one pixel wide at 32 pixels


def found() -> str:
    """Say that these need no file."""
    return "made by ccv"


def arrays(
    split: str = "train", *, count: int = 6_000, size: int = 32, seed: int = 0, channels: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    """Draw `count` images: uint8 `(count, size, size, channels)`, int64 labels `(count,)`, equally many of a class.

    "train" and "test" are `count` different images each, "all" one after the other; the same seed gives the
    same images. In two fifths of the images the shape is plain and its surroundings carry the texture.
    Raises ValueError for a value that makes no sense.

    >>> images, labels = arrays("test", count=240, size=48, seed=1)
    >>> images.shape, str(images.dtype), np.bincount(labels).tolist() == [2] * 120
    ((240, 48, 48, 3), 'uint8', True)
    """
    return draw_splits(_draw, len(CLASS_NAMES), split, count=count, size=size, seed=seed, channels=channels)


def _draw(labels: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    n = len(labels)
    pattern = _each(list(TEXTURES.values()), labels // len(SHAPES), size, rng)
    distance = _each(list(SHAPES.values()), labels % len(SHAPES), size, rng, pose=_shape_pose)
    pixel = 2 / size
    inside = np.clip(0.5 - distance / pixel, 0, 1)
    line = np.clip(upright(n, rng, -0.5, 1.5) - np.abs(distance) / pixel, 0, 1)  # an outline, on some
    textured = np.where(rng.random((n, 1, 1)) < 0.4, 1 - inside, inside)[..., None]
    dark, light, ground, ink = (colour[:, None, None] for colour in colours(n, 4, rng).transpose(1, 0, 2))
    y, x = centres(size)
    slope = upright(n, rng, -0.15, 0.15) * y + upright(n, rng, -0.15, 0.15) * x  # light from one side
    images = textured * (dark + (light - dark) * pattern[..., None]) + (1 - textured) * ground
    images += (ink - images) * line[..., None] + slope[..., None]
    images += upright(n, rng, 0, 0.08)[..., None] * rng.standard_normal(images.shape, dtype=np.float32)
    return images


def _each(
    functions: list[Callable[..., np.ndarray]],
    which: np.ndarray,
    size: int,
    rng: np.random.Generator,
    pose: Callable[..., Any] | None = None,
) -> np.ndarray:
    """Draw all images of one kind together, kind after kind; `which` says the kind of each."""
    drawn = np.empty((len(which), size, size), np.float32)
    for kind, function in enumerate(functions):
        chosen = np.flatnonzero(which == kind)
        if len(chosen):
            drawn[chosen] = (pose or _texture_pose)(function, len(chosen), size, rng)
    return drawn


def _texture_pose(texture: Callable[..., np.ndarray], n: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Turn, shift and scale the plane: 4 to 9 periods a side."""
    u, v = _turned(n, size, rng, shift=1.0)
    periods = upright(n, rng, 2.0, 4.5)
    return texture(u * periods, v * periods, rng)


def _shape_pose(shape: Callable[..., np.ndarray], n: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return signed distances, negative inside, of a shape that fills a good part of the image."""
    u, v = _turned(n, size, rng, shift=0.15)
    radius = upright(n, rng, 0.65, 0.95)
    return shape(u / radius, v / radius, rng) * radius


def _turned(n: int, size: int, rng: np.random.Generator, shift: float) -> tuple[np.ndarray, np.ndarray]:
    y, x = centres(size)
    y, x = y - upright(n, rng, -shift, shift), x - upright(n, rng, -shift, shift)
    angle = upright(n, rng, 0, 2 * np.pi)
    return np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x


# Textures: from the plane (u, v), in periods, to 0 ... 1.


def _wave(phase: np.ndarray) -> np.ndarray:
    return np.clip(0.5 + SOFT / 2 * np.sin(2 * np.pi * phase), 0, 1)


def _checks(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.clip(0.5 + SOFT * np.sin(np.pi * u) * np.sin(np.pi * v), 0, 1)


def _dots(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.clip((0.34 - np.hypot(u % 1 - 0.5, v % 1 - 0.5)) * 6 + 0.5, 0, 1)


def _bricks(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    u = u / 2 + 0.5 * (np.floor(v) % 2)  # half a brick further in every other course
    to_joint = np.minimum(0.5 - np.abs(v % 1 - 0.5), 2 * (0.5 - np.abs(u % 1 - 0.5)))
    return np.clip((to_joint - 0.12) * 8 + 0.5, 0, 1)


def _zigzag(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return _wave(u + 1.2 * np.abs(v * 0.6 % 1 - 0.5))


def _waves(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return _wave(u + 0.35 * np.sin(2 * np.pi * 0.5 * v))


def _cells(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Voronoi cells' borders: where the nearest and the second nearest of 24 points are equally far."""
    n, span = len(u), float(max(np.abs(u).max(), np.abs(v).max())) / 1.5
    nearest, second = np.full(u.shape, np.inf, np.float32), np.full(u.shape, np.inf, np.float32)
    for _ in range(24):
        distance = np.hypot(u - upright(n, rng, -span, span), v - upright(n, rng, -span, span))
        second = np.minimum(second, np.maximum(nearest, distance))
        nearest = np.minimum(nearest, distance)
    return np.clip((second - nearest - 0.25) * 4 + 0.5, 0, 1)


def _clouds(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.clip(0.5 + 0.3 * smooth_noise(len(u), u.shape[1], rng, 1, u.shape[1] / 4, 1.3), 0, 1)


def _grain(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.clip(0.5 + 0.5 * smooth_noise(len(u), u.shape[1], rng, 6, 12, 0), 0, 1)


TEXTURES: dict[str, Callable[..., np.ndarray]] = {
    "stripes": lambda u, v, rng: _wave(u),
    "waves": _waves,
    "zigzag": _zigzag,
    "rings": lambda u, v, rng: _wave(np.hypot(u, v)),
    "checks": _checks,
    "dots": _dots,
    "bricks": _bricks,
    "cells": _cells,
    "clouds": _clouds,
    "grain": _grain,
}


# Shapes: signed distance (or a bound of it) in a plane where the shape reaches about 1.


def _star(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Five points: the plane folded into a tenth of a turn, where one edge runs from the tip to the notch."""
    fold = np.abs((np.arctan2(u, -v) / (2 * np.pi) * 5 + 0.5) % 1 - 0.5) * 2 * np.pi / 5
    radius = np.hypot(u, v)
    x, y = radius * np.cos(fold), radius * np.sin(fold)
    notch = 0.45 * np.array([np.cos(np.pi / 5), np.sin(np.pi / 5)])
    run, rise = notch[0] - 1, notch[1]
    return (run * y - rise * (x - 1)) / -np.hypot(run, rise)


def _strokes(*lines: tuple[float, float, float, float]) -> Callable[..., np.ndarray]:
    """Return a shape of straight strokes (u, v to u, v), of one thickness an image."""

    def distance(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        nearest = np.full(u.shape, np.inf, np.float32)
        for u0, v0, u1, v1 in lines:
            run, rise = u1 - u0, v1 - v0
            along = np.clip(((u - u0) * run + (v - v0) * rise) / (run * run + rise * rise), 0, 1)
            nearest = np.minimum(nearest, np.hypot(u - u0 - along * run, v - v0 - along * rise))
        return nearest - _half_stroke(len(u), rng)

    return distance


def _arch(u: np.ndarray, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Half a circle on two short legs."""
    to_arc, to_leg = np.abs(np.hypot(u, v) - 0.7), np.hypot(np.abs(u) - 0.7, v - np.clip(v, 0, 0.5))
    return np.where(v < 0, to_arc, to_leg) - _half_stroke(len(u), rng)


def _half_stroke(n: int, rng: np.random.Generator) -> np.ndarray:
    return upright(n, rng, 0.07, 0.26)


SHAPES: dict[str, Callable[..., np.ndarray]] = {
    "disc": lambda u, v, rng: np.hypot(u, v) - 0.85,
    "square": lambda u, v, rng: np.maximum(np.abs(u), np.abs(v)) - 0.72,
    "triangle": lambda u, v, rng: np.maximum(v, np.abs(u) * 0.866 - v * 0.5) - 0.48,
    "star": _star,
    "crescent": lambda u, v, rng: np.maximum(np.hypot(u, v) - 0.9, 0.65 - np.hypot(u - 0.5, v)),
    "ring": lambda u, v, rng: np.abs(np.hypot(u, v) - 0.7) - _half_stroke(len(u), rng),
    "cross": _strokes((-0.8, 0, 0.8, 0), (0, -0.8, 0, 0.8)),
    "angle": _strokes((-0.6, -0.7, -0.6, 0.6), (-0.6, 0.6, 0.6, 0.6)),
    "tee": _strokes((-0.7, -0.6, 0.7, -0.6), (0, -0.6, 0, 0.8)),
    "zed": _strokes((-0.6, -0.7, 0.6, -0.7), (0.6, -0.7, -0.6, 0.7), (-0.6, 0.7, 0.6, 0.7)),
    "fork": _strokes((0, 0, 0, 0.85), (0, 0, -0.7, -0.6), (0, 0, 0.7, -0.6)),
    "arch": _arch,
}

CLASS_NAMES = tuple(f"{texture} {shape}" for texture in TEXTURES for shape in SHAPES)
