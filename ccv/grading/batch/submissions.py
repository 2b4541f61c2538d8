"""Finds who handed in what: files, folders and zips become a list of submissions, one a student."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from ccv.grading.batch import archives
from ccv.grading.batch.archives import Found, Location
from ccv.grading.batch.names import Identity, base_title, clean, recognise, unique
from ccv.names import natural_key

MAX_CANDIDATES = 50


@dataclass(frozen=True)
class Candidate:
    """A notebook or script of a student; `file` is how it is shown."""

    file: str
    location: Location


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Attributes:
        student: id, unique within the class.
        name: the id before it was made unique; the seed depends on it.
        platform: ids of Moodle or Canvas.
        candidates: notebooks and scripts, the likeliest first; none where there is nothing to read.
        problem: why there is nothing to read.
        file: how the submission is shown where there is nothing to read.
    """

    student: str
    name: str
    platform: dict[str, str]
    candidates: tuple[Candidate, ...]
    problem: str = ""
    file: str = ""

    @property
    def key(self) -> tuple[str, tuple[str, ...]]:
        """What tells it from every other submission of the class."""
        return self.student, tuple(c.file for c in self.candidates) or (self.file,)


@dataclass
class _Pile:
    """All files of one student."""

    identity: Identity
    files: list[tuple[Identity, Found]] = field(default_factory=list)


def find_submissions(paths: Sequence[Path], lab: str) -> tuple[list[Submission], list[str]]:
    """Return the submissions under the paths, sorted by student, and warnings for the teacher.

    Raises:
        OSError: a path does not exist.
        ValueError: there is no submission under any of them.
    """
    found: list[Submission] = []
    warnings: list[str] = []
    for path in paths:
        piles = _piles(path, lab)
        prefix = f"{clean(path.name)}/" if len(paths) > 1 and path.is_dir() else ""
        found += [_submission(pile, lab, prefix) for pile in piles]
        if not piles:
            warnings.append(f"{path} holds no submission")
    if not found:
        raise ValueError(f"there is no notebook (.ipynb) or script (.py) in {', '.join(map(str, paths))}")
    found.sort(key=lambda s: (natural_key(s.name), s.name, s.key))
    taken: set[str] = set()
    chosen = [replace(s, student=unique(s.name, taken)) for s in found]
    warnings += [
        f"{s.name!r} handed in more than once, or two students share the name: {s.key[1][0]} is graded as {s.student!r}"
        for s in chosen
        if s.student != s.name
    ]
    return chosen, warnings


def _piles(path: Path, lab: str) -> list[_Pile]:
    if not path.exists():
        raise FileNotFoundError(f"there is no file or folder {path}: check the path")
    found = list(archives.walk(path))
    if _is_zip(path) and found and found[0].location == Location(str(path)):
        raise ValueError(f"{path}: {found[0].problem}")
    alone = path.is_file() and not _is_zip(path)
    above, skip = _folders_above(path), 0 if alone else _wrappers(found, lab, path)
    piles: dict[tuple, _Pile] = {}
    for one in found:
        packed = _shown(one, skip)[0].lower().endswith(".zip")
        identity = recognise(one.parts[skip:], lab, above=(*above, *one.parts[:skip]), packed=packed)
        in_folder = len(one.parts) > skip + 1
        known = archives.is_submission(identity.title) or one.problem or identity.platform or in_folder or alone
        if known and not identity.skipped:
            piles.setdefault(_whose(identity, one, skip), _Pile(identity)).files.append((identity, one))
    return list(piles.values())


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
        of_class = len(folders) > 1 and lab not in below
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
    # Beside each other lie files of different students, but resubmissions of one: alice.ipynb, alice-1.ipynb.
    return identity.written, PurePosixPath(found.parts[skip]).suffix.lower()


def _submission(pile: _Pile, lab: str, prefix: str) -> Submission:
    identity = pile.identity
    readable = [(i, f) for i, f in pile.files if not f.problem and archives.is_submission(i.title or f.parts[-1])]
    readable.sort(key=lambda pair: _likeliness(pair[0], pair[1], lab))
    latest: dict[tuple, tuple[Identity, Found]] = {}
    for pair in readable:
        latest.setdefault(_title(pair[0], pair[1]), pair)
    readable = list(latest.values())
    if readable:
        candidates = tuple(Candidate(prefix + f.label, f.location) for _, f in readable[:MAX_CANDIDATES])
        named = [c for c, (i, f) in zip(candidates, readable, strict=False) if _has_labs_name(i, f, lab)]
        return Submission(
            identity.student, identity.student, identity.platform, tuple(named[:1]) or _one_kind(candidates)
        )
    broken = [f for _, f in pile.files if f.problem]
    shown = broken[0] if broken else pile.files[0][1]
    problem = f"{clean(shown.parts[-1])}: {shown.problem}" if broken else _nothing_to_read(pile.files[0][1])
    return Submission(identity.student, identity.student, identity.platform, (), problem, prefix + shown.label)


def _title(identity: Identity, found: Found) -> tuple:
    """What two resubmissions of one file have in common."""
    title = PurePosixPath(identity.title or found.parts[-1])
    return found.parts[:-1], base_title(title.stem)[0].lower(), title.suffix.lower()


def _nothing_to_read(found: Found) -> str:
    return f"{clean(found.parts[-1])} is neither a notebook (.ipynb) nor a script (.py), and there is no other file"


def _one_kind(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    """Notebooks, where there are any: scripts beside them are helpers."""
    return tuple(c for c in candidates if c.file.lower().endswith(".ipynb")) or candidates


def _has_labs_name(identity: Identity, found: Found, lab: str) -> bool:
    stem = PurePosixPath(identity.title or found.parts[-1]).stem
    return lab.lower() in base_title(stem)[0].lower()


def _likeliness(identity: Identity, found: Found, lab: str) -> tuple:
    """Sort key: the lab's name first, then the latest resubmission, notebooks before scripts, then by name."""
    title = PurePosixPath(identity.title or found.parts[-1])
    stem, again = base_title(title.stem)
    in_folder = any(p.lower() == lab.lower() for p in found.parts[:-1])
    return (
        stem.lower() != lab.lower(),
        lab.lower() not in stem.lower(),
        not in_folder,
        -again,
        title.suffix.lower() != ".ipynb",
        len(found.parts),
        natural_key(found.label),
        tuple(-number for number in found.location.members),  # of two with one name, the later counts
    )


def shard_of(submissions: Sequence[Submission], shard: str | None) -> list[Submission]:
    """Every n-th submission, beginning with the i-th, for a shard "i/n". Raises ValueError for anything else."""
    if shard is None:
        return list(submissions)
    index, slash, count = shard.partition("/")
    if not (slash and index.isdecimal() and count.isdecimal() and 1 <= int(index) <= int(count)):
        raise ValueError(f"--shard {shard} must be i/n with i from 1 to n, as 2/4")
    return list(submissions)[int(index) - 1 :: int(count)]
