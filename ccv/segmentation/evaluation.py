"""`Evaluation`: how good masks are, as text, as a page and as files."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ccv.training.page import Page, mean, plain

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


@dataclass(frozen=True, repr=False)
class Evaluation(Page):
    """What `evaluate` found; `confusion` `(classes, classes)` counts pixels, a row for each true class."""

    images: int
    pixel_accuracy: float
    classes: list[ClassScores]
    confusion: np.ndarray = field(repr=False)

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
        """Say how good the masks are; the accuracy last, since a large ground alone makes it high."""
        return [
            f"{self.images} image{'s' * (self.images != 1)}, mean IoU {_number(self.mean_iou)}",
            f"mean Dice {_number(self.mean_dice)}, pixel accuracy {_number(self.pixel_accuracy)}",
        ]

    def rows(self) -> list[list[str]]:
        """Return the table's rows."""
        return [
            [row.name, str(row.pixels), *(_number(getattr(row, name)) for name in COLUMNS.values())]
            for row in self.classes
        ]

    def figures(self) -> "dict[str, Figure]":
        """Draw the IoU of each class."""
        from ccv import plots

        heights = {row.name: row.iou for row in self.classes if not math.isnan(row.iou)}
        return {"iou": plots.bars(heights, ylabel="IoU", title="intersection over union")} if heights else {}

    def facts(self) -> Mapping[str, Any]:
        """Return the numbers as JSON can hold them: a number that is none is null."""
        return {
            "images": self.images,
            "pixel_accuracy": plain(self.pixel_accuracy),
            "mean": {column: plain(self.mean(column)) for column in COLUMNS.values()},
            "classes": [{name: plain(value) for name, value in vars(row).items()} for row in self.classes],
            "confusion": self.confusion.tolist(),
        }


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"
