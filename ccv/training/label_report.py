"""`LabelReport`: what `evaluate` found of a network that says yes or no to each of several labels of an image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from ccv.training import balance
from ccv.training.page import PRINTED, Page, listed, mean, percent, plain, unmathed
from ccv.training.thresholds import average_precision

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class LabelRow:
    """One label: how many images show it and how it fares; NaN where nothing was there to divide by.

    `average_precision` needs no threshold; the last three are those of the scores from `threshold` on. `said` is how
    often that is.
    """

    name: str
    count: int
    average_precision: float
    threshold: float
    said: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True)
class LabelMistake:
    """An image `(height, width, channels)` that shows a label or not, and with what probability the network said it."""

    image: np.ndarray = field(repr=False)
    label: int
    shown: bool
    probability: float


@dataclass(frozen=True, repr=False)
class LabelReport(Page):
    """What `evaluate` found. `exact_match` is the share of images with every label right, and no other.

    `chosen` says whether the thresholds were chosen, on the images held out in training, or are one half each. `notes`
    are sentences on the training that one should know with the numbers.
    """

    class_names: list[str]
    count: int
    labels: list[LabelRow]
    micro_f1: float
    exact_match: float
    chosen: bool
    mistakes: list[LabelMistake]
    notes: tuple[str, ...] = ()

    columns = ("label", "images", "average precision", "threshold", "precision", "recall", "f1")

    @property
    def mean_average_precision(self) -> float:
        """The mean over the labels that images show."""
        return mean(row.average_precision for row in self.labels)

    @property
    def chance(self) -> float:
        """The mean average precision of guessing: the mean share of images that show a label."""
        return mean(row.count / self.count for row in self.labels if row.count)

    @property
    def macro_f1(self) -> float:
        """The mean F1 of the labels that images show or that were said."""
        return mean(row.f1 for row in self.labels)

    def headlines(self) -> list[str]:
        """Say how good the network is, beside guessing; then what a mean would hide."""
        lines = [
            f"{self.count} images: mean average precision {percent(self.mean_average_precision)} "
            f"(guessing has {percent(self.chance)})",
            f"macro F1 {percent(self.macro_f1)}, micro F1 {percent(self.micro_f1)}, every label right in "
            f"{percent(self.exact_match)} of the images; {self._how()}",
        ]
        never = [row.name for row in self.labels if row.count and not row.said]
        if never:
            lines.append(f"never said: {listed(never)}")
        rare = balance.told_of_labels(np.array([row.count for row in self.labels]), self.count, self.class_names)
        return [*lines, *([rare] if rare else []), *self.notes]

    def rows(self) -> list[list[str]]:
        """Return the table's rows."""
        return [
            [
                *(row.name, str(row.count), percent(row.average_precision), f"{row.threshold:.2f}"),
                *map(percent, (row.precision, row.recall, row.f1)),
            ]
            for row in self.labels
        ]

    def figures(self) -> "dict[str, Figure]":
        """Draw each label's average precision beside guessing, its F1, and the most confident mistakes if any."""
        from ccv import plots

        shown = sorted((row for row in self.labels if row.count), key=lambda row: row.average_precision)[:PRINTED]
        drawn = {}
        if shown:
            heights = {unmathed(row.name): (row.average_precision, row.f1, row.count / self.count) for row in shown}
            series = ["average precision", "F1 at the threshold", "share of images (guessing)"]
            title = "the labels, the weakest first"
            drawn["labels"] = plots.bars(heights, series, ylabel="share", title=title)
        if self.mistakes:
            images, titles = [one.image for one in self.mistakes], [self._title(one) for one in self.mistakes]
            drawn["mistakes"] = plots.image_grid(images, titles, title="the most confident mistakes")
        return drawn

    def facts(self) -> Mapping[str, Any]:
        """Return the numbers as JSON can hold them: a number that is none is null."""
        return {
            "images": self.count,
            "mean_average_precision": plain(self.mean_average_precision),
            "guessing": plain(self.chance),
            "macro_f1": plain(self.macro_f1),
            "micro_f1": plain(self.micro_f1),
            "exact_match": self.exact_match,
            "thresholds_chosen_on_validation": self.chosen,
            "labels": [{key: plain(value) for key, value in vars(row).items()} for row in self.labels],
            "notes": list(self.notes),
        }

    def _how(self) -> str:
        return "thresholds chosen on the run's validation images" if self.chosen else "thresholds of .5, none chosen"

    def _title(self, mistake: LabelMistake) -> str:
        said = f"{self.class_names[mistake.label]} {mistake.probability:.0%}"
        return unmathed(f"{said}\n{'is' if mistake.shown else 'is not'} there")


def label_report(
    truth: np.ndarray,
    scores: np.ndarray,
    names: Sequence[str],
    thresholds: np.ndarray,
    *,
    chosen: bool,
    mistakes: Sequence[LabelMistake] = (),
) -> LabelReport:
    """Make the report of labels and scores `(images, labels)`, the labels 0 or 1, and a threshold for each.

    >>> truth, scores = np.array([[1, 0], [1, 1]]), np.array([[0.9, 0.2], [0.4, 0.8]])
    >>> made = label_report(truth, scores, ["cat", "dog"], np.array([0.5, 0.5]), chosen=False)
    >>> made.mean_average_precision, round(made.micro_f1, 3), made.exact_match
    (1.0, 0.8, 0.5)
    """
    shown, said = truth > 0.5, scores >= thresholds
    hits, counts, answers = (shown & said).sum(axis=0), shown.sum(axis=0), said.sum(axis=0)
    rows = [
        LabelRow(
            name, int(count), average_precision(shown[:, number], scores[:, number]), float(thresholds[number]),
            int(yes), *_scores(hit, count, yes),
        )
        for number, (name, hit, count, yes) in enumerate(zip(names, hits, counts, answers, strict=True))
    ]  # fmt: skip
    micro = _scores(hits.sum(), counts.sum(), answers.sum())[2]
    exact = float((shown == said).all(axis=1).mean())
    return LabelReport(list(names), len(truth), rows, micro, exact, chosen, list(mistakes))


def _scores(hits: int, count: int, said: int) -> tuple[float, float, float]:
    """Return precision, recall and F1."""

    def ratio(part: float, whole: float) -> float:
        return float(part / whole) if whole else float("nan")

    return ratio(hits, said), ratio(hits, count), ratio(2 * hits, count + said)
