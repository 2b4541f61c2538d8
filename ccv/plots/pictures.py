"""Arrays shown as pictures: images, kernels and feature maps."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccv.plots.style import DIVERGING, WIDTH, checked, color_limits, color_map, new_figure, styled, wrapped

MAX_PANELS = 400
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
    figure, panels = _panels(len(pictures), columns, shape, titles, title)
    for panel, picture in zip(panels, pictures, strict=True):
        if picture.ndim == 2:
            panel.imshow(picture.astype(float), cmap=color_map(cmap), vmin=low, vmax=high)
        else:
            panel.imshow(_to_unit(picture))
    return figure


@styled
def kernels(
    weights: Any, columns: int | None = None, *, limit: int = 8, cmap: str = DIVERGING, title: str | None = None
) -> Figure:
    """Show kernels in colours centred on zero.

    Args:
        weights: kernels as Keras stores them, (kernel height, kernel width, channels, filters), all in one scale,
            with a filter to a column and an input channel to a row; or one kernel (height, width); or a mapping of
            name to kernel, such as `ccv.convolution.KERNELS`, each kernel in its own scale.
        columns: how many to a row, where there is one kernel for each filter or name; None chooses.
        limit: at most so many filters and channels of a layer are shown; the title says how many there are.
        cmap: the colour map.
        title: above the whole figure.

    Raises:
        TypeError: the weights hold no real numbers.
        ValueError: the weights have another shape.

    >>> len(kernels({"identity": [[0, 0, 0], [0, 1, 0], [0, 0, 0]]}).axes)
    1
    """
    if isinstance(weights, Mapping):
        return _named_kernels(weights, columns, cmap, title)
    array = checked(weights, "weights", "(height, width) or (height, width, channels, filters)", (2, 4))
    if array.ndim == 2:
        return _named_kernels({"": array}, columns, cmap, title)
    return _layer_kernels(array, columns, limit, cmap, title)


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
    shown = min(channels, _positive(limit, "limit"))
    names = [f"map {index}" for index in range(shown)] if titles is None else list(titles)[:shown]
    figure, panels = _panels(shown, columns, array.shape[:2], names, _counted(title, shown, channels, "maps"))
    for index, panel in enumerate(panels):
        panel.imshow(array[..., index].astype(float), cmap=color_map(cmap))
    return figure


def _named_kernels(weights: Mapping[str, Any], columns: int | None, cmap: str, title: str | None) -> Figure:
    if not weights:
        raise ValueError("weights is an empty mapping: pass at least one kernel by name")
    arrays = {name: checked(kernel, f"{name!r}", "(height, width)", (2,)) for name, kernel in weights.items()}
    shape = np.max([array.shape for array in arrays.values()], axis=0)
    figure, panels = _panels(len(arrays), columns, shape, list(arrays), title)
    for panel, array in zip(panels, arrays.values(), strict=True):
        _show_kernel(panel, array, np.abs(color_limits(array)).max(), cmap)
        panel.set_xlabel(f"{array.min():.3g} to {array.max():.3g}")
    return figure


def _layer_kernels(weights: np.ndarray, columns: int | None, limit: int, cmap: str, title: str | None) -> Figure:
    *shape, channels, filters = weights.shape
    limit = _positive(limit, "limit")
    # A grey image has one channel, so that its filters may fill the rows that channels would take.
    rows, across = min(channels, limit), min(filters, limit**2 if channels == 1 else limit)
    names = [f"filter {index}" for index in range(across)]
    title = _counted(_counted(title, across, filters, "filters"), rows, channels, "channels")
    if channels > 1:
        columns, names = across, names + [""] * (across * (rows - 1))
    figure, panels = _panels(rows * across, columns, shape, names, title)
    scale = np.abs(color_limits(weights)).max()
    for index, panel in enumerate(panels):
        row, column = divmod(index, across)
        picture = _show_kernel(panel, weights[:, :, row, column], scale, cmap)
        if channels > 1 and column == 0:
            panel.set_ylabel(f"channel {row}")
    figure.set_figwidth(figure.get_figwidth() + 1)
    figure.colorbar(picture, ax=panels, label="weight", shrink=0.8, aspect=25)
    return figure


def _show_kernel(panel: Axes, kernel: np.ndarray, scale: float, cmap: str) -> Any:
    return panel.imshow(kernel.astype(float), cmap=color_map(cmap), vmin=-scale, vmax=scale)


def _panels(
    count: int, columns: int | None, shape: Any, titles: Sequence[Any] | None, title: str | None
) -> tuple[Figure, list[Axes]]:
    """Return a figure and its panels, which have frames but no ticks, for pictures of (height, width)."""
    _check_count(titles, count, "titles", "pictures")
    if count > MAX_PANELS:
        raise ValueError(f"{count} pictures are too many for one figure: pass at most {MAX_PANELS}, as images[:64]")
    columns = _columns(count) if columns is None else min(_positive(columns, "columns"), count)
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


def _counted(title: str | None, shown: int, total: int, things: str) -> str | None:
    if shown == total:
        return title
    note = f"{shown} of {total} {things}"
    return f"{title}, {note}" if title else note


def _positive(value: Any, name: str) -> int:
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}")
    return int(value)


def _check_count(given: Sequence[Any] | None, count: int, name: str, things: str) -> None:
    if given is None:
        return
    if isinstance(given, str) or len(given) != count:
        raise ValueError(f"{name} must be a list with one entry for each of {count} {things}, got {given!r}")
