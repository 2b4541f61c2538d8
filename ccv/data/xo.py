"""X's and O's: the slides' drawings exactly, and a seeded generator of shifted, turned and noisy ones."""

import math
from typing import Any

import numpy as np

from ccv.checks import check_number, check_whole

CLASS_NAMES = ("X", "O")
SPLITS = ("train", "test", "all", "slides")
CELLS = 9  # the side of the slides' images, and the unit of thickness
REACH = 3.0  # cells from the centre to the end of an arm of the X, and the radius of the O
CHUNK = 1_000  # images drawn at a time, which bounds the memory


def _drawing(text: str) -> np.ndarray:
    cells = np.array([[1.0 if cell == "#" else -1.0 for cell in row] for row in text.split()], dtype=np.float32)
    cells.flags.writeable = False
    return cells


# 9x9, ground -1 and ink +1. The slides print X and TRICKY_X; O is drawn to go with them.
X = _drawing(
    """
    .........
    .#.....#.
    ..#...#..
    ...#.#...
    ....#....
    ...#.#...
    ..#...#..
    .#.....#.
    .........
    """
)
O = _drawing(  # noqa: E741 - the letter is its name
    """
    .........
    ...###...
    ..#...#..
    .#.....#.
    .#.....#.
    .#.....#.
    ..#...#..
    ...###...
    .........
    """
)
TRICKY_X = _drawing(
    """
    .........
    ......#..
    .#...#...
    ..##.#...
    ....#....
    ...#.##..
    ...#...#.
    ..#......
    .........
    """
)


def found() -> str:
    """Say that these need no file."""
    return "made by ccv"


