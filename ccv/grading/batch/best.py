"""The records of a class by the rule for attempts: one file of each student is graded, or each, and the best counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ccv.grading.batch.attempts import Attempt, settle
from ccv.grading.batch.pool import Pool, Work
from ccv.grading.batch.record import Record, submission_seed
from ccv.grading.batch.submissions import Submission


def grade(pool: Pool, submissions: Iterable[Submission], seed: int, rule: str) -> Iterator[Record]:
    """Yield the record of each submission when it is finished, in any order.

    Args:
        pool: graders.
        submissions: what students handed in.
        seed: of the class.
        rule: see `attempts.settle`.
    """
    everyone = [Work(s, submission_seed(seed, s.name), rule) for s in submissions]
    if rule != "best":
        yield from pool.grade(everyone)
        return
    each = [replace(w, only=n) for w in everyone for n in range(max(1, len(w.submission.candidates)))]
    left = {w.submission.student: max(1, len(w.submission.candidates)) for w in everyone}
    finished: dict[str, list[Record]] = {student: [] for student in left}
    for record in pool.grade(each):
        finished[record.student].append(record)
        left[record.student] -= 1
        if not left[record.student]:
            yield best_of(finished.pop(record.student))


def best_of(records: list[Record]) -> Record:
    """One record from those of each file of a student: the best one's, with what is said of the others.

    Files that were not worth grading have records too, with the status "skipped".
    """
    graded = {r.file: r for r in records if r.status == "graded"}
    settled = _settled(next((r for r in records if r.attempts), records[0]), graded)
    chosen = next((graded[a.file] for a in settled if a.counts and a.file in graded), None)
    if chosen is None:  # nothing could be graded: what failed is for the teacher, before what cannot be read
        chosen = min(records, key=lambda r: (("failed", "unreadable", "skipped").index(r.status), r.file))
    else:
        settled = _settled(chosen, graded)  # with what was read together with it
    seconds = round(sum(r.seconds for r in records), 3)
    return replace(chosen, attempts=[a.plain() for a in settled], seconds=seconds)


def _settled(record: Record, graded: dict[str, Record]) -> list[Attempt]:
    """The files as one record tells of them, with the points of all, settled."""
    attempts = [Attempt(**a) for a in record.attempts]
    points = [graded[a.file].points if a.file in graded else None for a in attempts]
    return settle([replace(a, points=p) for a, p in zip(attempts, points, strict=True)], "best")
