"""Finds who handed in what: files, folders and zips become a list of submissions, one a student."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ccv.grading.batch import archives
from ccv.grading.batch.archives import Found
from ccv.grading.batch.candidates import Candidate, Pile, Submission, listed, submission
from ccv.grading.batch.kinds import is_code
from ccv.grading.batch.marks import beside, numbered
from ccv.grading.batch.names import Identity, clean, recognise, unique
from ccv.grading.batch.reading import Location
from ccv.names import natural_key

__all__ = ["Candidate", "Submission", "find_submissions", "shard_of"]


def find_submissions(paths: Sequence[Path], lab: str) -> tuple[list[Submission], list[str]]:
    """Return the submissions under the paths, sorted by student, and warnings for the teacher.

    Raises:
        OSError: a path does not exist.
        ValueError: there is no submission under any of them.
    """
    piles: dict[tuple, Pile] = {}
    warnings: list[str] = []
    for number, path in enumerate(paths):
        prefix = f"{clean(path.name)}/" if len(paths) > 1 and path.is_dir() else ""
        here, nobodys = _sorted_out(path, lab)
        for key, identity, found in here:
            # A platform's id is the same student's in every path; equal names may be two students'.
            whole = key if identity.platform else (number, *key)
            piles.setdefault(whole, Pile(identity)).files.append((identity, found, prefix + found.label))
        warnings += [f"{path} holds no submission"] if not here else []
        warnings += [f"{path}: nobody's submission, and not graded: {listed(nobodys)}"] if here and nobodys else []
    if not piles:
        raise ValueError(f"there is no notebook (.ipynb) or script (.py) in {', '.join(map(str, paths))}")
    everyone = [submission(pile, lab) for pile in piles.values()]
    everyone.sort(key=lambda s: (natural_key(s.name), s.name, s.key))
    taken: set[str] = set()
    chosen = [replace(s, student=unique(s.name, taken)) for s in everyone]
    warnings += [
        f"{s.name!r} handed in more than once, or two students share the name: {s.key[1][0]} is graded as {s.student!r}"
        for s in chosen
        if s.student != s.name
    ]
    return chosen, warnings


def _sorted_out(path: Path, lab: str) -> tuple[list[tuple[tuple, Identity, Found]], list[str]]:
    """The files under a path, each with a key that is its student's and no other's; and what is nobody's."""
    if not path.exists():
        raise FileNotFoundError(f"there is no file or folder {path}: check the path")
    found = list(archives.walk(path))
    if _is_zip(path) and found and found[0].location == Location(str(path)):
        raise ValueError(f"{path}: {found[0].problem}")
    alone = path.is_file() and not _is_zip(path)
    above, skip = _folders_above(path), 0 if alone else _wrappers(found, lab, path)
    others = beside([f.parts[-1] for f in found if len(f.parts) == skip + 1])
    kept, nobodys = [], []
    for one in found:
        packed = _shown(one, skip)[0].lower().endswith(".zip")
        identity = recognise(one.parts[skip:], lab, above=(*above, *one.parts[:skip]), packed=packed, others=others)
        in_folder = len(one.parts) > skip + 1
        if is_code(identity.title) or one.problem or identity.platform or in_folder or alone:
            kept.append((_whose(identity, one, skip), identity, one))
        else:
            nobodys.append(clean(one.parts[-1]))
    return kept, nobodys


def _folders_above(path: Path) -> tuple[str, ...]:
    """The folders that may name the student of a file in `path`, which the teacher may have given alone."""
    if _is_zip(path):
        return (path.stem,)
    whole = path.absolute().parts[1:]
    return whole if path.is_dir() else whole[:-1]


def _is_zip(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() == ".zip"


def _wrappers(found: list[Found], lab: str, path: Path) -> int:
    """How many outer folders hold the whole class, as in `class.zip/class/alice/x.ipynb`."""
    skip = 0
    while found and all(len(f.parts) > skip + 1 for f in found) and len({f.parts[skip] for f in found}) == 1:
        name = found[0].parts[skip]
        packed = _shown(found[0], skip)[0].lower().endswith(".zip")
        if name == "submitted" or recognise((name, "x.ipynb"), lab, packed=packed).platform:
            return skip
        below = {f.parts[skip + 1] for f in found}
        folders = {f.parts[skip + 1] for f in found if len(f.parts) > skip + 2}
        of_student = all(not numbered(f)[0] for f in folders)  # attempt 1, attempt 2
        of_class = len(folders) > 1 and lab not in below and not of_student
        of_zip = _is_zip(path) and name == path.stem
        if not (of_class or of_zip or all(recognise(f.parts[skip + 1 :], lab).platform for f in found)):
            return skip
        skip += 1
    return skip


def _shown(found: Found, skip: int) -> list[str]:
    """The parts below the outer folders as they are shown: of a zip with its suffix."""
    return found.label.split("/")[skip - len(found.parts) :]


def _whose(identity: Identity, found: Found, skip: int) -> tuple:
    """Files with the same key are one student's, so a key holds nothing that lies inside a student's folder or zip."""
    if identity.platform or identity.folders < 0:
        return identity.written, *sorted(identity.platform.items())
    if identity.folders:  # a folder and a zip of the same name are two submissions
        return identity.written, *_shown(found, skip)[: identity.folders]
    # Beside each other lie files of different students, but attempts of one: alice.ipynb, alice-1.ipynb, alice.py.
    return (identity.written,)


def shard_of(submissions: Sequence[Submission], shard: str | None) -> list[Submission]:
    """Every n-th submission, beginning with the i-th, for a shard "i/n". Raises ValueError for anything else."""
    if shard is None:
        return list(submissions)
    index, slash, count = shard.partition("/")
    if not (slash and index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count)):
        raise ValueError(f"--shard {shard} must be i/n with i from 1 to n, as 2/4")
    return list(submissions)[int(index) - 1 :: int(count)]
