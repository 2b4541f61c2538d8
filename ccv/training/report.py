"""`Report`: what `evaluate` found of a classifier, as text, as a page and as files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ccv.training import balance
from ccv.training.page import Page, listed, mean, percent, plain, unmathed

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class ClassRow:
    """One class: how many images it has, and how it fares; NaN where nothing was there to divide by."""

    name: str
    count: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class Calibration:
    """Predictions in equal bins of confidence from 0 to 1: how many, how sure, how often right (NaN: empty).

    `error` is the expected calibration error: the mean gap between sure and right.
    """

    counts: list[int]
    confidence: list[float]
    accuracy: list[float]
    error: float


@dataclass(frozen=True)
class Mistake:
    """An image `(height, width, channels)` that was taken for another class, and how sure the network was."""

    image: np.ndarray = field(repr=False)
    true: int
    predicted: int
    probability: float


@dataclass(frozen=True, repr=False)
class Report(Page):
    """What `evaluate` found. `top5` is None for fewer than six classes; `confusion` is (true, predicted) counts.

    `notes` are sentences on the training that one should know with the numbers.
    """

    class_names: list[str]
    count: int
    accuracy: float
    top5: float | None
    classes: list[ClassRow]
    confusion: np.ndarray
    calibration: Calibration
    mistakes: list[Mistake]
    notes: tuple[str, ...] = ()

    @property
    def balanced_accuracy(self) -> float:
        """The mean recall of the classes that have images: what accuracy would be if all had the same number."""
        return mean(row.recall for row in self.classes)

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the classes that have images or were predicted."""
        return mean(row.f1 for row in self.classes)

    @property
    def weakest(self) -> ClassRow:
        """The class of the smallest recall."""
        return min((row for row in self.classes if row.count), key=lambda row: row.recall)

    columns = ("class", "images", "precision", "recall", "f1")

    def rows(self) -> list[list[str]]:
        """Return the table's rows."""
        return [[row.name, str(row.count), *map(percent, (row.precision, row.recall, row.f1))] for row in self.classes]

    def figures(self) -> "dict[str, Figure]":
        """Draw the confusion matrix, the reliability diagram and, if there is any, the most confident mistakes."""
        from ccv import plots

        true, predicted = np.indices(self.confusion.shape).reshape(2, -1).repeat(self.confusion.reshape(-1), axis=1)
        of = self.calibration
        drawn = {
            "confusion": plots.confusion_matrix(true, predicted, [unmathed(name) for name in self.class_names]),
            "calibration": plots.reliability(
                of.confidence, of.accuracy, of.counts, title=f"expected calibration error {of.error:.3f}"
            ),
        }
        if self.mistakes:
            titles = [
                unmathed(f"{self._name(m.predicted)} {m.probability:.0%}\nis {self._name(m.true)}")
                for m in self.mistakes
            ]
            images = [one.image for one in self.mistakes]
            drawn["mistakes"] = plots.image_grid(images, titles, title="the most confident mistakes")
        return drawn

    def facts(self) -> Mapping[str, Any]:
        """Return the numbers as JSON can hold them: a number that is none is null."""
        rows = [{key: plain(value) for key, value in vars(row).items()} for row in self.classes]
        bins = {key: plain(value) for key, value in vars(self.calibration).items()}
        mistakes = [
            {"true": self._name(m.true), "predicted": self._name(m.predicted), "probability": m.probability}
            for m in self.mistakes
        ]
        return {
            "images": self.count,
            "accuracy": self.accuracy,
            "balanced_accuracy": self.balanced_accuracy,
            "macro_f1": plain(self.macro_f1),
            "smallest_recall": {"class": self.weakest.name, "recall": self.weakest.recall},
            "top5": self.top5,
            "classes": rows,
            "confusion": self.confusion.tolist(),
            "calibration": bins,
            "mistakes": mistakes,
            "notes": list(self.notes),
        }

    def headlines(self) -> list[str]:
        """Say how good the network is, whatever the classes' shares; then what a mean would hide."""
        weakest = f"smallest recall {percent(self.weakest.recall)} ({self.weakest.name})"
        means = f"balanced accuracy {percent(self.balanced_accuracy)}, macro F1 {percent(self.macro_f1)}, {weakest}"
        lines = [self._headline(), means]
        said = self.confusion.sum(axis=0)
        never = [row.name for row, count in zip(self.classes, said, strict=True) if row.count and not count]
        if never:
            lines.append(f"never predicted: {listed(never)}")
        rare = balance.told(np.array([row.count for row in self.classes]), self.class_names)
        return [*lines, *([rare] if rare else []), *self.notes]

    def _headline(self) -> str:
        top = f", top-5 {percent(self.top5)}" if self.top5 is not None else ""
        error = f"expected calibration error {self.calibration.error:.3f}"
        return f"{self.count} images: accuracy {percent(self.accuracy)}{top}, {error}"

    def _name(self, label: int) -> str:
        return self.class_names[label]
