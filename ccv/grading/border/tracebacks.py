"""Errors of the student's code as the student knows them: the cell, its line, and what was said."""

from __future__ import annotations

import linecache
from typing import Any

_SAID_ENOUGH = 500  # characters of a student's error message that are shown


def cell_filename(cell: int) -> str:
    """The name that a cell has in tracebacks."""
    return f"<cell {cell}>"


def remember_source(filename: str, source: str) -> None:
    """Let tracebacks (and `inspect`) show the lines of a cell."""
    linecache.cache[filename] = (len(source), None, [line + "\n" for line in source.split("\n")], filename)


def _frames(error: BaseException) -> list[tuple[str, int]]:
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    return frames


def _raised_by_student(error: BaseException) -> bool:
    frames = _frames(error)
    return bool(frames) and (_is_cell(frames[-1][0]) or not frames[-1][0].endswith(".py"))


def _is_cell(filename: str) -> bool:
    """Whether a frame is of a cell: of a file that was handed in, or of an open notebook."""
    return filename.startswith(("<cell", "<ipython-input")) or "/ipykernel_" in filename.replace("\\", "/")


def describe_error(error: BaseException) -> dict:
    """Say what an error was and where in the student's cells it happened; the stub's own error means "blank"."""
    if isinstance(error, NotImplementedError) and _raised_by_student(error):
        innermost = error.__traceback__
        while innermost is not None and innermost.tb_next is not None:
            innermost = innermost.tb_next
        return {"status": "blank", "by": innermost.tb_frame.f_code.co_name if innermost else ""}
    try:
        message = str(error)[:_SAID_ENOUGH].encode("utf-8", "replace").decode()
    except BaseException:  # an exception class of the student's own
        message = ""
    reply: dict[str, Any] = {"status": "error", "type": type(error).__name__, "message": message}
    where = [(name, line) for name, line in _frames(error) if _is_cell(name)]
    if isinstance(error, SyntaxError) and error.filename and _is_cell(error.filename):
        where = [(error.filename, error.lineno or 1)]
    if where:
        filename, line = where[-1]
        text = linecache.getline(filename, line).strip()[:200]
        reply |= {"line": line, "text": text}
        if (number := filename.removeprefix("<cell ")[:-1]).isdigit():
            reply["cell"] = int(number)
    return reply
