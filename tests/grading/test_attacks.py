"""Hostile submissions in `attacks/`: none earns what it attacks, none costs anybody else a point, none leaves a trace.

All of them are graded in one run, between honest ones. An attack is a script that replaces some answers of an honest
submission; `# attacks:` names them, `# needs:` the protection without which a machine cannot hold it.
"""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import os
import re
import socket
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest

from ccv.grading.batch import Outcome, Record, grade_class
from ccv.grading.batch.submissions import find_submissions
from ccv.grading.check import run_checks
from ccv.grading.handed_in import NotebookSubmission
from ccv.grading.isolation import choose, missing_for_isolation
from ccv.grading.reading.submission import read_cells

HERE = Path(__file__).parent / "attacks"
LAB = HERE / "lab" / "00_target"
HONEST = {
    "output_size": "def output_size(n, kernel, stride=1):\n    return (n - kernel) // stride + 1",
    "blur": "import numpy as np\n\n\ndef blur(image):\n    return np.asarray(image) / 9",
    "weights": "weights = 28",
    "letter": "import numpy as np\n\n\ndef letter(image):\n    return 'X' if np.sum(image) > 0 else 'O'",
}
POINTS = {"output_size": 4, "blur": 2, "weights": 2, "letter": 2, "tiny": 2}
GUARDS = {"network": "no network", "files": "hidden files", "processes": "no new processes"}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("attacks"),  # one process grades the class for all these tests
    pytest.mark.skipif(sys.platform == "win32", reason="the attacks are written for POSIX"),
]


def in_cells(*cells: str) -> str:
    return "# %%\n" + "\n\n# %%\n".join(cells) + "\n"


@dataclass(frozen=True)
class Attack:
    """A hostile script."""

    path: Path
    text: str = field(repr=False)

    @property
    def name(self) -> str:
        return self.path.stem

    def header(self, key: str) -> list[str]:
        found = re.search(rf"^# {key}: (.+)$", self.text, re.MULTILINE)
        return found[1].split(", ") if found else []

    @property
    def attacked(self) -> list[str]:
        return self.header("attacks")

    @property
    def kept(self) -> list[str]:
        """The exercises that this file solves honestly."""
        return [name for name in HONEST if name not in self.attacked]

    def handed_in(self, tools: str, words: dict[str, str]) -> str:
        text = in_cells(*(HONEST[name] for name in self.kept), self.text, tools)
        return re.sub(r"@([A-Z]+)@", lambda match: words[match[1]], text)


