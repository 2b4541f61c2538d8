"""The numbers of a class: what the tables and pages show, computed once."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ccv.grading.batch.matching import Matching, match
from ccv.grading.batch.names import unique
from ccv.grading.batch.record import ABSENT, STATUSES, UNCLEAR, Header, Record
from ccv.grading.batch.roster import Person
from ccv.grading.report._text import clean, file_names, one_line, sort_key

_BINS = 10
# How the class page counts the statuses of exercises.
KINDS = {
    "passed": "right",
    "partial": "partly",
    "failed": "wrong",
    "forbidden": "wrong",
    "blank": "blank",
    "missing": "blank",
    "error": "error",
    "damaged": "error",
    "crashed": "error",
    "timeout": "timeout",
}


@dataclass(frozen=True)
class Exercise:
    """One exercise of one submission; `message` is without its `diagnoses`."""

    name: str
    points: float
    max_points: float
    status: str
    message: str = ""
    diagnoses: tuple[str, ...] = ()
    picture: Any = None

    @property
    def kind(self) -> str:
        """Right, partly, wrong, blank, error or timeout."""
        return KINDS.get(self.status, "wrong")


@dataclass(frozen=True)
class Result:
    """One submission: `points` is None where the grader gave up, which is not the student's fault.

    With a roster, `person` is who handed it in, and `remark` how that was found or why it was not; `doubtful` says
    whether the teacher should look at it.
    """

    record: Record
    name: str
    page: str
    points: float | None
    max_points: float
    exercises: tuple[Exercise, ...]
    person: Person | None = None
    remark: str = ""
    doubtful: bool = False

    @property
    def share(self) -> float:
        """Points earned of those to be had, from 0 to 1."""
        return min(max((self.points or 0) / self.max_points, 0.0), 1.0) if self.max_points else 0.0

    @property
    def handed_in(self) -> bool:
        """Whether there is a submission, and not a name on the roster alone."""
        return self.record.status not in {ABSENT, UNCLEAR}

    @property
    def person_name(self) -> str:
        """The name on the roster, where it says more than the submission's."""
        return one_line(self.person.name) if self.person and self.person.name != self.record.student else ""


@dataclass
class Difficulty:
    """How a class did on one exercise."""

    name: str
    max_points: float
    share: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    diagnoses: list[tuple[str, int]] = field(default_factory=list)


def read_results(
    header: Header, records: Iterable[Record], roster: Sequence[Person] = (), *, complete: bool = True
) -> list[Result]:
    """Return one result for each record and, of a complete class, for everybody on the roster, by name.

    Raises:
        ValueError: two records are of one student, or of other exercises than the header's.
    """
    records = list(records)
    students = Counter(r.student for r in records)
    twice = [s for s, n in students.items() if n > 1]
    if twice:
        raise ValueError(f"there are two records of {one_line(twice[0])!r}: rename one of the files")
    found = match(records, roster) if roster else Matching()
    if complete:
        rows, people = _rows_without_files(found, set(students))
        records, found.people = records + rows, found.people | people
    records.sort(key=lambda r: (sort_key(r.student), r.file))
    pages = file_names(r.student for r in records)
    return [_result(header, record, pages[record.student], found) for record in records]


def _rows_without_files(found: Matching, taken: set[str]) -> tuple[list[Record], dict[str, Person]]:
    """Records of those on the roster whose submission is not there, or is not known to be theirs."""
    why = dict.fromkeys(found.absent, (ABSENT, ""))
    why |= {p: (UNCLEAR, f"may have handed in as {' or '.join(s)}") for p, s in found.unclear.items()}
    rows, people = [], {}
    for person, (status, message) in why.items():
        student = unique(person.shown, taken)
        people[student] = person
        rows.append(Record(student, "", "", 0, status, message, None, [], {}, {}, 0.0, name=person.shown))
    return rows, people


