"""`Evaluation`: how good a detector is, as text, as a page and as files."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ccv.training.page import Page, mean, plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLUMNS = {
    "AP@.5": "ap50",
    "VOC 2007": "voc2007",
    "AP@.5:.95": "all",
    "small": "small",
    "medium": "medium",
    "large": "large",
}


class Curve(NamedTuple):
    """Precision and recall `(d,)` at IoU .5 after each detection of a class, surest first, and how many objects."""

    precision: np.ndarray
    recall: np.ndarray
    scores: np.ndarray
    objects: int


@dataclass(frozen=True)
class ClassScores:
    """One class: the objects to find, and its average precisions; NaN where there is nothing to find.

    `ap50` is VOC 2010's (all points, IoU .5), `voc2007` its older eleven points; `all` is COCO's mean over IoU .5 to
    .95, and `small`, `medium`, `large` the same for objects below 32 pixels squared, below 96, and above.
    """

    name: str
    objects: int
    ap50: float
    voc2007: float
    all: float
    small: float
    medium: float
    large: float


@dataclass(frozen=True, repr=False)
class Evaluation(Page):
    """What `evaluate` found. `coco` has COCO's twelve numbers by name; `curves` those of each class, or None.

    `notes` are sentences on the training that one should know with the numbers.
    """

    images: int
    classes: list[ClassScores]
    coco: dict[str, float]
    curves: dict[str, Curve | None] = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def map50(self) -> float:
        """Mean average precision at IoU .5 by VOC 2010's rule, over the classes that have objects."""
        return self.mean("ap50")

    def mean(self, column: str) -> float:
        """Return the mean of a column of `classes`, without its NaNs; NaN where nothing else is there."""
        return mean(getattr(row, column) for row in self.classes)

    columns = ("class", "objects", *COLUMNS)

    def headlines(self) -> list[str]:
        """Say what was to be found, and the means by which detectors are compared."""
        objects = sum(row.objects for row in self.classes)
        numbers = {
            "VOC 2007 mAP@.5": self.mean("voc2007"),
            "COCO mAP@.5:.95": self.mean("all"),
            "average recall": self.coco["AR100"],
        }
        return [
            f"{self.images} image{'s' * (self.images != 1)}, {objects} object{'s' * (objects != 1)} to find",
            f"mAP@.5 {_number(self.map50)}",
            ", ".join(f"{name} {_number(value)}" for name, value in numbers.items()),
            *self.notes,
        ]

    def rows(self) -> list[list[str]]:
        """Return the table's rows."""
        return [
            [row.name, str(row.objects), *(_number(getattr(row, name)) for name in COLUMNS.values())]
            for row in self.classes
        ]

    def totals(self) -> list[list[str]]:
        """Return the means, where there are several classes."""
        if len(self.classes) < 2:
            return []
        objects = sum(row.objects for row in self.classes)
        return [["mean", str(objects), *(_number(self.mean(name)) for name in COLUMNS.values())]]

    def figures(self) -> "dict[str, Figure]":
        """Draw precision against recall of the classes that have objects; nothing where none has."""
        from ccv import plots

        curves = {name: (one.recall, one.precision) for name, one in self.curves.items() if one is not None}
        scores = {row.name: row.ap50 for row in self.classes if row.name in curves}
        title = "precision and recall at IoU .5"
        return {"precision_recall": plots.precision_recall(curves, scores, title=title)} if curves else {}

    def facts(self) -> Mapping[str, Any]:
        """Return the numbers as JSON can hold them: a number that is none is null."""
        return {
            "images": self.images,
            "map50": plain(self.map50),
            "mean": {column: plain(self.mean(column)) for column in COLUMNS.values()},
            "classes": [{name: plain(value) for name, value in vars(row).items()} for row in self.classes],
            "coco": {name: plain(value) for name, value in self.coco.items()},
            "notes": list(self.notes),
        }


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"