def load_made() -> ModuleType:
    spec = importlib.util.spec_from_file_location("attacks_made", HERE / "made.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


ATTACKS = [
    Attack(path, path.read_text(encoding="utf-8"))
    for path in sorted(HERE.glob("*.py"))
    if path.name not in {"conftest.py", "made.py"}
]
MADE = load_made().MADE


def is_slow(attack: Attack) -> bool:
    return bool(attack.header("slow"))


@dataclass
class Class:
    """A class full of attackers, graded: records by file, and the world before and after."""

    outcome: Outcome
    base: Path
    marker: str
    heard: bool
    before: dict[str, str]

    def of(self, folder: str) -> dict[str, Record]:
        found = {r.file: r for r in self.outcome.records}
        return {file: r for file, r in found.items() if file.startswith(f"{folder}/")}

    def attack(self, name: str) -> Record:
        return self.of("attacks")[f"attacks/{name}.py"]


def points(record: Record) -> dict[str, float]:
    assert record.sheet, record
    return {e["name"]: e["points"] for e in record.sheet["exercises"]}


def says(record: Record) -> str:
    exercises = record.sheet["exercises"] if record.sheet else []
    return "\n".join(f"{e['name']} {e['points']} {e['status']}: {e['message']}" for e in exercises)


def contents(folder: Path) -> dict[str, str]:
    """Every file below a folder with its digest; links and pipes by their kind, huge files by how they begin."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if "__pycache__" not in p.parts):
        found[str(path.relative_to(folder))] = "special" if path.is_symlink() or not path.is_file() else digest(path)
    return found


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"{path.stat().st_size} {hashlib.sha256(file.read(2**20)).hexdigest()}"


def hand_in(base: Path, attacks: list[Attack], made: list, port: int, marker: str) -> list[Path]:
    """Write a class's folders: the attacks among honest submissions, then one folder for each made attack."""
    canary, folder = base / "canary", base / "attacks"
    canary.mkdir()
    folder.mkdir()
    (canary / "alice.py").write_text(in_cells(*HONEST.values()))
    os.mkfifo(canary / "endless")
    words = {"CANARY": canary, "LAB": LAB, "ROOT": HERE.parents[2], "HOME": Path.home(), "OUT": base / "out"}
    tools = (HERE / "tools.txt").read_text(encoding="utf-8")
    for attack in attacks:
        own = {key: str(value) for key, value in words.items()}
        own |= {"MARKER": f"{marker}-{attack.name}", "PORT": str(port)}
        (folder / f"{attack.name}.py").write_text(attack.handed_in(tools, own), encoding="utf-8")
    for name in ("aaron", "mona", "zoe"):
        (folder / f"honest_{name}.py").write_text(in_cells(*HONEST.values()))
    for one in made:
        (base / one.name).mkdir()
        one.make(base / one.name, "\n\n".join(HONEST.values()))
    return [folder, *(base / one.name for one in made)]


def graded(base: Path, attacks: list[Attack], made: list) -> Class:
    marker = f"attack-mark-{os.getpid()}"
    listener, datagrams = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    port = listener.getsockname()[1]
    with listener, datagrams, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CCV_ATTACK_SECRET", "the teacher's")
        patch.setenv("CCV_ATTACK_LAB", str(LAB))
        datagrams.bind(("127.0.0.1", port))
        paths = hand_in(base, attacks, made, port, marker)
        before = {**contents(base), **contents(LAB)}
        outcome = grade_class(LAB, paths, base / "out", jobs=2, patience=20)
        return Class(outcome, base, marker, heard(listener) or heard(datagrams), before)


def heard(listener: socket.socket) -> bool:
    listener.setblocking(False)
    try:
        listener.accept() if listener.type == socket.SOCK_STREAM else listener.recv(1)
    except BlockingIOError:
        return False
    return True


@pytest.fixture(scope="module")
def quick(tmp_path_factory) -> Class:
    attacks = [a for a in ATTACKS if not is_slow(a)]
    return graded(tmp_path_factory.mktemp("class"), attacks, [m for m in MADE if not m.slow])


@pytest.fixture(scope="module")
def slow(tmp_path_factory) -> Class:
    attacks = [a for a in ATTACKS if is_slow(a)]
    return graded(tmp_path_factory.mktemp("slow_class"), attacks, [m for m in MADE if m.slow])


def assert_held(attack: Attack, graded: Class) -> None:
    needs = [GUARDS[need] for need in attack.header("needs")]
    missing = [why for why in missing_for_isolation() if why.startswith(tuple(needs))]
    if missing:
        pytest.skip(missing[0])
    record = graded.attack(attack.name)
    assert record.status == "graded", f"{record.status}: {record.message}"
    got = points(record)
    assert {name: got[name] for name in attack.attacked} == dict.fromkeys(attack.attacked, 0), says(record)
    assert {name: got[name] for name in attack.kept} == {name: POINTS[name] for name in attack.kept}, says(record)


@pytest.mark.parametrize("attack", [a for a in ATTACKS if not is_slow(a)], ids=lambda a: a.name)
def test_an_attack_earns_nothing_and_costs_nothing_else(attack, quick):
    assert_held(attack, quick)


@pytest.mark.parametrize("attack", [a for a in ATTACKS if is_slow(a)], ids=lambda a: a.name)
def test_a_slow_attack_earns_nothing_and_costs_nothing_else(attack, slow):
    assert_held(attack, slow)


def assert_made(made, graded: Class) -> None:
    records = graded.of(made.name)
    assert records, f"{made.name} is not in the grades at all"
    for record in records.values():
        if made.earns and record.status == "graded":
            assert {n: points(record)[n] for n in HONEST} == {n: POINTS[n] for n in HONEST}, says(record)
        elif record.status == "graded":
            assert sum(points(record).values()) == 0, says(record)
        else:
            assert record.status == "unreadable", f"{record.status}: {record.message}"
            assert record.message, "an unreadable file needs a word why"


@pytest.mark.parametrize("made", [m for m in MADE if not m.slow], ids=lambda m: m.name)
def test_a_made_attack_stops_nothing(made, quick):
    assert_made(made, quick)


@pytest.mark.parametrize("made", [m for m in MADE if m.slow], ids=lambda m: m.name)
def test_a_slow_made_attack_stops_nothing(made, slow):
    assert_made(made, slow)


# ------------------------------------------------------------------------------------------------- the whole class


def test_there_are_attacks_of_every_kind():
    assert len(ATTACKS) + len(MADE) >= 45
    for attack in ATTACKS:
        assert attack.text.startswith("# "), f"{attack.name} begins with a line that says what it does"
        assert set(attack.attacked) <= set(POINTS) and attack.attacked, attack.name
        assert set(attack.header("needs")) <= set(GUARDS), attack.name
    assert all(m.says and "\n" not in m.says for m in MADE)


def assert_the_rest_is_untouched(graded: Class) -> None:
    for name in ("aaron", "mona", "zoe"):
        record = graded.attack(f"honest_{name}")
        assert {n: points(record)[n] for n in HONEST} == {n: POINTS[n] for n in HONEST}, says(record)
    assert not [r.file for r in graded.outcome.records if r.status == "failed"]
    after = {**contents(graded.base), **contents(LAB)}
    assert {name: digest for name, digest in after.items() if not name.startswith("out")} == graded.before
    assert not traces(graded.marker)
    assert not running(graded.marker)
    if not any(why.startswith(GUARDS["network"]) for why in missing_for_isolation()):
        assert not graded.heard


def test_the_class_is_graded_and_nothing_is_left(quick):
    assert_the_rest_is_untouched(quick)


def test_the_slow_class_is_graded_and_nothing_is_left(slow):
    assert_the_rest_is_untouched(slow)


def traces(marker: str) -> list[Path]:
    """Files with the marker in their names, in the places that the attacks try."""
    places = [Path("/tmp"), Path("/var/tmp"), Path("/dev/shm"), Path("/run"), Path.home(), HERE.parents[2], LAB]
    return [path for place in places if place.is_dir() for path in place.glob(f"*{marker}*")]


def running(marker: str) -> list[str]:
    """Processes with the marker in their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        found += [words] if marker in words else []
    return found


# ------------------------------------------------------------------------------------------------ parts of the whole

STEALTHY = ["leaves_a_message", "poisons_later_workers", "read_checks", "second_call", "forged_score_files"]


@pytest.mark.parametrize("view", ["bubblewrap", "namespaces"])
def test_a_view_alone_holds_where_landlock_is_missing(view, tmp_path):
    try:
        layers = choose(view, landlock=False)
    except OSError as error:
        pytest.skip(str(error))
    hand_in(tmp_path, [a for a in ATTACKS if a.name in STEALTHY], [], 9, "view-mark")
    for name in STEALTHY:
        attack = next(a for a in ATTACKS if a.name == name)
        cells = read_cells(tmp_path / "attacks" / f"{name}.py")
        sheet = run_checks(LAB, NotebookSubmission(cells, layers=layers), name, [*attack.attacked, *attack.kept], 0)
        got = {e.name: e.points for e in sheet.exercises}
        assert got == {**dict.fromkeys(attack.attacked, 0), **{n: POINTS[n] for n in attack.kept}}, f"{name}: {sheet}"


@pytest.mark.parametrize(
    ("honest", "hostile"),
    [
        ("bob/00_target.py", "mallory/submitted/bob/00_target/00_target.py"),
        ("Bob_1234567_assignsubmission_file/00_target.py", "mallory/Bob_1234567_assignsubmission_file/00_target-9.py"),
        ("bob_890_1110_00_target.py", "mallory/bob_890_1111_00_target.py"),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_nobody_hands_in_for_another(tmp_path, honest, hostile, zipped):
    (tmp_path / honest).parent.mkdir(exist_ok=True)
    (tmp_path / honest).write_text("weights = 28")
    (tmp_path / "carol").mkdir()
    (tmp_path / "carol" / "00_target.py").write_text("weights = 28")
    if zipped:
        with zipfile.ZipFile(tmp_path / "mallory.zip", "w") as archive:
            archive.writestr(hostile.partition("/")[2], "weights = 0")
    else:
        (tmp_path / hostile).parent.mkdir(parents=True)
        (tmp_path / hostile).write_text("weights = 0")
    found, _ = find_submissions([tmp_path], "00_target")
    files = {s.student: [c.file for c in s.candidates] for s in found}
    bob = next(student for student in files if student.lower().startswith("bob"))
    assert files[bob] == [honest]
    assert any(student.startswith("mallory") for student in files), files


def test_reports_say_what_attackers_said_without_obeying_it(quick):
    out = quick.outcome.out
    for path in [p for p in out.rglob("*") if p.suffix in {".html", ".csv", ".json", ".jsonl"}]:
        text = path.read_bytes().decode("utf-8")  # and is UTF-8, without lone surrogates
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text), path
        if path.suffix == ".html":
            assert "<script>alert" not in text and "<img src=x" not in text, path
    for path in out.rglob("*.csv"):
        for row in csv.reader(path.read_text(encoding="utf-8-sig").splitlines()):
            assert not [cell for cell in row if re.match(r"[=+@\t\r]|-(?!\d)", cell)], path
