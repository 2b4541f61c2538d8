"""Reads what a student hands in: the code cells of a notebook, or of a script in py:percent format."""

from __future__ import annotations

import codecs
import contextlib
import io
import json
import re
import tokenize
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any

from ccv.grading.reading.downloaded import as_in_the_notebook
from ccv.grading.reading.text import encodable

SUFFIXES = (".ipynb", ".py")
MAX_FILE_BYTES = 200 * 2**20  # outputs may be large: a notebook full of figures is no crime
MAX_CODE_BYTES = 2 * 2**20
_CELL_MARK = re.compile(r"^# ?%%(.*)$", re.MULTILINE)
_LONGEST_HEAD = 2000  # bytes of the two lines that may name an encoding
_ONE_BYTE = re.compile(r"iso-?8859|latin|cp125\d|windows-125\d", re.IGNORECASE)
_OTHERS = {"raw": "raw", "markdown": "Markdown"}
_BINDING = re.compile(r"^(?:def|class)\s+\w|^\w+[ \t]*=[^=]", re.MULTILINE)


class Cells(list[str]):
    """The source of each code cell, in order.

    Attributes:
        others: kind (`"raw"` or `"Markdown"`) and source of the other cells that may hold an answer by a slip of a key.
        counts: the number in `In [3]` of each cell; where there is none, its place.
    """

    def __init__(self, code: list[str], others: list[tuple[str, str]] | None = None, counts: Sequence[int | None] = ()):
        super().__init__(code)
        self.others = others or []
        self.counts = [n or place for place, n in enumerate(counts or [None] * len(code), start=1)]


class UnreadableSubmission(ValueError):
    """The file is no notebook or script; the message is one sentence that says what to do."""


def read_cells(path: str | Path) -> Cells:
    """Return the source of each code cell of a `.ipynb` or `.py` file, in order.

    Of all metadata only the cells' numbers are looked at, and no outputs, so a stripped or half-converted notebook
    reads as well as a new one.

    Raises:
        UnreadableSubmission: there is no such file, it is empty, no JSON, too large, or has no code.
    """
    path = Path(path)
    check_kind(path.name)
    if not path.is_file():
        raise UnreadableSubmission(f"there is no file {path}: check the path")
    check_size(path.name, path.stat().st_size)
    return cells_of(path.name, path.read_bytes())


def cells_of(name: str, data: bytes) -> Cells:
    """Return the source of each code cell of a file called `name` with the content `data`; see `read_cells`."""
    check_kind(name)
    check_size(name, len(data))
    text = data.decode(_encoding(name, data), errors="replace")
    kinds = _script_cells(as_in_the_notebook(text)) if _suffix(name) == ".py" else _notebook_cells(name, text)
    # JSON may hold halves of characters, which nothing else can.
    kinds = [(kind, encodable(source), count) for kind, source, count in kinds if source.strip()]
    code = [(source, count) for kind, source, count in kinds if kind == "code"]
    others = [(_OTHERS[kind], source) for kind, source, _ in kinds if kind in _OTHERS and _BINDING.search(source)]
    cells = Cells([source for source, _ in code], others, [count for _, count in code])
    if not cells:
        raise UnreadableSubmission(f"{name} holds no code: save the notebook, then hand it in again")
    size = sum(map(len, [*cells, *(source for _, source in cells.others)]))
    if size > MAX_CODE_BYTES:
        raise UnreadableSubmission(
            f"{name} holds {size / 2**20:.0f} MB of code, and {MAX_CODE_BYTES // 2**20} MB is the limit: "
            "is there data pasted into a cell?"
        )
    return cells


def handed_out_cells(notebook: Path) -> list[str]:
    """The code cells of the notebook that students were given; none where there is no such file."""
    try:
        return cells_of(notebook.name, notebook.read_bytes())
    except (OSError, UnreadableSubmission):
        return []


def check_kind(name: str) -> None:
    """Refuse a file that is neither a notebook nor a script by its name."""
    if _suffix(name) not in SUFFIXES:
        raise UnreadableSubmission(f"{name} is neither a notebook (.ipynb) nor a script (.py)")


def check_size(name: str, size: int) -> None:
    """Refuse a file that is empty or larger than `MAX_FILE_BYTES`."""
    if size > MAX_FILE_BYTES:
        raise UnreadableSubmission(
            f"{name} is {size / 2**20:.0f} MB, and {MAX_FILE_BYTES // 2**20} MB is the limit: "
            "clear its outputs (Kernel, Restart and Clear Outputs), then save it again"
        )
    if size == 0:
        raise UnreadableSubmission(f"{name} is empty: save the notebook, then hand it in again")


def _encoding(name: str, data: bytes) -> str:
    """UTF-8, but for what PowerShell's `>` writes, and for scripts that say which letters of one byte they have."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if _suffix(name) == ".py":
        with contextlib.suppress(SyntaxError):
            told = tokenize.detect_encoding(io.BytesIO(data[:_LONGEST_HEAD]).readline)[0]
            if _ONE_BYTE.match(told):
                return told
    return "utf-8-sig"


def _suffix(name: str) -> str:
    return PurePath(name).suffix.lower()


def _script_cells(text: str) -> list[tuple[str, str, int | None]]:
    marks = [*_CELL_MARK.finditer(text)]
    starts = [0, *(m.end() for m in marks)]
    ends = [*(m.start() for m in marks), len(text)]
    kinds = ["", *(m.group(1) for m in marks)]
    pieces = zip(starts, ends, kinds, strict=True)
    return [("code", text[s:e].strip("\n"), None) for s, e, kind in pieces if "[markdown]" not in kind]


def _notebook_cells(name: str, text: str) -> list[tuple[str, str, int | None]]:
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableSubmission(f"{name} is no notebook: it does not hold JSON; download it again") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if cells is None and isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list):
        cells = [c for sheet in notebook["worksheets"] if isinstance(sheet, dict) for c in sheet.get("cells", [])]
    if not isinstance(cells, list):
        raise UnreadableSubmission(f"{name} is no notebook: it has no list of cells")
    return [(str(c.get("cell_type")), _source(c), _count(c)) for c in cells if isinstance(c, dict)]


def _count(cell: dict[str, Any]) -> int | None:
    count = cell.get("execution_count", cell.get("prompt_number"))
    return count if type(count) is int and 0 < count < 10**6 else None


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source", cell.get("input", ""))
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))
