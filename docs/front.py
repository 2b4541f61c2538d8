"""The moving picture at the top of the README: three filters move over an X, and three maps come.

python docs/front.py          # writes docs/front.gif, the same bytes each time
"""

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch, Rectangle
from PIL import Image

from ccv.convolution import correlate2d
from ccv.data.xo import X
from ccv.plots.style import BLUE, ORANGE, color_map, ink

FILTERS = {
    "a stroke that falls": np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]]),
    "a crossing": np.array([[1, -1, 1], [-1, 1, -1], [1, -1, 1]]),
    "a stroke that rises": np.array([[-1, -1, 1], [-1, 1, -1], [1, -1, -1]]),
}
MAPS = [correlate2d(X, kernel) / 9 for kernel in FILTERS.values()]
MILLISECONDS, REST = 90, 4000  # a step, and the finished picture
PLAYS = 3  # then it stands still, so that whoever reads below is left alone
COLORS = 64


class Matrix:
    """Cells in colours, with a number where there is one to write, and a frame that moves over them."""

    def __init__(self, figure, place, limit, side):
        self.axes = figure.add_axes(place, xticks=[], yticks=[])
        self.colors = color_map("RdBu_r" if limit > 1 else "gray_r")
        self.limit = limit
        self.frame = Rectangle((0, 0), side, side, fill=False, edgecolor=ORANGE, lw=4, zorder=3)

    def draw(self, values, written):
        """Draw values (rows, columns), nan where they are not known yet, and those that are `written`."""
        self.axes.clear()
        low = -self.limit if self.limit > 1 else 0
        picture = self.axes.imshow(np.ma.masked_invalid(values), cmap=self.colors, vmin=low, vmax=self.limit)
        edges = [np.arange(count + 1) - 0.5 for count in values.shape]
        self.axes.set(xticks=edges[1], yticks=edges[0], xticklabels=[], yticklabels=[])
        self.axes.grid(color="0.6", linewidth=0.6)
        self.axes.tick_params(length=0)
        for row, column in np.argwhere(written):
            color = ink(picture.to_rgba(values[row, column]))
            text = f"{values[row, column]:.0f}"
            self.axes.text(column, row, text, ha="center", va="center", fontsize=12, color=color)

    def move(self, row, column):
        """Put the frame on the cell (row, column)."""
        self.frame.set_xy((column - 0.5, row - 0.5))
        self.axes.add_patch(self.frame)


def join(figure, one, start, other, end):
    """Draw an arrow from a place of a matrix to one of another."""
    look = {"arrowstyle": "-|>", "mutation_scale": 15, "color": "0.35", "linewidth": 1.5}
    arrow = ConnectionPatch(start, end, "data", "data", axesA=one.axes, axesB=other.axes, zorder=5, **look)
    arrow.set_annotation_clip(False)  # the ends lie beside the matrices
    return figure.add_artist(arrow)


def pictures():
    """Yield the picture after each step, and at last without frames."""
    figure = Figure(figsize=(8.8, 5.0), dpi=100, facecolor="white")
    canvas = FigureCanvasAgg(figure)
    image = Matrix(figure, (0.02, 0.17, 0.38, 0.7), 1, 3)
    image.draw(np.maximum(X, 0), np.zeros(X.shape, bool))
    rows = [0.68, 0.36, 0.04]
    kernels = [Matrix(figure, (0.52, bottom + 0.03, 0.12, 0.2), 1.3, 3) for bottom in rows]
    maps = [Matrix(figure, (0.8, bottom, 0.18, 0.29), 1.3, 1) for bottom in rows]
    for kernel, (name, weights) in zip(kernels, FILTERS.items(), strict=True):
        kernel.draw(weights, weights > -2)
        kernel.axes.set_title(name, fontsize=12)
    image.axes.set_title("an X", fontsize=14)
    said = figure.text(
        0.21, 0.05, "nine products and their mean:\none number for each filter", ha="center", fontsize=14
    )
    places = list(np.ndindex(MAPS[0].shape))
    for count, (row, column) in enumerate(places, start=1):
        image.move(row, column)
        for drawn, values in zip(maps, MAPS, strict=True):
            known = np.where(np.arange(values.size).reshape(values.shape) < count, values, np.nan)
            drawn.draw(known, known == 1)
            drawn.move(row, column)
        arrows = []
        for kernel, drawn in zip(kernels, maps, strict=True):
            arrows.append(join(figure, image, (column + 2.7, row + 1), kernel, (-0.8, 1)))
            arrows.append(join(figure, kernel, (2.8, 1), drawn, (column - 0.7, row)))
        yield shot(canvas)
        for arrow in arrows:
            arrow.remove()
    for matrix in (image, *maps):
        matrix.frame.set_visible(False)
    said.set(text="1 where the piece is found:\nthis is how a network sees", color=BLUE)
    yield shot(canvas)


def shot(canvas):
    """Return what a canvas shows."""
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")


def main():
    """Write the animation beside this file."""
    drawn = list(pictures())
    palette = drawn[-2].quantize(COLORS)
    first, *others = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in drawn]
    times = [MILLISECONDS] * len(others) + [REST]
    target = Path(__file__).with_suffix(".gif")
    first.save(target, save_all=True, append_images=others, duration=times, loop=PLAYS - 1, optimize=True)
    print(f"{target.name}: {target.stat().st_size / 1024:.0f} KB, {len(drawn)} frames")


if __name__ == "__main__":
    main()
