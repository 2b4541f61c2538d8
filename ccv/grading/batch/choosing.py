"""Reads a student's files, in a grader process, and chooses the one that counts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from ccv.grading.batch.attempts import SCRIPT, TEXT, Attempt, settle, worth_grading
from ccv.grading.batch.reading import Location, read
from ccv.grading.batch.typed import typed_cells
from ccv.grading.reading.submission import Cells, UnreadableSubmission, cells_of

_STOPPED = "our reader stopped at it: the file is damaged, or made to stop a reader"
_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([A-Za-z_]\w*)\b|import[ \t]+([A-Za-z_][\w, \t]*))", re.MULTILINE)


@dataclass(frozen=True)
class Choice:
    """What is graded: the cells of the file that counts, and what is said of every file; no cells: none is readable.

    `typed` tells that they were typed into the platform, where nobody repeats what the notebook gave, as its imports.
    """

    file: str
    digest: str
    cells: Cells | None
    attempts: list[Attempt]
    problem: str = ""
    typed: bool = False


@dataclass(eq=False)
class _Read:
    attempt: Attempt
    name: str
    cells: Cells
    text: str = ""
    bound: frozenset[str] = frozenset()


def choose(
    candidates: list[dict[str, Any]],
    exercises: Iterable[str],
    rule: str,
    begin: Callable[[int], bool],
    only: int | None = None,
) -> Choice:
    """Read every candidate, and settle which one counts, or take that of one number if it is worth grading.

    Files that hold none of each other's exercises are parts of one work and are read together; a script that the
    notebook imports is read as if the notebook wrote it.

    Args:
        candidates: `asdict` of each `Candidate` with its name, the likeliest first.
        exercises: names of the lab's exercises.
        rule: see `attempts.settle`.
        begin: called with a candidate's number before it is read; False where a reader stopped at it before.
        only: the number of the candidate that is graded, whatever the rule.
    """
    names = "|".join(map(re.escape, exercises))
    binds = re.compile(rf"^(?:async +def +|def +|class +)?({names})\b", re.MULTILINE)
    files = [_read(one, binds if begin(number) else None) for number, one in enumerate(candidates)]
    imported = {i for f in files if f.attempt.kind != SCRIPT for i in _imports(f.cells)}
    attempts = [replace(f.attempt, helper=f.attempt.kind == SCRIPT and _module(f) in imported) for f in files]
    if only is None:
        attempts = settle(attempts, rule)
        chosen = next((number for number, a in enumerate(attempts) if a.counts), None)
    else:
        chosen = only if only in worth_grading(attempts) else None
    if chosen is None:
        shown = attempts[only or 0]
        return Choice(shown.file, "", None, attempts, shown.problem)
    parts = _parts(files[chosen], files)
    attempts = [replace(a, part=True) if f in parts else a for a, f in zip(attempts, files, strict=True)]
    attempts = attempts if only is not None else settle(attempts, rule)
    together = [*parts, files[chosen]]
    helpers = {cell: None for f in together for cell in _helpers(f, files)}
    cells = Cells(
        [*helpers, *(c for f in together for c in f.cells)],
        [o for f in together for o in f.cells.others],
        [*(None for _ in helpers), *(n for f in together for n in f.cells.counts)],
    )
    counts = attempts[chosen]
    return Choice(counts.file, counts.digest, cells, attempts, typed=counts.kind == TEXT)


def _parts(chosen: _Read, files: list[_Read]) -> list[_Read]:
    """Other files that hold exercises which neither the chosen one nor each other holds."""
    held, parts = set(chosen.bound), []
    for file in files:
        if file is not chosen and file.attempt.kind != TEXT and file.bound and held.isdisjoint(file.bound):
            held |= file.bound
            parts.append(file)
    return parts


def _read(one: dict[str, Any], binds: re.Pattern[str] | None) -> _Read:
    attempt = Attempt(one["file"], one["kind"], one["rank"], one["when"], one["late"])
    try:
        if one["problem"] or binds is None:
            raise UnreadableSubmission(one["problem"] or _STOPPED)
        data = read(Location(one["location"]["path"], tuple(one["location"]["members"])))
        attempt = replace(attempt, digest=hashlib.sha256(data).hexdigest())
        cells = Cells(typed_cells(one["name"], data)) if attempt.kind == TEXT else cells_of(one["name"], data)
    except UnreadableSubmission as error:
        said = str(error)
        about = said if said.startswith(one["name"]) else f"{one['name']}: {said}"
        return _Read(replace(attempt, problem=about), one["name"], Cells([]))
    source = "\n".join(cells)
    code = hashlib.sha256(_bare(source).encode("utf-8", "surrogatepass")).hexdigest()
    text = data.decode("utf-8-sig", errors="replace") if attempt.kind == SCRIPT else ""
    bound = frozenset(binds.findall(source))
    return _Read(replace(attempt, code=code, holds=len(bound)), one["name"], cells, text, bound)


def _bare(source: str) -> str:
    """Source without blank lines and lines of comment, in which a notebook and its export differ."""
    lines = (line.rstrip() for line in source.split("\n"))
    return "\n".join(line for line in lines if line and not line.lstrip().startswith("#"))


def _helpers(chosen: _Read, files: list[_Read]) -> list[str]:
    """Scripts beside the file that counts which it imports, as if cells of its own wrote them, needed ones first."""
    folder = chosen.attempt.file.rpartition("/")[0]
    scripts = [f for f in files if f.attempt.kind == SCRIPT and f is not chosen and f.text]
    # Of several scripts of one name, that in the notebook's own folder counts.
    modules = {_module(f): f for f in sorted(scripts, key=lambda f: f.attempt.file.rpartition("/")[0] == folder)}
    needed: dict[str, str] = {}
    waiting = [*chosen.cells]
    while waiting:
        for name in _imports([waiting.pop()]):
            if name in modules and name not in needed:
                needed[name] = modules[name].text
                waiting.append(needed[name])
    return [f"%%writefile {name}.py\n{text}" for name, text in reversed(needed.items())]


def _module(file: _Read) -> str:
    return file.name.rpartition(".")[0]


def _imports(cells: Iterable[str]) -> list[str]:
    found = _IMPORT.findall("\n".join(cells))
    return [name.split()[0] for single, several in found for name in (single or several).split(",") if name.strip()]
