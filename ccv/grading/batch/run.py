"""Grading a class from end to end, and putting shards together."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ccv.grading.batch.archives import read
from ccv.grading.batch.grader import handed_out_cells
from ccv.grading.batch.journal import NAME, Journal, read_journal, refuse_used
from ccv.grading.batch.pool import Pool, Settings
from ccv.grading.batch.record import Header, Record, submission_seed
from ccv.grading.batch.submissions import Submission, find_submissions, shard_of
from ccv.grading.submission import UnreadableSubmission
from ccv.names import natural_key

Progress = Callable[[int, int], None]
_SCRATCH = "ccv-grade-"


@dataclass(frozen=True)
class Outcome:
    """A graded class: the header, the records by student, what the teacher should know, and where the reports lie."""

    header: Header
    records: list[Record]
    out: Path
    warnings: list[str] = field(default_factory=list)


def grade_class(
    lab_directory: Path,
    paths: Sequence[Path],
    out: Path,
    *,
    jobs: int | None = None,
    timeout: float | None = None,
    memory: int | None = None,
    seed: int = 0,
    exercises: list[str] | None = None,
    resume: bool = False,
    shard: str | None = None,
    require_isolation: bool = False,
    patience: float = 60.0,
    progress: Progress | None = None,
) -> Outcome:
    """Grade all submissions under `paths` and write journal and reports to `out`.

    Args:
        lab_directory: the lab's folder, with checks, solution and mutants.
        paths: notebooks, scripts, folders and zips.
        out: folder for the journal and the reports.
        jobs: graders at work at once; None: one a core.
        timeout: most seconds for a question to an answer; the checks' own limits count too.
        memory: MB for a student's process; None: the default.
        seed: of the class; each submission's own seed comes from it and the student's id.
        exercises: only these; None: all.
        resume: go on where a run that was stopped left its journal.
        shard: "i/n": only every n-th submission, from the i-th on.
        require_isolation: refuse where network, hidden files and new processes are not all guarded.
        patience: seconds that a grader may be silent beyond the time limits of a check.
        progress: called with the number of finished submissions and of all.

    Raises:
        ValueError, LookupError, OSError, RuntimeError: one sentence that says what to do.
    """
    lab_directory = lab_directory.resolve()
    paths = [Path(p).absolute() for p in paths]  # graders work in a folder of their own
    everyone, warnings = find_submissions(paths, lab_directory.name)
    chosen = shard_of(everyone, shard)
    refuse_used(out, resume)
    scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH))
    memory_bytes = memory * 2**20 if memory else None
    hidden = tuple(str(p.resolve()) for p in (*paths, out))
    settings = Settings(lab_directory, {}, timeout, memory_bytes, patience, hidden)
    try:
        with Pool(settings, scratch, jobs or _cores()) as pool:
            description = pool.describe()
            if require_isolation and description["missing"]:
                raise RuntimeError(
                    f"--require-isolation: this machine does not guard {', '.join(description['missing'])}"
                )
            header = make_header(lab_directory, description, seed, exercises, shard)
            pool.settings = replace(settings, exercises=header.exercises)
            records = _graded(pool, header, chosen, out, resume, scratch, progress)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return _reported(Outcome(header, records, out, warnings), lab_directory)


def merge(lab_directory: Path, outs: Sequence[Path], out: Path) -> Outcome:
    """Put the journals of shards together in `out` and write the reports of the whole class.

    Raises:
        ValueError: the shards are of different classes, or graded a student differently.
        OSError: a folder holds no journal, or `out` holds one already.
    """
    journals = [(folder, *read_journal(Path(folder) / NAME)) for folder in outs]
    if not journals:
        raise ValueError("say which folders to merge: ccv grade LAB --merge DIR1 DIR2 --out DIR")
    first_folder, first, _ = journals[0]
    merged: dict[str, Record] = {}
    for folder, header, records in journals:
        word = header.differs_from(first)
        if word:
            raise ValueError(f"{folder} and {first_folder} were graded with another {word}: grade one of them again")
        for record in records:
            known = merged.setdefault(record.student, record)
            if known.without_time() != record.without_time():
                raise ValueError(f"{record.student!r} was graded differently in {folder} and before: grade again")
    header = Header(**(vars(first) | {"shard": None, "protections": _weakest([h.protections for _, h, _ in journals])}))
    with Journal(Path(out), header) as journal:
        for record in _in_order(merged.values()):
            journal.append(record)
    return _reported(Outcome(header, _in_order(merged.values()), Path(out), _gaps(journals)), lab_directory.resolve())


def refuse_unguarded(missing: Sequence[str]) -> None:
    """Raise RuntimeError where `--require-isolation` asks for what this machine does not guarantee."""
    if missing:
        raise RuntimeError(
            f"--require-isolation: this machine does not guarantee {', '.join(missing)}; "
            "ccv grade --list-protections says how to get it"
        )


def make_header(
    lab_directory: Path, description: dict[str, Any], seed: int, exercises: list[str] | None, shard: str | None
) -> Header:
    """The header of a run. Raises LookupError where the lab has no such exercise."""
    known: dict[str, float] = description["exercises"]
    unknown = [e for e in exercises or [] if e not in known]
    if unknown:
        raise LookupError(f"{lab_directory.name} has no exercise called {unknown[0]}: choose from {', '.join(known)}")
    points = {name: p for name, p in known.items() if not exercises or name in exercises}
    digest, protections = lab_digest(lab_directory), description["protections"]
    version = sys.modules["ccv"].__version__  # not imported: the package knows the course, and grading must not
    return Header(lab_directory.name, digest, seed, version, points, protections, shard)


def lab_digest(lab_directory: Path) -> str:
    """SHA-256 over the lab's files but the notebook: checks, solution, mutants, and data stored beside them."""
    digest = hashlib.sha256()
    for path in sorted(lab_directory.rglob("*")):
        name = path.relative_to(lab_directory).as_posix()
        kept = not any(part.startswith((".", "__pycache__")) for part in name.split("/"))
        if kept and path.is_file() and path.suffix not in {".ipynb", ".pyc"}:
            digest.update(f"{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def _graded(
    pool: Pool,
    header: Header,
    chosen: list[Submission],
    out: Path,
    resume: bool,
    scratch: Path,
    progress: Progress | None,
) -> list[Record]:
    tell = progress or (lambda _done, _all: None)
    with Journal(out, header, resume=resume, scratch=str(scratch)) as journal:
        _sweep(journal.last_scratch)
        finished = {r.student: r for r in journal.records}
        left = [s for s in chosen if not _is_finished(s, finished.get(s.student))]
        done = len(chosen) - len(left)
        tell(done, len(chosen))
        for record in pool.grade((s, submission_seed(header.seed, s.name)) for s in left):
            journal.append(record)
            finished[record.student] = record
            done += 1
            tell(done, len(chosen))
        return _in_order(finished.values())


