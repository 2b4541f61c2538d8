"""From the source of cells to Python: magics, functions that were split between two cells, and what is no Python.

Only the standard library, since it runs in the student's process before any of the student's code does.
"""

from __future__ import annotations

import ast
import posixpath
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

_PYTHON_MAGICS = "time|timeit|capture|prun"  # magics around Python code; others hold another language
_CELL_MAGIC = re.compile(r"%%(\w+)[ \t]*(.*)")
_FILE = re.compile(r"(-a\s+|--append\s+)?[\"']?([\w./-]+)[\"']?\s*")
_TIMED_LINE = re.compile(r"^(\s*)%(?:time|prun)[ \t]+(?=[^\s-])")
_RUN_LINE = re.compile(r"^(\s*)%run[ \t]+(?:-[a-ln-z]\w*[ \t]+)*[\"']?([\w./-]+?)(?:\.py)?[\"']?(?:[ \t].*)?$")
_ENV_LINE = re.compile(r"^(\s*)%(?:set_)?env[ \t]+(\w+)(?:[ \t]*=[ \t]*|[ \t]+)(.*)$")
_PYLAB_LINE = re.compile(r"^(\s*)%pylab\b.*$")
_MAGIC_LINE = re.compile(r"^(\s*)(?:[%!]\S.*|! .*|\?.*|[\w.*]+\?{1,2}\s*)$|^[/,;][A-Za-z_].*$")
_MAGIC_VALUE = re.compile(r"^(\s*[\w, ]+=\s*)%.*$")
_SHELL_VALUE = re.compile(r"^(\s*[\w, ]+=\s*)!.*$")
_FIRST_PROMPT = re.compile(r"^[ \t]*(?:>>>|In \[\d+\]:)", re.MULTILINE)
_PROMPT = re.compile(r"^[ \t]*(?:>>>|In \[\d+\]:|\.{3,}:?)(?: |$)", re.MULTILINE)
_NOT_READABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
_LONGEST_LINE = 2000  # no magic is longer, and patterns take quadratic time on lines of blanks
_MOST_MAGICS = 100  # that are told from Python one by one
_LONGEST_JOINED = 50_000


@dataclass(frozen=True)
class Source:
    """Python to run: a cell, two cells that are Python only together, or a block of a damaged cell.

    Attributes:
        cell: number of the (first) cell, from 1.
        shown: the lines as the student knows them.
        text: the same lines as Python, as far as they are.
        tree: what they say; None where they are no Python.
        offset: lines of the cell before the first of `text`.
        writes: the module that a `%%writefile` makes.
        joined: whether it is two cells.
    """

    cell: int
    shown: str
    text: str
    tree: ast.Module | None
    offset: int = 0
    writes: str = ""
    joined: bool = False


def read_sources(cells: Sequence[str]) -> Iterator[Source]:
    """Read cells in order; a damaged one comes in its top-level blocks, so that one slip costs one block."""
    whole: list[Source] = []
    for number, source in enumerate(cells, start=1):
        here = _read(number, source)
        both = _joined(whole[-1], here) if whole else None
        whole[-1:] = [both] if both else [*whole[-1:], here]
    for one in (one if one.tree else _pasted(one) for one in whole):
        yield from [one] if one.tree else _blocks(one)


def parsed(text: str) -> ast.Module | None:
    """The tree of some Python, None where it is none."""
    try:
        return ast.parse(text)
    except _NOT_READABLE:
        return None


def _read(number: int, source: str) -> Source:
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    first, _, rest = source.lstrip().partition("\n")
    magic = _CELL_MAGIC.match(first[:_LONGEST_LINE])
    if magic is None:
        return Source(number, source, *_python(source))
    if re.fullmatch(_PYTHON_MAGICS, magic[1]):
        return Source(number, source, *_python("\n" + rest))
    target = _FILE.fullmatch(magic[2]) if magic[1] in ("writefile", "file") else None
    if target is None:
        return Source(number, source, "", ast.Module([], []))
    # The folder may be one that a line for the shell, which is not run, was to make.
    folder = f"__import__('os').makedirs({posixpath.dirname(target[2]) or '.'!r}, exist_ok=True)"
    opened = f"open({target[2]!r}, {'a' if target[1] else 'w'!r})"
    text = f"with ({folder} or {opened}) as file:\n    file.write({rest + chr(10)!r})"
    module = re.sub(r"(/__init__)?\.py$", "", target[2].removeprefix("./")).replace("/", ".")
    return Source(number, source, text, parsed(text), writes=module)


def _python(source: str) -> tuple[str, ast.Module | None]:
    """Take out the magics. A line of a long expression may begin with `% (`: so only where the parser stumbles."""
    lines = source.split("\n")
    for _ in range(_MOST_MAGICS):
        try:
            text = "\n".join(lines)
            return text, ast.parse(text)
        except SyntaxError as error:
            at = (error.lineno or 1) - 1
            clean = _without_magic(lines[at]) if at < len(lines) else ""
            if at >= len(lines) or clean == lines[at]:
                break
            lines[at] = clean
        except _NOT_READABLE:
            break
    text = "\n".join(map(_without_magic, lines))
    return text, parsed(text)


def _without_magic(line: str) -> str:
    if len(line) > _LONGEST_LINE:
        return line
    line = _TIMED_LINE.sub(r"\1", line)
    line = _RUN_LINE.sub(r"\1exec(open('\2.py').read(), globals())", line)
    line = _ENV_LINE.sub(lambda m: f"{m[1]}__import__('os').environ[{m[2]!r}] = {m[3].strip()!r}", line)
    line = _PYLAB_LINE.sub(r"\1from pylab import *; import numpy as np; import matplotlib.pyplot as plt", line)
    return _MAGIC_LINE.sub(r"\1pass", _MAGIC_VALUE.sub(r"\1None", _SHELL_VALUE.sub(r"\1[]", line)))


def _pasted(source: Source) -> Source:
    """Take out what a notebook takes out: prompts of Python's or IPython's, and the indentation of the whole cell."""
    text = textwrap.dedent(_PROMPT.sub("", source.text) if _FIRST_PROMPT.search(source.text) else source.text)
    return source if text == source.text else replace(source, text=text, tree=parsed(text))


def _joined(before: Source, here: Source) -> Source | None:
    """Two neighbours of which one is no Python and which together are, as a function split in the middle."""
    if (before.tree and here.tree) or len(before.text) + len(here.text) > _LONGEST_JOINED:
        return None
    text = before.text + "\n" + here.text
    tree = parsed(text)
    return Source(before.cell, before.shown + "\n" + here.shown, text, tree, joined=True) if tree else None


def _blocks(source: Source) -> Iterator[Source]:
    lines = source.text.split("\n")
    starts = [i for i, line in enumerate(lines) if re.match(r"[A-Za-z_@]", line) and not _continues(line)]
    starts = [s for i, s in enumerate(starts) if i == 0 or not lines[starts[i - 1]].startswith("@")] or [0]
    starts[0] = 0
    for begin, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        text = "\n".join(lines[begin:end])
        yield Source(source.cell, source.shown, text, parsed(text), begin)


def _continues(line: str) -> bool:
    return re.match(r"(else|elif|except|finally)\b", line) is not None