def _result(header: Header, record: Record, page: str, found: Matching) -> Result:
    given = {e.get("name"): e for e in (record.sheet or {}).get("exercises", [])}
    unknown = [n for n in given if n not in header.exercises]
    if unknown:
        raise ValueError(f"{one_line(record.file)} was graded for {unknown[0]!r}, which is no exercise of this run")
    known = record.status not in {"failed", UNCLEAR}
    exercises = tuple(_exercise(given.get(n, {}), n, m) for n, m in header.exercises.items())
    points = tidy(sum(e.points for e in exercises)) if known else None
    maximum = tidy(sum(header.exercises.values()))
    return Result(
        record,
        one_line(record.student) or "(no name)",
        page,
        points,
        maximum,
        exercises if given else (),
        found.people.get(record.student),
        found.remarks.get(record.student, ""),
        record.student in found.doubtful,
    )


def _exercise(given: dict[str, Any], name: str, maximum: float) -> Exercise:
    lines = clean(given.get("message") or "").strip().split("\n")
    status = str(given.get("status", "missing"))
    # An error's message is the student's own text: an arrow in it is no diagnosis of ours.
    ours = status in {"failed", "partial"}
    diagnoses = tuple(dict.fromkeys(line[1:].strip() for line in lines if ours and line.startswith("→")))
    message = "\n".join(line for line in lines if not (ours and line.startswith("→")))
    points = given.get("points", 0)
    return Exercise(name, tidy(points), tidy(maximum), status, message, diagnoses, given.get("picture"))


def tidy(points: float) -> float:
    """Whole points as integers: 2 rather than 2.0."""
    points = round(points, 6)
    return int(points) if points == int(points) else points


# -------------------------------------------------------------------------------------------------------- the class


def counted(results: Iterable[Result]) -> list[Result]:
    """Those whose points count in the figures of the class: all who handed in, and 0 for what cannot be read.

    Where the grader gave up there are no points, and who handed in nothing says nothing of how hard the lab is.
    """
    return [r for r in results if r.handed_in and r.points is not None]


def statuses(results: Sequence[Result]) -> str:
    """How many submissions have which status, in words."""
    counts = Counter(r.record.status for r in results if r.handed_in)
    return ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])


def distribution(results: list[Result]) -> tuple[list[int], list[float]]:
    """How many totals lie in each tenth of the points, and the borders of the tenths."""
    maximum = results[0].max_points if results else 0
    counts = [0] * _BINS
    for result in results:
        counts[min(int(result.share * _BINS + 1e-9), _BINS - 1)] += 1
    return counts, [maximum * i / _BINS for i in range(_BINS + 1)]


def middle(results: list[Result]) -> dict[str, str]:
    """Mean, median and quartiles of the totals."""
    totals = [float(r.points or 0) for r in results]
    if not totals:
        return {}
    quartiles = statistics.quantiles(totals, n=4, method="inclusive") if len(totals) > 1 else [totals[0]] * 3
    named = {"mean": statistics.fmean(totals), "median": statistics.median(totals)}
    half = f"{quartiles[0]:.3g} to {quartiles[2]:.3g}"
    return {n: f"{v:.3g}" for n, v in named.items()} | {"middle half": half}


def difficulties(header: Header, results: list[Result]) -> list[Difficulty]:
    """The exercises, hardest first."""
    rows = []
    for place, (name, maximum) in enumerate(header.exercises.items()):
        answers = [r.exercises[place] for r in results if r.exercises]
        row = Difficulty(name, tidy(maximum), kinds=Counter(a.kind for a in answers))
        if answers and maximum:
            row.share = statistics.fmean(a.points for a in answers) / maximum
        said = Counter(d for a in answers for d in a.diagnoses)
        row.diagnoses = sorted(said.items(), key=lambda item: (-item[1], item[0]))[:5]
        rows.append(row)
    return sorted(rows, key=lambda row: round(row.share, 9))
