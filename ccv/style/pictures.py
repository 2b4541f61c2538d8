"""Pictures that people pass, and noise to begin with."""

from typing import Any

import keras
import numpy as np

from ccv.checks import check_whole

SPREAD = 0.1  # of the noise, black to white being 1
LEAST = 8  # pixels a side: below that there is no pattern that could be a style


def to_unit(picture: Any, name: str) -> np.ndarray:
    """Return a picture (height, width, 3), uint8 or 0 to 1, as float32 from 0 to 1; else raise in one sentence."""
    array = np.asarray(picture)
    if array.dtype.kind not in "uif":
        raise TypeError(f"{name} must be a picture of numbers, (height, width, 3), not {type(picture).__name__}")
    if array.ndim != 3 or array.shape[-1] != 3:
        raise ValueError(
            f"{name} must be one RGB picture (height, width, 3), not {array.shape}: "
            "np.stack([grey] * 3, axis=-1) makes one of a grey (height, width), "
            "picture[..., :3] of one with transparency"
        )
    if min(array.shape[:2]) < LEAST:
        raise ValueError(f"{name} has {array.shape[0]} x {array.shape[1]} pixels: pass at least {LEAST} x {LEAST}")
    unit = array.astype("float32") / (255 if array.dtype == np.uint8 else 1)
    if not np.isfinite(unit).all() or unit.min() < 0 or unit.max() > 1:
        raise ValueError(f"{name} must be uint8, or floats from 0 to 1 without gaps: divide pixels up to 255 by 255")
    return unit


def to_bytes(picture: Any) -> np.ndarray:
    """Return a picture of 0 to 1 as uint8."""
    return np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)


def noise(style: np.ndarray, size: tuple[int, ...], seed: int) -> np.ndarray:
    """Return noise about the mean colour of the style, (height, width, 3), 0 to 1."""
    rng = np.random.default_rng(seed)
    around = style.mean(axis=(0, 1)) + rng.normal(0, SPREAD, (*size, 3))
    return np.clip(around, 0, 1).astype("float32")


def check_size(size: Any, shape: tuple[int, ...]) -> tuple[int, int]:
    """Return the (height, width) that is asked for, or that of a picture where none is."""
    if size is None:
        return shape[0], shape[1]
    if not isinstance(size, tuple | list) or len(size) != 2:
        raise ValueError(f"size={size!r} must be (height, width), such as (192, 256)")
    height, width = (check_whole("size", side, LEAST) for side in size)
    return height, width


def check_seen(model: keras.Model, picture: np.ndarray, name: str) -> None:
    """Raise ValueError where a picture is so small that a map has less than 2 x 2 places: one place is no pattern."""
    try:
        shapes = model.compute_output_shape((1, *picture.shape))
    except ValueError:
        shapes = {"the network": (1, 0, 0, 0)}
    for layer, (_, *sides, _) in shapes.items():
        if min(sides) < 2:
            raise ValueError(
                f"{name} has {picture.shape[0]} x {picture.shape[1]} pixels, too few for {layer}, of which "
                f"{sides[0]} x {sides[1]} places are left: pass a larger picture, or fewer scales or layers"
            )
