"""`Report`: what `evaluate` found, as text, as a page and as files."""

import base64
import html
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ccv.training.files import writable_folder, write_figure, write_json, write_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Group

PRINTED = 30  # classes in a printed table; the files have all
STYLE = (
    "body{font-family:sans-serif;max-width:60em;margin:2em auto;padding:0 1em}table{border-collapse:collapse}"
    "td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid #ddd}td:first-child,th:first-child"
    "{text-align:left}img{max-width:100%}"
)


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
class Report:
    """What `evaluate` found. `top5` is None for fewer than six classes; `confusion` is (true, predicted) counts."""

    class_names: list[str]
    count: int
    accuracy: float
    top5: float | None
    classes: list[ClassRow]
    confusion: np.ndarray
    calibration: Calibration
    mistakes: list[Mistake]

    def __str__(self) -> str:
        width = max(5, *(len(row.name) for row in self.classes))
        lines = [self._headline(), "", f"{'class':<{width}}  images  precision  recall     f1"]
        for row in self.classes[:PRINTED]:
            numbers = f"{_percent(row.precision):>9}  {_percent(row.recall):>6}  {_percent(row.f1):>5}"
            lines.append(f"{row.name:<{width}}  {row.count:>6}  {numbers}")
        return "\n".join(lines + self._more())

    __repr__ = __str__

    def __rich__(self) -> "Group":
        from rich.console import Group
        from rich.markup import escape
        from rich.table import Table

        table = Table(caption="".join(self._more()) or None)
        table.add_column("class")
        for column in ("images", "precision", "recall", "f1"):
            table.add_column(column, justify="right")
        for row in self.classes[:PRINTED]:
            table.add_row(escape(row.name), str(row.count), *map(_percent, (row.precision, row.recall, row.f1)))
        return Group(self._headline(), table)

    def _repr_html_(self) -> str:
        pictures = "".join(
            f'<h3>{name}</h3><img alt="{name}" src="{_inline(f)}">' for name, f in self.figures().items()
        )
        rows = "".join(
            f"<tr><td>{html.escape(row.name)}</td><td>{row.count}</td><td>{_percent(row.precision)}</td>"
            f"<td>{_percent(row.recall)}</td><td>{_percent(row.f1)}</td></tr>"
            for row in self.classes
        )
        head = "<tr><th>class</th><th>images</th><th>precision</th><th>recall</th><th>f1</th></tr>"
        return f"<p><b>{html.escape(self._headline())}</b></p><table>{head}{rows}</table>{pictures}"

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

    def save(self, folder: str | Path) -> Path:
        """Write report.html, report.json and the figures into a folder, and return the page's path."""
        path = writable_folder(Path(folder).expanduser())
        for name, figure in self.figures().items():
            write_figure(path / f"{name}.png", figure)
        write_json(path / "report.json", self.facts())
        page = f"<!doctype html><meta charset=utf-8><title>Evaluation</title><style>{STYLE}</style>{self._repr_html_()}"
        write_text(path / "report.html", page)
        return path / "report.html"

    def facts(self) -> Mapping[str, Any]:
        """Return the numbers as JSON can hold them: a number that is none is null."""
        rows = [{key: _plain(value) for key, value in vars(row).items()} for row in self.classes]
        bins = {key: _plain(value) for key, value in vars(self.calibration).items()}
        mistakes = [
            {"true": self._name(m.true), "predicted": self._name(m.predicted), "probability": m.probability}
            for m in self.mistakes
        ]
        return {
            "images": self.count,
            "accuracy": self.accuracy,
            "top5": self.top5,
            "classes": rows,
            "confusion": self.confusion.tolist(),
            "calibration": bins,
            "mistakes": mistakes,
        }

    def _headline(self) -> str:
        top = f", top-5 {_percent(self.top5)}" if self.top5 is not None else ""
        error = f"expected calibration error {self.calibration.error:.3f}"
        return f"{self.count} images: accuracy {_percent(self.accuracy)}{top}, {error}"

    def _more(self) -> list[str]:
        left = len(self.classes) - PRINTED
        return [f"... and {left} more classes: save(folder) writes all"] if left > 0 else []

    def _name(self, label: int) -> str:
        return self.class_names[label]


def unmathed(text: str) -> str:
    """Have Matplotlib draw a name as it stands: between two dollars it would read a formula, and stumble."""
    return text.replace("$", r"\$")


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{share:.1%}"


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _inline(figure: Any) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
