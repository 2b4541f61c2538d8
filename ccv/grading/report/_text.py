"""Text from students, made harmless: what may stand in a page, in a file's name, or in a cell of a spreadsheet."""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Any

_SHOWN = 4000  # characters of one text
_NAME = 40  # characters of a file's name; four bytes each, a hash and ".html.part" still fit into 255 bytes
_ANSI = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours and cursor
    r"|\x1b[\]PX^_][^\x07\x1b]{0,4000}(?:\x07|\x1b\\)"  # titles, links and other strings
    r"|\x1b[ -/]*[0-~]|\x9b[0-?]*[ -/]*[@-~]"
)
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Marks that turn the direction of what follows could show one name as another; joiners are part of Persian and Hindi.
_TURNS = frozenset("\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_WINDOWS = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def clean(text: object, limit: int = _SHOWN) -> str:
    r"""Return text without escape sequences, control characters and lone surrogates; lines end in a newline.

    >>> clean("a\x1b[31mred\x1b[0m\x00 name\r\nover\u202etwo")
    'ared name\novertwo'
    """
    # Cut first: no text is worth more work than what is shown of it.
    kept = _LINE_ENDS.sub("\n", _ANSI.sub("", str(text)[: 2 * limit]))
    kept = "".join(_harmless(c) for c in kept)
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def _harmless(character: str) -> str:
    if character == "\n":
        return character
    if character == "\t":
        return " "
    if character in _TURNS:
        return ""
    kind = unicodedata.category(character)
    return "\ufffd" if kind == "Cs" else "" if kind == "Cc" else character


def one_line(text: object, limit: int = 300) -> str:
    """Return clean text on one line."""
    return clean(" ".join(clean(text, limit * 2).split()), limit)


def cell(value: object) -> object:
    """Return what may stand in a spreadsheet's cell: numbers as they are, text that would be a formula defused.

    >>> cell("=HYPERLINK(1)"), cell(-3), cell("Ann")
    ("'=HYPERLINK(1)", -3, 'Ann')
    """
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = clean(value).replace("\n", " ")
    return "'" + text if text.lstrip().startswith(_FORMULA) else text


def plain(value: Any) -> Any:
    """Return JSON data whose texts are clean and whose numbers JSON knows (None for what is infinite or no number)."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {clean(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def sort_key(name: str) -> tuple[list[tuple[int, str]], str]:
    """Sort key of people: accents and case do not matter, numbers count as numbers.

    >>> sorted(["student10", "Zoe", "student9", "Álvaro"], key=sort_key)
    ['Álvaro', 'student9', 'student10', 'Zoe']
    """
    letters = "".join(c for c in unicodedata.normalize("NFKD", name[:300]) if not unicodedata.combining(c)).casefold()
    parts = re.split(r"([0-9]+)", letters)
    return [(int(p), "") if i % 2 else (-1, p) for i, p in enumerate(parts)], name


def file_names(students: Iterable[str]) -> dict[str, str]:
    """Return a file name (without suffix) for each student: safe on every system, no two alike in any case.

    >>> file_names(["Ann Lee", "ann lee", "../../etc"])
    {'Ann Lee': 'Ann_Lee-a36e143c', 'ann lee': 'ann_lee-e4959174', '../../etc': 'etc'}
    """
    safe = {student: _safe(student) for student in students}
    alike = Counter(name.casefold() for name in safe.values())
    taken = {name.casefold() for name in safe.values() if alike[name.casefold()] == 1}
    for student in sorted(safe):
        if alike[safe[student].casefold()] > 1:
            safe[student] = _untaken(student, safe[student], taken)
    return safe


def _safe(student: str) -> str:
    normal = unicodedata.normalize("NFC", clean(student, 300))
    safe = "".join(c if _may_stand_in_a_file_name(c) else "_" for c in normal)[:_NAME].strip("._ ")
    return f"student_{safe}".rstrip("_") if not safe or _WINDOWS.fullmatch(safe) else safe


def _untaken(student: str, safe: str, taken: set[str]) -> str:
    digest = hashlib.sha256(student.encode("utf-8", "surrogatepass")).hexdigest()
    length = next(n for n in range(8, 65) if f"{safe}-{digest[:n]}".casefold() not in taken)
    name = f"{safe}-{digest[:length]}"
    taken.add(name.casefold())
    return name


def _may_stand_in_a_file_name(character: str) -> bool:
    return character in "-._" or unicodedata.category(character)[0] in "LMN"
