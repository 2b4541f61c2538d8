"""`Evaluation`: how good a detector is, as text, as a page and as files."""

import base64
import html
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Group

PRINTED = 30  # classes in a printed table; the files have all
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
class Evaluation:
    """What `evaluate` found. `coco` has COCO's twelve numbers by name; `curves` those of each class, or None."""

    images: int
    classes: list[ClassScores]
    coco: dict[str, float]
    curves: dict[str, Curve | None] = field(repr=False)

    @property
    def map50(self) -> float:
        """Mean average precision at IoU .5 by VOC 2010's rule, over the classes that have objects."""
        return self.mean("ap50")

    def mean(self, column: str) -> float:
        """Return the mean of a column of `classes`, without its NaNs; NaN where nothing else is there."""
        known = [value for row in self.classes if not math.isnan(value := getattr(row, column))]
        return sum(known) / len(known) if known else math.nan

    def __str__(self) -> str:
        rows = self._rows(PRINTED)
        width = max(len(row[0]) for row in rows)
        widths = [width, 7, *(max(len(name), 5) for name in COLUMNS)]
        lines = [
            "  ".join([f"{row[0]:<{width}}", *(f"{c:>{w}}" for c, w in zip(row[1:], widths[1:], strict=True))])
            for row in rows
        ]
        return "\n".join([*self._headlines(), "", *lines, *self._more()])

    __repr__ = __str__

    def __rich__(self) -> "Group":
        from rich.console import Group
        from rich.table import Table

        names, *rows = self._rows(PRINTED)
        table = Table(caption="".join(self._more()) or None)
        for name in names:
            table.add_column(name, justify="left" if name == "class" else "right")
        for row in rows:
            table.add_row(*row)
        return Group(*self._headlines(), table)

    def _repr_html_(self) -> str:
        lines = "<br>".join(f"<b>{html.escape(line)}</b>" for line in self._headlines())
        names, *rows = self._rows(len(self.classes))
        body = "".join(_html_row(row, "td") for row in rows)
        pictures = "".join(f'<img alt="{name}" src="{_inline(one)}">' for name, one in self.figures().items())
        return f"<p>{lines}</p><table>{_html_row(names, 'th')}{body}</table>{pictures}"

    def figures(self) -> "dict[str, Figure]":
        """Draw precision against recall of the classes that have objects; nothing where none has."""
        from ccv import plots

        curves = {name: (one.recall, one.precision) for name, one in self.curves.items() if one is not None}
        scores = {row.name: row.ap50 for row in self.classes if row.name in curves}
        title = "precision and recall at IoU .5"
        return {"precision_recall": plots.precision_recall(curves, scores, title=title)} if curves else {}

    def save(self, folder: str | Path) -> Path:
        """Write report.html, report.json and the figures into a folder, and return the page's path."""
        from ccv.training.files import writable_folder, write_figure, write_json, write_text
        from ccv.training.report import STYLE

        path = writable_folder(Path(folder).expanduser())
        for name, figure in self.figures().items():
            write_figure(path / f"{name}.png", figure)
        write_json(path / "report.json", self.facts())
        page = f"<!doctype html><meta charset=utf-8><title>Evaluation</title><style>{STYLE}</style>{self._repr_html_()}"
        write_text(path / "report.html", page)
        return path / "report.html"

    def facts(self) -> Mapping[str, Any]:
        """Return the numbers as JSON can hold them: a number that is none is null."""
        return {
            "images": self.images,
            "map50": _plain(self.map50),
            "mean": {column: _plain(self.mean(column)) for column in COLUMNS.values()},
            "classes": [{name: _plain(value) for name, value in vars(row).items()} for row in self.classes],
            "coco": {name: _plain(value) for name, value in self.coco.items()},
        }

    def _headlines(self) -> list[str]:
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
        ]

    def _rows(self, most: int) -> list[list[str]]:
        """Return the table's cells: the heading, the classes, and the means where there are several."""
        rows = [["class", "objects", *COLUMNS]]
        for row in self.classes[:most]:
            rows.append([row.name, str(row.objects), *(_number(getattr(row, name)) for name in COLUMNS.values())])
        if len(self.classes) > 1:
            objects = sum(row.objects for row in self.classes)
            rows.append(["mean", str(objects), *(_number(self.mean(name)) for name in COLUMNS.values())])
        return rows

    def _more(self) -> list[str]:
        left = len(self.classes) - PRINTED
        return [f"... and {left} more classes: save(folder) writes all"] if left > 0 else []


def _html_row(cells: list[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _inline(figure: Any) -> str:
    return f"data:image/png;base64,{base64.b64encode(figure._repr_png_()).decode()}"


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.3f}"


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value
