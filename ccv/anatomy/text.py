"""Rows as text, as records, and tables of text and HTML."""

from html import escape
from itertools import zip_longest
from typing import Any

from ccv.anatomy.rows import Row

HEADINGS = ("layer", "kind", "output", "values", "MB", "parameters", "arithmetic", "multiply-adds", "field", "jump")
# What a narrow terminal goes without, and the width from which it is there.
WIDE = {"arithmetic": 150, "MB": 110, "values": 100, "jump": 90}
LEFT = {"layer", "kind", "output", "arithmetic"}


def cells(row: Row) -> tuple[str, ...]:
    """Return a row as the text under HEADINGS."""
    own = row.activation if row.activation != row.kind.lower() else ""
    return (
        row.name,
        f"{row.kind} {', '.join(filter(None, (row.window, own)))}".rstrip(),
        row.volume,
        f"{row.values:,}" if row.values else "-",
        megabytes(row.memory) if row.values else "-",
        f"{row.parameters:,}" if row.parameters else "-",
        row.arithmetic,
        ("not counted" if row.macs is None else f"{row.macs:,}") if row.macs != 0 else "-",
        _field(row),
        side_by_side(row.jump) if row.jump else "",
    )


def _field(row: Row) -> str:
    if row.sees is None:
        return ""
    if not row.sees.counted:
        return "not counted"
    if row.sees.whole and (row.sees.everything or not row.sees.spatial):
        return "all"
    if not row.sees.spatial:
        return side_by_side(row.sees.size)
    return side_by_side(row.sees.size) + "*" * row.sees.whole


def record(row: Row) -> dict[str, Any]:
    """Return a row as a dictionary; memory is in bytes."""
    return {
        "layer": row.name,
        "kind": row.kind,
        "role": row.role,
        "kernel": "x".join(map(str, row.kernel or ())),
        "stride": side_by_side(row.stride or ()),
        "padding": row.padding,
        "dilation": side_by_side(row.dilation or ()),
        "groups": row.groups,
        "activation": row.activation,
        "output": row.volume,
        "values": row.values,
        "memory_bytes": row.memory,
        "parameters": row.parameters,
        "trainable": row.trainable,
        "statistics": row.statistics,
        "arithmetic": row.arithmetic,
        "multiply_adds": row.macs,
        "multiply_adds_arithmetic": row.macs_arithmetic,
        "receptive_field": side_by_side(row.receptive_field or ()),
        "sees_everything": bool(row.sees and row.sees.whole and row.sees.counted),
        "jump": side_by_side(row.jump or ()),
        "centre": side_by_side(row.centre or ()),
        "note": row.note,
    }


def side_by_side(sizes: tuple[float, ...]) -> str:
    """Write one number where all are the same.

    >>> side_by_side((3, 3)), side_by_side((1, 7)), side_by_side((0.5, 0.5))
    ('3', '1x7', '0.5')
    """
    return "x".join(f"{size:g}" for size in (sizes[:1] if len(set(sizes)) == 1 else sizes))


def megabytes(count: int, unit: int = 10**6) -> str:
    """Write bytes in MB, or in another unit.

    >>> megabytes(60950432), megabytes(60950432, 2**20), megabytes(1234)
    ('61.0', '58.1', '0.001')
    """
    return f"{count / unit:.1f}" if count >= 10 * unit else f"{count / unit:.3f}"


def html_table(headings: tuple[str, ...], rows: list[tuple[str, ...]], left: Any = ()) -> str:
    """Write a table for a notebook; the cells are HTML already."""
    sides = ["left" if heading in left else "right" for heading in headings]
    head = "".join(f'<th style="text-align:{s}">{escape(h)}</th>' for h, s in zip(headings, sides, strict=True))
    body = "".join(
        "<tr>" + "".join(f'<td style="text-align:{s}">{c}</td>' for c, s in zip(row, sides, strict=True)) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def text_table(headings: tuple[str, ...], rows: list[tuple[str, ...]], left: Any = ()) -> list[str]:
    """Return the lines of a table in plain text; a cell may have several lines."""
    sides = [str.ljust if heading in left else str.rjust for heading in headings]
    split = [[cell.split("\n") for cell in row] for row in (headings, *rows)]
    widths = [max(len(part) for cell in column for part in cell) for column in zip(*split, strict=True)]
    lines = [
        "  ".join(side(part, width) for side, part, width in zip(sides, parts, widths, strict=True)).rstrip()
        for row in split
        for parts in zip_longest(*row, fillvalue="")
    ]
    lines.insert(1, "-" * max(map(len, lines)))
    return lines
