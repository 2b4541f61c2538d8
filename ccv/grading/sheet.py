"""The score sheet: points and a kind message per exercise, as a table, HTML or JSON."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ccv.grading.reading.text import LONGEST_EXERCISE, clean, encodable

if TYPE_CHECKING:
    from ccv.grading.progress import Progress

SYMBOLS = {"passed": "✓", "partial": "◐", "blank": "·"}


@dataclass
class CheckResult:
    """The outcome of one check (one test function) of an exercise."""

    exercise: str
    points: float
    status: str
    message: str = ""
    picture: dict[str, Any] | None = None


@dataclass
class ExerciseScore:
    """The points of one exercise, why some are missing, and a picture of the difference where there is one.

    A picture is a mask of the wrong places (`difference.mask`) or the student's own curve (`band.curve`).
    """

    name: str
    points: float
    max_points: float
    status: str
    message: str
    picture: dict[str, Any] | None = None


@dataclass
class Sheet:
    """All exercises of one submission to one lab; `eyes` is for the teacher's eyes, not for the student."""

    lab: str
    exercises: list[ExerciseScore] = field(default_factory=list)
    submission: str = ""
    seed: int = 0
    weights: dict[str, str] = field(default_factory=dict)  # exercise -> sha256 of the weights that were trained
    eyes: list[str] = field(default_factory=list)
    checks: dict[str, CheckResult] = field(default_factory=dict, repr=False, compare=False)  # by name; not written
    progress: Progress | None = field(default=None, repr=False, compare=False)  # of an open notebook; not written

    @classmethod
    def of(cls, lab: str, results: list[CheckResult], notes: Mapping[str, str] | None = None, **details: Any) -> Sheet:
        """Add up the checks of each exercise, in the order in which the lab poses them; `notes` say how it was read."""
        scores = [
            _score(name, [r for r in results if r.exercise == name], (notes or {}).get(name, ""))
            for name in dict.fromkeys(r.exercise for r in results)
        ]
        return cls(lab, scores, **details)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Sheet:
        """The sheet that `to_dict` made plain data of."""
        scores = [ExerciseScore(**score) for score in data["exercises"]]
        details = {key: data[key] for key in ("submission", "seed", "weights", "eyes") if key in data}
        return cls(data["lab"], scores, **details)

    @property
    def points(self) -> float:
        """Points earned."""
        return _tidy(sum(e.points for e in self.exercises))

    @property
    def max_points(self) -> float:
        """Points to be had."""
        return _tidy(sum(e.max_points for e in self.exercises))

    def to_dict(self) -> dict[str, Any]:
        """The sheet as plain data, in the order of `--score-json`."""
        sheet: dict[str, Any] = {
            "lab": self.lab,
            "points": self.points,
            "max_points": self.max_points,
            "exercises": [asdict(e) for e in self.exercises],
            "submission": encodable(self.submission),
            "seed": self.seed,
        }
        sheet |= {"weights": dict(self.weights)} if self.weights else {}
        return sheet | ({"eyes": [encodable(line) for line in self.eyes]} if self.eyes else {})

    def write(self, path: str | Path) -> None:
        """Write the sheet as JSON; parents are made, and the file appears whole or not at all."""
        path = Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_text(json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        part.replace(path)

    def table(self) -> Any:
        """The sheet as a Rich table."""
        from rich.table import Table
        from rich.text import Text

        title = f"{self.lab}: {self.points:g} of {self.max_points:g} points"
        table = Table(title=title, title_justify="left", title_style="bold", expand=False)
        table.add_column("")
        table.add_column("exercise", no_wrap=True)
        table.add_column("points", justify="right", no_wrap=True)
        table.add_column("what to look at", overflow="fold")
        for e in self.exercises:
            colour = {"passed": "green", "partial": "yellow", "blank": "dim"}.get(e.status, "red")
            symbol = Text(SYMBOLS.get(e.status, "✗"), style=colour)
            table.add_row(symbol, e.name, f"{e.points:g} / {e.max_points:g}", Text(e.message))
        return table

    def __str__(self) -> str:
        from rich.console import Console

        console = Console(width=110, force_terminal=False, force_jupyter=False, color_system=None)
        with console.capture() as capture:
            console.print(self.table())
            console.print(str(self.progress or ""), highlight=False, markup=False)
        return capture.get().rstrip()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td style='color:{_colour(e.status)}'>{SYMBOLS.get(e.status, '✗')}</td>"
            f"<td style='text-align:left'><code>{html.escape(e.name)}</code></td>"
            f"<td>{e.points:g} / {e.max_points:g}</td>"
            f"<td style='text-align:left;white-space:pre-wrap'>{html.escape(e.message)}</td></tr>"
            for e in self.exercises
        )
        head = "<tr><th></th><th style='text-align:left'>exercise</th><th>points</th><th style='text-align:left'>"
        return (
            f"<table>{head}what to look at</th></tr>{rows}</table>"
            f"<p><b>{html.escape(self.lab)}: {self.points:g} of {self.max_points:g} points</b></p>"
        ) + (self.progress.html() if self.progress else "")


def _colour(status: str) -> str:
    return {"passed": "#1a7f37", "partial": "#9a6700", "blank": "#6e7781"}.get(status, "#cf222e")


def _score(name: str, results: list[CheckResult], note: str) -> ExerciseScore:
    earned = sum(r.points for r in results if r.status == "passed")
    maximum = sum(r.points for r in results)
    failures = [r for r in results if r.status != "passed"]
    if not failures:
        return ExerciseScore(name, _tidy(earned), _tidy(maximum), "passed", note)
    said = [*(r.message for r in failures), *filter(None, [note])]
    messages = clean("\n".join(_advised_once(_raised_once([*dict.fromkeys(said)]))), LONGEST_EXERCISE)
    status = "partial" if earned else failures[0].status
    picture = next((r.picture for r in failures if r.picture), None)
    return ExerciseScore(name, _tidy(earned), _tidy(maximum), status, messages, picture)


def _raised_once(messages: list[str]) -> list[str]:
    """Of messages that differ only in the call that raised an error keep the shortest.

    >>> _raised_once(["`f` raised A\\nThe call: `f([1, 2])`", "`f` raised A\\nThe call: `f(3)`", "`f` is 4"])
    ['`f` raised A\\nThe call: `f(3)`', '`f` is 4']
    """
    shortest: dict[str, str] = {}
    for message in messages:
        error, call, _ = message.partition("\nThe call: ")
        kept = shortest.setdefault(error if call else message, message)
        if len(message) < len(kept):
            shortest[error] = message
    return [*shortest.values()]


def _advised_once(messages: list[str]) -> list[str]:
    """Leave advice out that stands below the next message as well.

    >>> _advised_once(["4 is wrong\\n→ add 1", "6 is wrong\\n→ add 1"])
    ['4 is wrong', '6 is wrong\\n→ add 1']
    """
    parts = [message.partition("\n→ ") for message in messages]
    following = [advice for *_, advice in parts[1:]] + [""]
    return [
        said if advice and advice == after else message
        for message, (said, _, advice), after in zip(messages, parts, following, strict=True)
    ]


def _tidy(points: float) -> float:
    """Whole points as integers: 2 rather than 2.0."""
    points = round(points, 6)
    return int(points) if points == int(points) else points
