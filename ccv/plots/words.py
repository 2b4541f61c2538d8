"""What a figure shows, in words: the parts of the sentences for those who cannot see it."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.figure import Figure

MOST = 8  # things that are told one by one
SPOKEN_CELLS = 64  # a matrix with more numbers than that is told by its range


def listed(things: Iterable[Any], most: int = MOST) -> str:
    """Join short things, and count what would be too much.

    >>> listed("ab"), listed("abc"), listed("abcd", most=2), listed(["low, 0.1", "high", "both"])
    ('a and b', 'a, b and c', 'a, b and 2 more', 'low, 0.1; high and both')
    """
    *told, last = _limited(things, most) or [""]
    between = "; " if any("," in thing for thing in told) else ", "
    return f"{between.join(told)} and {last}" if told else last


def clauses(things: Iterable[Any], most: int = MOST) -> str:
    """Join longer things, each of which may have commas of its own.

    >>> clauses(["a: 1, 2", "b: 3"]), clauses("abcd", most=2)
    ('a: 1, 2; b: 3', 'a; b; 2 more')
    """
    return "; ".join(_limited(things, most))


def _limited(things: Iterable[Any], most: int) -> list[str]:
    told = [str(thing).replace("\n", " ") for thing in things]
    return told if len(told) <= most else [*told[:most], f"{len(told) - most} more"]


def counted(count: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    >>> counted(1, "box", "boxes"), counted(3, "box", "boxes"), counted(2000, "image")
    ('1 box', '3 boxes', '2,000 images')
    """
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"


def number(value: Any) -> str:
    """Write a number as one would say it.

    >>> number(61_706), number(0.98765), number(3.0), number(np.nan), number(1234.5)
    ('61,706', '0.988', '3', 'nan', '1,234')
    """
    value = float(value)
    return f"{value:,.0f}" if np.isfinite(value) and (value.is_integer() or abs(value) >= 1000) else f"{value:.3g}"


def spread(values: Any) -> str:
    """Return the range of numbers, without those that are missing.

    >>> spread([3, 1, 2]), spread([2, 2]), spread([np.nan])
    ('from 1 to 3', '2 everywhere', 'without numbers')
    """
    finite = np.asarray(values, dtype=float)
    finite = finite[np.isfinite(finite)]
    if not finite.size:
        return "without numbers"
    low, high = finite.min(), finite.max()
    return f"{number(low)} everywhere" if low == high else f"from {number(low)} to {number(high)}"


def course(values: Sequence[float] | np.ndarray) -> str:
    """Say how a curve goes from its first number to its last.

    >>> course([2, 1, 0.5]), course([1, 3, 2]), course([4])
    ('falls from 2 to 0.5', 'goes from 1 to 2', 'is 4')
    """
    if len(values) < 2:
        return f"is {number(values[0])}" if len(values) else "is empty"
    steps = {np.sign(after - before) for before, after in pairwise(values)}
    way = "rises" if steps <= {0, 1} else "falls" if steps <= {0, -1} else "goes"
    return f"{way} from {number(values[0])} to {number(values[-1])}" if steps != {0} else f"stays {number(values[0])}"


def place(values: Any) -> str:
    """Say where the largest number of a map (height, width) lies, in words.

    >>> place(np.eye(9)[::-1] * np.arange(9)), place([[1]])
    ('upper right', 'middle')
    """
    array = np.nan_to_num(np.asarray(values, dtype=float), nan=-np.inf)
    at = np.unravel_index(array.argmax(), array.shape)
    down, across = (int(3 * (i + 0.5) / n) for i, n in zip(at, array.shape, strict=True))
    words = [("upper", "", "lower")[down], ("left", "", "right")[across]]
    return " ".join(filter(None, words)) or "middle"


def spoken(values: np.ndarray, texts: np.ndarray | None = None) -> str:
    """Read a matrix row by row where it is small, or tell its range.

    >>> spoken(np.array([[1, 0], [2, 5]])), spoken(np.zeros((28, 28)))
    ('2 x 2, rows: 1 0; 2 5', '28 x 28, 0 everywhere')
    """
    size = " x ".join(map(str, values.shape))
    if values.size > SPOKEN_CELLS:
        return f"{size}, {spread(values)}"
    cells = np.vectorize(number, otypes=[object])(values) if texts is None else texts
    return f"{size}, rows: {'; '.join(' '.join(row) for row in cells)}"


def headed(title: str | None, text: str) -> str:
    """Put a figure's title before its sentences, unless they begin with it.

    >>> headed("LeNet-5", "Six maps."), headed("What is it?", "An X."), headed("Six", "Six maps."), headed(None, "A.")
    ('LeNet-5. Six maps.', 'What is it? An X.', 'Six maps.', 'A.')
    """
    told = " ".join((title or "").split())
    if text.startswith(told):
        return text
    return f"{told} {text}" if told.endswith((".", "?", "!")) else f"{told}. {text}"


def from_labels(figure: Figure) -> str:
    """Return what a figure says of itself, where nobody described it: titles, axes, and how each named line goes."""
    parts = [figure.get_suptitle()]
    for axes in figure.axes:
        named = [line for line in axes.lines if not str(line.get_label()).startswith("_")]
        lines = listed(f"{line.get_label()} {course(np.asarray(line.get_ydata(), dtype=float))}" for line in named)
        labels = " against ".join(filter(None, [axes.get_ylabel(), axes.get_xlabel()]))
        parts.append(": ".join(filter(None, [axes.get_title(), labels, lines])))
    told = [part for part in dict.fromkeys(parts) if part]
    return f"A figure: {clauses(told)}." if told else "A figure without title and labels."