def _is_finished(submission: Submission, record: Record | None) -> bool:
    """Whether a record is of this submission, as it lies there now."""
    if record is None or record.file not in submission.key[1]:
        return False
    now = next((c for c in submission.candidates if c.file == record.file), None)
    if now is None or not record.digest:
        return True
    try:
        return hashlib.sha256(read(now.location)).hexdigest() == record.digest
    except UnreadableSubmission:
        return False


def _reported(outcome: Outcome, lab_directory: Path) -> Outcome:
    from ccv.grading.report import write_reports

    handed_out = handed_out_cells(lab_directory / f"{lab_directory.name}.ipynb")
    write_reports(outcome.header, outcome.records, outcome.out, handed_out=handed_out)
    return outcome


def _in_order(records: Any) -> list[Record]:
    return sorted(records, key=lambda r: (natural_key(r.student), r.student))


def _weakest(protections: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """A protection is active for the class where it was active for every shard."""
    inactive = {p["name"] for shard in protections for p in shard if not p["active"]}
    return [p | {"active": p["active"] and p["name"] not in inactive} for p in protections[0]]


def _gaps(journals: list) -> list[str]:
    """Shards that are missing: the class is not complete."""
    shards = {header.shard for _, header, _ in journals if header.shard}
    counts = {s.partition("/")[2] for s in shards}
    missing = sorted(f"{i}/{n}" for n in counts for i in range(1, int(n) + 1) if f"{i}/{n}" not in shards)
    return [f"no journal of shard {', '.join(missing)}: the class is not complete"] if missing else []


def _sweep(scratch: str) -> None:
    """Remove the temporary folder that a killed run left behind."""
    path = Path(scratch)
    if path.name.startswith(_SCRATCH) and path.parent == Path(tempfile.gettempdir()) and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
