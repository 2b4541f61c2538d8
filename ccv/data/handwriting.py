"""A digit of one's own, from a photograph or a drawing, cleaned the way MNIST's digits were."""

import base64
import binascii
import io
from pathlib import Path
from typing import Any

import numpy as np

from ccv.checks import check_whole
from ccv.data.files import resized, to_channels

SIDE, INNER = 28, 20  # of MNIST: the image, and the box that the digit fills
DRAWN = "data:image/png;base64,"  # how a drawing pad gives its picture, as text
LONGEST = 400  # pixels that a digit needs at most: a larger photograph is shrunk first
TILES = 3  # to a side; what the paper is like is estimated for each
FAINTEST = 0.12  # contrast of ink and paper, of 1, below which there is none
SHAPES = "(height, width), or (height, width, 1, 3 or 4 channels)"


def clean_digit(picture: Any, *, size: int = SIDE, inner: int = INNER) -> np.ndarray:
    """Return a digit as MNIST has it: uint8 `(size, size, 1)`, ink 255 on ground 0.

    The ink is told from the paper, also in uneven light, and whether it is dark or light. The digit is cut out, scaled
    so that its longer side has `inner` pixels, and moved by whole pixels until its centre of mass is in the middle.

    Args:
        picture: the name of a photograph, a drawing pad's text, or an array (height, width), or (height, width, 1, 3
            or 4 channels) of numbers from 0 to 255 or from 0 to 1. It should show one digit on plain paper and
            nothing else.
        size: pixels to a side.
        inner: how many of these the digit may take.

    Raises:
        FileNotFoundError: there is no such file.
        TypeError: the picture holds no real numbers.
        ValueError: the picture shows no ink, is no picture, or the sizes do not fit.

    Source: LeCun et al. 1998, section III.A; C. Yadav, L. Bottou, "Cold case: the lost MNIST digits", 2019.

    >>> paper = np.full((90, 60), 220, np.uint8)
    >>> paper[20:70, 25:32] = 40
    >>> one = clean_digit(paper)
    >>> one.shape, [int(n.max() - n.min() + 1) for n in np.nonzero(one[..., 0])]
    ((28, 28, 1), [20, 3])
    """
    check_whole("inner", inner)
    if check_whole("size", size) < inner:
        raise ValueError(f"inner={inner} must be at most size={size}: the digit has to fit into the image")
    ink = _ink(_grey(open_picture(picture) if isinstance(picture, str | Path) else picture))
    rows, columns = (np.flatnonzero(ink.max(axis=axis)) for axis in (1, 0))
    window = int(rows[0]), int(columns[0]), int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
    scale = inner / max(window[2:])
    fitted = max(round(window[2] * scale), 1), max(round(window[3] * scale), 1)
    digit = resized(np.round(255 * ink).astype(np.uint8)[..., None], window, fitted)[..., 0]
    image = np.zeros((size, size), np.uint8)
    top, left = (_start(digit.sum(axis=axis, dtype=float), size) for axis in (1, 0))
    image[top : top + fitted[0], left : left + fitted[1]] = digit
    return image[..., None]


