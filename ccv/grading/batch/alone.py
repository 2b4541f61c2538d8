"""One file, graded as one of a class is: in a process of ours that may die or fall silent, and is replaced."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from ccv.grading.batch.header import make_header
from ccv.grading.batch.pool import Pool, Settings, Work
from ccv.grading.batch.record import Record, submission_seed
from ccv.grading.batch.run import SCRATCH
from ccv.grading.batch.submissions import find_submissions
from ccv.grading.clock import LIMIT_SECONDS
from ccv.grading.reading.submission import UnreadableSubmission, check_kind
from ccv.grading.sheet import Sheet


def grade_alone(
    lab_directory: Path,
    file: Path,
    *,
    exercises: list[str] | None = None,
    seed: int = 0,
    memory_bytes: int | None = None,
    timeout: float | None = None,
    limit: float = LIMIT_SECONDS,
    patience: float = 60.0,
    own_seed: int | None = None,
) -> Sheet:
    """Grade one notebook or script and return its sheet; the options are those of `grade_class`.

    The sheet has the results of the single checks too. `own_seed` is the submission's seed, where it is known.

    Raises:
        FileNotFoundError, UnreadableSubmission: there is no such file, or it is no notebook or script.
        LookupError: the lab has no such exercise.
        RuntimeError: the lab's checks do not load, or no grader comes to an end.
    """
    check_kind(file.name)
    if not file.exists():
        raise FileNotFoundError(f"there is no file {file}: check the path")
    lab_directory, file = lab_directory.resolve(), file.absolute()
    submission = find_submissions([file], lab_directory.name)[0][0]
    settings = Settings(
        lab_directory, {}, timeout, memory_bytes, patience, (str(file.resolve()),), limit, tells_checks=True
    )
    scratch = Path(tempfile.mkdtemp(prefix=SCRATCH))
    try:
        with Pool(settings, scratch, jobs=1) as pool:
            header = make_header(lab_directory, pool.describe(), seed, exercises)
            pool.settings = replace(settings, exercises=header.exercises)
            one = submission_seed(seed, submission.name) if own_seed is None else own_seed
            (record,) = pool.grade([Work(submission, one)])
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    sheet = _sheet(record, file)
    sheet.checks = pool.checks
    return sheet


def _sheet(record: Record, file: Path) -> Sheet:
    if record.status == "unreadable":
        raise UnreadableSubmission(record.message)
    if record.sheet is None:
        raise RuntimeError(record.message)
    sheet = Sheet.from_dict(record.sheet | {"submission": str(file), "weights": record.weights})
    if record.message:
        sheet.eyes.insert(0, record.message)
    return sheet
