"""Masks on pictures: each class in a colour, with an outline and its number on each thing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from scipy import ndimage

from ccv.plots.detection_boxes import enlarged
from ccv.plots.pictures import image_grid
from ccv.plots.style import SMALL, STYLE, checked, described, styled
from ccv.plots.words import clauses, counted, listed

COLORS = [*STYLE["axes.prop_cycle"].by_key()["color"], "#CC79A7", "#56B4E9", "#F0E442"]
UNKNOWN = 255
SMALLEST = 12  # pixels of a thing that is numbered


@styled
def masks(
    images: Any,
    classes: Sequence[Any],
    class_names: Sequence[str],
    *,
    titles: Sequence[Any] | None = None,
    columns: int | None = None,
    title: str | None = None,
    fill: float = 0.45,
    outlines: bool = True,
) -> Figure:
    """Draw masks over their images: class 0, the background, is left as it is.

    Args:
        images: a batch (n, height, width, channels), or a sequence of images of any sizes.
        classes: for each image a mask (height, width) of class numbers; 255 is drawn in white.
        class_names: by number, the background first.
        titles: one for each image.
        columns: how many to a row; None chooses.
        title: above the whole figure.
        fill: how much of the picture the colour hides, 0 to 1; 0 draws outlines alone.
        outlines: whether each thing has an outline and its number, which would cover a mask of many small patches.

    Raises:
        TypeError: images or masks hold no numbers.
        ValueError: a mask has another shape than its image, or they are not as many.

    >>> figure = masks(np.zeros((1, 8, 8, 3)), [np.eye(8, dtype=int)], ["background", "line"])
    >>> [text.get_text() for text in figure.legends[0].get_texts()]
    ['1 line']
    """
    pictures, made = list(images), [checked(one, "a mask", "(height, width)", (2,)) for one in classes]
    if len(pictures) != len(made):
        raise ValueError(f"there are {len(pictures)} images and {len(made)} masks: give one for each")
    for index, (picture, mask) in enumerate(zip(pictures, made, strict=True)):
        if np.shape(picture)[:2] != mask.shape:
            raise ValueError(f"images[{index}] is {np.shape(picture)[:2]}, and its mask {mask.shape}: give equal sides")
    figure = enlarged(image_grid(images, titles, columns, title=title), 0.4 + 0.4 * bool(title))
    for panel, mask in zip(figure.axes, made, strict=True):
        draw_mask(panel, mask.astype(int), fill, outlines, outlines)
    handles = [
        Patch(facecolor=(*to_rgb(color_of(k)), max(fill, 0.3)), edgecolor=color_of(k), label=f"{k} {name}")
        for k, name in enumerate(class_names)
        if k
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(len(handles), 5))
    names = titles or [f"picture {number}" for number in range(1, len(made) + 1)]
    told = (f"{name}: {_in_words(mask.astype(int), class_names)}" for name, mask in zip(names, made, strict=True))
    return described(figure, f"{counted(len(made), 'image')} with a class for every pixel: {clauses(told)}.")


def color_of(label: int) -> str:
    """Return the colour of a class."""
    return "white" if label == UNKNOWN else COLORS[(label - 1) % len(COLORS)]


def mask_palette() -> list[int]:
    """Return red, green and blue of the values 0 to 255 of a mask in a file: black for 0, then the classes' colours."""
    colors = [(0.0, 0.0, 0.0), *(to_rgb(color_of(label)) for label in range(1, 256))]
    return [round(255 * part) for color in colors for part in color]


def draw_mask(panel: Axes, mask: np.ndarray, fill: float = 0.45, numbered: bool = True, outlined: bool = True) -> None:
    """Draw a mask (height, width) of class numbers over what a panel shows."""
    for label in np.unique(mask[mask != 0]).tolist():
        own, color = mask == label, color_of(label)
        panel.imshow(np.where(own[..., None], (*to_rgb(color), fill), 0.0))
        if outlined:
            framed = np.pad(own, 1).astype(float)  # so that a thing at the edge has an outline there, too
            lines = np.arange(-1, own.shape[1] + 1), np.arange(-1, own.shape[0] + 1)
            panel.contour(*lines, framed, [0.5], colors=[color], linewidths=1.5, linestyles="solid")
        if numbered:
            _number(panel, own, str(label))
    panel.set(xlim=(-0.5, mask.shape[1] - 0.5), ylim=(mask.shape[0] - 0.5, -0.5))


def _number(panel: Axes, own: np.ndarray, text: str) -> None:
    """Write a number on each thing of a class, at its pixel that lies deepest inside."""
    parts, count = ndimage.label(own)
    depth = ndimage.distance_transform_edt(np.pad(own, 1))[1:-1, 1:-1]
    for part in range(1, count + 1):
        if (parts == part).sum() < SMALLEST:
            continue
        y, x = np.unravel_index(np.where(parts == part, depth, 0).argmax(), own.shape)
        box = {"boxstyle": "round,pad=0.1", "facecolor": "white", "edgecolor": "none", "alpha": 0.7}
        panel.text(float(x), float(y), text, ha="center", va="center", fontsize=SMALL, bbox=box)


def _in_words(mask: np.ndarray, class_names: Sequence[str]) -> str:
    shares = [(name, float((mask == k).mean())) for k, name in enumerate(class_names) if k and (mask == k).any()]
    return listed(f"{name} on {share:.0%}" for name, share in shares) if shares else "background alone"
