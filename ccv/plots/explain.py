"""What a network looked at: heat maps over images, and the nearest images in feature space."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccv.plots.style import DIVERGING, GREEN, RED, WIDTH, checked, color_map, described, new_figure, styled
from ccv.plots.words import clauses, counted, listed, place

PANEL = 1.7  # inches
MAX_ROWS = 40
AGAINST = 0.2  # of the largest heat: what speaks so much against a class is hatched, since in grey it looks like red


@styled
def heat_maps(
    images: Any, maps: Any, titles: Sequence[Any] | None = None, *, alpha: float = 0.55, title: str | None = None
) -> Figure:
    """Draw each image and under it the same with its heat map: red speaks for the class, blue and hatched against it.

    Args:
        images: (count, height, width, 1 or 3 channels), uint8 or 0 to 1.
        maps: (count, height, width), as `ccv.transfer.explain.grad_cam` and `occlusion` give them. Each has a scale of
            its own, whose middle, white, is 0.
        titles: one for each image.
        alpha: how much of the heat covers the image, 0 to 1.
        title: above the whole figure.

    Raises:
        TypeError: images or maps hold no real numbers.
        ValueError: their counts or sizes differ.

    >>> len(heat_maps(np.zeros((3, 8, 8, 3)), np.ones((3, 8, 8))).axes)
    6
    """
    pictures = _pictures(images)
    heat = checked(maps, "maps", "(count, height, width)", (3,))
    if heat.shape != pictures.shape[:3]:
        raise ValueError(f"maps must be {pictures.shape[:3]} as the images are, not {heat.shape}")
    if titles is not None and len(titles) != len(pictures):
        raise ValueError(f"titles must be as many as images, {len(pictures)}, not {len(titles)}")
    count = len(pictures)
    columns = min(count, 8)
    rows = -(-count // columns)
    shape = pictures.shape[2] / pictures.shape[1]
    wide = min(PANEL * max(shape, 1), WIDTH / columns)
    high = min(wide / shape, PANEL)
    figure = new_figure(wide * columns, (2 * high + 0.4) * rows + (0.4 if title else 0), title)
    panels = figure.subplots(2 * rows, columns, squeeze=False)
    for number in range(rows * columns):
        above, below = (panels[2 * (number // columns) + i, number % columns] for i in (0, 1))
        if number >= count:
            above.remove()
            below.remove()
            continue
        _show(above, pictures[number])
        _show(below, pictures[number].mean(axis=-1, keepdims=True).repeat(3, axis=-1))
        largest = float(np.nanmax(np.abs(heat[number]), initial=0)) or 1.0
        below.imshow(heat[number], cmap=color_map(DIVERGING), vmin=-largest, vmax=largest, alpha=alpha)
        against = heat[number] < -AGAINST * largest
        if against.any():
            below.contourf(against, levels=(0.5, 1.5), colors="none", hatches=["///"])
        if titles is not None:
            above.set_title(str(titles[number]), fontsize=10)
    names = [f"image {number}" for number in range(count)] if titles is None else titles
    told = clauses(f"{name}: {place(each)}" for name, each in zip(names, heat, strict=True))
    return described(figure, f"{counted(count, 'image')} with heat maps. Where the heat is greatest: {told}.")


@styled
def nearest_images(
    queries: Any,
    images: Any,
    indices: Any,
    distances: Any = None,
    *,
    query_labels: Sequence[Any] | None = None,
    labels: Sequence[Any] | None = None,
    title: str | None = None,
) -> Figure:
    """Draw each query and beside it its nearest images, with a green frame where the label agrees, else red and dashed.

    Args:
        queries: (queries, height, width, channels).
        images: (count, height, width, channels), those that were searched.
        indices: (queries, k), numbers of images, nearest first, as `ccv.transfer.explain.neighbours` gives them.
        distances: (queries, k), written above each; None leaves them out.
        query_labels, labels: of the queries and of the images; None frames nothing.
        title: above the whole figure.

    Raises:
        TypeError: the images hold no real numbers.
        ValueError: counts differ, or an index is of no image.

    >>> images = np.random.default_rng(0).random((6, 8, 8, 3))
    >>> len(nearest_images(images[:2], images, [[0, 3, 4], [1, 5, 2]], labels="xoxoxo", query_labels="xo").axes)
    8
    """
    asked, known = _pictures(queries), _pictures(images)
    nearest = checked(indices, "indices", "(queries, k)", (2,))
    if len(nearest) != len(asked) or nearest.min() < 0 or nearest.max() >= len(known):
        raise ValueError(
            f"indices must have a row for each of {len(asked)} queries, of numbers from 0 to {len(known) - 1}"
        )
    if distances is not None and np.shape(distances) != nearest.shape:
        raise ValueError(f"distances must be {nearest.shape} as the indices are, not {np.shape(distances)}")
    if len(asked) > MAX_ROWS:
        raise ValueError(f"{len(asked)} queries are more than the {MAX_ROWS} rows that a figure can show: pass fewer")
    rows, columns = len(nearest), nearest.shape[1] + 1
    side = min(PANEL, WIDTH / columns)
    figure = new_figure(side * columns, (side + 0.25) * rows + (0.4 if title else 0), title)
    panels = figure.subplots(rows, columns, squeeze=False)
    for row, panel in enumerate(panels):
        _show(panel[0], asked[row])
        panel[0].set_title("query" if query_labels is None else f"query: {query_labels[row]}", fontsize=10)
        for column, index in enumerate(nearest[row]):
            _show(panel[column + 1], known[index])
            near = "" if distances is None else f"{distances[row][column]:.3f}"
            panel[column + 1].set_title(near if labels is None else f"{labels[index]} {near}", fontsize=10)
            if labels is not None and query_labels is not None:
                _frame(panel[column + 1], agrees=labels[index] == query_labels[row])
    told = "" if labels is None else clauses(_near_in_words(row, nearest, query_labels, labels) for row in range(rows))
    queries = counted(rows, "query", "queries")
    text = f"{queries}, and beside each its {counted(columns - 1, 'nearest image')}. {told}"
    return described(figure, text.strip())


def _pictures(images: Any) -> np.ndarray:
    """Return the images as RGB from 0 to 1."""
    array = checked(images, "images", "(count, height, width, channels)", (4,))
    if array.shape[-1] not in (1, 3):
        raise ValueError(f"images must have 1 or 3 channels, not {array.shape[-1]}")
    pictures = array.astype(float) / (255 if array.dtype == np.uint8 or array.max() > 1 else 1)
    return np.clip(np.broadcast_to(pictures, (*array.shape[:3], 3)), 0, 1)


def _show(axes: Axes, picture: np.ndarray) -> None:
    axes.imshow(picture)
    axes.set(xticks=[], yticks=[])


def _near_in_words(row: int, nearest: np.ndarray, query_labels: Sequence[Any] | None, labels: Sequence[Any]) -> str:
    """Say what a query's neighbours are."""
    name = f"query {row}" if query_labels is None else f"query {query_labels[row]}"
    return f"{name}: {listed(labels[index] for index in nearest[row])}"


def _frame(axes: Axes, *, agrees: bool) -> None:
    """Frame a neighbour: of the same label in green, of another in red and dashed, which grey shows too."""
    for spine in axes.spines.values():
        spine.set(color=GREEN if agrees else RED, linewidth=3, linestyle="-" if agrees else (0, (2, 1)))
