"""The class's list of students, as Canvas, Moodle, Blackboard or a teacher's spreadsheet writes it."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ccv.grading.batch.names import clean

NAME = "roster.json"
_MOST_BYTES = 20 * 2**20
_HEAD_ROWS = 10  # among which the line of headers is looked for
_DELIMITERS = ",;\t|"

# Headers by what they mean: lower case, without accents, and without all that is no letter or digit.
_HEADERS = {
    "name": "name student students studentname fullname displayname learner participant sortablename namevorname "
    "vollstandigername teilnehmer teilnehmerin nomcomplet etudiant nombrecompleto estudiante alumno nomecompleto "
    "lastnamefirstname firstnamelastname",
    "first": "firstname firstnames givenname givennames forename first vorname vornamen prenom prenoms nombre nombres",
    "last": "lastname lastnames surname surnames familyname last nachname familienname nom nomdefamille apellido "
    "apellidos cognome sobrenome",
    "id": "id studentid idnumber studentnumber studentno number sid personid orgdefinedid universityid emplid "
    "matrikelnummer matrikelnr matrnr matrikel idnummer numerodidentification numeroetudiant numerodeid matricula "
    "identifier recordid kennung",
    "sis": "sisuserid sisid",
    "login": "login loginid username user userid sisloginid netid account uid benutzername anmeldename "
    "nomdutilisateur usuario nombredeusuario utente",
    "email": "email emailaddress mail mailaddress emailadresse mailadresse adressedecourriel courriel "
    "adresseemail correo correoelectronico direcciondecorreo",
    "section": "section sections group groups class tutorial cohort coursesection gruppe gruppen gruppenname "
    "ubungsgruppe kurs sektion groupe groupes grupo grupos seccion turno",
}
_MEANING = {header: field for field, headers in _HEADERS.items() for header in headers.split()}
_PARTICIPANT = re.compile(r"(?:Participant|Teilnehmer|Participante)\D{0,6}(\d+)", re.IGNORECASE)  # Moodle's worksheet
_NO_STUDENTS = {"points possible", "student, test", "test student", "manual posting"}  # Canvas's own rows


@dataclass(frozen=True)
class Person:
    """A student on the roster; what it does not say is empty.

    `canvas` and `moodle` are ids that the platform puts into file names; `sis` is Canvas's SIS User ID.
    """

    name: str
    id: str = ""
    login: str = ""
    email: str = ""
    section: str = ""
    canvas: str = ""
    moodle: str = ""
    sis: str = ""

    @property
    def shown(self) -> str:
        """How the person is called in lists."""
        return self.name or self.id or self.login or self.email


def read_roster(path: Path) -> list[Person]:
    """Read the students of a class from a CSV file.

    The columns are found by their headers, in English, German, French or Spanish: an id, a name (in one column or
    two), a login, an e-mail address, a section or group. Canvas's gradebook, Moodle's participants, grades and grading
    worksheet, and Blackboard's grade center are read as they are. The encoding (UTF-8, UTF-16, Windows) and the
    delimiter (comma, semicolon, tab) are found too.

    Raises:
        ValueError: there is no line of headers with names, ids or addresses, or no student below it.
        OSError: there is no such file.
    """
    if not path.is_file():
        raise FileNotFoundError(f"there is no roster {path}: check the path")
    data = path.read_bytes()[: _MOST_BYTES + 1]
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ValueError(f"{path} is a spreadsheet: save it as CSV, and give that as --roster")
    if len(data) > _MOST_BYTES:
        raise ValueError(f"{path} is larger than {_MOST_BYTES // 2**20} MB: is it the roster?")
    rows, start, columns = _table(_text(data))
    if not {"name", "last", "first", "id", "login", "email", "sis"} & set(columns.values()):
        raise ValueError(f"{path} has no column of names or ids: its first line should say id, name, e-mail, section")
    canvas = "sis" in columns.values() or "SIS Login ID" in rows[start]
    people = [_person(row, columns, canvas=canvas) for row in rows[start + 1 :]]
    people = _merged([p for p in people if p.shown and p.name.strip().lower() not in _NO_STUDENTS])
    if not people:
        raise ValueError(f"{path} names no student below its line of headers")
    return people


def keep_roster(people: Sequence[Person], folder: Path) -> None:
    """Keep a roster beside the journal, where `--resume` and `--merge` find it."""
    part = folder / f"{NAME}.part"
    part.write_text(json.dumps([asdict(p) for p in people], indent=1, ensure_ascii=False), encoding="utf-8")
    part.replace(folder / NAME)


def kept_roster(folder: Path) -> list[Person]:
    """The roster that a run kept in its folder; nobody where there is none."""
    path = folder / NAME
    if not path.is_file():
        return []
    try:
        return [Person(**fields) for fields in json.loads(path.read_text(encoding="utf-8"))]
    except (ValueError, TypeError):
        raise ValueError(f"{path} is damaged: give --roster again") from None


def letters(text: str) -> str:
    """Text in lower case without accents.

    >>> letters("Łukasz Groß-Ångström")
    'lukasz gross-angstrom'
    """
    plain = text.casefold().translate(_UNDECOMPOSED)
    return "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))


_UNDECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th"})


def _text(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if data[:400].count(0) > len(data[:400]) // 4:  # UTF-16 without a mark: every second byte of plain letters is 0
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", errors="replace")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _table(text: str) -> tuple[list[list[str]], int, dict[int, str]]:
    """Rows, the number of the line of headers, and the meaning of its columns, by the delimiter that explains most."""
    best: tuple[int, list[list[str]], int, dict[int, str]] = (-1, [[]], 0, {})
    for delimiter in _DELIMITERS:
        rows = [row for row in csv.reader(text.splitlines(keepends=True), delimiter=delimiter) if any(row)]
        for number, row in enumerate(rows[:_HEAD_ROWS]):
            columns = _columns(row)
            if len(columns) > best[0]:
                best = (len(columns), rows, number, columns)
    return best[1:]


def _columns(row: Sequence[str]) -> dict[int, str]:
    """The meaning of each column that has one; of two with the same meaning the first counts."""
    columns: dict[int, str] = {}
    for number, header in enumerate(row):
        meaning = _MEANING.get(re.sub(r"[^a-z0-9]", "", letters(header)))
        if meaning and meaning not in columns.values():
            columns[number] = meaning
    return columns


def _person(row: Sequence[str], columns: dict[int, str], *, canvas: bool) -> Person:
    said = {meaning: clean(row[n]) if n < len(row) else "" for n, meaning in columns.items()}
    first, last = said.get("first", ""), said.get("last", "")
    name = said.get("name", "") or f"{first} {last}".strip()
    number = said.get("id", "").lstrip("#").removesuffix(".0")
    participant = _PARTICIPANT.fullmatch(number)
    sis = said.get("sis", "")
    return Person(
        name,
        id="" if participant else sis or number,
        login=said.get("login", "").lstrip("#"),
        email=said.get("email", ""),
        section=said.get("section", ""),
        canvas=number if canvas else "",
        moodle=participant[1] if participant else "",
        sis=sis,
    )


def _merged(people: Sequence[Person]) -> list[Person]:
    """One entry for a person who is listed in several sections."""
    merged: dict[object, Person] = {}
    for number, person in enumerate(people):
        known = (person.canvas, person.moodle, person.id, person.login, person.email)
        key = (person.name, *known) if any(known) else number
        earlier = merged.get(key)
        sections = [earlier.section, person.section] if earlier else [person.section]
        merged[key] = replace(person, section=", ".join(dict.fromkeys(filter(None, sections))))
    return list(merged.values())
