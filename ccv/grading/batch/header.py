"""What every record of a run has in common: made from the lab, the machine and the options."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

from ccv.grading.batch.record import Header


def make_header(
    lab_directory: Path,
    description: dict[str, Any],
    seed: int,
    exercises: list[str] | None,
    shard: str | None = None,
    attempts: str = "latest",
) -> Header:
    """The header of a run. Raises LookupError where the lab has no such exercise."""
    known: dict[str, float] = description["exercises"]
    unknown = [e for e in exercises or [] if e not in known]
    if unknown:
        raise LookupError(f"{lab_directory.name} has no exercise called {unknown[0]}: choose from {', '.join(known)}")
    points = {name: p for name, p in known.items() if not exercises or name in exercises}
    digest, protections = lab_digest(lab_directory), description["protections"]
    version = sys.modules["ccv"].__version__  # not imported: the package knows the course, and grading must not
    return Header(lab_directory.name, digest, seed, version, points, protections, shard, attempts)


def lab_digest(lab_directory: Path) -> str:
    """SHA-256 over the lab's files but the notebook: checks, solution, mutants, and data stored beside them."""
    digest = hashlib.sha256()
    for path in sorted(lab_directory.rglob("*")):
        name = path.relative_to(lab_directory).as_posix()
        kept = not any(part.startswith((".", "__pycache__")) for part in name.split("/"))
        if kept and path.is_file() and path.suffix not in {".ipynb", ".pyc"}:
            digest.update(f"{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()
