"""Scenes of ellipses, rectangles and triangles, drawn: where each lies, which pixels are whose, and its landmarks."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ccv.data.drawn.drawing import to_bytes

VISIBLE = 0.95  # the part of an object's pixels that no other may cover
GROUND, OBJECT = (0.0, 0.4), (0.5, 1.0)  # the ranges of red, green and blue
TRIES = 20  # for a free place; an object that finds none is left out
LANDMARKS = 5  # of an object: four around its outline, and its centre

Inside = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]

# Is a point inside the shape? `u` and `v` go from -1 to 1 over the shape's box, `apex` is where a triangle's tip is.
SHAPES: dict[str, Inside] = {
    "ellipse": lambda u, v, apex: u * u + v * v <= 1,
    "rectangle": lambda u, v, apex: (np.abs(u) <= 1) & (np.abs(v) <= 1),
    "triangle": lambda u, v, apex: (np.abs(v) <= 1) & (np.abs(u - apex * (1 - v) / 2) <= (1 + v) / 2),
}


@dataclass
class Placed:
    """The objects of `n` images, `most` each: sides in pixels, `label` -1 where there is none."""

    label: np.ndarray  # (n, most)
    box: np.ndarray  # (n, most, 4): left, top, width, height of the outline
    apex: np.ndarray  # (n, most): from -1 to 1, where the tip of a triangle is above its base
    up: np.ndarray  # (n, most): 1 for a tip above, -1 for one below
    owner: np.ndarray  # (n, height, width): whose pixel it is, -1 for the background


def place(
    n: int, size: tuple[int, int], rng: np.random.Generator, objects: tuple[int, int], extent: tuple[float, float]
) -> Placed:
    """Put objects into `n` images of `size` (height, width), one after the other, each over those before it.

    A place that would leave less than VISIBLE of an earlier object is drawn again, TRIES times at most.
    """
    most = objects[1]
    placed = Placed(
        label=np.full((n, most), -1),
        box=np.zeros((n, most, 4), np.float32),
        apex=np.zeros((n, most), np.float32),
        up=np.ones((n, most), np.float32),
        owner=np.full((n, *size), -1, np.int8),
    )
    wanted = rng.integers(objects[0], most, n, endpoint=True)
    whole = np.zeros((n, most), np.int64)  # pixels of each object before others cover it
    for slot in range(most):
        open_ones = np.flatnonzero(wanted > slot)
        _shape(placed, open_ones, slot, rng, min(size) * np.array(extent))
        for _ in range(TRIES):
            inside = _somewhere(placed, open_ones, slot, size, rng)
            owner = placed.owner[open_ones]
            fits = np.ones(len(open_ones), bool)
            for other in range(slot):
                left = ((owner == other) & ~inside).sum((1, 2))
                fits &= left >= VISIBLE * whole[open_ones, other]
            chosen = open_ones[fits]
            placed.owner[chosen] = np.where(inside[fits], np.int8(slot), owner[fits])
            whole[chosen, slot] = inside[fits].sum((1, 2))
            open_ones = open_ones[~fits]
            if not len(open_ones):
                break
        placed.label[open_ones, slot] = -1
        wanted[open_ones] = slot
    return placed


def _shape(placed: Placed, images: np.ndarray, slot: int, rng: np.random.Generator, extent: np.ndarray) -> None:
    """Draw what the object of each of these images is, all but its place."""
    n = len(images)
    placed.label[images, slot] = rng.integers(len(SHAPES), size=n)
    placed.box[images, slot, 2:] = rng.uniform(extent[0], extent[1], (n, 2))
    placed.apex[images, slot] = rng.uniform(-0.8, 0.8, n)
    placed.up[images, slot] = np.where(rng.random(n) < 0.5, 1, -1)


def _somewhere(
    placed: Placed, images: np.ndarray, slot: int, size: tuple[int, int], rng: np.random.Generator
) -> np.ndarray:
    """Draw a place for the object of each of these images; return its pixels `(len(images), height, width)`."""
    n, (height, width) = len(images), size
    sides = placed.box[images, slot, 2:]
    corner = rng.random((n, 2), dtype=np.float32) * (np.array([width, height], np.float32) - sides)
    placed.box[images, slot, :2] = corner
    label, apex, up = (of[images, slot] for of in (placed.label, placed.apex, placed.up))
    x, y = (np.arange(side, dtype=np.float32) + 0.5 for side in (width, height))  # the pixels' centres
    u = (2 * (x - corner[:, :1]) / sides[:, :1] - 1)[:, None, :]
    v = ((2 * (y - corner[:, 1:]) / sides[:, 1:] - 1) * up[:, None])[:, :, None]
    inside = np.empty((n, height, width), bool)
    for kind, test in enumerate(SHAPES.values()):
        of_kind = label == kind
        inside[of_kind] = test(u[of_kind], v[of_kind], apex[of_kind, None, None])
    return inside


def paint(placed: Placed, rng: np.random.Generator, noise: float) -> np.ndarray:
    """Return uint8 images `(n, height, width, 3)`: each object one light colour on a dark ground, in noise."""
    n, most = placed.label.shape
    ground, objects = rng.uniform(*GROUND, (n, 1, 3)), rng.uniform(*OBJECT, (n, most, 3))
    palette = np.concatenate([ground, objects], axis=1, dtype=np.float32)
    images = palette[np.arange(n)[:, None, None], placed.owner + 1]
    images += noise * rng.standard_normal(images.shape, dtype=np.float32)
    return to_bytes(images, channels=3)


def truth(placed: Placed) -> np.ndarray:
    """Return float32 `(n, most, 5)`: the box around the pixels that show, as parts of the sides, and the class."""
    n, most = placed.label.shape
    height, width = placed.owner.shape[1:]
    rows = np.full((n, most, 5), -1, np.float32)
    for slot in range(most):
        seen = placed.owner == slot
        across, down = seen.any(1), seen.any(2)
        there = across.any(1)
        edges = (across.argmax(1), down.argmax(1), width - across[:, ::-1].argmax(1), height - down[:, ::-1].argmax(1))
        box = np.stack(edges, axis=1) / np.array([width, height, width, height])
        rows[there, slot, :4] = box[there]
        rows[there, slot, 4] = placed.label[there, slot]
    return rows


def masks(placed: Placed) -> np.ndarray:
    """Return bool `(n, most, height, width)`: the pixels of each object that show."""
    slots = np.arange(placed.label.shape[1], dtype=np.int8)
    return placed.owner[:, None] == slots[:, None, None]


def classes(placed: Placed) -> np.ndarray:
    """Return uint8 `(n, height, width)`: 0 for the background, 1 + the class of the object whose pixel it is."""
    of_owner = np.pad(placed.label + 1, ((0, 0), (1, 0))).astype(np.uint8)
    return of_owner[np.arange(len(of_owner))[:, None, None], placed.owner + 1]


def landmarks(placed: Placed) -> np.ndarray:
    """Return float32 `(n, most, LANDMARKS, 2)`: x and y as parts of the sides, -1 where there is no object.

    Of a rectangle the corners from the upper left one clockwise; of an ellipse the ends of its axes from the upper one
    clockwise; of a triangle its tip, then clockwise a corner, the base's middle and the other corner; and last the
    centre of the outline's box.
    """
    apex, up = placed.apex, placed.up
    one, none = np.ones_like(apex), np.zeros_like(apex)
    u = np.stack([np.stack(row, -1) for row in (
        (none, one, none, -one, none),
        (-one, one, one, -one, none),
        (apex, up, none, -up, none),
    )], axis=2)  # fmt: skip
    v = np.stack([np.stack(row, -1) for row in (
        (-one, none, one, none, none),
        (-one, -one, one, one, none),
        (-up, up, up, up, none),
    )], axis=2)  # fmt: skip
    kind = np.maximum(placed.label, 0)[:, :, None, None]
    points = np.stack([np.take_along_axis(axis, kind, axis=2)[:, :, 0] for axis in (u, v)], axis=-1)
    corner, sides = placed.box[:, :, None, :2], placed.box[:, :, None, 2:]
    height, width = placed.owner.shape[1:]
    points = (corner + (points + 1) / 2 * sides) / np.array([width, height])
    return np.where((placed.label >= 0)[:, :, None, None], points, -1).astype(np.float32)
