"""`Evaluation`: how good masks are, as text, as a page and as files."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ccv.training.page import Page, listed, mean, plain, unmathed

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = {"IoU": "iou", "Dice": "dice", "boundary F": "boundary_f"}


@dataclass(frozen=True)
class ClassScores:
    """One class: how many pixels of it there are, and its scores; NaN where there is nothing to judge."""

    name: str
    pixels: int
    iou: float
    dice: float
    boundary_f: float


@dataclass(frozen=True)
class Looked:
    """An image `(height, width, channels)`, what is said of it, its mask (both `(height, width)`), and its mean IoU."""

    image: np.ndarray = field(repr=False)
    said: np.ndarray = field(repr=False)
    there: np.ndarray = field(repr=False)
    mean_iou: float


@dataclass(frozen=True, repr=False)
class Evaluation(Page):
    """What `evaluate` found; `confusion` `(classes, classes)` counts pixels, a row for each true class.

    `worst` are the images of the smallest IoU, where a network was judged. `notes` are sentences on the training that
    one should know with the numbers.
    """

    images: int
    pixel_accuracy: float
    classes: list[ClassScores]
    confusion: np.ndarray = field(repr=False)
    worst: list[Looked] = field(default_factory=list, repr=False)
    notes: tuple[str, ...] = ()

    columns = ("class", "pixels", *COLUMNS)

    @property
    def mean_iou(self) -> float:
        """The mean over the classes that are there or said to be."""
        return self.mean("iou")

    @property
    def mean_dice(self) -> float:
        """The mean over the classes that are there or said to be."""
        return self.mean("dice")

    def mean(self, column: str) -> float:
        """Return the mean of a column of `classes`, without its NaNs; NaN where nothing else is there."""
        return mean(getattr(row, column) for row in self.classes)

    def headlines(self) -> list[str]:
        """Say how good the masks are; the accuracy last, since a large background alone makes it high."""
        lines = [
            f"{self.images} image{'s' * (self.images != 1)}, mean IoU {_number(self.mean_iou)}",
            f"mean Dice {_number(self.mean_dice)}, pixel accuracy {_number(self.pixel_accuracy)}",
        ]
        said = self.confusion.sum(axis=0)
        never = [row.name for row, count in zip(self.classes, said, strict=True) if row.pixels and not count]
        return [*lines, *([f"never said: {listed(never)}"] if never else []), *self.notes]

    def rows(self) -> list[list[str]]:
        """Return the table's rows."""
        return [
            [row.name, f"{row.pixels:,}", *(_number(getattr(row, name)) for name in COLUMNS.values())]
            for row in self.classes
        ]

    def figures(self) -> "dict[str, Figure]":
        """Draw the IoU of each class, and where a network was judged, its worst images beside their masks."""
        from ccv import plots

        heights = {unmathed(row.name): row.iou for row in self.classes if not math.isnan(row.iou)}
        drawn = {"iou": plots.bars(heights, ylabel="IoU", title="intersection over union")} if heights else {}
        if self.worst:
            images = [one.image for one in self.worst for _ in range(2)]
            masks = [mask for one in self.worst for mask in (one.there, one.said)]
            titles = [text for one in self.worst for text in ("the truth", f"mean IoU {_number(one.mean_iou)}")]
            names = [unmathed(row.name) for row in self.classes]
            drawn["worst"] = plots.masks(images, masks, names, titles=titles, columns=4, title="the worst images")
        return drawn

    def facts(self) -> Mapping[str, Any]:
        """Return the numbers as JSON can hold them: a number that is none is null."""
        return {
            "images": self.images,
            "pixel_accuracy": plain(self.pixel_accuracy),
            "mean": {column: plain(self.mean(column)) for column in COLUMNS.values()},
            "classes": [{name: plain(value) for name, value in vars(row).items()} for row in self.classes],
            "confusion": self.confusion.tolist(),
            "notes": list(self.notes),
        }


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"
