"""Kernels in colours, of a layer or by name."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ccv.checks import check_whole
from ccv.plots.cells import font_for, printed, write_cells
from ccv.plots.pictures import counted_title, panels_for
from ccv.plots.style import DIVERGING, WIDTH, checked, color_limits, color_map, described, styled
from ccv.plots.words import clauses, counted, spoken, spread

READABLE = 10.0  # points


@styled
def kernels(
    weights: Any, columns: int | None = None, *, limit: int = 8, cmap: str = DIVERGING, title: str | None = None
) -> Figure:
    """Show kernels in colours centred on zero, with their numbers where these can be read.

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


def _named_kernels(weights: Mapping[str, Any], columns: int | None, cmap: str, title: str | None) -> Figure:
    if not weights:
        raise ValueError("weights is an empty mapping: pass at least one kernel by name")
    arrays = {name: checked(kernel, f"{name!r}", "(height, width)", (2,)) for name, kernel in weights.items()}
    shape = np.max([array.shape for array in arrays.values()], axis=0)
    figure, panels = panels_for(len(arrays), columns, shape, list(arrays), title)
    for panel, array in zip(panels, arrays.values(), strict=True):
        _show_kernel(panel, array, np.abs(color_limits(array)).max(), cmap)
        if not panel.texts:
            panel.set_xlabel(f"{array.min():.3g} to {array.max():.3g}")
    told = clauses(f"{name or 'a kernel'}, {spoken(array)}" for name, array in arrays.items())
    return described(figure, f"{counted(len(arrays), 'kernel')} in colours about zero: {told}.")


def _layer_kernels(weights: np.ndarray, columns: int | None, limit: int, cmap: str, title: str | None) -> Figure:
    *shape, channels, filters = weights.shape
    limit = check_whole("limit", limit)
    # A grey image has one channel, so that its filters may fill the rows that channels would take.
    rows, across = min(channels, limit), min(filters, limit**2 if channels == 1 else limit)
    names = [f"filter {index}" for index in range(across)]
    title = counted_title(counted_title(title, across, filters, "filters"), rows, channels, "channels")
    if channels > 1:
        columns, names = across, names + [""] * (across * (rows - 1))
    figure, panels = panels_for(rows * across, columns, shape, names, title)
    scale = np.abs(color_limits(weights)).max()
    for index, panel in enumerate(panels):
        row, column = divmod(index, across)
        picture = _show_kernel(panel, weights[:, :, row, column], scale, cmap)
        if channels > 1 and column == 0:
            panel.set_ylabel(f"channel {row}")
    figure.set_figwidth(min(figure.get_figwidth() + 1, WIDTH))
    figure.colorbar(picture, ax=panels, label="weight", shrink=0.8, aspect=25)
    size = " x ".join(map(str, shape))
    many = f"{counted(across, 'filter')} of {size} for {counted(rows, 'channel')}"
    return described(figure, f"{many}, in colours about zero: weights {spread(weights)}.")


def _show_kernel(panel: Axes, kernel: np.ndarray, scale: float, cmap: str) -> Any:
    picture = panel.imshow(kernel.astype(float), cmap=color_map(cmap), vmin=-scale, vmax=scale)
    texts = printed(kernel)
    columns = panel.get_subplotspec().get_gridspec().ncols  # type: ignore[union-attr]
    font = font_for(texts, panel.figure.get_figwidth() / columns / max(kernel.shape))  # type: ignore[union-attr]
    if font >= READABLE:
        write_cells(panel, texts, picture.to_rgba(kernel), font)
    return picture
