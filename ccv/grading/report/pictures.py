"""Figures of the report as inline SVG: the same bytes for the same data, coloured by the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from ccv.grading.report._text import one_line

_CELLS = 64  # of a mask, in each direction
_POINTS = 400  # of a curve


def picture(data: object, label: str) -> Markup:
    """Return the figure of a sheet's picture (see `Sheet.to_dict`), or nothing where there is none to draw."""
    if not isinstance(data, dict):
        return Markup("")
    drawn = {"mask": _mask, "curve": _curve}.get(str(data.get("kind")), lambda *_: None)(data, label)
    if drawn is None:
        return Markup("")
    svg, caption = drawn
    return Markup("<figure>{}<figcaption>{}</figcaption></figure>").format(svg, caption)


def _caption(data: dict[str, Any], words: str) -> str:
    """The sheet's note as a sentence, then ours."""
    note = one_line(data.get("note") or "")
    stop = "" if note.endswith((".", "!", "?")) else "."
    return f"{note[0].upper()}{note[1:]}{stop} {words}" if note else words


def _svg(width: float, height: float, label: str, body: list[str], kind: str) -> Markup:
    head = Markup('<svg class="{}" width="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(
        kind, _n(width), _n(width), _n(height), one_line(label, 600)
    )
    return head + Markup("".join(body)) + Markup("</svg>")


