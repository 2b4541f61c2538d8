"""Putting shards of a class together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ccv.grading.batch.journal import NAME, Journal, read_journal
from ccv.grading.batch.record import Header, Record
from ccv.grading.batch.roster import Person, keep_roster, kept_roster, read_roster
from ccv.grading.batch.run import Outcome, in_order, reported


def merge(lab_directory: Path, outs: Sequence[Path], out: Path, *, roster: Path | None = None) -> Outcome:
    """Put the journals of shards together in `out` and write the reports of the whole class.

    The roster is the one that is given, else the one that the shards were graded with.

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
    people = read_roster(roster) if roster else _roster(outs)
    with Journal(Path(out), header) as journal:
        if people:
            keep_roster(people, Path(out))
        for record in in_order(merged.values()):
            journal.append(record)
    gaps = _gaps(journals)
    outcome = Outcome(header, in_order(merged.values()), Path(out), gaps, people, complete=not gaps)
    return reported(outcome, lab_directory.resolve())


def _roster(outs: Sequence[Path]) -> list[Person]:
    kept = [(folder, people) for folder in outs if (people := kept_roster(Path(folder)))]
    for folder, people in kept:
        if set(people) != set(kept[0][1]):
            raise ValueError(f"{folder} and {kept[0][0]} were graded with different rosters: say which with --roster")
    return kept[0][1] if kept else []


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