def arrays(
    split: str = "train",
    *,
    n: int = 1_000,
    size: int = CELLS,
    seed: int = 0,
    shift: float = 0.1,
    scale: float = 0.2,
    rotation: float = 15.0,
    thickness: float | tuple[float, float] = (1.0, 1.5),
    noise: float = 0.1,
    deform: float = 0.1,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw `n` X's and O's: float32 `(n, size, size, 1)` in [-1, 1], int64 labels (0 is X, 1 is O), half and half.

    Each image draws its own pose: a `shift` of up to that part of the side along each axis, a size of 1 +-
    `scale`, a `rotation` of up to so many degrees either way, and a stroke `thickness` (a number or a
    range) in cells, of which nine make a side. `deform` moves the ends of an X by up to that part of its
    reach, and makes the O an ellipse. `noise` is the standard deviation of the Gaussian noise, after which
    the image is clipped to [-1, 1]. With all of them 0 and thickness 1, at size 9, the images are the
    slides' X and O.

    "train" and "test" are `n` different images each, "all" one after the other; "slides" is the three
    drawings X, O and TRICKY_X, whatever the options. The same seed gives the same bytes. Raises ValueError
    for a value that makes no sense.

    >>> images, labels = arrays("test", n=4, size=32, seed=1)
    >>> images.shape, str(images.dtype), sorted(labels.tolist())
    ((4, 32, 32, 1), 'float32', [0, 0, 1, 1])
    """
    if split == "slides":
        return np.stack([X, O, TRICKY_X])[..., None], np.array([0, 1, 0], dtype=np.int64)
    for name, count, least in (("n", n, 1), ("size", size, 3), ("seed", seed, 0)):
        check_whole(name, count, least)
    amounts = {"shift": shift, "scale": scale, "rotation": rotation, "noise": noise, "deform": deform}
    for name, value in amounts.items():
        _check_amount(name, value, below=1.0 if name in ("scale", "deform") else math.inf)
    strokes = _check_range("thickness", thickness)
    parts = ("train", "test") if split == "all" else (split,)
    streams = [np.random.default_rng([seed, SPLITS.index(part)]) for part in parts]
    drawn = [_draw(n, size, stream, strokes, amounts) for stream in streams]
    images, labels = (np.concatenate(pieces) for pieces in zip(*drawn, strict=True))
    return images, labels


def _draw(
    n: int, size: int, rng: np.random.Generator, strokes: tuple[float, float], amounts: dict[str, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Choose the labels and poses of all images first, then draw them a chunk at a time."""
    labels = rng.permutation(np.arange(n, dtype=np.int64) % 2)
    pose = {
        "shift": rng.uniform(-1, 1, (n, 2)) * amounts["shift"] * CELLS,
        "scale": 1 + rng.uniform(-1, 1, n) * amounts["scale"],
        "angle": rng.uniform(-1, 1, n) * np.deg2rad(amounts["rotation"]),
        "thickness": rng.uniform(*strokes, n),
        "deform": rng.uniform(-1, 1, (n, 4, 2)) * amounts["deform"],
    }
    images = np.empty((n, size, size, 1), dtype=np.float32)
    for first in range(0, n, CHUNK):
        part = slice(first, first + CHUNK)
        images[part, ..., 0] = _ink(size, labels[part], {name: values[part] for name, values in pose.items()})
        if amounts["noise"]:
            images[part] += amounts["noise"] * rng.standard_normal(images[part].shape, dtype=np.float32)
    return np.clip(images, -1, 1, out=images), labels


def _ink(size: int, labels: np.ndarray, pose: dict[str, np.ndarray]) -> np.ndarray:
    """Return `(count, size, size)`: +1 where a pixel's centre is within half a stroke's thickness, else -1."""
    centres = ((np.arange(size) + 0.5) * CELLS / size - CELLS / 2).astype(np.float32)
    pose = {name: values.astype(np.float32) for name, values in pose.items()}
    y = centres[None, :, None] - pose["shift"][:, 0, None, None]
    x = centres[None, None, :] - pose["shift"][:, 1, None, None]
    cos, sin = np.cos(pose["angle"])[:, None, None], np.sin(pose["angle"])[:, None, None]
    scale = pose["scale"][:, None, None]
    row, column = (cos * y - sin * x) / scale, (sin * y + cos * x) / scale
    distance = np.empty(row.shape, dtype=np.float32)
    for label, measure in enumerate((_to_cross, _to_ring)):
        chosen = labels == label
        distance[chosen] = measure(row[chosen], column[chosen], pose["deform"][chosen])
    return np.where(distance * scale <= pose["thickness"][:, None, None] / 2, 1.0, -1.0)


def _to_cross(row: np.ndarray, column: np.ndarray, deform: np.ndarray) -> np.ndarray:
    """Return the distance of each point to the nearer of the two strokes of an X."""
    corners = np.array([[-1, -1], [1, 1], [-1, 1], [1, -1]], dtype=np.float32)
    ends = (REACH * (corners + deform))[..., None, None]
    falling = _to_segment(row, column, ends[:, 0], ends[:, 1])
    rising = _to_segment(row, column, ends[:, 2], ends[:, 3])
    return np.minimum(falling, rising)


def _to_segment(row: np.ndarray, column: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Return the distance of each point to the segment from `start` to `end`, each `(count, 2, 1, 1)`."""
    rise, run = end[:, 0] - start[:, 0], end[:, 1] - start[:, 1]
    down, right = row - start[:, 0], column - start[:, 1]
    along = np.clip((down * rise + right * run) / (rise * rise + run * run), 0, 1)
    return np.hypot(down - along * rise, right - along * run)


def _to_ring(row: np.ndarray, column: np.ndarray, deform: np.ndarray) -> np.ndarray:
    """Return the distance of each point to an ellipse, along the ray from its centre."""
    radii = REACH * (1 + deform[:, 0, :, None, None])
    relative = np.hypot(row / radii[:, 0], column / radii[:, 1])  # 1 on the ellipse itself
    radius = np.hypot(row, column) / np.maximum(relative, 1e-6)  # of the ellipse, on this ray
    return np.where(relative > 0, np.abs(relative - 1) * radius, REACH)


def _check_amount(name: str, value: Any, below: float) -> None:
    limits = "of at least 0" if below == math.inf else f"of at least 0 and below {below:g}"
    check_number(name, value, lambda amount: 0 <= amount < below, limits)


def _check_range(name: str, value: Any) -> tuple[float, float]:
    try:
        low, high = (value, value) if isinstance(value, (int, float)) else value
        good = 0 < low <= high < math.inf
    except (TypeError, ValueError):
        good = False
    if not good:
        raise ValueError(f"{name}={value!r} must be a number above 0, or a range (low, high) of such")
    return float(low), float(high)
