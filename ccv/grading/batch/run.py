"""Grading a class from end to end, and putting shards together."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ccv.grading.batch import best
from ccv.grading.batch.attempts import RULES
from ccv.grading.batch.header import make_header
from ccv.grading.batch.journal import Journal, refuse_used
from ccv.grading.batch.pool import Pool, Settings
from ccv.grading.batch.reading import read
from ccv.grading.batch.record import Header, Record
from ccv.grading.batch.roster import Person, keep_roster, kept_roster, read_roster
from ccv.grading.batch.submissions import Candidate, Submission, find_submissions, shard_of
from ccv.grading.clock import LIMIT_SECONDS
from ccv.grading.reading.submission import UnreadableSubmission, handed_out_cells
from ccv.names import natural_key

Progress = Callable[[int, int], None]
SCRATCH = "ccv-grade-"


@dataclass(frozen=True)
class Outcome:
    """A graded class: the header, the records by student, what the teacher should know, and where the reports lie.

    `roster` is everybody who could hand in; `complete` says whether the records are the whole class's.
    """

    header: Header
    records: list[Record]
    out: Path
    warnings: list[str] = field(default_factory=list)
    roster: list[Person] = field(default_factory=list)
    complete: bool = True


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
    attempts: str = "latest",
    roster: Path | None = None,
    patience: float = 60.0,
    limit: float = LIMIT_SECONDS,
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
        attempts: which of several files of a student counts: "latest", "best" (each is graded) or "first".
        roster: a table of the class, as a platform exports it; see `roster.read_roster`.
        patience: seconds that a grader may be silent beyond the time limits of a check.
        limit: most seconds for all exercises of a submission together.
        progress: called with the number of finished submissions and of all.

    Raises:
        ValueError, LookupError, OSError, RuntimeError: one sentence that says what to do.
    """
    if attempts not in RULES:
        raise ValueError(f"--attempts {attempts} must be one of {', '.join(RULES)}")
    lab_directory = lab_directory.resolve()
    paths = [Path(p).absolute() for p in paths]  # graders work in a folder of their own
    people = read_roster(roster) if roster else kept_roster(out) if resume else []
    everyone, warnings = find_submissions(paths, lab_directory.name)
    chosen = shard_of(everyone, shard)
    refuse_used(out, resume)
    scratch = Path(tempfile.mkdtemp(prefix=SCRATCH))
    memory_bytes = memory * 2**20 if memory else None
    hidden = tuple(str(p.resolve()) for p in (*paths, out))
    settings = Settings(lab_directory, {}, timeout, memory_bytes, patience, hidden, limit)
    try:
        with Pool(settings, scratch, jobs or _cores()) as pool:
            description = pool.describe()
            if require_isolation and description["missing"]:
                raise RuntimeError(
                    f"--require-isolation: this machine does not guard {', '.join(description['missing'])}"
                )
            header = make_header(lab_directory, description, seed, exercises, shard, attempts)
            pool.settings = replace(settings, exercises=header.exercises)
            records = _graded(pool, header, chosen, people, out, resume, scratch, progress)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return reported(Outcome(header, records, out, warnings, people, shard is None), lab_directory)


def refuse_unguarded(missing: Sequence[str]) -> None:
    """Raise RuntimeError where `--require-isolation` asks for what this machine does not guarantee."""
    if missing:
        raise RuntimeError(
            f"--require-isolation: this machine does not guarantee {', '.join(missing)}; "
            "ccv grade --list-protections says how to get it"
        )


def _graded(
    pool: Pool,
    header: Header,
    chosen: list[Submission],
    people: list[Person],
    out: Path,
    resume: bool,
    scratch: Path,
    progress: Progress | None,
) -> list[Record]:
    tell = progress or (lambda _done, _all: None)
    with Journal(out, header, resume=resume, scratch=str(scratch)) as journal:
        _sweep(journal.last_scratch)
        if people:
            keep_roster(people, out)
        finished = {r.student: r for r in journal.records}
        left = [s for s in chosen if not _is_finished(s, finished.get(s.student))]
        done = len(chosen) - len(left)
        tell(done, len(chosen))
        try:
            for record in best.grade(pool, left, header.seed, header.attempts):
                journal.append(record)
                finished[record.student] = record
                done += 1
                tell(done, len(chosen))
        except RuntimeError as error:
            raise RuntimeError(f"{error}; what was graded is kept in {out}: go on with --resume") from None
        return in_order(finished.values())


def _is_finished(submission: Submission, record: Record | None) -> bool:
    """Whether a record is of this submission, as all of its files lie there now."""
    if record is None:
        return False
    if not submission.candidates:
        return (record.file, record.message, record.attempts) == (submission.file, submission.problem, [])
    if not record.attempts:  # a grader gave up before anything was read
        return record.file in submission.key[1]
    then = [(a["file"], a["rank"], a["when"], a["digest"]) for a in record.attempts]
    return then == [(c.file, c.rank, c.when, _digest(c)) for c in submission.candidates]


def _digest(candidate: Candidate) -> str:
    if candidate.problem:
        return ""
    try:
        return hashlib.sha256(read(candidate.location)).hexdigest()
    except UnreadableSubmission:
        return ""


def reported(outcome: Outcome, lab_directory: Path) -> Outcome:
    """Write the reports of a graded class, and return it."""
    from ccv.grading.report import write_reports

    handed_out = handed_out_cells(lab_directory / f"{lab_directory.name}.ipynb")
    write_reports(
        outcome.header,
        outcome.records,
        outcome.out,
        handed_out=handed_out,
        roster=outcome.roster,
        complete=outcome.complete,
    )
    return outcome


def in_order(records: Iterable[Record]) -> list[Record]:
    """Records by student."""
    return sorted(records, key=lambda r: (natural_key(r.student), r.student))


def _sweep(scratch: str) -> None:
    """Remove the temporary folder that a killed run left behind."""
    path = Path(scratch)
    if path.name.startswith(SCRATCH) and path.parent == Path(tempfile.gettempdir()) and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