def open_picture(picture: str | Path) -> np.ndarray:
    """Return what a photograph's file or a drawing pad's text shows: uint8 `(height, width, 4)`, the right way up.

    Raises FileNotFoundError where there is no such file, and ValueError where it is no picture.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    drawn = str(picture).strip().startswith(DRAWN)
    try:
        data = base64.b64decode(str(picture).strip()[len(DRAWN) :]) if drawn else Path(picture).read_bytes()
        with Image.open(io.BytesIO(data)) as image:
            return np.asarray(ImageOps.exif_transpose(image).convert("RGBA"))
    except (binascii.Error, UnidentifiedImageError, SyntaxError) as error:
        name = "the pad's text" if drawn else str(picture)
        advice = "copy all of it" if drawn else "give a photograph such as digit.jpg"
        raise ValueError(f"{name} cannot be read as a picture: {advice}") from error


def _start(mass: np.ndarray, size: int) -> int:
    """Where a digit begins so that the centre of its mass (pixels,) is in pixel `size // 2`, as MNIST has it."""
    centre = float((mass * np.arange(len(mass))).sum() / mass.sum())
    return int(np.clip(round(size // 2 - centre), 0, size - len(mass)))


def _grey(picture: Any) -> np.ndarray:
    """Return a picture as float32 (height, width) from 0 to 1, no longer than needed, what is transparent white."""
    array = np.asarray(picture)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"picture must hold numbers, got {array.dtype}")
    array = array[..., None] if array.ndim == 2 else array
    if array.ndim != 3 or array.shape[2] not in (1, 3, 4) or min(array.shape) == 0:
        raise ValueError(f"picture must be {SHAPES}, got the shape {np.shape(picture)}")
    values = np.nan_to_num(array.astype(np.float32))
    if array.dtype.kind in "iu" or values.max() > 1:
        values /= 255
    if values.shape[2] == 4:
        values = values[..., :3] * values[..., 3:] + 1 - values[..., 3:]
    pixels = to_channels(np.clip(np.round(values * 255), 0, 255).astype(np.uint8), 1)
    shrink = max(*pixels.shape[:2], LONGEST) / LONGEST
    target = max(round(pixels.shape[0] / shrink), 1), max(round(pixels.shape[1] / shrink), 1)
    return resized(pixels, (0, 0, *pixels.shape[:2]), target)[..., 0].astype(np.float32) / 255


def _ink(grey: np.ndarray) -> np.ndarray:
    """Return how much ink there is at each pixel, 0 to 1; raise ValueError where there is none."""
    dark, light = _darker_than_paper(grey), _darker_than_paper(1 - grey)
    ink = min((dark, light), key=_share)  # a page has less ink than paper
    threshold = _otsu(ink)
    full = float(np.percentile(ink[ink > threshold], 75)) if (ink > threshold).any() else 0.0
    if full < FAINTEST:
        raise ValueError("the picture shows no ink: write with a thicker pen on plain paper, and come closer")
    clean = np.clip(ink / full, 0, 1)
    return np.where(clean > 0.5, clean, np.where(_near(clean > 0.5), clean, 0))


def _share(ink: np.ndarray) -> float:
    """Return how much of a picture would be ink; infinity where nothing stands out."""
    return float(ink.mean() / ink.max()) if ink.max() >= FAINTEST else np.inf


def _near(mask: np.ndarray) -> np.ndarray:
    """Where a pixel or one of its eight neighbours is set: the soft edge of a stroke belongs to it."""
    from PIL import Image, ImageFilter

    return np.asarray(Image.fromarray(mask.astype(np.uint8)).filter(ImageFilter.MaxFilter(3))) > 0


def _darker_than_paper(grey: np.ndarray) -> np.ndarray:
    """How much darker each pixel is than the paper around it, which is bright and changes slowly."""
    from PIL import Image, ImageFilter

    smooth = Image.fromarray(np.round(grey * 255).astype(np.uint8))
    if min(grey.shape) > 100:  # of a small picture every pixel counts; in a large one single ones are noise
        smooth = smooth.filter(ImageFilter.MedianFilter(5))
    pixels = np.asarray(smooth, np.float32) / 255
    bright = [
        [np.percentile(tile, 90) for tile in np.array_split(band, TILES, axis=1) if tile.size]
        for band in np.array_split(pixels, TILES)
        if band.size
    ]
    paper = Image.fromarray(np.array(bright, np.float32)).resize(pixels.shape[::-1], Image.Resampling.BICUBIC)
    return np.clip(np.asarray(paper) - pixels, 0, 1)


def _otsu(values: np.ndarray) -> float:
    """Return the threshold that parts values from 0 to 1 best in two (N. Otsu, 1979)."""
    counts, edges = np.histogram(values, bins=128, range=(0, 1))
    middles = (edges[:-1] + edges[1:]) / 2
    below, mass = np.cumsum(counts), np.cumsum(counts * middles)
    above = below[-1] - below
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (mass / below - (mass[-1] - mass) / above) ** 2
    return float(edges[1:][np.argmax(np.nan_to_num(between))])
