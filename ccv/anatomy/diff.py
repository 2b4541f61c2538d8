"""What changed from one network to the next: the thread through the course."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any

import keras

from ccv.anatomy.report import Anatomy, anatomy
from ccv.anatomy.rows import Row
from ccv.anatomy.text import html_table, megabytes, side_by_side, text_table


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was: `change` says it in a few words."""

    what: str
    before: str
    after: str
    change: str


@dataclass(frozen=True, eq=False, repr=False)
class Difference:
    """How network `after` differs from network `before`: `changes`, one line each, and `same`, what did not change.

    It prints (in colour with Rich) and shows as a table in a notebook; `difference["parameters"]` is one change.
    """

    before: Anatomy
    after: Anatomy
    changes: tuple[Change, ...]
    same: tuple[str, ...]

    def __getitem__(self, what: str) -> Change:
        from ccv.names import check_name

        known = [change.what for change in self.changes]
        if what in self.same:
            raise KeyError(f"{what} did not change")
        return self.changes[known.index(check_name("change", what, known))]

    @property
    def title(self) -> str:
        """The two names."""
        return f"{self.before.name} -> {self.after.name}"

    def _lines(self) -> list[tuple[str, ...]]:
        return [(change.what, change.before, change.after, change.change) for change in self.changes]

    def __str__(self) -> str:
        return "\n".join([self.title, *text_table(self._head, self._lines(), self._head), *self._footer()])

    __repr__ = __str__

    def __rich__(self) -> Any:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(title=Text(self.title, style="bold"), title_justify="left", show_lines=True)
        for heading in self._head:
            table.add_column(Text(heading))
        for what, *cells in self._lines():
            table.add_row(Text(what, style="bold"), *map(Text, cells))
        return Group(table, *map(Text, self._footer()))

    def _repr_html_(self) -> str:
        body = [tuple(escape(cell).replace("\n", "<br>") for cell in line) for line in self._lines()]
        footer = "".join(f"<p><small>{escape(line)}</small></p>" for line in self._footer())
        return f"<h4>{escape(self.title)}</h4>{html_table(self._head, body, left=self._head)}{footer}"

    @property
    def _head(self) -> tuple[str, ...]:
        return ("", self.before.name, self.after.name, "change")

    def _footer(self) -> list[str]:
        return [f"the same: {', '.join(self.same)}"] if self.same else []


def diff(before: keras.Model | Anatomy, after: keras.Model | Anatomy) -> Difference:
    """Say what changed from one network to the next: depth, layers, shortcuts, head, parameters, multiply-adds.

    Each is a Keras model or its `anatomy` (for an input whose size is open). Raises what `anatomy` raises.

    >>> from ccv.models import lenet5
    >>> print(diff(lenet5(), lenet5(variant="modern"))["pooling"].change)
    - 2 average 2x2
    + 2 max 2x2
    """
    old, new = (given if isinstance(given, Anatomy) else anatomy(given) for given in (before, after))
    changes, same = [], []
    for what, measure in COUNTED.items():
        counts = measure(old), measure(new)
        if counts[0] == counts[1]:
            same.append(what)
        else:
            changes.append(Change(what, _listed(counts[0]), _listed(counts[1]), _exchanged(*counts)))
    for what, (number, text) in MEASURED.items():
        numbers = number(old), number(new)
        if numbers[0] == numbers[1]:
            same.append(what)
        else:
            changes.append(Change(what, text(old), text(new), _ratio(what, *numbers)))
    return Difference(old, new, tuple(changes), tuple(same))


def _kinds(role: str, word: Callable[[Row], str]) -> Callable[[Anatomy], Counter[str]]:
    return lambda whole: Counter(word(row) for row in whole if row.role == role)


def _convolution(row: Row) -> str:
    """A convolution in a word or two: "3x3", "3x3 depthwise", "3x3 in 32 groups"."""
    kind = next((word for word in ("Depthwise", "Separable", "Transpose", "Table") if word in row.kind), "")
    size = "x".join(map(str, row.kernel or ()))
    return " ".join(filter(None, (size, kind.lower(), f"in {row.groups} groups" if row.groups > 1 else "")))


def _pooling(row: Row) -> str:
    words = ("Global", "Adaptive", "Average", "Max", "Subsampling")
    kind = " ".join(word.lower() for word in words if word in row.kind)
    size = "x".join(map(str, row.kernel or ()))
    overlaps = row.kernel and row.stride and row.kernel != row.stride
    stride = f"/{side_by_side(row.stride)}" if overlaps and row.stride else ""
    return f"{kind} {size}{stride}".strip()


def _activations(whole: Anatomy) -> Counter[str]:
    return Counter(row.activation for row in whole if row.activation)


def _head(whole: Anatomy) -> Counter[str]:
    """What stands behind the last map; the counter keeps its order."""
    rows = [row for row in whole.head if row.role in {"convolution", "dense", "pooling", "shape"}]
    weighted = {"convolution", "dense"}
    return Counter(f"{row.kind} {row.output[-1]}" if row.role in weighted else row.kind for row in rows)


def _pixels(whole: Anatomy) -> str:
    if whole.unfollowed:
        return "not counted"
    return f"{side_by_side(whole.receptive_field)} pixels" if whole.receptive_field else "none"


# What is counted kind by kind, and what is one number; each is a line of the difference.
COUNTED: dict[str, Callable[[Anatomy], Counter[str]]] = {
    "input": lambda whole: Counter(row.volume for row in whole if row.role == "input"),
    "convolutions": _kinds("convolution", _convolution),
    "pooling": _kinds("pooling", _pooling),
    "normalization": _kinds("normalization", lambda row: row.kind),
    "shortcuts and branches": _kinds("merge", lambda row: row.kind),
    "activations": _activations,
    "regularization": _kinds("regularization", lambda row: row.kind),
    "head": _head,
}
MEASURED: dict[str, tuple[Callable[[Anatomy], float], Callable[[Anatomy], str]]] = {
    "depth": (lambda whole: whole.depth, lambda whole: f"{whole.depth} layers with weights"),
    "parameters": (lambda whole: whole.parameters, lambda whole: f"{whole.parameters:,}"),
    "multiply-adds": (lambda whole: whole.macs, lambda whole: f"{whole.macs:,}"),
    "memory": (lambda whole: whole.memory, lambda whole: f"{megabytes(whole.memory)} MB"),
    "receptive field": (
        lambda whole: max(whole.receptive_field or (0,)),
        _pixels,
    ),
}


def _listed(counts: Counter[str]) -> str:
    return "\n".join(f"{count} {kind}" if count > 1 else kind for kind, count in counts.items()) or "none"


def _exchanged(before: Counter[str], after: Counter[str]) -> str:
    gone, come = before - after, after - before
    parts = [f"- {count} {kind}" for kind, count in gone.items()] + [
        f"+ {count} {kind}" for kind, count in come.items()
    ]
    return "\n".join(parts)


def _ratio(what: str, before: float, after: float) -> str:
    """Write how much more or less, and how many times."""
    more = after - before
    change = f"{more / 1e6:+,.1f} MB" if what == "memory" else f"{more:+,}"
    if not before or not after:
        return change
    return f"{change} (x {after / before:.3g})" if more > 0 else f"{change} (1/{before / after:.3g})"
