"""Whose submission it is on the roster; what fits several people is told, and never guessed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ccv.grading.batch.record import Record
from ccv.grading.batch.roster import Person, letters

_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_SHORTEST_ID = 3  # characters of an id within a longer name
_MOST_WORDS = 12

Keys = set[object]


@dataclass
class Matching:
    """A class's submissions beside its roster.

    Attributes:
        people: the person of a submission, by student.
        remarks: what is to be told of a submission, or how it was matched, by student.
        doubtful: students whose submission fits nobody, several people, or somebody who has another one.
        absent: people who handed in nothing.
        unclear: people whose submission may be one of several, with the students that it may be.
    """

    people: dict[str, Person] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    absent: list[Person] = field(default_factory=list)
    unclear: dict[Person, list[str]] = field(default_factory=dict)


def match(records: Iterable[Record], roster: Sequence[Person]) -> Matching:
    """Find each submission's person by the platform's id, an id, a login, an e-mail address or a name."""
    found = Matching()
    indexes = [(rule, _index(rule, roster)) for rule in _RULES]
    taken: dict[Person, list[tuple[Record, str]]] = defaultdict(list)
    nobody: tuple[str, list[Person]] = ("", [])
    for record in records:
        rule, people = next(_hits(record, indexes, roster), nobody)
        if len(people) == 1:
            taken[people[0]].append((record, rule))
        elif people:
            _tell_ambiguous(found, [record], people)
        else:
            found.doubtful.add(record.student)
            found.remarks[record.student] = "not on the roster"
    for person, claims in taken.items():
        _settle(found, person, claims)
    known = {*found.people.values(), *found.unclear}
    found.absent = [p for p in dict.fromkeys(roster) if p not in known]
    return found


@dataclass(frozen=True)
class _Rule:
    name: str
    of_person: Callable[[Person], Keys]
    of_record: Callable[[Record], Keys]
    rivals: Callable[[Person], Keys] | None = None  # keys of others who may be meant, where somebody fits


def _index(rule: _Rule, roster: Sequence[Person]) -> dict[object, list[Person]]:
    index: dict[object, list[Person]] = defaultdict(list)
    for person in dict.fromkeys(roster):
        for key in rule.of_person(person):
            index[key].append(person)
    return index


def _hits(
    record: Record, indexes: list[tuple[_Rule, dict[object, list[Person]]]], roster: Sequence[Person]
) -> Iterator[tuple[str, list[Person]]]:
    for rule, index in indexes:
        hits = (p for key in sorted(rule.of_record(record), key=repr) for p in index.get(key, []))
        people = [p for p in dict.fromkeys(hits) if not _contradicts(p, record)]
        if people and rule.rivals:
            people += [p for p in roster if p not in people and rule.of_record(record) & rule.rivals(p)]
        if people:
            yield rule.name, people


def _contradicts(person: Person, record: Record) -> bool:
    """Whether the platform knows the submission's student and the person under different ids."""
    known = (("moodle", person.moodle), ("canvas", person.canvas))
    return any(value and record.platform.get(kind, value) != value for kind, value in known)


def _settle(found: Matching, person: Person, claims: list[tuple[Record, str]]) -> None:
    """One submission is the person's; of several each says so, unless a platform knows them for different people."""
    records = [record for record, _ in claims]
    different = any(len({r.platform.get(p) for r in records} - {None}) > 1 for p in ("moodle", "canvas", "blackboard"))
    if different:
        _tell_ambiguous(found, records, [person])
        return
    for record, rule in claims:
        found.people[record.student] = person
        found.remarks[record.student] = f"found by {rule}"
        others = [r.student for r in records if r is not record]
        if others:
            found.doubtful.add(record.student)
            found.remarks[record.student] += f", and so {'is' if len(others) == 1 else 'are'} {', '.join(others)}"


def _tell_ambiguous(found: Matching, records: Sequence[Record], people: Sequence[Person]) -> None:
    for record in records:
        found.doubtful.add(record.student)
        shown = " or ".join(f"{p.shown} ({key})" if (key := p.id or p.login or p.email) else p.shown for p in people)
        others = [r.student for r in records if r is not record]
        rival = f", and so may be {', '.join(others)}" if others else ""
        found.remarks[record.student] = f"may be {shown}{rival}: nothing was guessed"
        for person in people:
            found.unclear.setdefault(person, []).append(record.student)


# ---------------------------------------------------------------------------------------------------------- the rules


def _written(record: Record) -> list[str]:
    """The student as the names say; Moodle may put a group before it."""
    name = record.name or record.student
    _, hyphen, rest = name.partition("-")
    blackboard = record.platform.get("blackboard", "")
    return [name, *([rest] if hyphen and "moodle" in record.platform else []), *([blackboard] if blackboard else [])]


def _plain(*values: str) -> Keys:
    """Ids without what spreadsheets do to them: case, and zeros before a number."""
    kept = (letters(v).strip() for v in values)
    return {v.lstrip("0") if v.isdigit() else v for v in kept if v}


def _words_like_ids(record: Record) -> Keys:
    words = {w for name in _written(record) for w in re.split(r"[\s_,;()+-]+", name)}
    return _plain(*_written(record), *(w for w in words if len(w) >= _SHORTEST_ID and any(c.isdigit() for c in w)))


def _logins(record: Record) -> Keys:
    whole = record.platform.get("blackboard", "")
    cuts = [whole[m.end() :] for m in re.finditer("_", whole)]  # the assignment's name may hold underscores
    return _plain(*_written(record), record.platform.get("login", ""), *cuts)


def _names(name: str, *, joined: bool = False) -> Keys:
    """Keys of a name in any order of its words; joined also as one word, as Canvas writes Doe, Jane in file names."""
    keys: Keys = set()
    for spelled in {letters(name), letters(name.casefold().translate(_SPELLED_OUT))}:
        words = re.findall(r"[^\W_]+", spelled)[:_MOST_WORDS]
        if words:
            keys.add(tuple(sorted(words)))
        if joined or len(words) == 1:
            keys |= {"".join(words[n:] + words[:n]) for n in range(len(words))}
    return keys


_RULES = (
    _Rule(
        "the platform's id",
        lambda p: {(kind, value) for kind, value in (("moodle", p.moodle), ("canvas", p.canvas)) if value},
        lambda r: set(r.platform.items()),
    ),
    _Rule("id", lambda p: _plain(p.id, p.sis), _words_like_ids),
    _Rule("login", lambda p: _plain(p.login), _logins),
    _Rule("e-mail address", lambda p: _plain(p.email), lambda r: _plain(*_written(r))),
    _Rule(
        "the name in the e-mail address",
        lambda p: _plain(p.email.partition("@")[0]),
        _logins,
        rivals=lambda p: set(re.findall(r"[^\W_]+", letters(p.name))),
    ),
    _Rule(
        "name", lambda p: _names(p.name, joined=True), lambda r: {key for name in _written(r) for key in _names(name)}
    ),
)
