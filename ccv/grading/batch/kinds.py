"""What kind of submission a file is, by its name alone."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from ccv.grading.batch.attempts import NOTEBOOK, SCRIPT, TEXT
from ccv.grading.batch.platforms import SUMMARY

_KINDS = {".ipynb": NOTEBOOK, ".py": SCRIPT, ".html": TEXT, ".htm": TEXT}
_SAVED_AS = re.compile(r"(\.ipynb|\.py)\.(?:txt|json)$", re.IGNORECASE)  # what browsers make of a file they do not know


def plain_name(name: str) -> str:
    """A name without the suffix that a browser put behind a notebook's or a script's.

    >>> plain_name("01_xo.ipynb.txt"), plain_name("notes.txt")
    ('01_xo.ipynb', 'notes.txt')
    """
    return _SAVED_AS.sub(r"\1", name)


def kind_of(name: str) -> int | None:
    """NOTEBOOK, SCRIPT or TEXT, or None for a file that holds no submission."""
    if name == SUMMARY:
        return TEXT
    return _KINDS.get(PurePosixPath(plain_name(name)).suffix.lower())


def is_code(name: str) -> bool:
    """Whether a file's name is that of a notebook or a script."""
    return kind_of(name) in {NOTEBOOK, SCRIPT}