def _n(value: float) -> str:
    """A coordinate with at most two decimals."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _text(x: float, y: float, text: object, anchor: str = "middle") -> str:
    return str(Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(_n(x), _n(y), anchor, text))


# ------------------------------------------------------------------------------------------------------------- mask


def _mask(data: dict[str, Any], label: str) -> tuple[Markup, str] | None:
    rows = data.get("wrong")
    if not isinstance(rows, list) or not rows or not all(isinstance(r, str) and r for r in rows):
        return None
    rows = [row[:_CELLS] for row in rows[:_CELLS]]
    height, width = len(rows), max(map(len, rows))
    wrong = [(r, c) for r, row in enumerate(rows) for c, mark in enumerate(row) if mark == "1"]
    caption = _caption(data, _where(wrong, height, width))
    size = 240 / max(height, width, 6)
    left, top = 24, 18
    body = [f'<rect class="right" x="{left}" y="{top}" width="{_n(width * size)}" height="{_n(height * size)}"/>']
    body += [f'<path class="wrong" d="{_runs(rows, size, left, top)}"/>'] if wrong else []
    if max(height, width) <= 32:
        body.append(f'<path class="lines" d="{_grid(height, width, size, left, top)}"/>')
    body += [_text(left + size * (c + 0.5), top - 5, c) for c in sorted({0, width - 1})]
    body += [_text(left - 5, top + size * (r + 0.5) + 4, r, "end") for r in sorted({0, height - 1})]
    return _svg(left + width * size + 6, top + height * size + 6, f"{label}. {caption}", body, "mask"), caption


def _runs(rows: list[str], size: float, left: float, top: float) -> str:
    """Wrong places as one path, neighbours in a row as one box."""
    path = []
    for r, row in enumerate(rows):
        c = 0
        while (c := row.find("1", c)) >= 0:
            end = c
            while row[end : end + 1] == "1":
                end += 1
            width, x, y = _n((end - c) * size), _n(left + c * size), _n(top + r * size)
            path.append(f"M{x} {y}h{width}v{_n(size)}h-{width}z")
            c = end
    return "".join(path)


def _grid(height: int, width: int, size: float, left: float, top: float) -> str:
    across = [f"M{left} {_n(top + r * size)}h{_n(width * size)}" for r in range(height + 1)]
    down = [f"M{_n(left + c * size)} {top}v{_n(height * size)}" for c in range(width + 1)]
    return "".join(across + down)


def _where(wrong: list[tuple[int, int]], height: int, width: int) -> str:
    """The mask in one sentence, which counts the squares of the picture."""
    if not wrong:
        return "No square is marked."
    if len(wrong) == height * width:
        return "Every square is marked."
    rows, columns = sorted({r for r, _ in wrong}), sorted({c for _, c in wrong})
    return f"The marked squares lie in {_span('row', rows)} and {_span('column', columns)}, counted from 0."


def _span(what: str, numbers: list[int]) -> str:
    first, last = numbers[0], numbers[-1]
    return f"{what} {first}" if first == last else f"{what}s {first} to {last}"


# ------------------------------------------------------------------------------------------------------------ curve


def _curve(data: dict[str, Any], label: str) -> tuple[Markup, str] | None:
    values = data.get("values")
    if not isinstance(values, list) or not values or not all(isinstance(v, int | float | None) for v in values):
        return None
    numbers = [float(v) if v is not None and math.isfinite(v) else math.nan for v in values]
    finite = [v for v in numbers if math.isfinite(v)]
    if not finite:
        return None
    line = data.get("line")
    line = float(line) if isinstance(line, int | float) and math.isfinite(line) else None
    caption = _caption(data, _course(numbers, line))
    low, high = _limits([*finite, *([] if line is None else [line])])
    width, height, left, top = 420.0, 200.0, 66.0, 12.0

    def place(i: int, v: float) -> tuple[str, str]:
        share = i / max(len(numbers) - 1, 1)
        return _n(left + share * width), _n(top + (high - v) / (high - low) * height)

    step = max(1, math.ceil(len(numbers) / _POINTS))
    chosen = sorted({*range(0, len(numbers), step), len(numbers) - 1})
    body = [f'<path class="lines" d="M{_n(left)} {_n(top)}v{_n(height)}h{_n(width)}"/>']
    if line is not None:
        y = place(0, line)[1]
        body.append(f'<path class="line" d="M{_n(left)} {y}h{_n(width)}"/>')
        body.append(_text(left + width, float(y) - 5, f"pass line {line:.4g}", "end"))
    body.append(f'<path class="curve" d="{_path([(place(i, numbers[i]), numbers[i]) for i in chosen])}"/>')
    if len(finite) == 1:
        x, y = place(numbers.index(finite[0]), finite[0])
        body.append(f'<circle class="dot" cx="{x}" cy="{y}" r="4"/>')
    body += [_text(left - 6, top + 8, f"{high:.4g}", "end"), _text(left - 6, top + height, f"{low:.4g}", "end")]
    body += [_text(left, top + height + 18, 1), _text(left + width, top + height + 18, len(numbers))]
    return _svg(left + width + 14, top + height + 26, f"{label}. {caption}", body, "plot"), caption


def _path(places: list[tuple[tuple[str, str], float]]) -> str:
    """A line with gaps where there is no number."""
    path, drawing = [], False
    for (x, y), value in places:
        if math.isfinite(value):
            path.append(f"{'L' if drawing else 'M'}{x} {y}")
        drawing = math.isfinite(value)
    return "".join(path)


def _limits(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = (high - low) * 0.05 or abs(high) * 0.05 or 1.0
    return low - room, high + room


def _course(numbers: list[float], line: float | None) -> str:
    first, last = (f"{numbers[i]:.4g}" if math.isfinite(numbers[i]) else "no number" for i in (0, -1))
    course = f"Your curve has {len(numbers)} points, from {first} to {last}"
    gaps = sum(not math.isfinite(v) for v in numbers)
    course += f"; {gaps} without a number" if gaps else ""
    return f"{course}. The dashed line at {line:.4g} is the one to pass." if line is not None else f"{course}."


# -------------------------------------------------------------------------------------------------------- histogram


def histogram(counts: Sequence[int], edges: Sequence[float], label: str) -> Markup:
    """Return bars of `counts`, with the numbers of `edges` (one more) under their borders."""
    width, height, left, top = 600.0, 180.0, 10.0, 20.0
    step, tallest = width / len(counts), max([*counts, 1])
    body = []
    for i, count in enumerate(counts):
        tall = height * count / tallest
        x, y = left + i * step, top + height - tall
        if count:
            body.append(f'<rect class="bar" x="{_n(x + 2)}" y="{_n(y)}" width="{_n(step - 4)}" height="{_n(tall)}"/>')
            body.append(_text(x + step / 2, y - 5, count))
    body.append(f'<path class="lines" d="M{_n(left)} {_n(top + height)}h{_n(width)}"/>')
    body += [_text(left + i * step, top + height + 18, f"{edge:.3g}") for i, edge in enumerate(edges)]
    return _svg(left + width + 14, top + height + 26, label, body, "plot")
