"""What every report is: lines that say how good a network is, a table, pictures; printed, shown, saved."""

import html
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


class Page:
    """A report: whoever inherits says its `headlines`, the `columns` of its table, `rows`, `figures` and `facts`.

    `totals` are rows that stand below the others, however many of those are left out in print.
    """

    columns: Sequence[str]

    def headlines(self) -> list[str]:
        """Say how good the network is, and what that would hide."""
        raise NotImplementedError

    def rows(self) -> list[list[str]]:
        """Return the table's rows, the name of a class first."""
        raise NotImplementedError

    def totals(self) -> list[list[str]]:
        """Return rows over all classes."""
        return []

    def figures(self) -> "dict[str, Figure]":
        """Draw what is to be seen, by name."""
        raise NotImplementedError

    def facts(self) -> Mapping[str, Any]:
        """Return the numbers as JSON can hold them: a number that is none is null."""
        raise NotImplementedError

    def __str__(self) -> str:
        rows = self.rows()
        table = [list(self.columns), *rows[:PRINTED], *self.totals()]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = [
            "  ".join([row[0].ljust(widths[0]), *(cell.rjust(n) for cell, n in zip(row[1:], widths[1:], strict=True))])
            for row in table
        ]
        return "\n".join([*self.headlines(), "", *lines, *_more(rows)])

    __repr__ = __str__

    def __rich__(self) -> "Group":
        from rich.console import Group
        from rich.markup import escape
        from rich.table import Table
        from rich.text import Text

        rows = self.rows()
        table = Table(caption="".join(_more(rows)) or None)
        for number, column in enumerate(self.columns):
            table.add_column(column, justify="right" if number else "left")
        for row in [*rows[:PRINTED], *self.totals()]:
            table.add_row(*map(escape, row))
        # Sentences with paths in them stay whole: what is copied, or read by a script, has no line breaks in it.
        return Group(*(Text(line, no_wrap=True, overflow="ignore") for line in self.headlines()), table)

    def _repr_html_(self) -> str:
        from ccv.plots.figure import alt_of, as_html, as_png

        pictures = "".join(f"<h3>{name}</h3>{as_html(as_png(f), alt_of(f))}" for name, f in self.figures().items())
        rows = "".join(f"<tr>{_cells('td', row)}</tr>" for row in [*self.rows(), *self.totals()])
        lines = "<br>".join(f"<b>{html.escape(line)}</b>" for line in self.headlines())
        return f"<p>{lines}</p><table><tr>{_cells('th', self.columns)}</tr>{rows}</table>{pictures}"

    def save(self, folder: str | Path) -> Path:
        """Write report.html, report.json and the figures into a folder, and return the page's path."""
        path = writable_folder(Path(folder).expanduser())
        for name, figure in self.figures().items():
            write_figure(path / f"{name}.png", figure)
        write_json(path / "report.json", self.facts())
        page = f"<!doctype html><meta charset=utf-8><title>Evaluation</title><style>{STYLE}</style>{self._repr_html_()}"
        write_text(path / "report.html", page)
        return path / "report.html"


def unmathed(text: str) -> str:
    """Have Matplotlib draw a name as it stands: between two dollars it would read a formula, and stumble."""
    return text.replace("$", r"\$")


def mean(values: Iterable[float]) -> float:
    """The mean of what is a number."""
    known = [value for value in values if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def percent(share: float) -> str:
    """Write a share, or a dash for a number that is none."""
    return "-" if math.isnan(share) else f"{share:.1%}"


def listed(names: Sequence[str]) -> str:
    """Write the first of many names.

    >>> listed(["cat", "dog"])
    'cat, dog'
    """
    return ", ".join(names[:PRINTED]) + ", ..." * (len(names) > PRINTED)


def plain(value: Any) -> Any:
    """Return a value as JSON can hold it: a number that is none is null."""
    if isinstance(value, list):
        return [plain(one) for one in value]
    return None if isinstance(value, float) and math.isnan(value) else value


def _cells(kind: str, cells: Sequence[str]) -> str:
    return "".join(f"<{kind}>{html.escape(cell)}</{kind}>" for cell in cells)


def _more(rows: Sequence[Any]) -> list[str]:
    left = len(rows) - PRINTED
    return [f"... and {left} more classes: save(folder) writes all"] if left > 0 else []
