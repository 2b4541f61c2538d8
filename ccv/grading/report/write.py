"""Writes the reports of a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ccv.grading.batch.record import Header, Record
from ccv.grading.batch.roster import Person
from ccv.grading.report import pages, tables
from ccv.grading.report.results import read_results
from ccv.grading.report.similarity import handed_out as handed_out_fingerprints
from ccv.grading.report.similarity import pairs as similar_pairs

_MARK = '<meta name="generator" content="ccv grade">'


def write_reports(
    header: Header,
    records: Iterable[Record],
    out: Path,
    *,
    handed_out: Sequence[str] = (),
    roster: Sequence[Person] = (),
    complete: bool = True,
) -> list[Path]:
    """Write scores, feedback pages, the class page and the exports into `out`, and return the files.

    Each file appears whole or not at all, and the same records give the same bytes in whatever order they come.
    Feedback pages and exports that an earlier run left, and that this one has no records for, are removed.

    Args:
        header: what was graded, and how.
        records: one of each submission.
        out: folder for the reports; made where it is missing.
        handed_out: code cells of the handed-out notebook, which are nobody's to copy.
        roster: everybody who could hand in.
        complete: whether the records are the whole class's; if not, nobody on the roster is said to be missing.

    Raises:
        ValueError: two records are of one student, or of exercises that the header does not know.
        OSError: a file cannot be written.
    """
    results = read_results(header, records, roster, complete=complete)
    base = handed_out_fingerprints(tuple(handed_out))
    pairs = similar_pairs([r.record for r in results if r.record.status == "graded"], base=base)
    texts = {
        "scores.csv": tables.scores_csv(header, results, roster=bool(roster)),
        "scores.json": tables.scores_json(header, results),
        "similarity.csv": tables.similarity_csv(pairs),
        "moodle.csv": tables.moodle_csv(results),
        "canvas.csv": tables.canvas_csv(header, results),
    }
    texts |= {f"feedback/{r.page}.html": pages.feedback_page(header, r) for r in results}
    files = [name for name, text in texts.items() if text is not None and "/" not in name]
    texts["index.html"] = pages.class_page(header, results, pairs, files)
    (out / "feedback").mkdir(parents=True, exist_ok=True)
    _remove_old(out, {name for name, text in texts.items() if text is not None})
    return [_write(out / name, text) for name, text in texts.items() if text is not None]


def _write(path: Path, text: str) -> Path:
    part = path.with_name(path.name + ".part")
    part.write_bytes(text.encode("utf-8", "replace"))
    part.replace(path)
    return path


def _remove_old(out: Path, kept: set[str]) -> None:
    """Remove what an earlier run left under our names: its points may no longer be true."""
    for name in {"moodle.csv", "canvas.csv"} - kept:
        (out / name).unlink(missing_ok=True)
    for path in (out / "feedback").glob("*.html"):
        if f"feedback/{path.name}" not in kept and _MARK.encode() in path.read_bytes()[:600]:
            path.unlink()
