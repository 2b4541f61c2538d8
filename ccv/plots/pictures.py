"""Arrays shown as pictures: images and feature maps."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccv.checks import check_whole
from ccv.plots.style import WIDTH, checked, color_map, described, new_figure, styled, wrapped
from ccv.plots.words import clauses, counted, listed, place, spread

MAX_PANELS = 400
MOST_TITLES = 24  # that a description reads
MAX_PANEL_INCHES = 3.2
IMAGE_AXES = "(height, width) or (height, width, 1, 3 or 4 channels)"


@styled
def image_grid(
    images: Iterable[Any],
    titles: Sequence[Any] | None = None,
    columns: int | None = None,
    *,
    cmap: str = "gray",
    vmin: float | None = None,
    vmax: float | None = None,
    title: str | None = None,
) -> Figure:
    """Show images side by side, under one scale of brightness.

    Args:
        images: a batch (n, height, width) or (n, height, width, channels), or a sequence of images of any sizes;
            one channel is grey, three are red, green and blue, four have transparency.
        titles: one for each image.
        columns: how many to a row; None chooses.
        cmap: the colour map of grey images.
        vmin, vmax: what grey images show as black and white; None takes the smallest and largest number.
            Colours range from 0 to 1 or from 0 to 255, as the image's numbers tell; those of an image with
            negative numbers from its smallest to its largest.
        title: above the whole figure.

    Raises:
        TypeError: the images hold no real numbers.
        ValueError: an image has another shape, or the titles are not as many as the images.

    >>> len(image_grid(np.zeros((3, 8, 8)), titles=["a", "b", "c"]).axes)
    3
    """
    pictures = _checked_images(images)
    color_map(cmap)  # refuses an unknown name
    gray = _range([picture for picture in pictures if picture.ndim == 2])
    low = gray[0] if vmin is None else vmin
    high = gray[1] if vmax is None else vmax

    shape = np.max([picture.shape[:2] for picture in pictures], axis=0)
    figure, panels = panels_for(len(pictures), columns, shape, titles, title)
    for panel, picture in zip(panels, pictures, strict=True):
        if picture.ndim == 2:
            panel.imshow(picture.astype(float), cmap=color_map(cmap), vmin=low, vmax=high)
        else:
            panel.imshow(_to_unit(picture))
    return described(figure, _images_in_words(pictures, titles))


@styled
def feature_maps(
    maps: Any,
    titles: Sequence[Any] | None = None,
    columns: int | None = None,
    *,
    limit: int = 64,
    cmap: str = "viridis",
    title: str | None = None,
) -> Figure:
    """Show what a layer puts out for one image, each map in its own scale.

    Args:
        maps: (height, width, channels) or (1, height, width, channels).
        titles: one for each map; None numbers them from 0.
        columns: how many to a row; None chooses.
        limit: at most so many maps are shown; the title says how many there are.
        cmap: the colour map, from the smallest number of a map to its largest.
        title: above the whole figure.

    Raises:
        TypeError: the maps hold no real numbers.
        ValueError: the maps have another shape, or the titles are not as many as the maps.

    >>> len(feature_maps(np.zeros((1, 8, 8, 6))).axes)
    6
    """
    array = checked(maps, "maps", "(height, width, channels) or (1, height, width, channels)", (3, 4))
    if array.ndim == 4 and len(array) != 1:
        raise ValueError(f"maps must be of one image, got a batch of {len(array)}: pass maps[:1]")
    array = array[0] if array.ndim == 4 else array
    channels = array.shape[-1]
    _check_count(titles, channels, "titles", "maps")
    shown = min(channels, check_whole("limit", limit))
    names = [f"map {index}" for index in range(shown)] if titles is None else list(titles)[:shown]
    figure, panels = panels_for(shown, columns, array.shape[:2], names, counted_title(title, shown, channels, "maps"))
    for index, panel in enumerate(panels):
        panel.imshow(array[..., index].astype(float), cmap=color_map(cmap))
    return described(figure, _maps_in_words(array[..., :shown], names))


def _images_in_words(pictures: list[np.ndarray], titles: Sequence[Any] | None) -> str:
    """Say how many images there are, of which sizes and kinds, and what is written above them."""
    sizes = dict.fromkeys(f"{picture.shape[0]} x {picture.shape[1]}" for picture in pictures)
    kinds = dict.fromkeys("grey" if picture.ndim == 2 else "in colour" for picture in pictures)
    named = [] if titles is None else list(filter(None, map(str, titles)))
    above = f": {listed(named, MOST_TITLES)}" if named else ""
    return f"{counted(len(pictures), 'image')} of {listed(sizes)} pixels, {listed(kinds)}{above}."


def _maps_in_words(maps: np.ndarray, names: Sequence[Any]) -> str:
    """Say of each map how far its numbers go and where it is largest, or that it is the same everywhere."""
    said = [
        f"{name} {spread(each)}" + (f", largest {place(each)}" if np.ptp(each) else "")
        for name, each in zip(names, np.moveaxis(maps, -1, 0), strict=True)
    ]
    height, width, count = maps.shape
    return f"{counted(count, 'map')} of {height} x {width}, brighter where larger: {clauses(said)}."


def panels_for(
    count: int, columns: int | None, shape: Any, titles: Sequence[Any] | None, title: str | None
) -> tuple[Figure, list[Axes]]:
    """Return a figure and its panels, which have frames but no ticks, for pictures of (height, width)."""
    _check_count(titles, count, "titles", "pictures")
    if count > MAX_PANELS:
        raise ValueError(f"{count} pictures are too many for one figure: pass at most {MAX_PANELS}, as images[:64]")
    columns = _columns(count) if columns is None else min(check_whole("columns", columns), count)
    rows = -(-count // columns)
    width = min(MAX_PANEL_INCHES, WIDTH / columns)
    names = [wrapped(name, width) for name in ([] if titles is None else titles)]
    lines = [name.count("\n") + 1 if name else 0 for name in names]
    text_lines = sum(max(lines[start : start + columns]) for start in range(0, len(lines), columns))
    height = rows * (width * float(np.clip(shape[0] / shape[1], 0.25, 4)) + 0.1) + 0.25 * text_lines
    figure = new_figure(max(columns * width, 3), height + (0.5 if title else 0), title)
    panels = [figure.add_subplot(rows, columns, index + 1) for index in range(count)]
    for panel, name in zip(panels, names or [""] * count, strict=True):
        panel.set(title=name, xticks=[], yticks=[])
    return figure, panels


def _columns(count: int) -> int:
    """Return the number of columns, up to 8, that leaves the last row fullest."""
    return count if count <= 6 else min(range(4, 9), key=lambda columns: (-count % columns, -columns))


def _checked_images(images: Any) -> list[np.ndarray]:
    shape = getattr(images, "shape", None)
    if shape is not None and (len(shape) == 2 or (len(shape) == 3 and shape[2] in {3, 4} and shape[1] > 4)):
        raise ValueError(f"images of shape {tuple(shape)} look like a single image: pass a list of it, [image]")
    try:
        pictures = [checked(image, f"images[{i}]", IMAGE_AXES, (2, 3)) for i, image in enumerate(images)]
    except TypeError as error:
        if np.ndim(images):
            raise
        raise TypeError(f"images must be a batch or a list of images, got {type(images).__name__}") from error
    if not pictures:
        raise ValueError("images is empty: pass at least one image")
    for index, picture in enumerate(pictures):
        if picture.ndim == 3 and picture.shape[2] not in {1, 3, 4}:
            raise ValueError(f"images[{index}] must be {IMAGE_AXES}, got the shape {picture.shape}")
    return [picture[..., 0] if picture.shape[2:] == (1,) else picture for picture in pictures]


def _range(pictures: list[np.ndarray]) -> tuple[float, float]:
    """Return the smallest and largest finite number; a flat picture gets 0 or 1 as its other end."""
    finite = [picture[np.isfinite(picture)] for picture in pictures]
    numbers = np.concatenate(finite) if finite else np.array([])
    low, high = (float(numbers.min()), float(numbers.max())) if numbers.size else (0.0, 1.0)
    return (min(low, 0.0), max(high, 1.0)) if low == high else (low, high)


def _to_unit(picture: np.ndarray) -> np.ndarray:
    """Return colours from 0 to 1, whatever encoding their numbers show."""
    low, high = _range([picture])
    if low >= -0.1:  # negative numbers are standardised pixels; augmentation overshoots 0 and 1 by less
        low, high = 0.0, 255.0 if high > 2 else 1.0
    return np.clip((np.nan_to_num(picture.astype(float), nan=low) - low) / (high - low), 0, 1)


def counted_title(title: str | None, shown: int, total: int, things: str) -> str | None:
    """Say in the title how many there are where not all are shown."""
    if shown == total:
        return title
    note = f"{shown} of {total} {things}"
    return f"{title}, {note}" if title else note


def _check_count(given: Sequence[Any] | None, count: int, name: str, things: str) -> None:
    if given is None:
        return
    if isinstance(given, str) or len(given) != count:
        raise ValueError(f"{name} must be a list with one entry for each of {count} {things}, got {given!r}")
